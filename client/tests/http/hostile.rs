//! Answers that are wrong by HTTP, TLS or JSON: both clients tell what they are alike, and believe none.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use countersign_client::{ClientBuilder, Url};
use serde_json::json;

use crate::certificates::Ca;
use crate::documents::{Keys, LICENSE_KEY, claimant, genuine};
use crate::either::{
    Either, Told, What, Which, failure, impatient, in_some_time, patient, unreachable, with_either,
};
use crate::fake::{no_authority, unproven};
use crate::listener::{Asked, Listener, answer, json as json_answer};
use crate::patience::{no_answer, pause, pause_for};

with_either!(
    what_breaks_http_is_no_answer,
    a_status_that_means_nothing_is_no_authority,
    an_authority_that_fails_is_told_from_what_is_none,
    a_body_that_is_no_answer_is_no_authority,
    a_rest_that_cannot_be_read_is_none,
    nothing_is_unpacked,
    no_cookie_is_kept,
    an_answer_that_nobody_asked_for_answers_nothing,
    a_handshake_without_an_end_is_left,
    a_handshake_that_trickles_is_left,
);

fn activating(which: Which, says: &str) -> (Told, usize) {
    let fake = Listener::says(says.to_owned());
    let client = client(which, fake.url());
    let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
    (told, fake.asked().len())
}

fn client(which: Which, url: Url) -> Either {
    let builder = ClientBuilder::new(url, Keys::new().trust());
    which.build(builder.retry(patient()))
}

fn what_breaks_http_is_no_answer(which: Which) {
    let hundred_and_fifty = "x: y\r\n".repeat(150);
    let cases = [
        "{}",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n{}",
        "HTTP/9.9 200 OK\r\n\r\n{}",
        "HTTP/1.1 000 OK\r\n\r\n{}",
        "HTTP/1.1 20 OK\r\n\r\n{}",
        "HTTP/1.1 1000 OK\r\n\r\n{}",
        "HTTP/1.1 199 And nothing more\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nx y: a\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\n: a\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nx: a\r\n b\r\n\r\n{}",
        &format!("HTTP/1.1 200 OK\r\n{hundred_and_fifty}\r\n{{}}"),
        "HTTP/1.1 302 Found\r\nlocation: \u{1}\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: 2, 3\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n{}",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}{}\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n{}",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}",
    ];
    for says in cases {
        assert_eq!(activating(which, says), (no_answer(), 3), "{says}");
    }
}

fn a_status_that_means_nothing_is_no_authority(which: Which) {
    let cases = [
        (101, "upgrade: websocket\r\nconnection: upgrade"),
        (204, "x: y"),
        (205, "content-length: 2"),
        (206, "content-length: 2\r\ncontent-range: bytes 0-1/900"),
        (300, "content-length: 2\r\nlocation: https://rival.example/"),
        (302, "content-length: 2\r\nlocation: file:///etc/passwd"),
        (302, "content-length: 2\r\nlocation: //"),
        (302, "content-length: 2"),
        (304, "content-length: 2\r\netag: 1"),
        (305, "content-length: 2\r\nlocation: http://rival.example/"),
        (401, "content-length: 2\r\nwww-authenticate: Basic realm=a"),
        (
            407,
            "content-length: 2\r\nproxy-authenticate: Basic realm=a",
        ),
        (417, "content-length: 2"),
        (421, "content-length: 2"),
        (600, "content-length: 2"),
        (999, "content-length: 2"),
    ];
    for (status, headers) in cases {
        let says = format!("HTTP/1.1 {status} Told\r\n{headers}\r\n\r\n{{}}");
        assert_eq!(
            activating(which, &says),
            (no_authority(status), 1),
            "{says}"
        );
    }
}

fn an_authority_that_fails_is_told_from_what_is_none(which: Which) {
    let problem = |code: &str| json!({"code": code, "detail": "it broke"}).to_string();
    let kind = "content-type: application/problem+json";
    let long = format!("x-request-id: {}", "a".repeat(65));
    let quoted = format!("x-request-id: {LICENSE_KEY}");
    let cases = [
        (
            500,
            "x-request-id: 0190-ab_c.d:1",
            "internal",
            "`internal`, request `0190-ab_c.d:1`",
        ),
        (507, "x-other: 1", "disk_full", "`disk_full`"),
        (500, "x-request-id: what you sent", "internal", "`internal`"),
        (500, &long, "internal", "`internal`"),
        (
            500,
            &quoted,
            LICENSE_KEY,
            "`[not shown]`, request `[not shown]`",
        ),
    ];
    for (status, header, code, words) in cases {
        let fake = Listener::says(answer(status, &[kind, header], &problem(code)));
        let client = client(which, fake.url());
        let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
        let text = format!(
            "the authority failed (status {status}, {words}); ask again later, and tell who runs it if it stays"
        );
        assert_eq!(told, unreachable(&text));
        assert_eq!(fake.asked().len(), 1);
    }
    let wait = ["retry-after: 90", kind];
    let fake = Listener::says(answer(500, &wait, &problem("internal")));
    let told = failure(&[], || client(which, fake.url()).standing(&claimant()));
    assert_eq!((told.what, told.retry_after), (What::Unreachable, Some(90)));
}

fn a_body_that_is_no_answer_is_no_authority(which: Which) {
    let problem = "content-type: application/problem+json";
    let utf16: String = "{}".chars().flat_map(|letter| [letter, '\0']).collect();
    let twice = genuine(&Keys::new(), countersign::Nonce::from_bytes([7; 16])).to_string();
    let twice = twice.replacen("\"lease\":", "\"lease\":null,\"lease\":", 1);
    // Longer than any problem, and all but what was sent, again and again.
    let quoted = LICENSE_KEY.trim_end_matches('n').repeat(60_000);
    let cases = [
        (200, answer(200, &[], &"[".repeat(100_000))),
        (200, answer(200, &[], &"{\"license\":".repeat(100_000))),
        (200, answer(200, &[], "\u{feff}{}")),
        (200, answer(200, &["content-type: application/json; charset=utf-16"], &utf16)),
        (200, answer(200, &[], "{\"seats_used\":1e999}")),
        (200, "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{}".to_owned()),
        (200, "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n".to_owned()),
        (200, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n".to_owned()),
        (201, answer(201, &[], &twice)),
        (422, answer(422, &[problem], &format!("{{\"code\":\"a\",\"denials\":{}", "[".repeat(100_000)))),
        (422, answer(422, &[problem], "{\"code\":\"a\",\"code\":\"b\"}")),
        (422, answer(422, &[problem], &format!("{{\"code\":\"a\",\"detail\":\"{quoted}\"}}"))),
    ];
    for (status, says) in cases {
        let shown: String = says.chars().take(300).collect();
        assert_eq!(
            activating(which, &says),
            (no_authority(status), 1),
            "{shown}"
        );
    }
}

fn a_rest_that_cannot_be_read_is_none(which: Which) {
    let busy = || unreachable("the authority has too much to do; ask again later");
    for rest in [
        "-1", "+1", "NaN", "inf", "1e3", "0x10", "1.5", "soon", "\u{661}",
    ] {
        let says = answer(503, &[&format!("retry-after: {rest}")], "");
        assert_eq!(activating(which, &says), (busy(), 3), "{rest}");
    }
    let week = 7 * 86_400;
    let cases = [
        ("99999999999999999999999999999999999999", "x: y", week),
        (
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "date: Thu, 01 Jan 1970 00:00:00 GMT",
            week,
        ),
        // A date that no other date stands beside is a minute.
        ("Sat, 01 Jan 10000 00:00:00 GMT", "x: y", 60),
        ("Sat, 01 Jan 0000 00:00:00 GMT", "x: y", 60),
    ];
    for (rest, header, seconds) in cases {
        let says = answer(503, &[&format!("retry-after: {rest}"), header], "");
        let mut told = unreachable(&format!(
            "the authority asks to be left alone for {seconds} seconds"
        ));
        told.retry_after = Some(seconds);
        assert_eq!(activating(which, &says), (told, 1), "{rest}");
    }
}

/// So no answer is longer than what was read of it.
fn nothing_is_unpacked(which: Which) {
    for packed in ["gzip", "deflate", "br", "zstd"] {
        let keys = Keys::new();
        let fake = Listener::plain(move |asked, stream| {
            let body = genuine(&keys, asked.nonce()).to_string();
            let header = format!("content-encoding: {packed}");
            stream.write_all(answer(201, &[&header], &body).as_bytes())
        });
        let given = client(which, fake.url()).activate(&claimant()).unwrap();
        assert_eq!(given.seats_used, 1, "{packed}");
        let head = fake.asked()[0].head.to_lowercase();
        assert!(!head.contains("accept-encoding"), "{head}");
    }
}

fn no_cookie_is_kept(which: Which) {
    let fake = Listener::says(answer(
        503,
        &["set-cookie: a=b; path=/", "retry-after: 0"],
        "",
    ));
    let client = client(which, fake.url());
    failure(&[LICENSE_KEY], || client.activate(&claimant()));
    let heads = fake
        .asked()
        .into_iter()
        .map(|asked| asked.head.to_lowercase());
    let heads: Vec<String> = heads.collect();
    assert_eq!(heads.len(), 3);
    assert!(
        heads.iter().all(|head| !head.contains("cookie")),
        "{heads:?}"
    );
}

/// What an authority says beyond its answer on a connection that is kept for the next question.
enum Beyond {
    Nothing,
    AtOnce,
    /// Once the connection waits for the next question.
    Late,
}

fn an_answer_that_nobody_asked_for_answers_nothing(which: Which) {
    // A client that is held up has not yet kept its connection, or not yet seen what came on it.
    in_some_time(|time| answers_that_nobody_asked_for(which, time / 40));
}

fn answers_that_nobody_asked_for(which: Which, time: Duration) {
    for (beyond, connections) in [(Beyond::Nothing, 1), (Beyond::AtOnce, 2), (Beyond::Late, 2)] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (said, saying) = mpsc::channel();
        let count = Arc::new(AtomicU32::new(0));
        let counted = count.clone();
        thread::spawn(move || {
            let mut beyond = Some(beyond);
            for stream in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                let (beyond, said) = (beyond.take().unwrap_or(Beyond::Nothing), said.clone());
                thread::spawn(move || keep_answering(stream.unwrap(), beyond, &said, time));
            }
        });
        let client = client(which, url.parse().unwrap());
        assert_eq!(client.activate(&claimant()).unwrap().seats_used, 1);
        saying.recv().unwrap();
        pause_for(time);
        assert_eq!(client.activate(&claimant()).unwrap().seats_used, 1);
        assert_eq!(count.load(Ordering::SeqCst), connections);
    }
}

/// Answers each question on a connection, and says more than that.
fn keep_answering(
    mut stream: TcpStream,
    beyond: Beyond,
    said: &mpsc::Sender<()>,
    time: Duration,
) -> io::Result<()> {
    let problem = "{\"code\":\"seat_lost\"}";
    let more = answer(409, &["content-type: application/problem+json"], problem);
    loop {
        let asked = Asked::read(&mut stream)?;
        let genuine = json_answer(201, &genuine(&Keys::new(), asked.nonce()));
        let mut says = genuine.replace("connection: close\r\n", "");
        if matches!(beyond, Beyond::AtOnce) {
            says.push_str(&more);
        }
        stream.write_all(says.as_bytes())?;
        if matches!(beyond, Beyond::Late) {
            pause_for(time);
            stream.write_all(more.as_bytes())?;
        }
        let _ = said.send(());
    }
}

fn a_handshake_without_an_end_is_left(which: Which) {
    let ca = Ca::new();
    let record = |kind: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[kind, 3, 3], &length[..], content].concat()
    };
    let server_hello = record(22, &[&[2, 0xff, 0xff, 0xff], &[0; 16_000][..]].concat());
    let cases = [
        ("zeros", vec![], vec![0; 4096]),
        (
            "a page",
            vec![],
            b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        ),
        ("a hello of 16 MiB", server_hello, record(22, &[0; 16_000])),
        ("empty parts of a handshake", vec![], record(22, &[])),
        ("warnings", vec![], record(21, &[1, 90])),
        ("changes of cipher", vec![], record(20, &[1])),
        ("data", vec![], record(23, &[0; 256])),
    ];
    for (what, head, wave) in cases {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        let wave = wave.repeat((64 << 10) / wave.len());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, head, wave) = (stream.unwrap(), head.clone(), wave.clone());
                thread::spawn(move || -> io::Result<()> {
                    stream.write_all(&head)?;
                    loop {
                        stream.write_all(&wave)?;
                    }
                });
            }
        });
        let builder = ClientBuilder::new(url.parse().unwrap(), Keys::new().trust());
        let builder = builder.retry(patient()).only_roots(&ca.pem()).unwrap();
        let client = which.build(builder);
        let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
        assert_eq!(told, unproven(), "{what}");
    }
}

fn a_handshake_that_trickles_is_left(which: Which) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicU32::new(0));
    let counted = count.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || -> io::Result<()> {
                // A part of a hello that has as much as a record may.
                stream.write_all(&[22, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc, 3, 3])?;
                loop {
                    stream.write_all(&[0])?;
                    pause();
                }
            });
        }
    });
    let url: Url = format!("https://localhost:{port}").parse().unwrap();
    let builder = ClientBuilder::new(url, Keys::new().trust()).retry(impatient());
    let client = which.build(builder.only_roots(&Ca::new().pem()).unwrap());
    let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
    assert_eq!(told, no_answer());
    assert!(count.load(Ordering::SeqCst) <= 1);
}
