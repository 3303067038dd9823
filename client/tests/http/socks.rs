//! The way through a proxy of SOCKS 5, stated or named by the environment.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use countersign_client::{ClientBuilder, RetryPolicy, Url};

use crate::certificates::Ca;
use crate::documents::{Keys, LICENSE_KEY, claimant, genuine};
use crate::either::{Which, failure, impatient, patient, unreachable, with_either};
use crate::listener::{Listener, json};
use crate::patience::pause_for;
use crate::process::{self, ROOTS, Variables};
use crate::proxy::{AUTHORITY, pump};

with_either!(
    a_name_is_looked_up_by_the_proxy_or_not,
    a_proxy_of_socks_whose_answer_trickles_is_left,
    a_proxy_of_socks_that_refuses_is_no_network,
    the_environment_is_gone_by,
    what_names_no_proxy_is_told_by_each_call,
    a_proxy_is_found_whatever_stands_beside_its_address,
    a_proxy_of_another_kind_is_refused,
);

/// A proxy of SOCKS 5 (RFC 1928) that leads to `port`, whatever it is asked for; what it is told, as
/// lines.
struct Socks {
    address: String,
    told: Arc<Mutex<Vec<String>>>,
}

impl Socks {
    fn leading_to(port: u16) -> Self {
        Self::start(move |mut stream| {
            stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
            let upstream = TcpStream::connect(("127.0.0.1", port))?;
            pump(stream.try_clone()?, upstream.try_clone()?);
            pump(upstream, stream);
            Ok(())
        })
    }

    /// One that answers the request to connect by `answer`.
    fn start(answer: impl Fn(TcpStream) -> io::Result<()> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let told = Arc::new(Mutex::new(Vec::new()));
        let kept = told.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                if let Ok(asked) = greet(&mut stream) {
                    kept.lock().unwrap().push(asked);
                    let _ = answer(stream);
                }
            }
        });
        Self { address, told }
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}

/// What a client asks for, and by what name and password.
fn greet(stream: &mut TcpStream) -> io::Result<String> {
    let mut told = String::new();
    let [_version, methods] = take(stream)?;
    let mut offered = vec![0; methods.into()];
    stream.read_exact(&mut offered)?;
    if offered.contains(&2) {
        stream.write_all(&[5, 2])?;
        let [_version] = take(stream)?;
        let (name, password) = (text(stream)?, text(stream)?);
        write!(told, "{name}:{password}@").unwrap();
        stream.write_all(&[1, 0])?;
    } else {
        stream.write_all(&[5, 0])?;
    }
    let [5, 1, 0, kind] = take(stream)? else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    told.push_str(&match kind {
        1 => IpAddr::from(Ipv4Addr::from(take::<4>(stream)?)).to_string(),
        _ => text(stream)?,
    });
    write!(told, ":{}", u16::from_be_bytes(take(stream)?)).unwrap();
    Ok(told)
}

fn take<const N: usize>(stream: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn text(stream: &mut TcpStream) -> io::Result<String> {
    let [length] = take(stream)?;
    let mut bytes = vec![0; length.into()];
    stream.read_exact(&mut bytes)?;
    Ok(String::from_utf8(bytes).unwrap())
}

/// An authority that shows a certificate for `name`, and seats whoever asks.
fn authority(ca: &Ca, name: &str) -> Listener {
    let keys = Keys::new();
    Listener::tls(ca.certify(name).server, move |asked, stream| {
        let answer = genuine(&keys, asked.nonce());
        stream.write_all(json(201, &answer).as_bytes())
    })
}

fn builder(url: &str) -> ClientBuilder {
    ClientBuilder::new(url.parse().unwrap(), Keys::new().trust())
}

fn a_name_is_looked_up_by_the_proxy_or_not(which: Which) {
    let cases = [
        // Of a network that nobody has (RFC 5737).
        ("192.0.2.7", "socks5", "192.0.2.7:443"),
        ("192.0.2.7", "socks5h", "192.0.2.7:443"),
        (
            "licenses.acme.example",
            "socks5h",
            "licenses.acme.example:443",
        ),
    ];
    for (name, kind, expected) in cases {
        let ca = Ca::new();
        let fake = authority(&ca, name);
        let socks = Socks::leading_to(fake.url().port().unwrap());
        for (user, by) in [("", ""), ("me:p%40ss@", "me:p@ss@")] {
            let proxy = format!("{kind}://{user}{}", socks.address);
            let builder = builder(&format!("https://{name}")).proxy(proxy.parse().unwrap());
            let client = which.build(builder.only_roots(&ca.pem()).unwrap());
            assert_eq!(client.activate(&claimant()).unwrap().seats_used, 1);
            assert_eq!(socks.told().pop(), Some(format!("{by}{expected}")));
        }
        assert_eq!(socks.told().len(), 2, "{kind} {name}");
    }
}

fn left(which: Which, socks: &Socks, retry: RetryPolicy) {
    let proxy: Url = format!("socks5h://me:canary@{}", socks.address)
        .parse()
        .unwrap();
    let client = which.build(builder(AUTHORITY).retry(retry).proxy(proxy));
    let told = failure(&[LICENSE_KEY, "canary"], || client.activate(&claimant()));
    let text = "the authority cannot be reached; what was granted before goes on until it ends";
    assert_eq!(told, unreachable(text));
    assert_eq!(
        socks.told().first().map(String::as_str),
        Some("me:canary@licenses.acme.example:443")
    );
}

fn a_proxy_of_socks_whose_answer_trickles_is_left(which: Which) {
    let socks = Socks::start(|mut stream| {
        // The name that it connects from, of 255 bytes.
        stream.write_all(&[5, 0, 0, 3, 255])?;
        for _ in 0..255 {
            stream.write_all(b"x")?;
            pause_for(Duration::from_millis(400));
        }
        Ok(())
    });
    left(which, &socks, impatient());
    assert_eq!(socks.told().len(), 1);
}

fn a_proxy_of_socks_that_refuses_is_no_network(which: Which) {
    let socks = Socks::start(|mut stream| {
        stream.write_all(&[5, 2, 0, 1, 0, 0, 0, 0, 0, 0])?;
        stream.shutdown(Shutdown::Both)
    });
    left(which, &socks, patient());
}

fn a_proxy_of_another_kind_is_refused(which: Which) {
    let builder = builder(AUTHORITY).proxy("socks4://127.0.0.1".parse().unwrap());
    let refused = match which {
        Which::Async => builder.build().unwrap_err(),
        Which::Blocking => builder.build_blocking().unwrap_err(),
    };
    assert_eq!(
        refused.to_string(),
        "the address of a proxy begins with `http://`, `https://`, `socks5://` or `socks5h://`"
    );
}

fn the_environment_is_gone_by(which: Which) {
    let ca = Ca::new();
    let fake = authority(&ca, "licenses.acme.example");
    let socks = Socks::leading_to(fake.url().port().unwrap());
    let named = format!("socks5h://{}", socks.address);
    let named = named.as_str();
    let through = ["licenses.acme.example:443"].as_slice();
    let without = "unreachable: the authority cannot be reached; what was granted before goes on until \
                   it ends";
    let cases: [(Variables<'_>, &str, &[&str]); 4] = [
        (&[("ALL_PROXY", named)], "1 seat", through),
        (&[("HTTPS_PROXY", named)], "1 seat", through),
        (
            &[("ALL_PROXY", named), ("NO_PROXY", "b.example")],
            "1 seat",
            through,
        ),
        (
            &[
                ("ALL_PROXY", named),
                ("NO_PROXY", "b.example, acme.example"),
            ],
            without,
            &[],
        ),
    ];
    for (variables, expected, asked) in cases {
        let outcome = process::told(which, AUTHORITY, &[(ROOTS, &ca.pem())], variables);
        assert_eq!(outcome[0], expected, "{variables:?}");
        let told: Vec<String> = socks.told.lock().unwrap().drain(..).collect();
        assert_eq!(told, asked, "{variables:?}");
    }
}

fn what_names_no_proxy_is_told_by_each_call(which: Which) {
    let cases = [
        ("ALL_PROXY", "socks4://p:1080", "it is of another kind"),
        ("https_proxy", "quic://canary@p", "it is of another kind"),
        ("HTTPS_PROXY", "\"http://p:3128\"", "it is no URL"),
        ("HTTPS_PROXY", "http://p'\"", "it names no host"),
    ];
    let roots = Ca::new().pem();
    for (variable, value, why) in cases {
        let told = process::told(which, AUTHORITY, &[(ROOTS, &roots)], &[(variable, value)]);
        let text = format!(
            "unreachable: the environment variable `{variable}` names no proxy of HTTP or SOCKS 5: \
             let it begin with `http://`, `https://`, `socks5://` or `socks5h://`, or list the \
             authority in `NO_PROXY`"
        );
        assert_eq!(told, [text, format!("because: {why}")], "{value}");
    }
}

fn a_proxy_is_found_whatever_stands_beside_its_address(which: Which) {
    let ca = Ca::new();
    let fake = authority(&ca, "licenses.acme.example");
    let socks = Socks::leading_to(fake.url().port().unwrap());
    let named = format!("socks5h://m|e:a^'%22@{}/a|b\"?c|d#e", socks.address);
    let variables = [("ALL_PROXY", named.as_str())];
    let told = process::told(which, AUTHORITY, &[(ROOTS, &ca.pem())], &variables);
    assert_eq!(told, ["1 seat"]);
    assert_eq!(socks.told(), ["m|e:a^'\"@licenses.acme.example:443"]);
}
