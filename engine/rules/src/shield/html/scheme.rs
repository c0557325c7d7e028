//! URLs that run code: `javascript:`, `vbscript:`, `data:text/html`, however they are obscured.

use super::super::work;

/// Whether a URL starts with a scheme that runs code. White space, control characters and entities that a browser skips or decodes are
/// skipped and decoded.
pub(super) fn runs_code(url: &[u8]) -> bool {
    let mut letters = Letters { text: url, at: 0 };
    let Some(scheme) = Scheme::read(&mut letters) else {
        return false;
    };
    match scheme {
        Scheme::Script => {
            // `javascript:void(0)` and `javascript:;` are how pages write a link that does nothing.
            let mut rest = [0; 10];
            let length = letters.fill(&mut rest);
            let nothing = [&b"void(0)"[..], b"void0", b";"]
                .iter()
                .find_map(|code| rest[..length].strip_prefix(*code));
            !nothing.is_some_and(|rest| rest.iter().all(|byte| matches!(byte, b';' | b'"' | b'\'' | b'>')))
        }
        Scheme::Data => {
            let mut head = [0; 24];
            let length = letters.fill(&mut head);
            let head = &head[..length];
            [
                &b"text/html"[..],
                b"text/xml",
                b"image/svg",
                b"application/x",
                b"text/javasc",
                b"text/vbs",
                b"text/scriptlet",
                b"application/javascript",
                b";base64,ph",
                b",<",
            ]
            .iter()
            .any(|kind| head.starts_with(kind))
        }
    }
}

/// Whether the content of a `meta` refresh leads to code: `0;url=javascript:…`.
pub(super) fn refreshes_to_code(content: &[u8]) -> bool {
    content
        .iter()
        .take(32)
        .position(|&byte| byte == b'=')
        .is_some_and(|equals| {
            let rest = &content[equals + 1..];
            let quotes = rest
                .iter()
                .take_while(|byte| matches!(byte, b'"' | b'\'' | b' '))
                .count();
            runs_code(&rest[quotes..])
        })
}

enum Scheme {
    Script,
    Data,
}

impl Scheme {
    fn read(letters: &mut Letters<'_>) -> Option<Self> {
        let mut name = [0; 12];
        let mut length = 0;
        loop {
            match letters.next()? {
                b':' => break,
                letter if length < name.len() && letter.is_ascii_alphabetic() => {
                    name[length] = letter;
                    length += 1;
                }
                _ => return None,
            }
        }
        match &name[..length] {
            b"javascript" | b"vbscript" | b"livescript" | b"mocha" | b"jscript" | b"vbs" | b"mhtml"
            | b"jar" => Some(Self::Script),
            b"data" | b"feed" => Some(Self::Data),
            _ => None,
        }
    }
}

/// The letters of a URL in lower case, as a browser reads them.
struct Letters<'a> {
    text: &'a [u8],
    at: usize,
}

impl Letters<'_> {
    fn fill(&mut self, buffer: &mut [u8]) -> usize {
        let mut length = 0;
        while length < buffer.len() {
            let Some(letter) = self.next() else { break };
            buffer[length] = letter;
            length += 1;
        }
        length
    }

    fn next(&mut self) -> Option<u8> {
        // A scheme with hundreds of skipped characters in it is not worth the walk.
        while self.at < self.text.len().min(128) {
            work::spend(1);
            let byte = self.text[self.at];
            let (letter, length) = match byte {
                b'&' => entity(&self.text[self.at..]).unwrap_or((b'&', 1)),
                b'\\' => (b' ', 1),
                _ => (byte, 1),
            };
            self.at += length;
            if letter > b' ' && letter < 0x7F {
                return Some(letter.to_ascii_lowercase());
            }
        }
        None
    }
}

/// The character that an entity stands for, as far as it is ASCII, and the entity's length.
fn entity(text: &[u8]) -> Option<(u8, usize)> {
    const NAMED: [(&[u8], u8); 7] = [
        (b"&colon;", b':'),
        (b"&tab;", b'\t'),
        (b"&newline;", b'\n'),
        (b"&lpar;", b'('),
        (b"&rpar;", b')'),
        (b"&sol;", b'/'),
        (b"&nbsp;", b' '),
    ];
    for (name, letter) in NAMED {
        if text
            .get(..name.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(name))
        {
            return Some((letter, name.len()));
        }
    }
    let digits = text.strip_prefix(b"&#")?;
    let (digits, radix) = match digits {
        [b'x' | b'X', rest @ ..] => (rest, 16),
        _ => (digits, 10),
    };
    let length = digits
        .iter()
        .take(10)
        .take_while(|byte| char::from(**byte).is_digit(radix))
        .count();
    let number = digits[..length].iter().fold(0_u32, |number, &digit| {
        number
            .saturating_mul(radix)
            .saturating_add(char::from(digit).to_digit(radix).unwrap_or(0))
    });
    let end = text.len() - digits.len() + length;
    let end = end + usize::from(text.get(end) == Some(&b';'));
    (length > 0).then_some((u8::try_from(number).unwrap_or(b'?'), end))
}
