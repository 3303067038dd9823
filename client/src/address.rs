use std::fmt;

use url::{Host, Url};

use crate::settings::InvalidSettings;

/// Where an authority answers: a URL whose path is a prefix of all its paths.
#[derive(Clone)]
pub(crate) struct Address {
    /// Without the slash at its end.
    base: String,
    is_loopback: bool,
}

impl Address {
    pub(crate) fn new(url: &Url, plain: PlainHttp) -> Result<Self, InvalidSettings> {
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(InvalidSettings::Scheme),
        };
        match (url.scheme(), plain) {
            ("https", _) => {}
            ("http", PlainHttp::Anywhere) => {}
            ("http", PlainHttp::Loopback) if is_loopback => {}
            ("http", PlainHttp::Loopback) => return Err(InvalidSettings::Plain),
            _ => return Err(InvalidSettings::Scheme),
        }
        let has_user = !url.username().is_empty() || url.password().is_some();
        if has_user || url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidSettings::Superfluous);
        }
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { base, is_loopback })
    }

    /// The URL of a path that begins with a slash.
    pub(crate) fn url(&self, path: &str) -> Result<Url, url::ParseError> {
        Url::parse(&format!("{}{path}", self.base))
    }

    /// Whether no certificate is shown there.
    pub(crate) fn is_plain(&self) -> bool {
        self.base.starts_with("http:")
    }

    /// Whether it is this machine's own, which no proxy reaches.
    pub(crate) fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

/// Where an authority may be asked without TLS.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PlainHttp {
    Loopback,
    Anywhere,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_has_an_address_of_its_own() {
        let (loopback, anywhere) = (PlainHttp::Loopback, PlainHttp::Anywhere);
        let path = "/api/v1";
        let cases = [
            ("https://a.example", loopback, "https://a.example/api/v1"),
            ("https://a.example/", loopback, "https://a.example/api/v1"),
            (
                "https://a.example:8443/x/y/",
                loopback,
                "https://a.example:8443/x/y/api/v1",
            ),
            ("http://127.0.0.1:80", loopback, "http://127.0.0.1/api/v1"),
            ("http://[::1]:8080", loopback, "http://[::1]:8080/api/v1"),
            ("http://localhost:1", loopback, "http://localhost:1/api/v1"),
            ("http://a.example", anywhere, "http://a.example/api/v1"),
            (
                "http://a.example",
                loopback,
                "only a loopback address is asked without TLS: begin with `https://`",
            ),
            (
                "http://127.0.0.1.a.example",
                loopback,
                "only a loopback address is asked without TLS: begin with `https://`",
            ),
            (
                "ftp://a.example",
                anywhere,
                "the address of an authority begins with `https://`",
            ),
            (
                "mailto:a@a.example",
                anywhere,
                "the address of an authority begins with `https://`",
            ),
            (
                "https://u:p@a.example",
                loopback,
                "the address of an authority has no user, password, query or fragment",
            ),
            (
                "https://a.example?q",
                loopback,
                "the address of an authority has no user, password, query or fragment",
            ),
            (
                "https://a.example#f",
                loopback,
                "the address of an authority has no user, password, query or fragment",
            ),
        ];
        for (url, plain, expected) in cases {
            let address = Address::new(&url.parse().unwrap(), plain);
            let found = match address {
                Ok(address) => address.url(path).unwrap().to_string(),
                Err(error) => error.to_string(),
            };
            assert_eq!(found, expected, "{url}");
        }
    }
}
