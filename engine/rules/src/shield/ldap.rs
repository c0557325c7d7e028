//! Injection into LDAP search filters: a value that closes the filter's parenthesis and goes on with another one.

use super::{
    finding::{Category, Finding},
    words::Words,
    work,
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
    while let Some(next) = memchr::memchr3(b'(', b')', b':', &value[at..])
        && best != Some(5)
    {
        at += next;
        work::spend(1 + next);
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
    work::spend(head.len());
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
        work::spend(length);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::work, detect};

    #[test]
    fn filters_that_are_broken_out_of_are_certain() {
        for value in [
            "*)(uid=*))(|(uid=*",
            "*)(objectClass=*",
            "x)(cn=*",
            "admin)(&)",
            "admin)(|(password=*)",
            "*)(&",
            "(&(uid=admin)(!(&(1=0)(userPassword=q))))",
            "*(|(objectclass=*))",
            "(|(cn>=a)(sn~=b))",
            "admin))\0",
            "userPassword:2.5.13.18:=123",
            "cn:dn:2.4.6.8.10:=x",
            "x)(!(mail=a",
        ] {
            assert_eq!(
                detect(value.as_bytes()).map(|finding| finding.score),
                Some(5),
                "{value:?}"
            );
        }
    }

    #[test]
    fn prose_and_code_in_parentheses_are_left_alone() {
        for value in [
            "",
            "a (b) (c) (d)",
            "text (see above)(and below)",
            "f(x)(y)",
            "if (!(next = read())) return",
            "if ((a && b) || (c))",
            "f(a)(b == c)",
            "x = (a|b) & (c)",
            "10:15 (noon) := lunch",
            "User(name),Images(url)",
            "(&) and (|)",
        ] {
            assert!(
                detect(value.as_bytes()).is_none_or(|finding| finding.score < 4),
                "{value:?}"
            );
        }
    }

    #[test]
    fn work_grows_with_the_length_and_no_faster() {
        work::assert_linear(
            &[
                "(",
                ")",
                "(&(",
                ")(",
                ")(a",
                ")\0",
                ":=",
                "a:=",
                "1.2.3.4:=",
                "(!(  ",
                ")(!(a=",
            ],
            detect,
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(value in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = detect(&value);
        }

        #[test]
        fn anything_made_of_pieces_of_filters_is_read(
            pieces in proptest::collection::vec(prop::sample::select(vec!["(", ")", "&", "|", "!", "*", "=", ":=", ":", ".", "~", " ", "\0", "cn", "uid", "1.2.3", "Match"]), 0..40)
        ) {
            let _ = detect(pieces.concat().as_bytes());
        }
    }
}
