//! What is found in which text, and what isn't. Numbers and keys are made up or documented samples.

use super::found;

/// Each text has exactly this find.
fn finds(kind: &str, cases: &[(&str, &str)]) {
    for (text, part) in cases {
        assert_eq!(found(text), [format!("{kind} {part}")], "{text:?}");
    }
}

fn finds_nothing(cases: &[&str]) {
    for text in cases {
        assert_eq!(found(text), [] as [String; 0], "{text:?}");
    }
}

#[test]
fn emails() {
    finds(
        "EMAIL",
        &[
            ("jo@example.com", "jo@example.com"),
            (
                "Write to jo.doe+tag@mail.example.co.uk.",
                "jo.doe+tag@mail.example.co.uk",
            ),
            ("<jo@example.com>", "jo@example.com"),
            ("mailto:jo@example.com?subject=x", "jo@example.com"),
            ("email=jo@example.com&x=1", "jo@example.com"),
            ("{\"mail\":\"jo@example.com\"}", "jo@example.com"),
            ("'jo@example.com'", "jo@example.com"),
            ("…jo@example.com…", "jo@example.com"),
            ("«jo@example.com»", "jo@example.com"),
            ("o'neil@example.com", "o'neil@example.com"),
            ("jürgen@müller.de", "jürgen@müller.de"),
            ("用户@例子.中国", "用户@例子.中国"),
            ("jo@xn--mller-kva.xn--p1ai!", "jo@xn--mller-kva.xn--p1ai"),
            ("\"jo doe\"@example.com", "\"jo doe\"@example.com"),
            ("a@b.co,", "a@b.co"),
            ("jo@example.com-", "jo@example.com"),
            ("...jo@example.com", "jo@example.com"),
            ("a..jo@example.com", "jo@example.com"),
        ],
    );
    finds_nothing(&[
        "",
        "@",
        "a@",
        "@b.com",
        "a@b",
        "a @ b.com",
        "a@b.c",
        "icon@2x.png",
        "react@18.2.0",
        "jo.@example.com",
        "a@-b.com",
        "a@b..com",
        "a@.com",
        "@media print",
        "jo at example dot com",
    ]);
    let too_long = format!("{}@example.com", "a".repeat(65));
    finds_nothing(&[&too_long]);
}

#[test]
fn phone_numbers() {
    finds(
        "PHONE_NUMBER",
        &[
            ("+14155552671", "+14155552671"),
            ("Ring +44 7700 900123, please", "+44 7700 900123"),
            ("+44 (0)20 7946 0958", "+44 (0)20 7946 0958"),
            ("(+49) 30 901820", "(+49) 30 901820"),
            ("+33 1 23 45 67 89", "+33 1 23 45 67 89"),
            ("+1 (415) 555-2671", "+1 (415) 555-2671"),
            ("+1-415-555-2671x123", "+1-415-555-2671"),
            ("+86 138 0013 8000", "+86 138 0013 8000"),
            ("0041 44 668 18 00", "0041 44 668 18 00"),
            ("001-415-555-2671", "001-415-555-2671"),
            ("(415) 555-2671", "(415) 555-2671"),
            ("415-555-2671", "415-555-2671"),
            ("415.555.2671", "415.555.2671"),
            ("1-800-555-0199", "1-800-555-0199"),
            ("020 7946 0958", "020 7946 0958"),
            ("01 23 45 67 89", "01 23 45 67 89"),
            ("01.23.45.67.89", "01.23.45.67.89"),
            ("089/1234567", "089/1234567"),
            ("0171 1234567", "0171 1234567"),
            ("(030) 12345678", "(030) 12345678"),
            ("(11) 91234-5678", "(11) 91234-5678"),
            ("call 555-0199 now", "555-0199"),
            ("My cell: 4155552671", "4155552671"),
            ("Tel.: 12 34 56 78", "12 34 56 78"),
            ("Telefonnummer 71 33 52 22", "71 33 52 22"),
            ("{\"phone\":\"5551234567\"}", "5551234567"),
            ("phone_number=0612345678", "0612345678"),
            ("{\"mobilePhone\": 612345678}", "612345678"),
            ("电话：13800138000", "13800138000"),
            ("телефон 495 123-45-67", "495 123-45-67"),
            ("655 437 108 office", "655 437 108"),
            ("Her number is 81 2679-1694", "81 2679-1694"),
            ("my number: 0612345678", "0612345678"),
        ],
    );
    finds_nothing(&[
        "2023-01-05",
        "05.01.2023 14:33",
        "1/5/2023",
        "20230105",
        "call me on 05.01.2023",
        "1990-1995",
        "$1 234 567",
        "1,234,567.89",
        "0.123456789",
        "order 415-555-2671",
        "Order #4155552671",
        "1234567890",
        "12 345 678 people",
        "48.8566, 2.3522",
        "40.712776 -74.005974",
        "550e8400-e29b-41d4-a716-446655440000",
        "3+4155552671",
        "+999 123 456 789",
        "+1 123",
        "000-000-0000",
        "ISBN 978-3-16-148410-0",
        "1688384174828",
        "/message/detail/547411489",
        "{\"text\":\"3600000\"}",
        "spm=1010.2135",
        "12:30:45",
        "1600x1200",
        "77001 4321",
        "(2019) 123456",
        "number 81267916",
        "serial number 81 2679-1694",
        "call 12",
        "+",
        "(+",
        "tel:",
    ]);
}

#[test]
fn cards() {
    finds(
        "CREDIT_CARD_NUMBER",
        &[
            ("4242424242424242", "4242424242424242"),
            ("4242 4242 4242 4242", "4242 4242 4242 4242"),
            ("pay with 5555-5555-5555-4444.", "5555-5555-5555-4444"),
            ("2223003122003222", "2223003122003222"),
            ("378282246310005", "378282246310005"),
            ("3782 822463 10005", "3782 822463 10005"),
            ("6011111111111117", "6011111111111117"),
            ("3566002020360505", "3566002020360505"),
            ("30569309025904", "30569309025904"),
            ("my card 6759649826438453", "6759649826438453"),
            ("card number: 4222222222222", "4222222222222"),
            ("card:4242424242424242", "4242424242424242"),
            ("cc:5555-5555-5555-4444", "5555-5555-5555-4444"),
            ("bad:4242 4242 4242 4242;", "4242 4242 4242 4242"),
            (" 4222222222222\n", "4222222222222"),
            ("{\"card\":{\"number\":\"4242424242424242\"}}", "4242424242424242"),
        ],
    );
    finds_nothing(&[
        "4242424242424243",
        "4242 4242 4242 4243",
        "0000000000000000",
        "4242-4242 4242-4242",
        "42424242424242424242424242424242",
        "a4242424242424242",
        "4242424242424242a",
        "id 4222222222222",
        "order 4242424242424242",
        "4.242424242424242",
        "/api/4504670360633344/envelope",
        "1688377967097",
    ]);
}

#[test]
fn ip_addresses() {
    finds(
        "IP_ADDRESS",
        &[
            ("192.0.2.1", "192.0.2.1"),
            ("from 203.0.113.7:8080.", "203.0.113.7"),
            ("http://203.0.113.7/x", "203.0.113.7"),
            ("203.0.113.0/24", "203.0.113.0"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("2001:db8:85a3::8a2e:370:7334.", "2001:db8:85a3::8a2e:370:7334"),
            ("fe80::1%eth0", "fe80::1"),
            ("::ffff:192.0.2.128", "::ffff:192.0.2.128"),
            ("ip=::1", "::1"),
        ],
    );
    finds_nothing(&[
        "version 1.2.3.4",
        "Chrome/122.0.1.2",
        "v1.2.3.4",
        "\"appVersion\":\"1.2.3.4\"",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "01.2.3.4",
        "114.0.0.0",
        "12:34:56",
        "::",
        "std::vec",
        "Dead::Beef",
        "00:11:22:33:44:55",
        "00:11:22:33:44:55:66:77",
        "a:b",
        "1.2.3.4x",
    ]);
}

#[test]
fn accounts_and_personal_numbers() {
    finds(
        "IBAN",
        &[
            ("GB82WEST12345698765432", "GB82WEST12345698765432"),
            (
                "IBAN: GB82 WEST 1234 5698 7654 32.",
                "GB82 WEST 1234 5698 7654 32",
            ),
            ("de89370400440532013000", "de89370400440532013000"),
            (
                "FR14 2004 1010 0505 0001 3M02 606",
                "FR14 2004 1010 0505 0001 3M02 606",
            ),
        ],
    );
    finds(
        "SSN",
        &[
            ("SSN 536-22-8726", "536-22-8726"),
            ("ssn: 536228726", "536228726"),
            ("536-22-8726", "536-22-8726"),
        ],
    );
    finds(
        "NATIONAL_ID",
        &[
            ("12345678Z", "12345678Z"),
            ("X1234567L", "X1234567L"),
            ("AB123456C", "AB123456C"),
            ("AB 12 34 56 C", "AB 12 34 56 C"),
            ("RSSMRA85T10A562S", "RSSMRA85T10A562S"),
            ("11010519491231002X", "11010519491231002X"),
            ("529.982.247-25", "529.982.247-25"),
            ("CPF 52998224725", "52998224725"),
            ("Steuer-IdNr. 86095742719", "86095742719"),
            ("BSN 111222333", "111222333"),
            ("PESEL: 44051401359", "44051401359"),
            ("Aadhaar 2345 6789 0124", "2345 6789 0124"),
            ("2 55 08 14 168 025 38", "2 55 08 14 168 025 38"),
        ],
    );
    finds_nothing(&[
        "GB82WEST12345698765433",
        "GB82WEST1234569876543",
        "XX82WEST12345698765432",
        "GB82WEST123456987654321",
        "000-22-8726",
        "666-22-8726",
        "900-22-8726",
        "536-00-8726",
        "536-22-0000",
        "078-05-1120",
        "536228726",
        "12345678A",
        "DB123456C",
        "AB123456E",
        "RSSMRA85T10A562T",
        "110105194912310021",
        "529.982.247-26",
        "86095742719",
        "111222333",
    ]);
}

#[test]
fn keys() {
    let private_key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----";
    // In pieces, so that no scanner takes this file for a leak.
    for (prefix, rest) in [
        ("AKIA", "IOSFODNN7EXAMPLE"),
        ("ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"),
        ("github_pat_", "11ABCDEFG0abcdefghij_klmnopqrstuvwxyz0123456789"),
        ("xoxb-", "123456789012-abcdefghijklmnop"),
        ("sk_live_", "4eC39HqLyjWDarjtT1zdp7dc"),
        ("AIza", "SyA1234567890abcdefghijklmnopqrstuv"),
        ("sk-ant-", "api03-abcdefghij1234567890ABCDEFGHIJ"),
        ("sk-proj-", "abcdefghij1234567890ABCDEFGHIJabcdefghij1234"),
        ("sk-", "abcdefghij1234567890ABCDEFGHIJabcdefghij12345678"),
        ("npm_", "abcdefghij1234567890ABCDEFGHIJ123456"),
        ("SK", "0123456789abcdef0123456789abcdef"),
        (
            "SG.",
            "abcdefghij1234567890AB.abcdefghij1234567890ABCDEFGHIJabcdefghij123",
        ),
        ("glpat-", "abcdefghij1234567890"),
        (
            "eyJhbGciOiJIUzI1NiJ9.",
            "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
        ),
        ("", private_key),
    ] {
        let key = format!("{prefix}{rest}");
        for text in [
            key.clone(),
            format!("token={key}"),
            format!("\"{key}\""),
            format!("use {key}."),
        ] {
            assert_eq!(found(&text), [format!("API_KEY {key}")], "{text:?}");
        }
    }
    finds_nothing(&[
        "AKIA",
        "AKIAIOSFODNN7EXAMPL",
        "AKIAIOSFODNN7EXAMPLEX",
        "task-abcdefghij1234567890ABCDEFGHIJabcdef",
        "sk-learn",
        "npm_config_cache",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "eyJ",
        "eyJhbGciOiJIUzI1NiJ9",
        "-----BEGIN CERTIFICATE-----\nMC4C\n-----END CERTIFICATE-----",
        "-----BEGIN ",
    ]);
}

#[test]
fn several_in_one_text_in_order() {
    assert_eq!(
        found("email test@example.com phone 011234567 credit 4242424242424242 ip 10.12.234.2"),
        [
            "EMAIL test@example.com",
            "PHONE_NUMBER 011234567",
            "CREDIT_CARD_NUMBER 4242424242424242",
            "IP_ADDRESS 10.12.234.2",
        ]
    );
    // The longest of overlapping finds stands.
    assert_eq!(
        found("call 447700900123@example.com"),
        ["EMAIL 447700900123@example.com"]
    );
}
