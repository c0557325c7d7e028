//! Ways to keep Shield from looking at an attack that the application sees all the same.

use arcjet_rules::{Conclusion, Mode, Request, Rule, RuleConfig, RuleSet, Shield};

const ATTACK: &str = "<script>alert(document.cookie)</script>";

fn is_denied(headers: &[(&[u8], &[u8])], body: &[u8]) -> bool {
    let rules = RuleSet::new(&[Rule {
        mode: Mode::Live,
        config: RuleConfig::Shield(Shield::default()),
    }])
    .unwrap();
    let outcomes = rules.judge(&Request {
        method: b"POST",
        path: b"/",
        headers,
        body,
        ..Request::default()
    });
    outcomes[0].conclusion == Conclusion::Deny
}

fn form(before: &[u8]) -> Vec<u8> {
    [before, b"&q=%3Cscript%3Ealert(1)%3C/script%3E"].concat()
}

const FORM: (&[u8], &[u8]) = (b"content-type", b"application/x-www-form-urlencoded");
const JSON: (&[u8], &[u8]) = (b"content-type", b"application/json");

#[test]
fn a_coding_that_isnt_there_hides_nothing() {
    for coding in [&b"gzip"[..], b"x", b""] {
        assert!(is_denied(&[FORM, (b"content-encoding", coding)], &form(b"a=b")));
    }
}

#[test]
fn bytes_that_are_no_text_hide_nothing() {
    assert!(is_denied(&[FORM], &form(b"a=\x01\x02\x03\xff\xff\xff")));
    let text = b"{\"a\": \"\xff\xff\xff\xff\xff\xff\xff\xff\", \"b\": \"<script>alert(1)</script>\"}";
    assert!(is_denied(&[JSON], text));
    // What is compressed is not looked at.
    let compressed = [b"\x1f\x8b\x08\0\0\0\0\0\0\x03", ATTACK.as_bytes()].concat();
    assert!(!is_denied(&[JSON, (b"content-encoding", b"gzip")], &compressed));
}

#[test]
fn parts_behind_the_end_are_looked_at() {
    let part = format!("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{ATTACK}\r\n");
    let multipart = [(&b"content-type"[..], &b"multipart/form-data; boundary=x"[..])];
    for body in [format!("{part}--x--\r\n"), format!("--x--\r\n{part}")] {
        assert!(is_denied(&multipart, body.as_bytes()), "{body}");
    }
    assert!(!is_denied(&multipart, b"--x--\r\n"));
}

#[test]
fn a_nul_byte_hides_nothing_before_it() {
    let part = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n../../etc/passwd\0\r\n--x--\r\n";
    let multipart = (&b"content-type"[..], &b"multipart/form-data; boundary=x"[..]);
    assert!(is_denied(&[multipart], part.as_bytes()));
    let plain = (&b"content-type"[..], &b"text/plain"[..]);
    assert!(is_denied(&[plain], b"../../etc/passwd\0"));
    // In base64.
    assert!(is_denied(&[FORM], b"a=Li4vLi4vZXRjL3Bhc3N3ZAA="));
}

#[test]
fn a_referer_that_is_no_address_is_a_header_like_others() {
    let attack = "' union select password from users --";
    assert!(is_denied(&[(b"referer", attack.as_bytes())], b""));
    let search = "https://search.example/?q=how+to+union+select+from+users";
    assert!(!is_denied(&[(b"referer", search.as_bytes())], b""));
    for page in [
        "https://shop.example/a?b=c",
        "android-app://com.example.app/",
        "about:blank",
        "/relative/page",
    ] {
        assert!(!is_denied(&[(b"referer", page.as_bytes())], b""), "{page}");
    }
}

#[test]
fn dispositions_with_two_readings_are_refused() {
    let multipart = [(&b"content-type"[..], &b"multipart/form-data; boundary=x"[..])];
    let is_refused = |parameters: &str| {
        let part = format!("--x\r\nContent-Disposition: form-data; {parameters}\r\n\r\nhello\r\n--x--\r\n");
        is_denied(&multipart, part.as_bytes())
    };
    for parameters in [
        r#"name="a"filename="b.txt""#,
        r#"name="a"; .filename="b.txt""#,
        r#"name="a" x; filename="b.txt""#,
    ] {
        assert!(is_refused(parameters), "{parameters}");
    }
    for parameters in [
        r#"name="a"; filename="b.txt""#,
        r#"name="a" ; filename=b.txt; size=5"#,
        r#"name="a"; filename="b.txt"; filename*=UTF-8''b.txt"#,
        r#"filename="C:\x.txt"; name=a"#,
    ] {
        assert!(!is_refused(parameters), "{parameters}");
    }
}

#[test]
fn a_disposition_hides_nothing_in_its_other_parameters() {
    let multipart = [(&b"content-type"[..], &b"multipart/form-data; boundary=x"[..])];
    let part = |parameters: &str| {
        format!("--x\r\nContent-Disposition: form-data; {parameters}\r\n\r\nhello\r\n--x--\r\n")
    };
    assert!(is_denied(
        &multipart,
        part(r#"a="field"; b="$(cat /etc/passwd)""#).as_bytes()
    ));
    assert!(!is_denied(&multipart, part(r#"name="a"; size=5"#).as_bytes()));
}

#[test]
fn a_picture_is_no_program() {
    let multipart = [(&b"content-type"[..], &b"multipart/form-data; boundary=x"[..])];
    let file = |media_type: &str, content: &str| {
        format!(
            "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\nContent-Type: {media_type}\r\n\r\n\
             {content}\r\n--x--\r\n"
        )
    };
    let program = "GIF89a\x01<?php system($_GET[1]); ?>";
    assert!(is_denied(&multipart, file("Image/gif", program).as_bytes()));
    // Source code is uploaded for good reasons, and so are pictures.
    assert!(!is_denied(&multipart, file("text/plain", program).as_bytes()));
    let metadata = "GIF89a\x01<?xpacket begin='' ?>";
    assert!(!is_denied(&multipart, file("image/gif", metadata).as_bytes()));
}

#[test]
fn instructions_in_xml_are_looked_at() {
    let xml = [(&b"content-type"[..], &b"text/xml"[..])];
    assert!(is_denied(
        &xml,
        b"<?xml version='1.0'?><a><b><?php phpinfo(); ?></b></a>"
    ));
    for harmless in [
        "<?xml version='1.0'?><a/>",
        "<?xml-stylesheet type='text/xsl' href='a.xsl'?><a/>",
        "<?mso-application progid='Excel.Sheet'?><a/>",
    ] {
        assert!(!is_denied(&xml, harmless.as_bytes()), "{harmless}");
    }
}

#[test]
fn json_in_something_like_xml_hides_nothing() {
    let plain = [(&b"content-type"[..], &b"text/plain"[..])];
    for body in [
        r#"<e><![CDATA[[{"a":"<script>alert(1)</script>"}]]]></e>"#,
        r#"<e>{"a":"' or '1'='1"}</e>"#,
        r#"<e ' or 1=1--><![CDATA[[{"a":"b"}]]]></e>"#,
        r#"<e><![CDATA[[{"a":"b"}]]]><script>alert(1)</script></e>"#,
        r#"<e><![CDATA[[{"a":"b"} ' union select password from users -- ]]></e>"#,
    ] {
        assert!(is_denied(&plain, body.as_bytes()), "{body}");
    }
    let harmless = r#"<e><![CDATA[[{"a":"b/c+d","e":"https%3A%2F%2Fexample.com"}]]]></e>"#;
    assert!(!is_denied(&plain, harmless.as_bytes()));
}

#[test]
fn a_form_that_looks_like_xml_is_read_as_both() {
    for body in [
        "<?xml version=\"1.0\"?><a><string>touch /tmp/success</string></a>",
        "<?xml version=\"1.0\"?><a/>&b=%3Cscript%3Ealert(1)%3C/script%3E",
    ] {
        assert!(is_denied(&[FORM], body.as_bytes()), "{body}");
    }
}

#[test]
fn markup_that_is_not_called_xml_is_read_as_a_page() {
    let plain = (&b"content-type"[..], &b"text/plain"[..]);
    let xml = (&b"content-type"[..], &b"application/xml"[..]);
    let markup = b"<script src=//evil.example/x></script>";
    assert!(is_denied(&[plain], markup));
    assert!(!is_denied(&[xml], markup));
    assert!(!is_denied(&[plain], b"<order><item>5</item></order>"));
}

#[test]
fn strings_of_graphql_are_unescaped() {
    let query = r#"{"query": "query { user(name: \"\\\") or \\\"1\\\"=\\\"1\\\"--\") { id } }"}"#;
    assert!(is_denied(&[JSON], query.as_bytes()), "{query}");
}

#[test]
fn sums_are_no_json() {
    for value in ["{{4+8}}", "{{41-8}}", "[[4+8]]", "{{7*7}}"] {
        let body = format!("a={}", value.replace('+', "%2b"));
        assert!(is_denied(&[FORM], body.as_bytes()), "{value}");
    }
    assert!(!is_denied(
        &[JSON],
        b"{\"a\": [-4, 8e+2, 1.5E-3, {}], \"b\": {\"c\": -1}}"
    ));
}

#[test]
fn commands_in_parameters_for_commands_are_found() {
    for body in ["cmd=id", "x=1&Command=echo+hello", "exec=%77hoami"] {
        assert!(is_denied(&[FORM], body.as_bytes()), "{body}");
    }
    for body in ["cmd=open", "command=ls", "name=id", "q=echo+hello"] {
        assert!(!is_denied(&[FORM], body.as_bytes()), "{body}");
    }
    assert!(is_denied(&[(b"cmd", b"ipconfig")], b""));
    assert!(!is_denied(&[(b"cmd", b"open")], b""));
}

#[test]
fn values_inside_values_use_nothing_up() {
    // Every level of JSON in JSON was looked at for itself, until nothing was left for the attack.
    let mut nested = "x y ".repeat(250);
    for _ in 0..3 {
        nested = format!("[{nested:?}]");
    }
    let before = format!("a={nested}&").repeat(60);
    assert!(
        before.len() > 60_000 && before.len() < 64 * 1024,
        "{}",
        before.len()
    );
    assert!(!is_denied(&[FORM], before.as_bytes()));
    assert!(is_denied(&[FORM], &form(before.as_bytes())));
}

#[test]
fn a_long_head_hides_nothing() {
    let filler = "a b ".repeat(2_000);
    let long = |count| vec![(&b"x-filler"[..], filler.as_bytes()); count];
    // What the head used up is not missing for the body.
    let headers = [long(7), vec![FORM]].concat();
    assert!(!is_denied(&headers, b"a=b"));
    assert!(is_denied(&headers, &form(b"a=b")));
    // More than any browser sends: what stands behind it isn't looked at, so it may not pass.
    assert!(is_denied(&[long(20), vec![FORM]].concat(), b"a=b"));
}

#[test]
fn blanks_behind_an_operator_of_a_shell_hide_no_command() {
    for command in [
        "1;  id",
        "x \t;\t\tid",
        "1 &&   whoami",
        "a |  tr a b |  sh #",
        "$(  id)",
    ] {
        let value: String = command.bytes().map(|byte| format!("%{byte:02x}")).collect();
        assert!(is_denied(&[FORM], format!("q={value}").as_bytes()), "{command}");
    }
    for prose in ["red;  green;  blue", "this &  that", "(  see below  )"] {
        assert!(
            !is_denied(&[FORM], format!("q={}", prose.replace(' ', "+")).as_bytes()),
            "{prose}"
        );
    }
}

#[test]
fn blanks_around_a_value_hide_nothing() {
    // `<script>alert(1)</script>`, an address and a path, of which a shape is that nothing else is in the value.
    for attack in [
        "PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
        "http:2852039166",
        "http://0x7f000001/",
    ] {
        for padded in [
            format!("+++{attack}"),
            format!("{attack}%20%20"),
            format!("%09{attack}+"),
        ] {
            assert!(is_denied(&[FORM], format!("q={padded}").as_bytes()), "{padded}");
        }
    }
    assert!(!is_denied(&[FORM], b"q=+++&r=%20two+words%20"));
}
