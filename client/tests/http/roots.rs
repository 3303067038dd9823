//! Whom clients trust that are told nothing: those that the system names, if it names any.

use std::io;
use std::net::TcpListener;

use tempfile::TempDir;

use crate::certificates::Ca;
use crate::documents::{Keys, genuine};
use crate::either::{Which, with_either};
use crate::listener::{Listener, json};
use crate::process::{INSTALLED, PIN, ROOTS, told};
use crate::proxy::{AUTHORITY, tunnel};

with_either!(
    whom_the_system_trusts_is_trusted,
    without_certificates_each_call_fails_before_it_asks,
    certificates_that_are_installed_later_are_found,
    without_certificates_what_is_stated_is_trusted,
    a_proxy_is_verified_as_the_system_trusts,
    without_certificates_no_proxy_is_verified,
);

/// The SHA-256 of a certificate for `localhost`, and an authority there that shows it and seats whoever
/// asks.
fn authority(ca: &Ca) -> ([u8; 32], Listener) {
    let (keys, certified) = (Keys::new(), ca.certify("localhost"));
    let listener = Listener::tls(certified.server, move |asked, stream| {
        let answer = genuine(&keys, asked.nonce());
        stream.write_all(json(201, &answer).as_bytes())
    });
    (certified.certificate, listener)
}

fn whom_the_system_trusts_is_trusted(which: Which) {
    let (ca, folder) = (Ca::new(), TempDir::new().unwrap());
    let (_, listener) = authority(&ca);
    let file = folder.path().join("certificates.pem");
    let trusted = [("SSL_CERT_FILE", file.to_str().unwrap())];
    std::fs::write(&file, ca.pem()).unwrap();
    let url = listener.url();
    assert_eq!(told(which, url.as_str(), &[], &trusted), ["1 seat"]);
    std::fs::write(&file, Ca::new().pem()).unwrap();
    assert_eq!(told(which, url.as_str(), &[], &trusted)[0], UNPROVEN);
}

fn without_certificates_each_call_fails_before_it_asks(which: Which) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    if HAS_MOZILLAS {
        return;
    }
    let told = told(which, &url, &[], &NO_CERTIFICATES);
    let why = "because: unexpected error: No CA certificates were loaded from the system";
    assert_eq!(told, [unverified("the authority"), why.to_owned()]);
    let connected = listener.accept().map(|_| ());
    assert_eq!(connected.unwrap_err().kind(), io::ErrorKind::WouldBlock);
}

fn certificates_that_are_installed_later_are_found(which: Which) {
    let (ca, folder) = (Ca::new(), TempDir::new().unwrap());
    let (_, listener) = authority(&ca);
    let file = folder.path().join("certificates.pem");
    let later = [("SSL_CERT_FILE", file.to_str().unwrap())];
    if HAS_MOZILLAS {
        return;
    }
    let installed = [(INSTALLED, &*ca.pem())];
    let told = told(which, listener.url().as_str(), &installed, &later);
    assert_eq!(told[0], unverified("the authority"));
    assert_eq!(told[2..], ["1 seat"]);
}

fn without_certificates_what_is_stated_is_trusted(which: Which) {
    let ca = Ca::new();
    let (certificate, listener) = authority(&ca);
    let pin = serde_json::to_string(&certificate).unwrap();
    for stated in [(ROOTS, &*ca.pem()), (PIN, &*pin)] {
        let told = told(which, listener.url().as_str(), &[stated], &NO_CERTIFICATES);
        assert_eq!(told, ["1 seat"], "{stated:?}");
    }
}

fn a_proxy_is_verified_as_the_system_trusts(which: Which) {
    let (ca, of_proxy, folder) = (Ca::new(), Ca::new(), TempDir::new().unwrap());
    let behind = ca.certify("licenses.acme.example");
    let pin = serde_json::to_string(&behind.certificate).unwrap();
    let proxy = tunnel(&of_proxy, behind.server);
    let file = folder.path().join("certificates.pem");
    std::fs::write(&file, of_proxy.pem()).unwrap();
    let environment = [
        ("HTTPS_PROXY", proxy.url().as_str()),
        ("SSL_CERT_FILE", file.to_str().unwrap()),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    let environment = environment
        .each_ref()
        .map(|(name, value)| (*name, &**value));
    for stated in [(ROOTS, &*ca.pem()), (PIN, &*pin)] {
        let told = told(which, AUTHORITY, &[stated], &environment);
        assert_eq!(told, ["1 seat"], "{stated:?}");
    }
    // Whom the system trusts is no authority where another one is stated.
    let other = [(ROOTS, &*Ca::new().pem())];
    assert_eq!(told(which, AUTHORITY, &other, &environment)[0], UNPROVEN);
}

fn without_certificates_no_proxy_is_verified(which: Which) {
    let ca = Ca::new();
    let proxy = tunnel(&ca, ca.certify("licenses.acme.example").server);
    if HAS_MOZILLAS {
        return;
    }
    let url = proxy.url();
    let [file, folder] = NO_CERTIFICATES;
    let environment = [("HTTPS_PROXY", url.as_str()), file, folder];
    let told = told(which, AUTHORITY, &[(ROOTS, &ca.pem())], &environment);
    assert_eq!(told[0], unverified("the proxy"));
    assert_eq!(proxy.asked().len(), 0);
}

fn unverified(whom: &str) -> String {
    format!(
        "unreachable: {whom} cannot be verified, as no certificate is trusted: install those of the \
         system, or name a file of them in `SSL_CERT_FILE`; what was granted before goes on until it \
         ends"
    )
}

const UNPROVEN: &str = "unreachable: what answers does not prove to be the authority; check the \
                        network, the clock and the certificates that are trusted";
/// What a system without certificates names.
const NO_CERTIFICATES: [(&str, &str); 2] = [
    ("SSL_CERT_FILE", "/no/such/file"),
    ("SSL_CERT_DIR", "/no/such/folder"),
];
/// Whether a client has certificates though the system has none.
const HAS_MOZILLAS: bool = cfg!(feature = "webpki-roots");
