//! A small HTTP server that answers as it is told, byte by byte.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use countersign::Nonce;
use countersign_client::Url;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

/// Answers on a free port of this machine until it is dropped.
pub struct Listener {
    address: SocketAddr,
    scheme: &'static str,
    asked: Arc<Mutex<Vec<Asked>>>,
    stopping: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

/// A connection, read and written.
pub trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

/// What a client sent.
#[derive(Clone, Debug)]
pub struct Asked {
    pub line: String,
    pub head: String,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn nonce(&self) -> Nonce {
        self.json()["nonce"].as_str().unwrap().parse().unwrap()
    }

    pub fn read(stream: &mut dyn Stream) -> io::Result<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header)? <= 2 {
                break;
            }
            if let Some(("content-length", value)) = header.to_lowercase().split_once(':') {
                length = value.trim().parse().unwrap();
            }
            head.push_str(&header);
        }
        if line.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let line = line.trim().to_owned();
        Ok(Self { line, head, body })
    }
}

impl Listener {
    /// Answers each request by `answer`, and closes the connection. What `answer` fails with is that
    /// the client has gone.
    pub fn plain(
        answer: impl Fn(&Asked, &mut dyn Stream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::start(None, answer)
    }

    /// The same under TLS.
    pub fn tls(
        server: Arc<ServerConfig>,
        answer: impl Fn(&Asked, &mut dyn Stream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(server), answer)
    }

    /// Answers each request with these bytes.
    pub fn says(answer: String) -> Self {
        Self::plain(move |_, stream| stream.write_all(answer.as_bytes()))
    }

    fn start(
        tls: Option<Arc<ServerConfig>>,
        answer: impl Fn(&Asked, &mut dyn Stream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let stopping = Arc::new(AtomicBool::new(false));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let answer = Arc::new(answer);
        let (kept, stop) = (asked.clone(), stopping.clone());
        let accepting = thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (kept, answer, tls) = (kept.clone(), answer.clone(), tls.clone());
                let stream = stream.unwrap();
                thread::spawn(move || serve(stream, tls, &kept, &*answer));
            }
        });
        Self {
            address,
            scheme,
            asked,
            stopping,
            accepting: Some(accepting),
        }
    }

    pub fn url(&self) -> Url {
        let address = format!("{}://localhost:{}", self.scheme, self.address.port());
        address.parse().unwrap()
    }

    /// What was asked so far, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        let _ = self.accepting.take().unwrap().join();
    }
}

fn serve(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    kept: &Mutex<Vec<Asked>>,
    answer: &(dyn Fn(&Asked, &mut dyn Stream) -> io::Result<()> + Sync),
) {
    match tls {
        None => {
            let mut stream = stream;
            let _ = converse(&mut stream, kept, answer);
        }
        Some(config) => {
            let conn = ServerConnection::new(config).unwrap();
            let mut stream = StreamOwned::new(conn, stream);
            let done = converse(&mut stream, kept, answer);
            if done.is_ok() {
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    }
}

fn converse(
    stream: &mut dyn Stream,
    kept: &Mutex<Vec<Asked>>,
    answer: &(dyn Fn(&Asked, &mut dyn Stream) -> io::Result<()> + Sync),
) -> io::Result<()> {
    let asked = Asked::read(stream)?;
    kept.lock().unwrap().push(asked.clone());
    answer(&asked, stream)?;
    stream.flush()
}

/// An answer as bytes; `headers` are lines of their own.
pub fn answer(status: u16, headers: &[&str], body: &str) -> String {
    let mut text = format!("HTTP/1.1 {status} Told\r\nconnection: close\r\n");
    for header in headers {
        text.push_str(&format!("{header}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    text
}

/// An answer in JSON.
pub fn json(status: u16, body: &Value) -> String {
    answer(
        status,
        &["content-type: application/json"],
        &body.to_string(),
    )
}

/// Waits until the client hangs up.
pub fn until_gone(stream: &mut dyn Stream) -> io::Result<()> {
    let mut bytes = [0; 64];
    while stream.read(&mut bytes)? > 0 {}
    Ok(())
}

/// Asks a server at `port` of this machine the same, and passes its answer on.
pub fn relay(port: u16, asked: &Asked, stream: &mut dyn Stream) -> io::Result<()> {
    let mut upstream = TcpStream::connect(("127.0.0.1", port))?;
    let head = asked.head.replace("connection: keep-alive\r\n", "");
    write!(
        upstream,
        "{}\r\nconnection: close\r\n{head}\r\n",
        asked.line
    )?;
    upstream.write_all(&asked.body)?;
    io::copy(&mut upstream, stream)?;
    Ok(())
}
