//! Undoes what makes words look other than they read: case, accents, full-width and mathematical letters, look-alikes, leetspeak,
//! characters that are not shown.

/// A character, as it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// A letter or digit, folded.
    Word(char),
    /// A character of a script that is written without spaces.
    Ideograph(char),
    /// Not shown, or a mark on the letter before; belongs to the word around it.
    Nothing,
    /// A tag character, which is not shown and stands for an ASCII one.
    Tag(char),
    /// The end of a sentence or line.
    Stop,
    /// Anything else that parts words.
    Gap,
}

/// Reads one character.
pub(super) fn read(character: char) -> Read {
    if character.is_ascii() {
        return match character {
            'a'..='z' | '0'..='9' | '@' | '$' => Read::Word(character),
            'A'..='Z' => Read::Word(character.to_ascii_lowercase()),
            // don't
            '\'' => Read::Nothing,
            '.' | '!' | '?' | '\n' => Read::Stop,
            _ => Read::Gap,
        };
    }
    match character {
        // Soft hyphen, combining marks, zero-width and directional characters, variation selectors, byte order mark.
        '\u{AD}'
        | '\u{300}'..='\u{36F}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}'
        | '’'
        | 'ʼ' => Read::Nothing,
        '\u{E0020}'..='\u{E007E}' => Read::Tag(from_offset(character, 0xE0000)),
        '。' | '！' | '？' | '…' | '\u{2028}' => Read::Stop,
        // Thai, Japanese, Chinese.
        '\u{E01}'..='\u{E4E}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' => {
            Read::Ideograph(character)
        }
        // Full-width ASCII.
        '\u{FF01}'..='\u{FF5E}' => read(from_offset(character, 0xFEE0)),
        _ => match fold(character) {
            Some(folded) => Read::Word(folded),
            None if character.is_alphanumeric() || is_mark(character) => {
                Read::Word(character.to_lowercase().next().unwrap_or(character))
            }
            None => Read::Gap,
        },
    }
}

fn from_offset(character: char, offset: u32) -> char {
    char::from_u32(u32::from(character) - offset).unwrap_or(' ')
}

/// Marks of Arabic, and vowel signs and joiners of Indic scripts: within words.
fn is_mark(character: char) -> bool {
    match character {
        '\u{64B}'..='\u{65F}' | '\u{900}'..='\u{903}' | '\u{93A}'..='\u{94F}' => true,
        // Ten scripts of one layout: the dot below and the sign that takes the vowel away.
        '\u{980}'..='\u{D7F}' => matches!(u32::from(character) % 0x80, 0x3C | 0x4D),
        _ => false,
    }
}

/// The plain letter for a letter with an accent or in another style.
fn fold(character: char) -> Option<char> {
    let letters = |from: u32| {
        let index = (u32::from(character) - from) % 26;
        char::from_u32(u32::from('a') + index)
    };
    match character {
        // Mathematical letters: alphabets of 26 capitals and 26 small letters, one after the other.
        '\u{1D400}'..='\u{1D6A3}' => letters(0x1D400),
        '\u{1D00}'..='\u{1D22}' | 'ʙ' | 'ɢ' | 'ʜ' | 'ɪ' | 'ʟ' | 'ɴ' | 'ʀ' | 'ʏ' | 'ꜰ' | 'ꜱ' => {
            small_capital(character)
        }
        // Letters in circles, brackets and squares.
        '\u{249C}'..='\u{24B5}' => letters(0x249C),
        '\u{24B6}'..='\u{24E9}' => letters(0x24B6),
        '\u{1F110}'..='\u{1F129}' => letters(0x1F110),
        '\u{1F130}'..='\u{1F149}' => letters(0x1F130),
        '\u{1F150}'..='\u{1F169}' => letters(0x1F150),
        '\u{1F170}'..='\u{1F189}' => letters(0x1F170),
        'À'..='Æ' | 'à'..='æ' | 'Ā'..='ą' => Some('a'),
        'Ç' | 'ç' | 'Ć'..='č' => Some('c'),
        'Ď'..='đ' => Some('d'),
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' => Some('e'),
        'Ĝ'..='ģ' => Some('g'),
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ'..='ı' => Some('i'),
        'Ĺ'..='ł' => Some('l'),
        'Ñ' | 'ñ' | 'Ń'..='ň' => Some('n'),
        'Ò'..='Ö' | 'Ø' | 'ò'..='ö' | 'ø' | 'Ō'..='œ' => Some('o'),
        'Ŕ'..='ř' => Some('r'),
        'Ś'..='š' | 'ſ' => Some('s'),
        'Ţ'..='ŧ' => Some('t'),
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ'..='ų' => Some('u'),
        'Ý' | 'ý' | 'ÿ' | 'Ŷ'..='Ÿ' => Some('y'),
        'Ź'..='ž' => Some('z'),
        'ά' | 'Ά' => Some('α'),
        'έ' | 'Έ' => Some('ε'),
        'ή' | 'Ή' => Some('η'),
        'ί' | 'Ί' => Some('ι'),
        'ό' | 'Ό' => Some('ο'),
        'ύ' | 'Ύ' => Some('υ'),
        'ώ' | 'Ώ' => Some('ω'),
        'ς' => Some('σ'),
        _ => None,
    }
}

/// The letter that a small capital of the phonetic alphabets reads as.
fn small_capital(character: char) -> Option<char> {
    const PAIRS: [(char, char); 25] = [
        ('ᴀ', 'a'),
        ('ʙ', 'b'),
        ('ᴄ', 'c'),
        ('ᴅ', 'd'),
        ('ᴇ', 'e'),
        ('ꜰ', 'f'),
        ('ɢ', 'g'),
        ('ʜ', 'h'),
        ('ɪ', 'i'),
        ('ᴊ', 'j'),
        ('ᴋ', 'k'),
        ('ʟ', 'l'),
        ('ᴍ', 'm'),
        ('ɴ', 'n'),
        ('ᴏ', 'o'),
        ('ᴘ', 'p'),
        ('ʀ', 'r'),
        ('ꜱ', 's'),
        ('ᴛ', 't'),
        ('ᴜ', 'u'),
        ('ᴠ', 'v'),
        ('ᴡ', 'w'),
        ('ʏ', 'y'),
        ('ᴢ', 'z'),
        ('ᴁ', 'a'),
    ];
    PAIRS
        .iter()
        .find(|(own, _)| *own == character)
        .map(|(_, plain)| *plain)
}

/// The Latin letter that a Cyrillic or Greek one looks like, in a word that has Latin letters as well.
pub(super) fn look_alike(character: char) -> char {
    match character {
        'а' | 'α' => 'a',
        'с' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'һ' => 'h',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' => 'u',
        'ν' => 'v',
        'х' => 'x',
        'у' => 'y',
        other => other,
    }
}

/// The letter that a digit or sign stands for in leetspeak.
pub(super) fn leet(character: char) -> char {
    match character {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '8' => 'b',
        other => other,
    }
}
