//! Files that change while their tables serve.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// A folder that goes away with its test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("arcjet-reputation-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Puts a file in the place of another of the same name, as programs that renew files do.
    fn replace(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.join(name);
        let new = self.0.join("new");
        fs::write(&new, content).unwrap();
        fs::rename(new, &path).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn country(reputation: &Reputation) -> Option<String> {
    reputation.lookup(ip("192.0.2.1")).country().map(str::to_owned)
}

fn serving(path: &Path) -> Reputation {
    Reputation::builder()
        .source(Source::file(Kind::Country, path))
        .build()
        .unwrap()
}

#[test]
fn changed_files_are_read_again() {
    let folder = Folder::new("changed");
    let path = folder.replace("countries.csv", "192.0.2.0/24,AT");
    let reputation = serving(&path);
    let clone = reputation.clone();
    assert_eq!(country(&clone).as_deref(), Some("AT"));
    assert_eq!(reputation.reload_if_changed(), Ok(false));
    folder.replace("countries.csv", "192.0.2.0/24,DE");
    assert_eq!(country(&clone).as_deref(), Some("AT"));
    assert_eq!(reputation.reload_if_changed(), Ok(true));
    assert_eq!(country(&clone).as_deref(), Some("DE"));
    assert_eq!(reputation.reload_if_changed(), Ok(false));
    reputation.reload().unwrap();
}

#[test]
fn a_bad_file_leaves_the_old_tables() {
    let folder = Folder::new("bad");
    let path = folder.replace("countries.csv", "192.0.2.0/24,AT");
    let reputation = serving(&path);
    folder.replace("countries.csv", "<html>");
    let error = reputation.reload_if_changed().unwrap_err();
    assert_eq!(
        (error.source_name(), error.line()),
        (&*path.display().to_string(), Some(1))
    );
    assert_eq!(country(&reputation).as_deref(), Some("AT"));
    // It stays as it is, so it is not tried again.
    assert_eq!(reputation.reload_if_changed(), Ok(false));
    fs::remove_file(&path).unwrap();
    assert_eq!(reputation.reload_if_changed(), Ok(false));
    assert!(
        reputation
            .reload()
            .unwrap_err()
            .to_string()
            .contains("it can't be read")
    );
    folder.replace("countries.csv", "192.0.2.0/24,FR");
    assert_eq!(reputation.reload_if_changed(), Ok(true));
    assert_eq!(country(&reputation).as_deref(), Some("FR"));
}

#[test]
fn a_folder_may_get_more_files() {
    let folder = Folder::new("folder");
    fs::create_dir(folder.0.join("country")).unwrap();
    folder.replace("country/first.csv", "192.0.2.0/24,AT");
    folder.replace("country/.being-written", "<html>");
    let reputation = Reputation::builder().folder(&folder.0).build().unwrap();
    assert_eq!(country(&reputation).as_deref(), Some("AT"));
    fs::create_dir(folder.0.join("vpn")).unwrap();
    folder.replace("vpn/example.txt", "192.0.2.1");
    assert_eq!(reputation.reload_if_changed(), Ok(true));
    let details = reputation.lookup(ip("192.0.2.1"));
    assert_eq!((details.country(), details.is_vpn()), (Some("AT"), true));
    assert_eq!(details.sources().collect::<Vec<_>>(), ["example"]);
}

#[test]
fn what_a_folder_should_not_hold_is_named() {
    let folder = Folder::new("strange");
    fs::create_dir(folder.0.join("countries")).unwrap();
    let error = Reputation::builder().folder(&folder.0).build().unwrap_err();
    assert_eq!(
        error.problem(),
        "the folder \"countries\" is not called as a kind of source"
    );
    assert!(error.accepted().contains("country, asn, hosting, vpn"), "{error}");
    fs::remove_dir(folder.0.join("countries")).unwrap();
    folder.replace("list.txt", "192.0.2.1");
    let error = Reputation::builder().folder(&folder.0).build().unwrap_err();
    assert_eq!(
        error.problem(),
        "it lies in no folder that says of which kind it is"
    );
    let error = Reputation::builder().folder("/nonexistent").build().unwrap_err();
    assert!(
        error.to_string().starts_with("/nonexistent: it can't be read: "),
        "{error}"
    );
}

#[test]
fn a_missing_file_is_an_error() {
    let error = Reputation::builder()
        .source(Source::file(Kind::Vpn, "/nonexistent/list.txt"))
        .build()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("/nonexistent/list.txt: it can't be read: "),
        "{error}"
    );
    let error = crate::error::ConfigError::from(error);
    assert_eq!(error.field(), "reputation");
}

#[test]
fn tables_without_files_stay() {
    assert_eq!(Reputation::empty().reload_if_changed(), Ok(false));
    Reputation::default().reload().unwrap();
}
