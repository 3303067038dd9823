//! What is slow, cut off, endless or busy: no call outlasts the policy's time.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use countersign_client::{ClientBuilder, Url};

use crate::certificates::Ca;
use crate::documents::{Keys, LICENSE_KEY, claimant};
use crate::either::{Either, Told, Which, failure, impatient, patient, unreachable, with_either};
use crate::listener::{Listener, Stream, answer, until_gone};

with_either!(
    an_address_where_nobody_listens_is_tried_three_times,
    an_answer_cut_short_is_asked_for_again,
    who_never_answers_is_left,
    who_never_speaks_tls_is_left,
    who_trickles_is_left,
    who_trickles_under_tls_is_left,
    an_endless_answer_is_not_read_to_its_end,
    a_wait_of_three_days_is_told_at_once,
    a_busy_authority_is_asked_three_times,
    a_date_of_any_form_is_waited_for,
);

fn client(which: Which, url: Url) -> Either {
    let builder = ClientBuilder::new(url, Keys::new().trust());
    which.build(builder.retry(patient()))
}

fn impatient_client(which: Which, url: Url) -> Either {
    let builder = ClientBuilder::new(url, Keys::new().trust());
    which.build(builder.retry(impatient()))
}

fn activating(client: &Either) -> Told {
    failure(&[LICENSE_KEY], || client.activate(&claimant()))
}

pub fn no_answer() -> Told {
    unreachable("the authority cannot be reached; what was granted before goes on until it ends")
}

fn an_address_where_nobody_listens_is_tried_three_times(which: Which) {
    // While it is connected to another one, nobody else is given it.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let url = format!("http://{}", taken.local_addr().unwrap());
    assert_eq!(
        activating(&client(which, url.parse().unwrap())),
        no_answer()
    );
}

fn an_answer_cut_short_is_asked_for_again(which: Which) {
    let cuts = [
        "",
        "HTTP/1.1 200 OK\r\ncontent-ty",
        "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"activation_id\":",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"act",
    ];
    for cut in cuts {
        let fake = Listener::says(cut.to_owned());
        assert_eq!(activating(&client(which, fake.url())), no_answer(), "{cut}");
        assert_eq!(fake.asked().len(), 3, "{cut}");
    }
}

fn who_never_answers_is_left(which: Which) {
    let fake = Listener::plain(|_, stream| until_gone(stream));
    let client = impatient_client(which, fake.url());
    assert_eq!(activating(&client), no_answer());
    assert_asked_once(&fake);
}

fn who_never_speaks_tls_is_left(which: Which) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let ca = Ca::new();
    let builder = ClientBuilder::new(url.parse().unwrap(), Keys::new().trust());
    let builder = builder.retry(impatient()).only_roots(&ca.pem()).unwrap();
    assert_eq!(activating(&which.build(builder)), no_answer());
    assert!(waiting(&listener) <= 1);
}

/// How many connections nobody has accepted yet.
pub fn waiting(listener: &TcpListener) -> usize {
    listener.set_nonblocking(true).unwrap();
    std::iter::from_fn(|| listener.accept().ok()).count()
}

/// No second attempt is made once the time is up. A busy machine may not have heard of the first by then.
pub fn assert_asked_once(fake: &Listener) {
    assert!(fake.asked().len() <= 1, "{:?}", fake.asked());
}

/// A byte at a time, for as long as somebody reads.
pub fn trickle(
    head: &'static str,
    drop: &'static [u8],
) -> impl Fn(&mut dyn Stream) -> io::Result<()> {
    move |stream| {
        stream.write_all(head.as_bytes())?;
        loop {
            stream.write_all(drop)?;
            stream.flush()?;
            pause();
        }
    }
}

pub fn pause() {
    pause_for(Duration::from_millis(20));
}

#[expect(clippy::disallowed_methods, reason = "to be slow is what it is for")]
pub fn pause_for(time: Duration) {
    std::thread::sleep(time);
}

pub const BODY: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 90000\r\n\r\n";

fn who_trickles_is_left(which: Which) {
    let cases = [("HTTP/1.1 200 OK\r\nx: ", b"x".as_slice()), (BODY, b" ")];
    for (head, drop) in cases {
        let trickle = trickle(head, drop);
        let fake = Listener::plain(move |_, stream| trickle(stream));
        let client = impatient_client(which, fake.url());
        assert_eq!(activating(&client), no_answer(), "{head}");
        assert_asked_once(&fake);
    }
}

fn who_trickles_under_tls_is_left(which: Which) {
    let ca = Ca::new();
    let trickle = trickle(BODY, b" ");
    let server = ca.certify("localhost").server;
    let fake = Listener::tls(server, move |_, stream| trickle(stream));
    let builder = ClientBuilder::new(fake.url(), Keys::new().trust());
    let builder = builder.retry(impatient()).only_roots(&ca.pem()).unwrap();
    assert_eq!(activating(&which.build(builder)), no_answer());
    assert_asked_once(&fake);
}

fn an_endless_answer_is_not_read_to_its_end(which: Which) {
    let heads = [
        "content-length: 1073741824\r\n\r\n",
        "connection: close\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n40000000\r\n",
    ];
    for head in heads {
        let written = Arc::new(AtomicU64::new(0));
        let counted = written.clone();
        let fake = Listener::plain(move |_, stream| {
            write!(stream, "HTTP/1.1 200 OK\r\n{head}")?;
            let piece = vec![b' '; 64 << 10];
            while counted.fetch_add(piece.len() as u64, Ordering::SeqCst) < 1 << 30 {
                stream.write_all(&piece)?;
            }
            Ok(())
        });
        let told = activating(&client(which, fake.url()));
        let text = "something answers that is no authority (status 200); check the network and the address";
        assert_eq!(told, unreachable(text), "{head}");
        assert_eq!(fake.asked().len(), 1);
        // What the kernel takes before anybody reads it comes on top of the limit.
        let written = written.load(Ordering::SeqCst);
        assert!(written < 32 << 20, "{head}: {written}");
    }
}

fn a_wait_of_three_days_is_told_at_once(which: Which) {
    let date = "date: Sun, 06 Nov 2044 08:49:37 GMT";
    let cases: [&[&str]; 2] = [
        &["retry-after: 259200"],
        &[date, "retry-after: Wed, 09 Nov 2044 08:49:37 GMT"],
    ];
    for headers in cases {
        let fake = Listener::says(answer(503, headers, ""));
        let mut expected = unreachable("the authority asks to be left alone for 259200 seconds");
        expected.retry_after = Some(259_200);
        assert_eq!(activating(&client(which, fake.url())), expected);
        assert_eq!(fake.asked().len(), 1);
    }
}

fn a_busy_authority_is_asked_three_times(which: Which) {
    for status in [429, 502, 503, 504] {
        let fake = Listener::says(answer(status, &[], ""));
        let expected = unreachable("the authority has too much to do; ask again later");
        assert_eq!(activating(&client(which, fake.url())), expected);
        assert_eq!(fake.asked().len(), 3);
    }
}

fn a_date_of_any_form_is_waited_for(which: Which) {
    let date = "date: Sun, 06 Nov 1994 08:48:37 GMT";
    let cases: [(&[&str], u64); 5] = [
        (&[date, "retry-after: Sun, 06 Nov 1994 08:49:37 GMT"], 60),
        (&[date, "retry-after: Sunday, 06-Nov-94 08:50:37 GMT"], 120),
        (&[date, "retry-after: Sun Nov  6 08:51:37 1994"], 180),
        (&["retry-after: Sun, 06 Nov 1994 08:49:37 GMT"], 60),
        (&["retry-after: Sun Nov  6 08:49:37 1994"], 60),
    ];
    for (headers, seconds) in cases {
        let fake = Listener::says(answer(503, headers, ""));
        let text = format!("the authority asks to be left alone for {seconds} seconds");
        let mut expected = unreachable(&text);
        expected.retry_after = Some(seconds);
        assert_eq!(
            activating(&client(which, fake.url())),
            expected,
            "{headers:?}"
        );
        assert_eq!(fake.asked().len(), 1, "{headers:?}");
    }
}
