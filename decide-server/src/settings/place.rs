//! Where in a file something stands.

/// The lines of a file.
#[derive(Debug)]
pub(super) struct Lines {
    name: String,
    /// The byte at which each line starts.
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn of(name: &str, text: &str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            name: name.to_owned(),
            starts: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// The file's name and the line, from 1, that the byte is in.
    pub(super) fn place(&self, byte: usize) -> String {
        format!(
            "{}:{}",
            self.name,
            self.starts.partition_point(|start| *start <= byte)
        )
    }
}
