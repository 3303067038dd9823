//! How a connection is encrypted: as the URL says, and never without knowing with whom.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// What a URL says of encryption, in the words of libpq.
///
/// `require`, `verify-ca` and `verify-full` are one here: the connection is encrypted, and the
/// certificate is verified with the name in it. Everything else is not encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) encrypted: bool,
    /// The file of the certificates that are trusted; nothing for those of the system.
    pub(super) roots: Option<PathBuf>,
}

impl Asked {
    /// Takes from a URL, or from a connection string, what tokio-postgres does not know.
    pub(super) fn take(url: &str) -> (Self, String) {
        let mut asked = Self::default();
        if !url.contains("://") {
            let rest: Vec<&str> = url
                .split_whitespace()
                .filter(|word| match word.split_once('=') {
                    Some((name, value)) => !asked.reads(name, value),
                    None => true,
                })
                .collect();
            let rest = rest.join(" ");
            return (asked.clone(), asked.require(rest, " "));
        }
        let Some((place, query)) = url.split_once('?') else {
            return (asked, url.to_owned());
        };
        let rest: Vec<&str> = query
            .split('&')
            .filter(|pair| match pair.split_once('=') {
                Some((name, value)) => !asked.reads(name, &unescaped(value)),
                None => true,
            })
            .collect();
        let rest = match rest.is_empty() {
            true => place.to_owned(),
            false => format!("{place}?{}", rest.join("&")),
        };
        let separator = if rest.contains('?') { "&" } else { "?" };
        (asked.clone(), asked.require(rest, separator))
    }

    /// Whether this is for us.
    fn reads(&mut self, name: &str, value: &str) -> bool {
        match (name, value) {
            ("sslmode", "require" | "verify-ca" | "verify-full") => self.encrypted = true,
            ("sslmode", "allow" | "prefer") => {}
            ("sslrootcert", "system") => self.roots = None,
            ("sslrootcert", file) => self.roots = Some(file.into()),
            _ => return false,
        }
        true
    }

    fn require(&self, url: String, separator: &str) -> String {
        match self.encrypted {
            true => format!("{url}{separator}sslmode=require"),
            false => url,
        }
    }

    /// What encrypts, with the certificates that are trusted.
    pub(super) fn encryption(&self) -> io::Result<Encryption> {
        let mut roots = RootCertStore::empty();
        match &self.roots {
            Some(file) => {
                for certificate in certificates(file)? {
                    roots.add(certificate).map_err(io::Error::other)?;
                }
            }
            None => {
                let system = rustls_native_certs::load_native_certs();
                roots.add_parsable_certificates(system.certs);
            }
        }
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Encryption(Arc::new(config)))
    }
}

fn certificates(file: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let text = std::fs::read(file)?;
    CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))
}

/// Undoes the percent-encoding of a URL (RFC 3986, section 2.1); what is none stays.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let escaped = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        match (first, escaped) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Encrypts connections with rustls.
#[derive(Clone)]
pub(super) struct Encryption(Arc<ClientConfig>);

impl MakeTlsConnect<tokio_postgres::Socket> for Encryption {
    type Stream = Encrypted;
    type TlsConnect = Handshake;
    type Error = tokio_rustls::rustls::pki_types::InvalidDnsNameError;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Handshake, Self::Error> {
        Ok(Handshake {
            server: ServerName::try_from(domain.to_owned())?,
            connector: self.0.clone().into(),
        })
    }
}

/// A handshake with one server.
pub(super) struct Handshake {
    server: ServerName<'static>,
    connector: TlsConnector,
}

impl TlsConnect<tokio_postgres::Socket> for Handshake {
    type Stream = Encrypted;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted>> + Send>>;

    fn connect(self, socket: tokio_postgres::Socket) -> Self::Future {
        let handshake = self.connector.connect(self.server, socket);
        Box::pin(async move { handshake.await.map(Encrypted) })
    }
}

/// An encrypted connection.
pub(super) struct Encrypted(client::TlsStream<tokio_postgres::Socket>);

impl TlsStream for Encrypted {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_url_says_of_encryption_is_read_and_taken_out() {
        const TABLE: &[(&str, bool, Option<&str>, &str)] = &[
            ("postgres://h/d", false, None, "postgres://h/d"),
            (
                "postgres://h/d?sslmode=prefer",
                false,
                None,
                "postgres://h/d",
            ),
            (
                "postgres://h/d?sslmode=disable",
                false,
                None,
                "postgres://h/d?sslmode=disable",
            ),
            (
                "postgres://h/d?sslmode=require",
                true,
                None,
                "postgres://h/d?sslmode=require",
            ),
            (
                "postgres://h/d?connect_timeout=3&sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem",
                true,
                Some("/etc/ca.pem"),
                "postgres://h/d?connect_timeout=3&sslmode=require",
            ),
            (
                "host=h dbname=d sslmode=verify-full sslrootcert=system",
                true,
                None,
                "host=h dbname=d sslmode=require",
            ),
        ];
        for (url, encrypted, roots, rest) in TABLE {
            let asked = Asked {
                encrypted: *encrypted,
                roots: roots.map(PathBuf::from),
            };
            assert_eq!(Asked::take(url), (asked, (*rest).to_owned()));
        }
    }
}
