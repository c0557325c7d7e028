//! Where in a user agent the model of a device stands: `(Linux; Android 10; CUBOT NOTE 20)`.

use std::ops::Range;

/// The parts of a user agent that are the model of a device, found when they are first asked for.
pub(super) struct Models<'a> {
    text: &'a [u8],
    found: Option<Vec<Range<usize>>>,
}

impl<'a> Models<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, found: None }
    }

    /// Whether this place is in the model of a device.
    pub(super) fn contain(&mut self, at: usize) -> bool {
        let found = self.found.get_or_insert_with(|| models(self.text));
        let next = found.partition_point(|part| part.end <= at);
        found.get(next).is_some_and(|part| part.contains(&at))
    }
}

/// The user agent with a space for every byte of the model of a device, or nothing if there is no model in it.
pub(in crate::bots) fn without_models(text: &[u8]) -> Option<Vec<u8>> {
    let models = models(text);
    if models.is_empty() {
        return None;
    }
    let mut out = text.to_vec();
    models.into_iter().for_each(|part| out[part].fill(b' '));
    Some(out)
}

/// The models of devices, in the order of the user agent.
///
/// A model follows the version of Android in the same comment; applications that add the device in a comment of its own write `Android`
/// before it. Its parentheses are a part of it: `moto g(50)`. A program that adds its name adds it after the part that names the build,
/// with a version: `(Linux; Android 8.0; Pixel 2 Build/OPD3; Storebot-Google/1.0)`.
fn models(text: &[u8]) -> Vec<Range<usize>> {
    let mut models = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    let (mut after_android, mut after_build) = (false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'(' if depth == 0 => {
                after_android = ends_with(text[..at].trim_ascii_end(), b"android");
                (depth, start, after_build) = (1, at + 1, false);
            }
            b'(' => depth += 1,
            b';' | b')' if depth == 1 => {
                let part = &text[start..at];
                if after_android && !(after_build && part.contains(&b'/')) {
                    models.push(start..at);
                }
                after_android |= has(part, b"android");
                after_build |= has(part, b"build/");
                start = at + 1;
                depth -= usize::from(*byte == b')');
            }
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    models
}

fn ends_with(text: &[u8], end: &[u8]) -> bool {
    text.len()
        .checked_sub(end.len())
        .is_some_and(|start| text[start..].eq_ignore_ascii_case(end))
}

fn has(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len())
        .any(|window| window.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        models(text.as_bytes())
            .into_iter()
            .map(|part| &text[part])
            .collect()
    }

    #[test]
    fn models_follow_android() {
        for (text, expected) in [
            (
                "Mozilla/5.0 (Linux; Android 10; CUBOT NOTE 20) Gecko",
                &[" CUBOT NOTE 20"] as &[&str],
            ),
            (
                "x (Linux; U; Android 4.2; en-us; GLX Spider Build/JOP40D; wv) y",
                &[" en-us", " GLX Spider Build/JOP40D", " wv"],
            ),
            (
                "x (Linux; Android 12; moto g(50) 5G Build/S1RSS32.38; wv)",
                &[" moto g(50) 5G Build/S1RSS32.38", " wv"],
            ),
            (
                "x (Linux; Android 8.0; Pixel 2 Build/OPD3; Storebot-Google/1.0) y",
                &[" Pixel 2 Build/OPD3"],
            ),
            (
                "Instagram 333 Android (31/12; 280dpi; spider)",
                &["31/12", " 280dpi", " spider"],
            ),
            ("Mozilla/5.0 (compatible; Spider/1.0)", &[]),
            ("x (Linux; Android 9) y (compatible; Spider/1.0)", &[]),
            ("x (Linux; Android 9; spider", &[]),
            ("Android; spider", &[]),
            (")(((;;)))", &[]),
            ("", &[]),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn a_place_is_in_a_model_or_not() {
        let text = b"x (Linux; Android 10; bot; bot) bot";
        let mut models = Models::new(text);
        let inside: Vec<usize> = (0..text.len()).filter(|at| models.contain(*at)).collect();
        assert_eq!(inside, [21, 22, 23, 24, 26, 27, 28, 29]);
        assert_eq!(
            without_models(text).unwrap(),
            b"x (Linux; Android 10;    ;    ) bot".map(|b| b)
        );
        assert_eq!(without_models(b"curl/8"), None);
    }
}
