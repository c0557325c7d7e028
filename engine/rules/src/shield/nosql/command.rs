//! Commands behind the end of a line, as the protocols of Redis and Memcached read them.

/// A command behind the end of a line.
pub(super) fn find(value: &[u8]) -> Option<(u8, &'static str)> {
    for line in value.split(|&byte| byte == b'\n').skip(1) {
        let line = line.trim_ascii();
        let first = line.first().map_or(0, u8::to_ascii_lowercase);
        if !matches!(first, b'a' | b'c' | b'f' | b'm' | b'p' | b'r' | b's') {
            continue;
        }
        let mut words = line
            .split(|byte| byte.is_ascii_whitespace())
            .filter(|word| !word.is_empty());
        let (Some(first), second, third) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let is = |known: &[&str]| {
            known
                .iter()
                .any(|known| known.as_bytes().eq_ignore_ascii_case(first))
        };
        let number = |word: Option<&[u8]>| word.is_some_and(|word| word.iter().all(u8::is_ascii_digit));
        let then = |known: &[&str]| {
            second.is_some_and(|word| {
                known
                    .iter()
                    .any(|known| known.as_bytes().eq_ignore_ascii_case(word))
            })
        };
        let redis = (is(&["flushall", "flushdb", "flush_all"]) && third.is_none())
            || (is(&["config"]) && then(&["set", "get", "rewrite", "resetstat"]) && third.is_some())
            || (is(&["slaveof", "replicaof"]) && (number(third) || then(&["no"])))
            || (is(&["module"]) && then(&["load"]));
        let memcached = is(&["set", "add", "replace", "append", "prepend"])
            && number(third)
            && number(words.next())
            && number(words.next());
        if redis || memcached {
            return Some((5, "nosql.command"));
        }
    }
    // `*3\r\n$3\r\nSET`: a command in Redis's own notation.
    let notation = value
        .windows(3)
        .any(|part| matches!(part, [b'\n', b'$', b'1'..=b'9']))
        && value.windows(2).any(|part| matches!(part, [b'*', b'1'..=b'9']));
    notation.then_some((5, "nosql.command"))
}
