//! The words around a number: what they say it is.
//!
//! Many numbers look alike; `450 0840` is a phone number after "call me on" and nothing after "we sold". The nearest word that says
//! anything decides.

/// What a word says about a number next to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Phone,
    Card,
    Ssn,
    NationalId,
    /// Something that is not sensitive: an order, a version, an amount.
    Other,
}

const TOPICS: usize = 5;
/// How far words are looked for, in bytes and in words. A sentence such as "I don't get any message on my registered …" has to fit.
const BEFORE: (usize, u8) = (64, 7);
const AFTER: (usize, u8) = (20, 2);
/// The longest word that is looked at, in bytes.
const MAX_WORD: usize = 24;
const NOWHERE: u8 = u8::MAX;

/// How near the words of each topic are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    nearest: [u8; TOPICS],
}

impl Context {
    /// The words around this part of the text.
    pub(super) fn of(text: &[u8], start: usize, end: usize) -> Self {
        let mut context = Self {
            nearest: [NOWHERE; TOPICS],
        };
        context.read_before(&text[start.saturating_sub(BEFORE.0)..start]);
        context.read_after(&text[end..text.len().min(end + AFTER.0)]);
        context
    }

    /// Whether this is what the text speaks of here: a word says so, and no nearer one says otherwise.
    pub(super) fn is(&self, topic: Topic) -> bool {
        let own = self.nearest[topic as usize];
        own != NOWHERE && own <= self.nearest.into_iter().min().unwrap_or(NOWHERE)
    }

    /// Whether the words next to the number say that it is something harmless.
    pub(super) fn is_harmless(&self) -> bool {
        self.is(Topic::Other) && self.nearest[Topic::Other as usize] <= 1
    }

    fn read_before(&mut self, window: &[u8]) {
        super::work(window.len());
        let mut end = window.len();
        for distance in 0..BEFORE.1 {
            let Some(last) = window[..end].iter().rposition(|byte| is_word(*byte)) else {
                return;
            };
            let start = window[..last]
                .iter()
                .rposition(|byte| !is_word(*byte))
                .map_or(0, |before| before + 1);
            self.read(&window[start..=last], distance);
            end = start;
        }
    }

    fn read_after(&mut self, window: &[u8]) {
        super::work(window.len());
        let mut rest = window;
        for distance in 1..=AFTER.1 {
            let Some(first) = rest.iter().position(|byte| is_word(*byte)) else {
                return;
            };
            // A further line or number has words of its own.
            if rest[..first]
                .iter()
                .any(|byte| *byte == b'\n' || byte.is_ascii_digit())
            {
                return;
            }
            let end = rest[first..]
                .iter()
                .position(|byte| !is_word(*byte))
                .map_or(rest.len(), |after| first + after);
            self.read(&rest[first..end], distance);
            rest = &rest[end..];
        }
    }

    fn read(&mut self, word: &[u8], distance: u8) {
        if let Some(topic) = topic(word) {
            let nearest = &mut self.nearest[topic as usize];
            *nearest = distance.min(*nearest);
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

/// What a word says, in the languages that forms and support mails are most often written in.
fn topic(word: &[u8]) -> Option<Topic> {
    let mut lower = [0; MAX_WORD];
    let word = if word.len() <= MAX_WORD {
        let lower = &mut lower[..word.len()];
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        &*lower
    } else {
        return None;
    };
    Some(match word {
        b"call" | b"calls" | b"called" | b"calling" | b"cell" | b"contact" | b"contacts" | b"desk"
        | b"dial" | b"fax" | b"faxes" | b"handy" | b"hotline" | b"landline" | b"line" | b"office"
        | b"pager" | b"reach" | b"ring" | b"sms" | b"tel" | b"text" | b"texting" | b"message"
        | b"messages" | b"msg" | b"answer" | b"answering" | b"answers" | b"voicemail" | b"viber"
        | b"signal" | b"whatsapp" | b"wa" | b"anruf" | b"anrufen" | b"rufen" | b"ruf" | b"rufnummer"
        | b"durchwahl" | b"appel" | b"appeler" | b"appelez" | b"portable" | b"fixe" | b"llamar"
        | b"llame" | b"ll\xc3\xa1mame" | b"m\xc3\xb3vil" | b"movil" | b"fijo" | b"chiama" | b"chiamare"
        | b"chiamami" | b"cellulare" | b"ligar" | b"ligue" | b"bel" | b"bellen" | b"gsm" | b"nummer"
        | b"ringa" | b"zadzwo\xc5\x84" | b"kom" | b"kom\xc3\xb3rka" | b"dzwo\xc5\x84" | b"msisdn" => {
            Topic::Phone
        }
        b"amex" | b"cc" | b"visa" | b"mastercard" | b"maestro" | b"discover" | b"diners" | b"jcb"
        | b"unionpay" | b"credit" | b"debit" | b"pan" | b"ccnum" | b"carte" | b"cb" | b"tarjeta"
        | b"carta" | b"cart\xc3\xa3o" | b"cartao" | b"karta" | b"kort" | b"kaart" => Topic::Card,
        b"ssn" | b"ssns" | b"social" | b"security" | b"itin" | b"ss" => Topic::Ssn,
        b"nino"
        | b"insurance"
        | b"nir"
        | b"dni"
        | b"nie"
        | b"nif"
        | b"bsn"
        | b"sofi"
        | b"cpf"
        | b"sin"
        | b"aadhaar"
        | b"aadhar"
        | b"pesel"
        | b"personnummer"
        | b"steuer"
        | b"steuernummer"
        | b"idnr"
        | b"tin"
        | b"tax"
        | b"steueridentifikationsnummer"
        | b"identifikationsnummer"
        | b"steuerid"
        | b"codice"
        | b"fiscale"
        | b"burgerservicenummer"
        | b"uidai"
        | b"national"
        | b"citizen" => Topic::NationalId,
        b"order" | b"orders" | b"invoice" | b"ref" | b"reference" | b"tracking" | b"ticket" | b"isbn"
        | b"issn" | b"ean" | b"upc" | b"gtin" | b"sku" | b"serial" | b"imei" | b"iccid" | b"model"
        | b"version" | b"build" | b"timestamp" | b"epoch" | b"time" | b"date" | b"id" | b"ids" | b"uuid"
        | b"guid" | b"hash" | b"case" | b"account" | b"acct" | b"konto" | b"transaction" | b"amount"
        | b"total" | b"price" | b"cost" | b"usd" | b"eur" | b"gbp" | b"euro" | b"euros" | b"dollars"
        | b"zip" | b"postal" | b"postcode" | b"plz" | b"page" | b"pages" | b"bytes" | b"population"
        | b"people" | b"issue" | b"commit" | b"rfc" | b"flight" | b"parcel" | b"package" | b"shipment"
        | b"bestellung" | b"rechnung" | b"commande" | b"facture" | b"pedido" | b"factura" | b"ordine"
        | b"fattura" | b"latitude" | b"longitude" | b"lat" | b"lon" | b"lng" | b"seed" | b"offset"
        | b"article" | b"patent" | b"license" | b"licence" | b"passport" | b"million" | b"results"
        | b"score" => Topic::Other,
        _ => return stem(word),
    })
}

/// Words that say it in any of their forms and compounds: `phoneNumber`, `Telefonnummer`, `Kreditkarte`.
fn stem(word: &[u8]) -> Option<Topic> {
    const STEMS: [(&[u8], Topic); 20] = [
        (b"phone", Topic::Phone),
        (b"mobil", Topic::Phone),
        (b"telef", Topic::Phone),
        (b"telep", Topic::Phone),
        (b"t\xc3\xa9l\xc3\xa9", Topic::Phone),
        (b"tel\xc3\xa9", Topic::Phone),
        (b"cellul", Topic::Phone),
        (b"celul", Topic::Phone),
        (b"puhelin", Topic::Phone),
        ("тел".as_bytes(), Topic::Phone),
        ("Тел".as_bytes(), Topic::Phone),
        ("电话".as_bytes(), Topic::Phone),
        ("電話".as_bytes(), Topic::Phone),
        ("手机".as_bytes(), Topic::Phone),
        ("手機".as_bytes(), Topic::Phone),
        ("전화".as_bytes(), Topic::Phone),
        ("τηλ".as_bytes(), Topic::Phone),
        (b"card", Topic::Card),
        (b"karte", Topic::Card),
        ("карт".as_bytes(), Topic::Card),
    ];
    STEMS
        .iter()
        .find(|(stem, _)| word.windows(stem.len()).any(|part| part == *stem))
        .map(|(_, topic)| *topic)
}
