//! What never stops sending, as fast as it can: a call ends all the same, and lets others go on.

use std::io;
use std::time::{Duration, Instant};

use countersign_client::ClientBuilder;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::certificates::Ca;
use crate::documents::{Keys, LICENSE_KEY, claimant};
use crate::either::{What, Which, failure, impatient, lasts, with_either};
use crate::listener::{Listener, Stream};
use crate::patience::no_answer;

with_either!(
    an_answer_that_does_not_begin_is_left,
    a_body_that_does_not_end_is_left,
);

/// The same again and again, for as long as somebody reads.
fn flood(head: &str, wave: &str, stream: &mut dyn Stream) -> io::Result<()> {
    stream.write_all(head.as_bytes())?;
    let wave = wave.repeat((64 << 10) / wave.len());
    loop {
        stream.write_all(wave.as_bytes())?;
    }
}

/// What never becomes an answer.
const HEADS: [(&str, &str); 8] = [
    ("", "HTTP/1.1 100 Continue\r\n\r\n"),
    ("", "HTTP/1.1 102 Processing\r\n\r\n"),
    (
        "",
        "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n",
    ),
    ("", "\r\n"),
    ("HTTP/1.1 200 ", "OK "),
    ("HTTP/1.1 200 OK\r\n", "x: y\r\n"),
    ("HTTP/1.1 200 OK\r\n", "y"),
    ("HTTP/1.1 200 OK\r\nx: ", "y"),
];

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

/// What follows a head that says so, and never becomes a body: extensions, a length, parts of one byte,
/// and what comes after the last of them.
const BODIES: [(&str, &str); 6] = [
    ("1;", "y"),
    ("", "0"),
    ("", "1\r\n \r\n"),
    ("", "1;y=z\r\n \r\n"),
    ("0\r\n", "x: y\r\n"),
    ("0\r\nx: ", "y"),
];

fn an_answer_that_does_not_begin_is_left(which: Which) {
    for (head, wave) in HEADS {
        let fake = Listener::plain(move |_, stream| flood(head, wave, stream));
        let builder = ClientBuilder::new(fake.url(), Keys::new().trust());
        let client = which.build(builder.retry(impatient()));
        let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
        assert_eq!(told, no_answer(), "{head}{wave}");
    }
}

fn a_body_that_does_not_end_is_left(which: Which) {
    for (begin, wave) in BODIES {
        let head = format!("{CHUNKED}{begin}");
        let fake = Listener::plain(move |_, stream| flood(&head, wave, stream));
        let builder = ClientBuilder::new(fake.url(), Keys::new().trust());
        let client = which.build(builder.retry(impatient()));
        // Whether the time is up first, or the body is too long for an answer.
        let told = failure(&[LICENSE_KEY], || client.activate(&claimant()));
        assert_eq!(told.what, What::Unreachable, "{begin}{wave}");
    }
}

/// With one thread for everything, whatever reads without a pause would hold up all else.
#[test]
fn a_flood_does_not_hold_up_the_only_thread() {
    let ca = Ca::new();
    let bodies = BODIES.map(|(begin, wave)| (format!("{CHUNKED}{begin}"), wave));
    let heads = HEADS.map(|(head, wave)| (head.to_owned(), wave));
    for (head, wave) in heads.into_iter().chain(bodies) {
        for is_tls in [false, true] {
            let begin = head.clone();
            let floods = move |_: &_, stream: &mut dyn Stream| flood(&begin, wave, stream);
            let fake = match is_tls {
                true => Listener::tls(ca.certify("localhost").server, floods),
                false => Listener::plain(floods),
            };
            let builder = ClientBuilder::new(fake.url(), Keys::new().trust());
            let builder = builder.retry(impatient()).only_roots(&ca.pem()).unwrap();
            let client = builder.build().unwrap();
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            // A busy machine holds up the one or the other, and not each time.
            let mut tries = (0..TRIES).map(|_| {
                lasts(|| {
                    runtime.block_on(async {
                        let (end, ended) = oneshot::channel();
                        let others = tokio::spawn(longest_wait(ended));
                        let error = client.activate(&claimant()).await.unwrap_err();
                        assert!(error.is_unreachable(), "{head}{wave}: {error:?}");
                        end.send(()).unwrap();
                        others.await.unwrap()
                    })
                })
            });
            let most = impatient().give_up_after * 3;
            assert!(
                tries.any(|(waited, lasted)| waited < HELD_UP && lasted < most),
                "{head}{wave}, TLS {is_tls}"
            );
        }
    }
}

/// How long another task of the same thread had to wait at most.
#[expect(clippy::disallowed_methods, reason = "measures how long it is held up")]
async fn longest_wait(mut ended: oneshot::Receiver<()>) -> Duration {
    let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
    while ended.try_recv().is_err() {
        tokio::task::yield_now().await;
        longest = longest.max(last.elapsed());
        last = Instant::now();
    }
    longest
}

/// What a busy machine and an unoptimized build may add to a read.
const HELD_UP: Duration = Duration::from_secs(2);
const TRIES: usize = 8;
