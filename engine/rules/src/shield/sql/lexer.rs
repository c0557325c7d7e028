//! Splits a value into the tokens that a database would see.
//!
//! Databases disagree about strings, comments and operators; where they do, the reading is taken that an attack needs. Every byte is
//! looked at a fixed number of times: a string or comment without an end takes the rest of the value with it.

use super::{
    super::{words::Hash, work},
    token::{Context, Kind, Token},
    words,
};
use crate::swar;

/// For how many tokens there is room from the beginning.
const USUAL_TOKENS: usize = 64;

/// Splits the value, as it would be read in this context, into `tokens`. Comments between tokens are left out.
pub(crate) fn tokenise(value: &[u8], context: Context, tokens: &mut Vec<Token>) {
    tokens.clear();
    if tokens.capacity() == 0 {
        tokens.reserve(USUAL_TOKENS);
    }
    let mut lexer = Lexer { value, at: 0 };
    if let Context::Quoted(quote) = context {
        let kind = lexer.application_text(quote);
        tokens.push(lexer.token(kind, 0));
    }
    while let Some(token) = lexer.next() {
        tokens.push(token);
    }
}

struct Lexer<'a> {
    value: &'a [u8],
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        work::spend(1);
        self.value.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Goes to the next byte that is one of these, or to the end; returns whether there is one.
    fn skip_to<const N: usize>(&mut self, bytes: [u8; N]) -> bool {
        let rest = self.value.get(self.at..).unwrap_or_default();
        let found = swar::find(rest, bytes);
        let length = found.unwrap_or(rest.len());
        work::spend(length + 1);
        // An escape at the end of the value leads beyond it.
        self.at = self.value.len().min(self.at + length);
        found.is_some()
    }

    fn token(&self, kind: Kind, start: usize) -> Token {
        // A value is far shorter than 4 GiB; one that isn't only gets wrong places.
        Token {
            kind,
            start: start as u32,
            end: self.at as u32,
        }
    }

    /// The end of the string that the application began. A backslash before the quote doesn't count: most databases know no such escape.
    fn application_text(&mut self, quote: u8) -> Kind {
        while self.skip_to([quote]) {
            if self.peek(1) != quote {
                self.at += 1;
                return Kind::Text;
            }
            self.at += 2;
        }
        Kind::OpenText
    }

    fn next(&mut self) -> Option<Token> {
        while self.at < self.value.len() {
            let start = self.at;
            let kind = match self.peek(0) {
                // Most of any value.
                b' ' => {
                    self.at += 1;
                    continue;
                }
                b'a'..=b'z' | b'A'..=b'Z' => self.word(),
                0..=b' ' | 0xA0 => {
                    self.at += 1;
                    continue;
                }
                0xC2 if self.peek(1) == 0xA0 => {
                    self.at += 2;
                    continue;
                }
                b'-' if self.peek(1) == b'-' => match self.line_comment() {
                    Some(kind) => kind,
                    None => continue,
                },
                b'#' => match self.line_comment() {
                    Some(kind) => kind,
                    None => continue,
                },
                b'/' if self.peek(1) == b'*' => match self.block_comment() {
                    Some(kind) => kind,
                    None => continue,
                },
                // The end of `/*! … */`, whose content was read as code.
                b'*' if self.peek(1) == b'/' => {
                    self.at += 2;
                    continue;
                }
                quote @ (b'\'' | b'"') => self.text(quote),
                b'`' => match self.text(b'`') {
                    Kind::Text if words::find(&self.value[start + 1..self.at - 1]) == Kind::Catalogue => {
                        Kind::Catalogue
                    }
                    Kind::Text => Kind::Name,
                    kind => kind,
                },
                b'[' => self.bracket(),
                b'0'..=b'9' => self.number(),
                b'.' if self.peek(1).is_ascii_digit() => self.number(),
                b'@' => self.variable(),
                b'$' => self.dollar(),
                byte if word_byte(byte) => self.word(),
                byte => self.symbol(byte),
            };
            return Some(self.token(kind, start));
        }
        None
    }

    /// Skips a comment that ends with its line. `Some` if there is nothing behind it.
    fn line_comment(&mut self) -> Option<Kind> {
        let end = swar::find(&self.value[self.at..], [b'\n']);
        work::spend(end.unwrap_or(self.value.len() - self.at));
        match end {
            Some(length) if !self.value[self.at + length..].trim_ascii_start().is_empty() => {
                self.at += length + 1;
                None
            }
            _ => {
                self.at = self.value.len();
                Some(Kind::Rest)
            }
        }
    }

    fn block_comment(&mut self) -> Option<Kind> {
        self.at += 2;
        // MySQL runs what is in `/*! … */` and `/*!50000 … */`.
        if self.peek(0) == b'!' || (self.peek(0) == b'M' && self.peek(1) == b'!') {
            self.at += if self.peek(0) == b'M' { 2 } else { 1 };
            let digits = self.value[self.at..]
                .iter()
                .take(6)
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            self.at += if digits >= 5 || digits == 1 { digits } else { 0 };
            return None;
        }
        let Some(length) = self.value[self.at..].windows(2).position(|pair| pair == b"*/") else {
            self.at = self.value.len();
            return Some(Kind::Rest);
        };
        work::spend(length);
        self.at += length + 2;
        None
    }

    /// A string or quoted name, with its quote doubled or escaped inside.
    fn text(&mut self, quote: u8) -> Kind {
        self.at += 1;
        while self.skip_to([quote, b'\\']) {
            let is_escape = self.peek(0) == b'\\';
            if !is_escape && self.peek(1) != quote {
                self.at += 1;
                return Kind::Text;
            }
            self.at += 2;
        }
        Kind::OpenText
    }

    /// `[name]`, as in SQL Server.
    fn bracket(&mut self) -> Kind {
        let rest = &self.value[self.at + 1..];
        let name = rest
            .iter()
            .take(64)
            .take_while(|&&byte| word_byte(byte) || byte == b' ')
            .count();
        if name == 0 || rest.get(name) != Some(&b']') {
            self.at += 1;
            return Kind::Other;
        }
        let kind = words::find(rest[..name].trim_ascii());
        self.at += name + 2;
        if kind == Kind::Catalogue { kind } else { Kind::Name }
    }

    fn number(&mut self) -> Kind {
        let digits = |lexer: &mut Self, is: fn(&u8) -> bool| {
            let count = lexer.value[lexer.at..].iter().take_while(|byte| is(byte)).count();
            lexer.at += count;
            count
        };
        if self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X') {
            self.at += 2;
            digits(self, u8::is_ascii_hexdigit);
            return Kind::Number;
        }
        if self.peek(0) == b'0' && matches!(self.peek(1), b'b' | b'B') && matches!(self.peek(2), b'0' | b'1')
        {
            self.at += 2;
            digits(self, |byte| matches!(byte, b'0' | b'1'));
            return Kind::Number;
        }
        digits(self, u8::is_ascii_digit);
        if self.peek(0) == b'.' {
            self.at += 1;
            if digits(self, u8::is_ascii_digit) == 0
                && matches!(self.peek(0), b'e' | b'E')
                && matches!(self.peek(1), b'(' | b'.')
            {
                self.at += 1;
                return Kind::Number;
            }
        }
        if matches!(self.peek(0), b'e' | b'E') {
            let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
            // MySQL also takes `1e` for a number where a word follows: `1eunion`.
            if self.peek(1 + sign).is_ascii_digit() {
                self.at += 1 + sign;
                digits(self, u8::is_ascii_digit);
            }
        }
        // Oracle's `1f` and `1d`, also with a keyword right behind.
        if matches!(self.peek(0), b'f' | b'd' | b'F' | b'D' | b'e' | b'E') {
            let end = self.value[self.at..]
                .iter()
                .take(24)
                .take_while(|&&byte| word_byte(byte))
                .count();
            let rest = &self.value[self.at + 1..self.at + end];
            let keyword = matches!(words::find(rest), Kind::Keyword(_));
            if (end == 1 || keyword) && words::find(&self.value[self.at..self.at + end]) == Kind::Name {
                self.at += 1;
            }
        }
        Kind::Number
    }

    fn variable(&mut self) -> Kind {
        let system = self.peek(1) == b'@';
        self.at += 1 + usize::from(system);
        let quote = self.peek(0);
        if matches!(quote, b'`' | b'\'' | b'"') {
            return match self.text(quote) {
                Kind::Text => Kind::Variable,
                kind => kind,
            };
        }
        let length = self.value[self.at..]
            .iter()
            .take_while(|&&byte| word_byte(byte) || byte == b'.')
            .count();
        self.at += length;
        match (length, system) {
            (0, _) => Kind::Other,
            (_, true) => Kind::SystemVariable,
            _ => Kind::Variable,
        }
    }

    /// `$$ … $$` and `$tag$ … $tag$`, as in PostgreSQL; otherwise part of a name or an amount of money.
    fn dollar(&mut self) -> Kind {
        let rest = &self.value[self.at..];
        let tag = 1 + rest[1..]
            .iter()
            .take(32)
            .take_while(|&&byte| word_byte(byte) && byte != b'$')
            .count();
        if rest.get(tag) != Some(&b'$') {
            if tag > 1 && !rest[1].is_ascii_digit() {
                self.at += tag;
                return Kind::Name;
            }
            self.at += 1;
            return if self.peek(0).is_ascii_digit() {
                self.number()
            } else {
                Kind::Other
            };
        }
        let (tag, text) = rest.split_at(tag + 1);
        work::spend(tag.len());
        match text.windows(tag.len()).position(|window| window == tag) {
            Some(length) => {
                self.at += 2 * tag.len() + length;
                Kind::Text
            }
            None => {
                self.at = self.value.len();
                Kind::OpenText
            }
        }
    }

    fn word(&mut self) -> Kind {
        let start = self.at;
        let mut hash = Hash::START;
        let mut length = 0;
        for &byte in self.value[start..].iter().take_while(|&&byte| word_byte(byte)) {
            hash = hash.with(byte);
            length += 1;
        }
        work::spend(length);
        self.at += length;
        let word = &self.value[start..self.at];
        // `x'4D'`, `N'…'`, `_utf8'…'`: the string's notation.
        if self.peek(0) == b'\''
            && (matches!(word, [b'x' | b'X' | b'n' | b'N' | b'b' | b'B' | b'e' | b'E']) || word[0] == b'_')
        {
            return self.text(b'\'');
        }
        words::find_hashed(word, hash)
    }

    fn symbol(&mut self, byte: u8) -> Kind {
        let next = self.peek(1);
        let (kind, length) = match (byte, next) {
            // Operators of PostgreSQL and MySQL on JSON.
            (b'-', b'>') => (Kind::Compare, if self.peek(2) == b'>' { 3 } else { 2 }),
            (b'?', b'|' | b'&') => (Kind::Compare, 2),
            (b'?', b' ') if matches!(self.peek(2), b'\'' | b'"') => (Kind::Compare, 1),
            (b'<', b'=') if self.peek(2) == b'>' => (Kind::Compare, 3),
            (b'<', b'=' | b'>' | b'@') | (b'>', b'=') | (b'!', b'=' | b'~' | b'<' | b'>') | (b'^', b'=') => {
                (Kind::Compare, 2)
            }
            (b'~', b'*' | b'=') | (b'=', b'=') => (Kind::Compare, 2),
            (b'<', b'<') | (b'>', b'>') => (Kind::Arithmetic, 2),
            (b'=' | b'<' | b'>', _) => (Kind::Compare, 1),
            (b'|', b'|') => (Kind::Pipes, 2),
            (b'&', b'&') => (Kind::Ampersands, 2),
            (b':', b'=') => (Kind::Assign, 2),
            (b':', b':') => (Kind::Cast, 2),
            (b'+' | b'-', _) => (Kind::Sign, 1),
            (b'*', _) => (Kind::Star, 1),
            (b'/' | b'%' | b'&' | b'|' | b'^', _) => (Kind::Arithmetic, 1),
            (b'!' | b'~', _) => (Kind::Not, 1),
            (b'(', _) => (Kind::Open, 1),
            (b')', _) => (Kind::Close, 1),
            (b',', _) => (Kind::Comma, 1),
            (b';', _) => (Kind::Semicolon, 1),
            (b'.', _) => (Kind::Dot, 1),
            _ => (Kind::Other, 1),
        };
        self.at += length;
        kind
    }
}

/// Whether a byte can be part of a name.
fn word_byte(byte: u8) -> bool {
    static WORD: [bool; 256] = {
        let mut word = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            word[byte] = byte >= 0x80
                || byte as u8 == b'_'
                || byte as u8 == b'$'
                || (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        word
    };
    WORD[usize::from(byte)]
}
