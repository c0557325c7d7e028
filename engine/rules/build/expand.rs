//! Patterns that stand for a handful of strings, as those strings.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// One of the strings that a pattern stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Expansion {
    pub(crate) bytes: Vec<u8>,
    /// What must be before the string.
    pub(crate) before: Edge,
    /// What must be behind it.
    pub(crate) after: Edge,
}

/// What must be where a string starts or ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Edge {
    #[default]
    Anything,
    /// A boundary of words, as ASCII knows words.
    Word,
    /// The start or the end of the text.
    Text,
}

impl Expansion {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            ..Self::default()
        }
    }
}

/// All strings that the pattern stands for, if they are at most `max`.
pub(crate) fn expand(hir: &Hir, max: usize) -> Option<Vec<Expansion>> {
    let all = match hir.kind() {
        HirKind::Empty => vec![Expansion::default()],
        HirKind::Literal(l) => vec![Expansion::new(&l.0)],
        HirKind::Look(Look::Start) => vec![Expansion {
            before: Edge::Text,
            ..Expansion::default()
        }],
        HirKind::Look(Look::End) => vec![Expansion {
            after: Edge::Text,
            ..Expansion::default()
        }],
        // Which side it holds for is known once there is something beside it.
        HirKind::Look(Look::WordAscii) => vec![Expansion {
            before: Edge::Word,
            after: Edge::Word,
            ..Expansion::default()
        }],
        HirKind::Look(_) => return None,
        HirKind::Class(class) => characters(class, max)?
            .iter()
            .map(|bytes| Expansion::new(bytes))
            .collect(),
        HirKind::Capture(capture) => expand(&capture.sub, max)?,
        HirKind::Repetition(repetition) => {
            let once = expand(&repetition.sub, max)?;
            let mut power = vec![Expansion::default()];
            let mut all = Vec::new();
            for times in 0..=repetition.max? {
                if times > 0 {
                    power = join(&power, &once, max)?;
                }
                if times >= repetition.min {
                    all.extend(power.iter().cloned());
                }
                if all.len() > max {
                    return None;
                }
            }
            all
        }
        HirKind::Concat(parts) => {
            let mut all = vec![Expansion::default()];
            for part in parts {
                all = join(&all, &expand(part, max)?, max)?;
            }
            all
        }
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(expand(part, max)?);
            }
            all
        }
    };
    (all.len() <= max).then_some(all)
}

/// Every string of `left` followed by every string of `right`, as far as their edges allow it.
pub(crate) fn join(left: &[Expansion], right: &[Expansion], max: usize) -> Option<Vec<Expansion>> {
    let mut all = Vec::new();
    for l in left {
        for r in right {
            all.extend(join_two(l, r)?);
            if all.len() > max {
                return None;
            }
        }
    }
    Some(all)
}

/// The two strings as one: `None` when that is no such string, an empty list when their edges forbid it.
fn join_two(left: &Expansion, right: &Expansion) -> Option<Vec<Expansion>> {
    let (l_empty, r_empty) = (left.bytes.is_empty(), right.bytes.is_empty());
    let joined = |before, after| {
        vec![Expansion {
            bytes: [left.bytes.as_slice(), &right.bytes].concat(),
            before,
            after,
        }]
    };
    // Without bytes of its own, a side only adds to what the other side demands.
    let either = |a: Edge, b: Edge| match (a, b) {
        (Edge::Anything, edge) | (edge, Edge::Anything) => Some(edge),
        (a, b) => (a == b).then_some(a),
    };
    if l_empty && r_empty {
        return Some(joined(
            either(left.before, right.before)?,
            either(left.after, right.after)?,
        ));
    }
    if l_empty {
        // The end of the text cannot come before bytes.
        return Some(match left.after {
            Edge::Text => Vec::new(),
            _ => joined(either(left.before, right.before)?, right.after),
        });
    }
    if r_empty {
        return Some(match right.before {
            Edge::Text => Vec::new(),
            _ => joined(left.before, either(left.after, right.after)?),
        });
    }
    let is_word = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let at_boundary = is_word(left.bytes.last()) != is_word(right.bytes.first());
    let holds = |edge| match edge {
        Edge::Anything => true,
        Edge::Word => at_boundary,
        Edge::Text => false,
    };
    Some(if holds(left.after) && holds(right.before) {
        joined(left.before, right.after)
    } else {
        Vec::new()
    })
}

/// The characters of a class, each as the bytes it is sent as, if they are at most `max`.
fn characters(class: &Class, max: usize) -> Option<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    match class {
        Class::Unicode(class) => {
            for range in class.ranges() {
                for c in range.start()..=range.end() {
                    all.push(c.to_string().into_bytes());
                    if all.len() > max {
                        return None;
                    }
                }
            }
        }
        Class::Bytes(class) => {
            for range in class.ranges() {
                all.extend((range.start()..=range.end()).map(|byte| vec![byte]));
            }
        }
    }
    Some(all)
}
