//! Traces, sent to a collector.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::process::Process;

#[test]
fn traces_go_encrypted_to_a_collector_that_the_system_trusts_and_to_no_other() {
    let home = TempDir::new().unwrap();
    let (root, trusted) = make_root(&home.path().join("root.pem"));
    let (_, other) = make_root(&home.path().join("other.pem"));
    for (trusts, arrives) in [(&trusted, true), (&other, false)] {
        let collector = Collector::start_encrypted(&root);
        let environment = [("SSL_CERT_FILE", trusts.as_str())];
        let arguments = ["--otlp", &collector.url];
        let process = Process::start_within(home.path(), &environment, &arguments);
        assert_eq!(process.send("GET", "/nowhere", &[], "").0, 404);
        process.terminate();
        // What is still to be sent is sent before it ends.
        let (status, said) = process.end();
        assert_eq!(status, Some(0), "{said}");
        let received = collector.received();
        assert_eq!(
            received.starts_with("POST /v1/traces "),
            arrives,
            "{received}"
        );
        assert_eq!(received.contains("service.name"), arrives, "{received}");
    }
}

#[test]
fn a_system_that_trusts_nobody_is_told_so_before_it_serves() {
    let home = TempDir::new().unwrap();
    let empty = home.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let environment = [("SSL_CERT_FILE", empty.to_str().unwrap())];
    let arguments = ["--otlp", "https://user:hunter2@127.0.0.1:1/v1/traces"];
    let (status, said) = crate::process::failure_within(home.path(), &environment, &arguments);
    assert_ne!(status, Some(0));
    assert!(said.contains("`SSL_CERT_FILE`"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

/// An authority of certificates, and the file of its own.
fn make_root(file: &Path) -> (CertifiedIssuer<'static, KeyPair>, String) {
    let mut root = CertificateParams::new([]).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    std::fs::write(file, root.pem()).unwrap();
    (root, file.to_str().unwrap().to_owned())
}

/// An OpenTelemetry collector that keeps what it gets.
pub struct Collector {
    pub url: String,
    received: Arc<Mutex<Vec<u8>>>,
}

impl Collector {
    pub fn start() -> Self {
        Self::answering("http", answer)
    }

    /// Behind TLS, with a certificate that only this authority of certificates has signed.
    fn start_encrypted(root: &CertifiedIssuer<'_, KeyPair>) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let certificate = certificate.signed_by(&key, root).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        Self::answering("https", move |stream, kept| {
            let session = rustls::ServerConnection::new(config.clone()).unwrap();
            answer(rustls::StreamOwned::new(session, stream), kept);
        })
    }

    fn answering(
        scheme: &str,
        answer: impl Fn(TcpStream, &Mutex<Vec<u8>>) + Clone + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{scheme}://{}/v1/traces", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = received.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (kept, answer) = (kept.clone(), answer.clone());
                std::thread::spawn(move || answer(stream.unwrap(), &kept));
            }
        });
        Self { url, received }
    }

    pub fn received(&self) -> String {
        String::from_utf8_lossy(&self.received.lock().unwrap()).into_owned()
    }
}

/// Keeps all that comes, and answers each request with nothing.
fn answer(mut stream: impl Read + Write, kept: &Mutex<Vec<u8>>) {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut piece) {
        request.extend_from_slice(&piece[..length]);
        let Some(head) = request.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
        let body = text
            .lines()
            .find_map(|line| {
                line.strip_prefix("content-length:")?
                    .trim()
                    .parse::<usize>()
                    .ok()
            })
            .unwrap_or(0);
        if request.len() < head + 4 + body {
            continue;
        }
        kept.lock().unwrap().append(&mut request);
        let answered = stream.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n",
        );
        if answered.is_err() {
            return;
        }
    }
}
