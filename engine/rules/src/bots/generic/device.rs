//! Where in a user agent the model of a device stands: `(Linux; Android 10; CUBOT NOTE 20)`.

/// The parts of a user agent that are the model of a device. The parts asked for must come in the order of the user agent, roughly; what
/// was found is kept, so that many words in one part cost no more than one.
pub(super) struct Models<'a> {
    text: &'a [u8],
    /// The last part asked for, from its first byte to the one after its last, and whether it is a model.
    last: (usize, usize, bool),
}

impl<'a> Models<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            last: (0, 0, false),
        }
    }

    /// Whether this place is in the model of a device.
    pub(super) fn contain(&mut self, at: usize) -> bool {
        if !(self.last.0..self.last.1).contains(&at) {
            self.last = self.part(at);
        }
        self.last.2
    }

    /// The part that this place is in: what stands between the semicolons and parentheses around it.
    fn part(&self, at: usize) -> (usize, usize, bool) {
        let is_edge = |byte: &u8| matches!(byte, b';' | b'(' | b')');
        let (before, after) = self.text.split_at(at.min(self.text.len()));
        let start = before.iter().rposition(is_edge).map_or(0, |edge| edge + 1);
        let end = after
            .iter()
            .position(is_edge)
            .map_or(self.text.len(), |edge| at + edge);
        // A model follows the version of Android in the same comment. A program that adds its name adds it after the part that names
        // the build, with a version: `(Linux; Android 8.0; Pixel 2 Build/OPD3; Storebot-Google/1.0)`.
        let comment = self.text[..start]
            .iter()
            .rposition(|byte| *byte == b'(')
            .unwrap_or(0);
        let before = &self.text[comment..start];
        let is_model = start > 0
            && before.last() != Some(&b')')
            && has(before, b"android")
            && !(self.text[start..end].contains(&b'/') && has(before, b" build/"));
        (start, end, is_model)
    }
}

/// The user agent with a space for every byte of the model of a device, or nothing if there is no model in it.
pub(in crate::bots) fn without_models(text: &[u8]) -> Option<Vec<u8>> {
    if !has(text, b"android") {
        return None;
    }
    let mut models = Models::new(text);
    let mut out = text.to_vec();
    for (at, byte) in out.iter_mut().enumerate() {
        if models.contain(at) && !matches!(byte, b';' | b'(' | b')') {
            *byte = b' ';
        }
    }
    Some(out)
}

fn has(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len())
        .any(|window| window.eq_ignore_ascii_case(word))
}
