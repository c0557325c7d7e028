//! Punycode (RFC 3492): a label outside ASCII in ASCII.

/// What the algorithm of the RFC is parameterised with, as it says for names.
const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 128;

/// The most characters of a label that can be encoded: each takes at least one of the 59 that remain behind `xn--`.
///
/// This also bounds the work, which grows with the square of the length, and keeps the sums below from overflowing.
const MAX_CHARACTERS: usize = 59;

/// Encodes a label without the prefix `xn--`, or nothing if it is too long for the DNS.
pub(super) fn encode(label: &str) -> Option<String> {
    let length = label.chars().take(MAX_CHARACTERS + 1).count() as u32;
    if length as usize > MAX_CHARACTERS {
        return None;
    }
    let mut out: String = label.chars().filter(char::is_ascii).collect();
    let basic = out.len() as u32;
    if basic > 0 {
        out.push('-');
    }
    let (mut n, mut delta, mut bias, mut handled) = (INITIAL_N, 0, INITIAL_BIAS, basic);
    while handled < length {
        let next = label.chars().map(u32::from).filter(|&c| c >= n).min()?;
        delta += (next - n) * (handled + 1);
        n = next;
        for character in label.chars().map(u32::from) {
            if character < n {
                delta += 1;
            } else if character == n {
                push_number(&mut out, delta, bias);
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta += 1;
        n += 1;
    }
    (out.len() <= MAX_CHARACTERS).then_some(out)
}

/// Appends a number of variable length.
fn push_number(out: &mut String, mut number: u32, bias: u32) {
    let mut k = BASE;
    loop {
        let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if number < threshold {
            break;
        }
        out.push(digit(threshold + (number - threshold) % (BASE - threshold)));
        number = (number - threshold) / (BASE - threshold);
        k += BASE;
    }
    out.push(digit(number));
}

fn adapt(delta: u32, points: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / DAMP } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

/// `a` to `z`, then `0` to `9`.
fn digit(value: u32) -> char {
    const DIGITS: &[u8; BASE as usize] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    // Always below 36: the remainders above are taken modulo at most 35, and added to thresholds that leave room for them.
    DIGITS.get(value as usize).map_or('a', |&byte| char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn known_names() {
        for (label, expected) in [
            ("bücher", "bcher-kva"),
            ("münchen", "mnchen-3ya"),
            ("ü", "tda"),
            ("例え", "r8jz45g"),
            ("παράδειγμα", "hxajbheg2az3al"),
            ("испытание", "80akhbyknj4f"),
            ("유니코드", "9i1bl3b0x3abxh"),
            ("straße", "strae-oqa"),
            ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
            ("3年b組金八先生", "3b-ww4c5e180e575a65lsy2b"),
            ("🦀", "zs9h"),
        ] {
            assert_eq!(encode(label).as_deref(), Some(expected), "{label}");
        }
    }

    #[test]
    fn what_the_dns_cannot_hold() {
        assert!(encode(&"ü".repeat(54)).is_some());
        assert_eq!(encode(&"ü".repeat(60)), None);
        assert_eq!(encode(&"\u{10ffff}\u{80}".repeat(29)), None);
        assert_eq!(encode(&format!("{}ü", "a".repeat(58))), None);
    }
}
