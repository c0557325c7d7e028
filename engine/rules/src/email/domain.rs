//! Names of domains: characters outside ASCII, and the ASCII form of the labels that have them.
//!
//! This is not the whole of IDNA: what has to be known of Unicode for that (UTS 46, normalisation) takes several times the size of
//! this rule. Names are lower-cased, full-width forms folded, and encoded. A registry would refuse some names that pass here, which
//! does no harm, since nobody gets mail there; and the DNS knows. A name that another program might encode differently is marked.

use super::{
    cursor::Cursor,
    fault::EmailFault,
    grammar::{Level, is_ascii_atom_text},
    punycode,
};

/// Reads a label, if there is one, and appends it in ASCII and lower case. Says whether that form is sure.
///
/// It isn't where combining accents stand alone: whoever sends mail composes them first.
pub(super) fn read_label(cursor: &mut Cursor<'_>, out: &mut String) -> Result<bool, EmailFault> {
    let start = out.len();
    let mut is_sure = true;
    let mut previous = None;
    while let Some(character) = cursor.peek().map(fold) {
        if character.is_ascii() {
            if !is_ascii_atom_text(character) {
                break;
            }
            if !character.is_ascii_alphanumeric() && character != '-' {
                cursor.need(Level::Rfc5322, EmailFault::Character);
            }
            out.push(character.to_ascii_lowercase());
        } else {
            let may_follow = is_text(character)
                || matches!(character, '\u{200c}' | '\u{200d}')
                    && previous.is_some_and(|p: char| !p.is_ascii());
            if !may_follow {
                return Err(EmailFault::Character);
            }
            is_sure &= !('\u{300}'..='\u{36f}').contains(&character);
            out.extend(character.to_lowercase());
        }
        cursor.next();
        previous = Some(character);
    }
    let label = out.get(start..).unwrap_or_default();
    if label.is_ascii() {
        return Ok(is_sure);
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(EmailFault::Hyphen);
    }
    let encoded = punycode::encode(label).ok_or(EmailFault::TooLong)?;
    out.truncate(start);
    out.push_str("xn--");
    out.push_str(&encoded);
    Ok(is_sure)
}

/// The character that stands for this one in a name: full-width forms are the narrow ones, ideographic full stops are dots.
pub(super) fn fold(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        '\u{3002}' | '\u{ff61}' => '.',
        _ => character,
    }
}

/// Whether a character outside ASCII is text: no control or format character, no white space, nothing private or unassignable.
pub(super) fn is_text(character: char) -> bool {
    !(character.is_control()
        || character.is_whitespace()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{e000}'..='\u{f8ff}'
                | '\u{fdd0}'..='\u{fdef}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffd}'
                | '\u{e0000}'..='\u{10ffff}'
        )
        || (character as u32) & 0xfffe == 0xfffe)
}
