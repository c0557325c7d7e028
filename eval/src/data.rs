//! Labelled data: JSON lines, told apart by the keys of a file's first line; and the vectors of filters, one JSON document.

use crate::Result;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use flate2::read::MultiGzDecoder;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, Read, Seek as _},
    path::{Path, PathBuf},
};

/// Everything that the files hold.
#[derive(Debug, Default)]
pub(crate) struct Data {
    pub(crate) requests: Vec<Request>,
    pub(crate) user_agents: Vec<UserAgent>,
    pub(crate) emails: Vec<Email>,
    pub(crate) texts: Vec<Text>,
    pub(crate) messages: Vec<Message>,
    pub(crate) filters: Vec<FilterVectors>,
}

/// A request that is an attack, or is none.
#[derive(Debug, Deserialize)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) category: String,
    pub(crate) method: String,
    /// May hold spaces and characters that a browser would have encoded.
    #[serde(default)]
    pub(crate) uri: String,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) body: String,
    /// The body instead of `body`, if it is not UTF-8.
    #[serde(default)]
    body_b64: Option<String>,
    pub(crate) expect: Expectation,
}

/// What is right to say about a request.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Expectation {
    Attack,
    Benign,
    /// One rule of a peer must not fire; others may.
    NoMatch,
}

/// The user agent of a bot, or of a browser.
#[derive(Debug, Deserialize)]
pub(crate) struct UserAgent {
    pub(crate) ua: String,
    pub(crate) bot: bool,
    #[serde(default)]
    pub(crate) category: Option<String>,
    /// Whether none of the lists that the rules are built from has it.
    #[serde(default)]
    pub(crate) heldout: bool,
}

/// An address, or what only looks like one.
#[derive(Debug, Deserialize)]
pub(crate) struct Email {
    pub(crate) id: String,
    pub(crate) email: String,
    /// Whether RFC 5321 lets it through.
    pub(crate) valid_smtp: bool,
    /// Whether RFC 5322 does.
    pub(crate) valid_rfc5322: bool,
    /// Whether it is valid without quotes, comments and brackets.
    pub(crate) valid_plain: bool,
}

/// A text with what is sensitive in it.
#[derive(Debug, Deserialize)]
pub(crate) struct Text {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) spans: Vec<Span>,
}

/// A piece of a text, in characters.
#[derive(Debug, Deserialize)]
pub(crate) struct Span {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A message for a language model.
#[derive(Debug, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) category: String,
    pub(crate) message: String,
    /// Whether it tries to override the model's instructions, to get at them, or to talk the model out of its limits.
    pub(crate) injection: bool,
}

/// Expressions with what they come to, as `engine/rules/tests/filter/README.md` describes them.
#[derive(Debug, Deserialize)]
pub(crate) struct FilterVectors {
    pub(crate) requests: Vec<FilterRequest>,
    pub(crate) locals: Vec<BTreeMap<String, String>>,
    pub(crate) details: Vec<BTreeMap<String, String>>,
    /// Expression, the places of its request, its local values and its details, and what it comes to.
    pub(crate) cases: Vec<(String, usize, usize, usize, String)>,
}

/// A request as filters see it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FilterRequest {
    pub(crate) ip: String,
    pub(crate) host: String,
    pub(crate) method: String,
    pub(crate) path: String,
    /// With its question mark.
    pub(crate) query: String,
    pub(crate) cookies: String,
    pub(crate) headers: BTreeMap<String, String>,
}

impl Data {
    pub(crate) fn read(files: &[PathBuf]) -> Result<Self> {
        let mut data = Self::default();
        for path in files {
            data.add(path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
        // Bytes that go over the wire as they are can't be described as a request.
        data.requests.retain(|request| request.method != "RAW");
        Ok(data)
    }

    fn add(&mut self, path: &Path) -> Result {
        if path.extension().is_some_and(|extension| extension == "json") {
            self.filters.push(serde_json::from_reader(open(path)?)?);
            return Ok(());
        }
        let mut lines = open(path)?.lines();
        let Some(first) = lines.next() else {
            return Ok(());
        };
        let first = first?;
        let keys: Map<String, Value> =
            serde_json::from_str(&first).map_err(|error| format!("line 1: {error}"))?;
        let has = |key| keys.contains_key(key);
        if has("method") && has("expect") {
            parse(&first, lines, &mut self.requests)
        } else if has("ua") && has("bot") {
            parse(&first, lines, &mut self.user_agents)
        } else if has("email") && has("valid_smtp") {
            parse(&first, lines, &mut self.emails)
        } else if has("text") && has("spans") {
            parse(&first, lines, &mut self.texts)
        } else if has("message") && has("injection") {
            parse(&first, lines, &mut self.messages)
        } else {
            let accepted = "`method` and `expect`, `ua` and `bot`, `email` and `valid_smtp`, `text` and `spans`, or `message` and `injection`";
            Err(format!("line 1 has not the keys of any known kind of data: {accepted}").into())
        }
    }
}

fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    let mut file = File::open(path)?;
    let mut magic = [0; 2];
    let length = file.read(&mut magic)?;
    file.rewind()?;
    Ok(match (length, magic) {
        (2, [0x1f, 0x8b]) => Box::new(BufReader::new(MultiGzDecoder::new(file))),
        _ => Box::new(BufReader::new(file)),
    })
}

fn parse<T: DeserializeOwned>(
    first: &str,
    rest: impl Iterator<Item = std::io::Result<String>>,
    rows: &mut Vec<T>,
) -> Result {
    let lines = std::iter::once(Ok(first.to_owned())).chain(rest);
    for (index, line) in lines.enumerate() {
        let line = line?;
        if !line.trim().is_empty() {
            rows.push(serde_json::from_str(&line).map_err(|error| format!("line {}: {error}", index + 1))?);
        }
    }
    Ok(())
}

impl Request {
    /// The body's bytes.
    pub(crate) fn body(&self) -> Result<Vec<u8>> {
        match &self.body_b64 {
            Some(encoded) => Ok(BASE64_STANDARD
                .decode(encoded)
                .map_err(|error| format!("{}: body_b64: {error}", self.id))?),
            None => Ok(self.body.clone().into_bytes()),
        }
    }

    /// Path and query.
    pub(crate) fn target(&self) -> (&str, &str) {
        self.uri.split_once('?').unwrap_or((&self.uri, ""))
    }
}
