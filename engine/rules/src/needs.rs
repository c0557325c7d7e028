//! What a rule set reads of a request.

/// What a rule set reads of a request, besides its method, host, path and query; nothing else need be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Needs {
    /// Whether every header is read; then `headers` says nothing more.
    pub all_headers: bool,
    /// Names of the headers that are read, in lower case, without duplicates.
    pub headers: Vec<String>,
    /// How many bytes of the body are read, from its beginning; 0 if none are.
    pub body: usize,
    /// Whether the client's address is read.
    pub ip: bool,
    /// Whether the details of the client's address are read.
    pub ip_details: bool,
    /// Whether the e-mail address is read.
    pub email: bool,
    /// Whether the text to be searched for sensitive information is read.
    pub sensitive_text: bool,
    /// Whether the message to be searched for prompt injection is read.
    pub message: bool,
    /// Whether the application's values for filter expressions are read.
    pub local: bool,
}

impl Needs {
    /// Adds a header, by its name in lower case.
    pub(crate) fn header(&mut self, name: &str) {
        if !self.headers.iter().any(|known| known == name) {
            self.headers.push(name.to_owned());
        }
    }
}
