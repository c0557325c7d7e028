//! Words that say what a number is.

use super::Topic;

/// Parts of words for phones in other scripts, and with accents.
pub(super) const PHONE_STEMS: [&str; 9] = [
    "télé", "telé", "тел", "Тел", "电话", "電話", "手机", "手機", "전화",
];

/// All words below as [packed](pack) bytes, sorted.
pub(super) const WORDS: [(u128, Topic); COUNT] = sorted();
const COUNT: usize =
    PHONE.len() + CALL.len() + CARD.len() + SSN.len() + NATIONAL.len() + NUMBER.len() + OTHER.len();

const PHONE: [&str; 16] = [
    "cell",
    "cellulare",
    "durchwahl",
    "fax",
    "faxes",
    "gsm",
    "hotline",
    "landline",
    "msisdn",
    "pager",
    "rufnummer",
    "sms",
    "tel",
    "viber",
    "voicemail",
    "whatsapp",
];
const CALL: [&str; 51] = [
    "anruf",
    "anrufen",
    "answer",
    "answering",
    "answers",
    "appel",
    "appeler",
    "appelez",
    "bel",
    "bellen",
    "call",
    "called",
    "calling",
    "calls",
    "chiama",
    "chiamami",
    "chiamare",
    "contact",
    "contacts",
    "desk",
    "dial",
    "dzwoń",
    "fijo",
    "fixe",
    "handy",
    "kom",
    "komórka",
    "ligar",
    "ligue",
    "line",
    "llamar",
    "llame",
    "llámame",
    "message",
    "messages",
    "movil",
    "msg",
    "móvil",
    "nummer",
    "office",
    "portable",
    "reach",
    "ring",
    "ringa",
    "ruf",
    "rufen",
    "signal",
    "text",
    "texting",
    "wa",
    "zadzwoń",
];
const CARD: [&str; 22] = [
    "amex",
    "carta",
    "cartao",
    "carte",
    "cartão",
    "cb",
    "cc",
    "ccnum",
    "credit",
    "debit",
    "diners",
    "discover",
    "jcb",
    "kaart",
    "karta",
    "kort",
    "maestro",
    "mastercard",
    "pan",
    "tarjeta",
    "unionpay",
    "visa",
];
const SSN: [&str; 6] = ["itin", "security", "social", "ss", "ssn", "ssns"];
const NATIONAL: [&str; 25] = [
    "aadhaar",
    "aadhar",
    "bsn",
    "citizen",
    "codice",
    "cpf",
    "dni",
    "fiscale",
    "idnr",
    "insurance",
    "national",
    "nie",
    "nif",
    "nino",
    "nir",
    "personnummer",
    "pesel",
    "sin",
    "sofi",
    "steuer",
    "steuerid",
    "steuernummer",
    "tax",
    "tin",
    "uidai",
];
const OTHER: [&str; 82] = [
    "account",
    "acct",
    "amount",
    "article",
    "bestellung",
    "build",
    "bytes",
    "case",
    "commande",
    "commit",
    "cost",
    "date",
    "dollars",
    "ean",
    "epoch",
    "eur",
    "euro",
    "euros",
    "factura",
    "facture",
    "fattura",
    "flight",
    "gbp",
    "gtin",
    "guid",
    "hash",
    "iccid",
    "id",
    "ids",
    "imei",
    "invoice",
    "isbn",
    "issn",
    "issue",
    "konto",
    "lat",
    "latitude",
    "licence",
    "license",
    "lng",
    "lon",
    "longitude",
    "million",
    "model",
    "offset",
    "order",
    "orders",
    "ordine",
    "package",
    "page",
    "pages",
    "parcel",
    "passport",
    "patent",
    "pedido",
    "people",
    "plz",
    "population",
    "postal",
    "postcode",
    "price",
    "rechnung",
    "ref",
    "reference",
    "results",
    "rfc",
    "score",
    "seed",
    "serial",
    "shipment",
    "sku",
    "ticket",
    "time",
    "timestamp",
    "total",
    "tracking",
    "transaction",
    "upc",
    "usd",
    "uuid",
    "version",
    "zip",
];

const NUMBER: [&str; 9] = [
    "num",
    "number",
    "numbers",
    "numer",
    "numero",
    "nummer",
    "numéro",
    "número",
    "номер",
];

/// A word of up to 16 bytes as a number.
pub(super) const fn pack(word: &[u8]) -> Option<u128> {
    if word.len() > 16 {
        return None;
    }
    let mut packed = 0;
    let mut index = 0;
    while index < word.len() {
        packed = packed << 8 | word[index] as u128;
        index += 1;
    }
    Some(packed)
}

const fn sorted() -> [(u128, Topic); COUNT] {
    let mut words = [(0, Topic::Other); COUNT];
    let lists: [(&[&str], Topic); 7] = [
        (&PHONE, Topic::Phone),
        (&CALL, Topic::Call),
        (&CARD, Topic::Card),
        (&SSN, Topic::Ssn),
        (&NATIONAL, Topic::NationalId),
        (&NUMBER, Topic::Number),
        (&OTHER, Topic::Other),
    ];
    let mut count = 0;
    let mut list = 0;
    while list < lists.len() {
        let mut word = 0;
        while word < lists[list].0.len() {
            let Some(packed) = pack(lists[list].0[word].as_bytes()) else {
                panic!("a word of more than 16 bytes");
            };
            // Moves greater ones up by one place.
            let mut place = count;
            while place > 0 && words[place - 1].0 > packed {
                words[place] = words[place - 1];
                place -= 1;
            }
            words[place] = (packed, lists[list].1);
            count += 1;
            word += 1;
        }
        list += 1;
    }
    assert!(count == words.len(), "the number of words");
    words
}
