//! Connections over TLS, with certificates made for the test.

use std::path::Path;
use std::time::Duration;

use arcjet_decide_server::{ValkeyConfig, ValkeyStore};
use arcjet_engine::Timestamp;
use arcjet_engine::limit::LimitStore as _;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::server::{ValkeyServer, free_port, fresh_folder};
use crate::limits::suite::{fresh_key, live, per_minute};

const NOW: Timestamp = Timestamp::from_millis(0);

/// Writes `ca.pem`, and a certificate for 127.0.0.1 with its key.
fn write_certificates(folder: &Path) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Not the name that the other certificate gets, or it would look as if it had signed itself.
    params
        .distinguished_name
        .push(DnType::CommonName, "authority of the test");
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &ca).unwrap();
    for (name, text) in [
        ("ca.pem", ca.pem()),
        ("cert.pem", certificate.pem()),
        ("key.pem", key.serialize_pem()),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

#[tokio::test]
async fn certificates_are_verified_both_ways() {
    let folder = fresh_folder();
    write_certificates(&folder);
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let port = free_port();
    let _server = ValkeyServer::start(&[
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &path("cert.pem"),
        "--tls-key-file",
        &path("key.pem"),
        "--tls-ca-cert-file",
        &path("ca.pem"),
    ]);
    let config: ValkeyConfig = format!("valkeys://127.0.0.1:{port}").parse().unwrap();
    let config = config.deadline(Duration::from_secs(10));
    let trusting = config.clone().ca_file(path("ca.pem"));
    let known = trusting
        .clone()
        .client_certificate(path("cert.pem"), path("key.pem"));

    let ask = async |config: ValkeyConfig| {
        let store = ValkeyStore::new(config).unwrap();
        store.check(&[live(fresh_key(), per_minute(5))], NOW).await
    };
    assert!(ask(known).await.is_ok());
    // The server wants to see a certificate, and an authority that it does not know signed for it.
    assert!(ask(trusting).await.is_err());

    let missing = ValkeyStore::new(config.clone().ca_file(path("none.pem"))).unwrap_err();
    assert_eq!(missing.field(), "store.ca_file");
    let empty = ValkeyStore::new(config.ca_file(path("key.pem"))).unwrap_err();
    assert_eq!(empty.field(), "store.ca_file");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn an_unknown_authority_is_not_trusted() {
    let (folder, other) = (fresh_folder(), fresh_folder());
    write_certificates(&folder);
    write_certificates(&other);
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let port = free_port();
    let _server = ValkeyServer::start(&[
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &path("cert.pem"),
        "--tls-key-file",
        &path("key.pem"),
        "--tls-auth-clients",
        "no",
    ]);
    for (ca, trusted) in [(folder.join("ca.pem"), true), (other.join("ca.pem"), false)] {
        let config: ValkeyConfig = format!("rediss://127.0.0.1:{port}?ca_file={}", ca.display())
            .parse()
            .unwrap();
        let store = ValkeyStore::new(config.deadline(Duration::from_secs(10))).unwrap();
        let result = store.check(&[live(fresh_key(), per_minute(5))], NOW).await;
        assert_eq!(result.is_ok(), trusted, "{result:?}");
    }
    for folder in [folder, other] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}
