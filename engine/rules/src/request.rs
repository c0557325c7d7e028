//! What rules see of a request.

/// Gives the rules access to a request without copying it. Grows with rules that read more.
pub trait Request {
    /// The value of the first header of this name. `name` is lower-case; names are compared without regard to case.
    fn header(&self, name: &str) -> Option<&[u8]>;
}

/// Pairs of header name and value.
impl<N: AsRef<str>, V: AsRef<[u8]>> Request for [(N, V)] {
    fn header(&self, name: &str) -> Option<&[u8]> {
        let (_, value) = self
            .iter()
            .find(|(own, _)| own.as_ref().eq_ignore_ascii_case(name))?;
        Some(value.as_ref())
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, const LEN: usize> Request for [(N, V); LEN] {
    fn header(&self, name: &str) -> Option<&[u8]> {
        self.as_slice().header(name)
    }
}
