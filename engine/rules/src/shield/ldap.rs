//! Injection into LDAP search filters: a value that closes the filter's parenthesis and goes on with another one.

use super::{
    finding::{Category, Finding},
    words::Words,
};

/// Attributes of directories that filters ask for.
static ATTRIBUTES: Words<bool, 128> = Words::new(
    &[(
        true,
        "c cn dc department description displayname dn employeenumber facsimiletelephonenumber gidnumber \
         givenname homedirectory homephone l loginshell mail member memberof memberuid mobile name o \
         objectcategory objectclass objectguid objectsid ou pager password primarygroupid samaccountname \
         serviceprincipalname sn st street telephonenumber title uid uidnumber uniquemember user \
         useraccountcontrol username userpassword userprincipalname zone",
    )],
    false,
);

/// Detects an LDAP injection in a decoded value.
pub(crate) fn detect(value: &[u8]) -> Option<Finding> {
    let mut best = None;
    let mut at = 0;
    while at < value.len() && best != Some(5) {
        let found = match value[at] {
            b'(' => open(value, at),
            b')' => close(value, at),
            b':' if value.get(at + 1) == Some(&b'=') => matching_rule(value, at),
            _ => None,
        };
        best = best.max(found);
        at += 1;
    }
    best.map(|score| Finding {
        detector: "ldap.filter",
        category: Category::Ldap,
        score,
    })
}

/// `(&(uid=…`, `(|(cn=*`, `(!(`.
fn open(value: &[u8], at: usize) -> Option<u8> {
    let operator = *value.get(at + 1)?;
    if !matches!(operator, b'&' | b'|' | b'!') {
        return None;
    }
    let inner = value[at + 2..].trim_ascii_start().strip_prefix(b"(")?;
    // `(&(!(`, `(|(&(`
    let inner = match inner {
        [b'&' | b'|' | b'!', b'(', rest @ ..] => rest,
        _ => inner,
    };
    let item = Item::read(inner)?;
    match operator {
        // `if (!(name = next()))` is code.
        b'!' => (item.known && !item.spaced).then_some(5),
        _ => (!item.spaced).then_some(5),
    }
}

/// What stands behind a parenthesis that the value closes.
fn close(value: &[u8], at: usize) -> Option<u8> {
    let rest = &value[at + 1..];
    if rest.iter().take_while(|byte| **byte == 0).count() == rest.len() && !rest.is_empty() {
        // The rest of the application's filter is cut off by a null byte.
        return Some(5);
    }
    let opened = rest.strip_prefix(b"(")?;
    match opened {
        // `)(&)`, `)(|)`, `)(&(`, also cut off.
        [b'&' | b'|', b')', ..] | [b'&' | b'|' | b'!', b'(', ..] => return Some(5),
        [b'&' | b'|'] => return Some(5),
        _ => {}
    }
    let opened = opened.strip_prefix(b"!").unwrap_or(opened);
    let item = Item::read(opened)?;
    let wild = at > 0 && value[at - 1] == b'*';
    if item.spaced {
        return None;
    }
    Some(if item.known || item.wild || wild { 5 } else { 3 })
}

/// `userPassword:2.5.13.18:=…`, `cn:caseExactMatch:=…`.
fn matching_rule(value: &[u8], at: usize) -> Option<u8> {
    let head = &value[at.saturating_sub(64)..at];
    let rule = head
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.')
        .count();
    let name = head[..head.len() - rule].strip_suffix(b":")?;
    let name = name.strip_suffix(b":dn").unwrap_or(name);
    let length = name
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-')
        .count();
    let rule = &head[head.len() - rule..];
    let object = rule.first().is_some_and(u8::is_ascii_digit)
        && rule.iter().filter(|byte| **byte == b'.').count() >= 2;
    (known(&name[name.len() - length..]) && (object || rule.ends_with(b"Match"))).then_some(5)
}

/// `attribute=value` at the start of a filter.
struct Item {
    known: bool,
    /// Whether any value matches.
    wild: bool,
    /// Whether white space stands around the operator, as in code and prose.
    spaced: bool,
}

impl Item {
    fn read(text: &[u8]) -> Option<Self> {
        let length = text
            .iter()
            .take(48)
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b';' | b'.' | b':'))
            .count();
        let name = &text[..length];
        let rest = text[length..].trim_ascii_start();
        let spaced = rest.len() != text.len() - length;
        let operand = match rest {
            [b'=', b'=', ..] => return None,
            [b'=', operand @ ..] => operand,
            [b'>' | b'<' | b'~', b'=', operand @ ..] => operand,
            _ => return None,
        };
        (length > 0).then(|| Self {
            known: known(name),
            wild: operand.first() == Some(&b'*'),
            spaced: spaced || operand.first() == Some(&b' '),
        })
    }
}

fn known(name: &[u8]) -> bool {
    ATTRIBUTES.find(name)
}
