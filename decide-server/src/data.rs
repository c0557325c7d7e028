//! Downloads what is known about addresses into a folder that the engine's `ReputationBuilder::folder` reads.

mod download;

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use arcjet_engine::reputation::{Kind, Reputation, Source};
use http::Uri;

pub use download::DownloadError;

/// A source on the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSource {
    kind: Kind,
    name: String,
    url: Uri,
}

/// Free sources, each by those who know best. What their suppliers allow is in the documentation of this project.
const FREE: [&str; 10] = [
    "country/iptoasn-v4=https://iptoasn.com/data/ip2country-v4.tsv.gz",
    "country/iptoasn-v6=https://iptoasn.com/data/ip2country-v6.tsv.gz",
    "asn/iptoasn=https://iptoasn.com/data/ip2asn-combined.tsv.gz",
    "hosting/aws=https://ip-ranges.amazonaws.com/ip-ranges.json",
    "hosting/google-cloud=https://www.gstatic.com/ipranges/cloud.json",
    "hosting/oracle=https://docs.oracle.com/en-us/iaas/tools/public_ip_ranges.json",
    "hosting/digitalocean=https://digitalocean.com/geo/google.csv",
    "hosting/linode=https://geoip.linode.com/geofeed.csv",
    "relay/apple-private-relay=https://mask-api.icloud.com/egress-ip-ranges.csv",
    "tor/exits=https://check.torproject.org/torbulkexitlist",
];

impl WebSource {
    /// Reads `KIND/NAME=URL`, as in `vpn/example=https://example.com/vpn.txt`.
    ///
    /// # Errors
    ///
    /// It is not of that form; the error says what is accepted.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = || format!("{text:?} is not KIND/NAME=URL, as in vpn/example=https://example.com/vpn.txt");
        let (place, url) = text.split_once('=').ok_or_else(form)?;
        let (kind, name) = place.split_once('/').ok_or_else(form)?;
        let kind = Kind::from_name(kind).ok_or_else(|| {
            let known = Kind::ALL.map(Kind::as_str).join(", ");
            format!("{kind:?} is no kind of source; accepted: {known}")
        })?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || !name.chars().all(is_plain) {
            return Err(format!(
                "{name:?} can't be a file's name; accepted: letters, digits, hyphens and underscores"
            ));
        }
        let url: Uri = url
            .parse()
            .map_err(|error| format!("{url:?} is no URL ({error}); accepted: http://… and https://…"))?;
        if !matches!(url.scheme_str(), Some("http" | "https")) || url.host().is_none_or(str::is_empty) {
            return Err(format!(
                "{url} can't be downloaded; accepted: http://… and https://…"
            ));
        }
        Ok(Self {
            kind,
            name: name.to_owned(),
            url,
        })
    }

    /// The free sources that this version of the server knows.
    pub fn free() -> impl Iterator<Item = Self> {
        FREE.iter().filter_map(|text| Self::parse(text).ok())
    }

    /// The name, by which its file is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is kept in a folder: by kind, with the URL's extension.
    fn path(&self, folder: &Path) -> PathBuf {
        let path = self.url.path().trim_end_matches(".gz");
        let extension = Path::new(path)
            .extension()
            .and_then(|extension| extension.to_str());
        let extension = extension.filter(|extension| ["csv", "json", "tsv", "txt"].contains(extension));
        let file = format!("{}.{}", self.name, extension.unwrap_or("txt"));
        folder.join(self.kind.as_str()).join(file)
    }
}

impl fmt::Display for WebSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}={}", self.kind, self.name, self.url)
    }
}

/// Why a source was not renewed. The file that was there, if there was one, is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// It did not arrive.
    #[error("{url} could not be downloaded: {reason}")]
    Download {
        /// Where it should have come from.
        url: Uri,
        /// Why.
        reason: DownloadError,
    },
    /// What arrived is no source.
    #[error("{url} is not what it should be: {problem}; accepted: {accepted}")]
    Content {
        /// Where it came from.
        url: Box<Uri>,
        /// What is wrong.
        problem: String,
        /// What would have been accepted.
        accepted: String,
    },
    /// It can't be kept.
    #[error("{path} could not be written: {reason}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
}

/// Downloads a source into a folder and returns its file. What arrives is read as a server would read it before it takes
/// the place of what was there, in one step, so that a server never sees half a file.
///
/// # Errors
///
/// The source was not renewed.
pub async fn refresh(source: &WebSource, folder: &Path) -> Result<PathBuf, RefreshError> {
    let content = download::get(&source.url)
        .await
        .map_err(|reason| RefreshError::Download {
            url: source.url.clone(),
            reason,
        })?;
    let path = source.path(folder);
    let (source, target) = (source.clone(), path.clone());
    let kept = tokio::task::spawn_blocking(move || keep(&source, &target, content)).await;
    kept.unwrap_or_else(|panic| Err(write_error(&path)(io::Error::other(panic))))
        .map(|()| path)
}

fn write_error(path: &Path) -> impl Fn(io::Error) -> RefreshError {
    move |reason| RefreshError::Write {
        path: path.to_owned(),
        reason,
    }
}

/// Checks content and puts it in its place.
fn keep(source: &WebSource, path: &Path, content: Vec<u8>) -> Result<(), RefreshError> {
    let bad = |problem: &str, accepted: &str| RefreshError::Content {
        url: Box::new(source.url.clone()),
        problem: problem.to_owned(),
        accepted: accepted.to_owned(),
    };
    let text = String::from_utf8(content).map_err(|_| bad("it is not text", "text in UTF-8, gzip or not"))?;
    Reputation::builder()
        .source(Source::text(source.kind, &source.name, text.as_str()))
        .build()
        .map_err(|error| match error.line() {
            Some(line) => bad(&format!("line {line}: {}", error.problem()), error.accepted()),
            None => bad(error.problem(), error.accepted()),
        })?;
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(write_error(folder))?;
    // Names that start with a dot are skipped by those who read the folder.
    let part = folder.join(format!(".{}.part", source.name));
    let write = || {
        let mut file = fs::File::create(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().map_err(|error| {
        // It is of no use to anybody; where it can't be removed, the next download writes over it.
        let _ = fs::remove_file(&part);
        write_error(path)(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_free_sources_are_sources() {
        assert_eq!(WebSource::free().count(), FREE.len());
        for (source, text) in WebSource::free().zip(FREE) {
            assert_eq!(source.to_string(), text);
        }
    }

    #[test]
    fn files_are_called_after_their_sources() {
        for (source, expected) in [
            (
                "country/a=https://example.com/x/ip2country-v4.tsv.gz",
                "country/a.tsv",
            ),
            ("hosting/b=http://example.com/ranges.json?x=1", "hosting/b.json"),
            ("tor/c=https://example.com/list", "tor/c.txt"),
            ("vpn/d=https://example.com/list.php", "vpn/d.txt"),
        ] {
            let path = WebSource::parse(source).unwrap().path(Path::new("data"));
            assert_eq!(path, Path::new("data").join(expected), "{source}");
        }
    }

    #[test]
    fn what_is_no_source_is_refused() {
        for (text, expected) in [
            ("", "is not KIND/NAME=URL"),
            ("vpn=https://example.com/", "is not KIND/NAME=URL"),
            ("bogus/x=https://example.com/", "accepted: country, asn, hosting"),
            ("vpn/../x=https://example.com/", "can't be a file's name"),
            ("vpn/=https://example.com/", "can't be a file's name"),
            ("vpn/x=ftp://example.com/", "accepted: http://… and https://…"),
            ("vpn/x=example.com/list", "accepted: http://… and https://…"),
        ] {
            let error = WebSource::parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
