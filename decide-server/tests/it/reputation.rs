//! What is known about addresses: in answers, in filters, and how it is renewed.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use arcjet_decide_server::data::{self, WebSource};
use arcjet_decide_server::{Config, Store};
use arcjet_engine::decider::protocol::ProtocolDecider;
use arcjet_engine::reputation::{Kind, Reputation, Source};
use arcjet_engine::wire::v1alpha1::{Conclusion, FilterRule, Mode, rule};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::client;
use crate::server::Server;

/// A folder that goes away with its test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("arcjet-data-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Answers each request with the answer for its path, and gives its own address.
async fn web(answers: &'static [(&'static str, &'static [u8])]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..read]).into_owned();
            let path = request.split(' ').nth(1).unwrap_or_default();
            let answer = answers.iter().find(|(own, _)| *own == path);
            let answer = answer.map_or(
                &b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"[..],
                |(_, answer)| answer,
            );
            // A client that has heard enough closes.
            let _ = stream.write_all(answer).await;
        }
    });
    format!("http://{address}")
}

fn source(place: &str, url: &str) -> WebSource {
    WebSource::parse(&format!("{place}={url}")).unwrap()
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_is_downloaded_is_what_the_tables_hold() {
    let url = web(&[
        (
            "/countries.csv",
            b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n192.0.2.0/24,AT",
        ),
        (
            "/old",
            b"HTTP/1.1 302 Found\r\nlocation: /vpn.txt\r\ncontent-length: 0\r\n\r\n",
        ),
        (
            "/vpn.txt",
            b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n192.0.2.7\n",
        ),
    ])
    .await;
    let folder = Folder::new("whole");
    let path = data::refresh(
        &source("country/test", &format!("{url}/countries.csv")),
        &folder.0,
    )
    .await
    .unwrap();
    assert_eq!(path, folder.0.join("country/test.csv"));
    data::refresh(&source("vpn/moved", &format!("{url}/old")), &folder.0)
        .await
        .unwrap();
    let reputation = Reputation::builder().folder(&folder.0).build().unwrap();
    let details = reputation.lookup([192, 0, 2, 7].into());
    assert_eq!((details.country(), details.is_vpn()), (Some("AT"), true));
}

#[tokio::test]
async fn what_is_packed_is_unpacked() {
    use std::io::Write as _;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"192.0.2.0\t192.0.2.255\tAT\n").unwrap();
    let packed = packed.finish().unwrap();
    let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", packed.len()).into_bytes();
    answer.extend(packed);
    let answers: &'static [(&str, &[u8])] =
        Box::leak(Box::new([("/v4.tsv.gz", &*Box::leak(answer.into_boxed_slice()))]));
    let url = web(answers).await;
    let folder = Folder::new("packed");
    let path = data::refresh(&source("country/packed", &format!("{url}/v4.tsv.gz")), &folder.0)
        .await
        .unwrap();
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        "192.0.2.0\t192.0.2.255\tAT\n"
    );
}

#[tokio::test]
async fn what_goes_wrong_leaves_the_old_file() {
    let url = web(&[
        ("/html", b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>"),
        (
            "/cut",
            b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n192.0.2.9",
        ),
        (
            "/loop",
            b"HTTP/1.1 302 Found\r\nlocation: /loop\r\ncontent-length: 0\r\n\r\n",
        ),
        (
            "/file",
            b"HTTP/1.1 302 Found\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\n\r\n",
        ),
    ])
    .await;
    let folder = Folder::new("bad");
    std::fs::create_dir(folder.0.join("vpn")).unwrap();
    let file = folder.0.join("vpn/test.txt");
    std::fs::write(&file, "192.0.2.1").unwrap();
    for (path, expected) in [
        (
            "/html",
            "line 1: \"<html>\" is no prefix, address or range of addresses; accepted: a prefix",
        ),
        ("/missing", "the server answered 404 Not Found"),
        ("/cut", "could not be downloaded: "),
        ("/loop", "more than 5 redirects"),
        ("/file", "redirects, or one to where nothing can be downloaded"),
    ] {
        let error = data::refresh(&source("vpn/test", &format!("{url}{path}")), &folder.0)
            .await
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{path}: {error}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "192.0.2.1", "{path}");
        assert_eq!(files(&folder.0.join("vpn")), ["test.txt"], "{path}");
    }
}

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_arcjet-decide"))
        .args(arguments)
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_refreshes_a_folder_and_checks_it() {
    let url = web(&[("/list", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n192.0.2.1")]).await;
    let folder = Folder::new("program");
    let dir = folder.0.to_str().unwrap().to_owned();
    let good = format!("tor/exits={url}/list");
    let bad = format!("vpn/gone={url}/gone");
    let refresh = |sources: Vec<String>| {
        let dir = dir.clone();
        tokio::task::spawn_blocking(move || {
            let mut arguments = vec!["data", "refresh", "--no-free-sources", "--dir", &dir];
            for source in &sources {
                arguments.extend(["--source", source]);
            }
            program(&arguments)
        })
    };
    let output = refresh(vec![good.clone(), bad]).await.unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("the server answered 404 Not Found"), "{told}");
    assert!(told.contains("1 of 2 sources were not renewed"), "{told}");
    assert_eq!(files(&folder.0), ["tor"]);
    assert!(refresh(vec![good]).await.unwrap().status.success());
    assert!(program(&["check", "--reputation-folder", &dir]).status.success());
    std::fs::write(folder.0.join("tor/exits.txt"), "nonsense").unwrap();
    let output = program(&["check", "--reputation-folder", &dir]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && told.contains("exits.txt:1: \"nonsense\""),
        "{told}"
    );
}

fn config() -> Config {
    let reputation = Reputation::builder()
        .source(Source::text(Kind::Country, "countries", "192.0.2.0/24,AT"))
        .source(Source::text(Kind::Vpn, "vpn", "192.0.2.128/25").service("Example VPN"))
        .build()
        .unwrap();
    let decider = ProtocolDecider::builder().reputation(reputation);
    Config::new(decider.build_over(Store::default()).unwrap())
}

#[tokio::test]
async fn every_answer_tells_what_is_known() {
    let server = Server::with(config()).await;
    let answer = client::send(
        server.address,
        client::proto(client::DECIDE, &client::decide("192.0.2.200", vec![])),
    )
    .await;
    let details = answer.decision().ip_details.unwrap();
    assert_eq!((&*details.country, &*details.country_name), ("AT", "Austria"));
    assert_eq!((&*details.continent, &*details.continent_name), ("EU", "Europe"));
    assert_eq!(
        (details.is_vpn, details.is_tor, &*details.service),
        (true, false, "Example VPN")
    );
    let answer = client::send(
        server.address,
        client::proto(client::DECIDE, &client::decide("203.0.113.1", vec![])),
    )
    .await;
    assert_eq!(answer.decision().ip_details.unwrap().country, "");
}

#[tokio::test]
async fn filters_are_judged_with_what_is_known() {
    let server = Server::with(config()).await;
    for (expression, conclusion) in [
        (r#"ip.src.country eq "AT" and ip.src.vpn"#, Conclusion::Deny),
        (r#"ip.src.country eq "DE""#, Conclusion::Allow),
        // No list for it was given.
        ("ip.src.tor", Conclusion::Allow),
    ] {
        let filter = client::rule(rule::Rule::Filter(FilterRule {
            mode: Mode::Live.into(),
            deny: vec![expression.to_owned()],
            ..FilterRule::default()
        }));
        let request = client::proto(client::DECIDE, &client::decide("192.0.2.200", vec![filter]));
        let decision = client::send(server.address, request).await.decision();
        assert_eq!(decision.conclusion(), conclusion, "{expression}");
    }
}
