//! The way to an authority that no machine here reaches but by a proxy.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use countersign_client::{ClientBuilder, Pin, Url};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::certificates::Ca;
use crate::documents::{Keys, LICENSE_KEY, claimant, genuine};
use crate::either::{Which, failure, impatient, patient, unreachable, with_either};
use crate::listener::{Asked, Listener, json as json_answer, until_gone};
use crate::patience::{pause, waiting};

with_either!(
    a_proxy_is_gone_through_and_learns_the_name_alone,
    a_proxy_that_refuses_is_no_network,
    a_proxy_that_says_nothing_is_left,
    a_proxy_whose_answer_trickles_is_left,
    a_proxy_is_shown_a_name_and_a_password,
    a_proxy_under_tls_is_gone_through,
    a_proxy_under_tls_leads_to_an_authority_without,
    a_proxy_that_cannot_be_verified_is_told_as_such,
    an_authority_behind_a_proxy_is_verified_on_its_own,
);

pub const AUTHORITY: &str = "https://licenses.acme.example";

/// A proxy that answers `CONNECT` with `says` and leads to `port`, whatever it is asked for.
fn proxy(says: &'static str, port: u16) -> (Url, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = asked.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            kept.lock().unwrap().push(read_head(&mut stream));
            stream.write_all(says.as_bytes()).unwrap();
            let upstream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            pump(stream.try_clone().unwrap(), upstream.try_clone().unwrap());
            pump(upstream, stream);
        }
    });
    (url.parse().unwrap(), asked)
}

fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    String::from_utf8(head).unwrap()
}

pub fn pump(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}

fn a_proxy_is_gone_through_and_learns_the_name_alone(which: Which) {
    let (ca, keys, signing) = (Ca::new(), Keys::new(), Keys::new());
    let server = ca.certify("licenses.acme.example").server;
    let fake = Listener::tls(server, move |asked, stream| {
        let answer = genuine(&signing, asked.nonce());
        stream.write_all(json_answer(201, &answer).as_bytes())
    });
    let (url, asked) = proxy("HTTP/1.1 200 OK\r\n\r\n", fake.url().port().unwrap());
    let builder = ClientBuilder::new(AUTHORITY.parse().unwrap(), keys.trust());
    let builder = builder.retry(patient()).proxy(url);
    let client = which.build(builder.only_roots(&ca.pem()).unwrap());
    assert_eq!(client.activate(&claimant()).unwrap().seats_used, 1);
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    let line = asked[0].lines().next();
    assert_eq!(line, Some("CONNECT licenses.acme.example:443 HTTP/1.1"));
}

fn a_proxy_that_refuses_is_no_network(which: Which) {
    let nobody = Listener::says(String::new());
    let says = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
    let (url, _) = proxy(says, nobody.url().port().unwrap());
    let builder = ClientBuilder::new(AUTHORITY.parse().unwrap(), Keys::new().trust());
    let client = which.build(builder.retry(patient()).proxy(url));
    let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
    let text = "the authority cannot be reached; what was granted before goes on until it ends";
    assert_eq!(told, unreachable(text));
}

/// What comes of a proxy that takes the request to connect and answers it by `answer`.
fn left(which: Which, answer: impl Fn(&mut TcpStream) + Send + 'static) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answering = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let head = read_head(&mut stream);
        answer(&mut stream);
        (head, listener)
    });
    let builder = ClientBuilder::new(AUTHORITY.parse().unwrap(), Keys::new().trust());
    let client = which.build(builder.retry(impatient()).proxy(url.parse().unwrap()));
    let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
    let text = "the authority cannot be reached; what was granted before goes on until it ends";
    assert_eq!(told, unreachable(text));
    let (head, listener) = answering.join().unwrap();
    assert!(
        head.starts_with("CONNECT licenses.acme.example:443 "),
        "{head}"
    );
    assert_eq!(waiting(&listener), 0);
}

fn a_proxy_that_says_nothing_is_left(which: Which) {
    left(which, |stream| {
        let _ = until_gone(stream);
    });
}

fn a_proxy_whose_answer_trickles_is_left(which: Which) {
    left(which, |stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").unwrap();
        // For two minutes, should nobody leave.
        for _ in 0..6000 {
            if stream.write_all(b"x").is_err() {
                break;
            }
            pause();
        }
    });
}

fn a_proxy_is_shown_a_name_and_a_password(which: Which) {
    let (ca, signing) = (Ca::new(), Keys::new());
    let server = ca.certify("licenses.acme.example").server;
    let fake = Listener::tls(server, move |asked, stream| {
        let answer = genuine(&signing, asked.nonce());
        stream.write_all(json_answer(201, &answer).as_bytes())
    });
    let (mut url, asked) = proxy("HTTP/1.1 200 OK\r\n\r\n", fake.url().port().unwrap());
    url.set_username("me").unwrap();
    url.set_password(Some("p@ss")).unwrap();
    let builder = ClientBuilder::new(AUTHORITY.parse().unwrap(), Keys::new().trust());
    let builder = builder.retry(patient()).proxy(url);
    let client = which.build(builder.only_roots(&ca.pem()).unwrap());
    assert_eq!(client.activate(&claimant()).unwrap().seats_used, 1);
    let head = asked.lock().unwrap()[0].clone();
    assert!(head.contains(": Basic bWU6cEBzcw==\r\n"), "{head}");
}

/// A proxy under TLS, of `ca`, before an authority that is `behind` it and seats whoever asks.
pub fn tunnel(ca: &Ca, behind: Arc<ServerConfig>) -> Listener {
    Listener::tls(ca.certify("localhost").server, move |asked, stream| {
        assert_eq!(asked.line, "CONNECT licenses.acme.example:443 HTTP/1.1");
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        let conn = ServerConnection::new(behind.clone()).unwrap();
        let mut stream = StreamOwned::new(conn, stream);
        let asked = Asked::read(&mut stream)?;
        let answer = genuine(&Keys::new(), asked.nonce());
        stream.write_all(json_answer(201, &answer).as_bytes())?;
        stream.flush()
    })
}

fn through(proxy: &Listener, url: &str) -> ClientBuilder {
    let builder = ClientBuilder::new(url.parse().unwrap(), Keys::new().trust());
    builder.retry(patient()).proxy(proxy.url())
}

fn a_proxy_under_tls_is_gone_through(which: Which) {
    let (ca, of_proxy) = (Ca::new(), Ca::new());
    let behind = ca.certify("licenses.acme.example");
    let proxy = tunnel(&of_proxy, behind.server);
    let builder = through(&proxy, AUTHORITY);
    let builder = builder.proxy_roots(&of_proxy.pem()).unwrap();
    let ways = [
        builder.clone().only_roots(&ca.pem()).unwrap(),
        builder.pin(Pin::Certificate(behind.certificate)),
    ];
    for builder in ways {
        let client = which.build(builder);
        assert_eq!(client.activate(&claimant()).unwrap().seats_used, 1);
    }
}

fn a_proxy_under_tls_leads_to_an_authority_without(which: Which) {
    let ca = Ca::new();
    let proxy = Listener::tls(ca.certify("localhost").server, |asked, mut stream| {
        let nonce = if asked.line.starts_with("CONNECT ") {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            stream.flush()?;
            Asked::read(&mut stream)?.nonce()
        } else {
            asked.nonce()
        };
        let answer = genuine(&Keys::new(), nonce);
        stream.write_all(json_answer(201, &answer).as_bytes())
    });
    let builder = through(&proxy, "http://licenses.acme.example").insecure_http();
    let client = which.build(builder.proxy_roots(&ca.pem()).unwrap());
    assert_eq!(client.activate(&claimant()).unwrap().seats_used, 1);
}

fn a_proxy_that_cannot_be_verified_is_told_as_such(which: Which) {
    let (ca, of_proxy) = (Ca::new(), Ca::new());
    let behind = ca.certify("licenses.acme.example");
    let proxy = tunnel(&of_proxy, behind.server);
    let ways = [
        through(&proxy, "http://licenses.acme.example").insecure_http(),
        // Those of the authority are no proxy's.
        through(&proxy, AUTHORITY)
            .only_roots(&of_proxy.pem())
            .unwrap(),
        through(&proxy, AUTHORITY).pin(Pin::Certificate(behind.certificate)),
    ];
    for builder in ways {
        let client = which.build(builder.proxy_roots(&ca.pem()).unwrap());
        let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
        let text = "the proxy does not prove to be at its address; check the network, the clock and \
                    the certificates that are trusted";
        assert_eq!(told, unreachable(text));
    }
    assert_eq!(proxy.asked().len(), 0);
}

fn an_authority_behind_a_proxy_is_verified_on_its_own(which: Which) {
    let (ca, of_proxy) = (Ca::new(), Ca::new());
    let proxy = tunnel(&of_proxy, of_proxy.certify("licenses.acme.example").server);
    let builder = through(&proxy, AUTHORITY).only_roots(&ca.pem()).unwrap();
    let client = which.build(builder.proxy_roots(&of_proxy.pem()).unwrap());
    let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
    let text = "what answers does not prove to be the authority; check the network, the clock and the \
                certificates that are trusted";
    assert_eq!(told, unreachable(text));
}

/// Without TLS there is nothing to hide from it.
#[test]
fn a_proxy_passes_on_what_is_asked_without_tls() {
    let proxy = Listener::plain(|asked, stream| {
        let answer = genuine(&Keys::new(), asked.nonce());
        stream.write_all(json_answer(201, &answer).as_bytes())
    });
    let mut url = proxy.url();
    url.set_username("me").unwrap();
    url.set_password(Some("p@ss")).unwrap();
    let authority = "http://licenses.acme.example".parse().unwrap();
    let builder = ClientBuilder::new(authority, Keys::new().trust()).insecure_http();
    let client = Which::Async.build(builder.retry(patient()).proxy(url));
    assert_eq!(client.activate(&claimant()).unwrap().seats_used, 1);
    let asked = &proxy.asked()[0];
    assert_eq!(
        asked.line,
        "POST http://licenses.acme.example/api/v1/product/licenses/activate HTTP/1.1"
    );
    assert!(asked.head.contains(": Basic bWU6cEBzcw==\r\n"));
}
