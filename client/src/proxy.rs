use std::net::IpAddr;

use countersign::{AddressPattern, InvalidAddress};
use url::{Host, Url};

/// What a request goes through.
#[derive(Clone)]
pub(crate) enum Proxy {
    /// What the system names.
    OfSystem,
    None,
    At(Url),
}

impl Proxy {
    /// The one that the environment names for an authority, by the variables that curl reads. Where it
    /// names none, macOS and Windows may still name one elsewhere.
    ///
    /// The libraries beneath both clients read the environment as well, each in its own way.
    #[expect(
        clippy::disallowed_methods,
        reason = "the names are those that every program reads, once for each client"
    )]
    pub(crate) fn of_environment(authority: &Url) -> Result<Self, MisnamedProxy> {
        Self::named(authority, |name| std::env::var(name).ok())
    }

    fn named(
        authority: &Url,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, MisnamedProxy> {
        let set = |name: &str| {
            let value = variable(name)?.trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let names: &[&'static str] = match authority.scheme() {
            // Whoever asks a program of CGI writes its `HTTP_PROXY`, by the header `Proxy`.
            "http" if is_cgi => &["http_proxy", "ALL_PROXY", "all_proxy"],
            "http" => &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
            _ => &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        };
        let named = names.iter().find_map(|name| Some((*name, set(name)?)));
        let Some((name, mut value)) = named else {
            return Ok(Self::OfSystem);
        };
        let exceptions = set("NO_PROXY").or_else(|| set("no_proxy"));
        if exceptions.is_some_and(|exceptions| is_excepted(authority, &exceptions)) {
            return Ok(Self::None);
        }
        if !value.contains("://") {
            value.insert_str(0, "http://");
        }
        let misnamed = |why| MisnamedProxy {
            variable: name,
            why,
        };
        let url = value.parse().map_err(|_| misnamed(Fault::NoUrl))?;
        Self::at(url).map_err(misnamed)
    }

    /// The one at `url`, where both clients can go through it.
    pub(crate) fn at(mut url: Url) -> Result<Self, Fault> {
        if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") {
            return Err(Fault::Kind);
        }
        // A name may hold more in a URL than the libraries beneath read as one.
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
        let is_host = match url.host() {
            Some(Host::Domain(name)) => !name.is_empty() && name.chars().all(is_letter),
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
            None => false,
        };
        if !is_host {
            return Err(Fault::Host);
        }
        // So may a path, which says nothing of a proxy.
        url.set_path("");
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self::At(url))
    }

    /// Whether it is reached under TLS, as far as is known before a request.
    pub(crate) fn is_under_tls(&self) -> bool {
        matches!(self, Self::At(url) if url.scheme() == "https")
    }
}

/// A variable of the environment that names no proxy. What it holds may be a password.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{why}")]
pub(crate) struct MisnamedProxy {
    pub(crate) variable: &'static str,
    why: Fault,
}

/// Why nobody goes through a proxy.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("it is no URL")]
    NoUrl,
    #[error("it is of another kind")]
    Kind,
    #[error("it names no host")]
    Host,
}

/// Whether `NO_PROXY` lists an authority: by its name, by a name above it, by its address, or by a
/// network that it is in.
fn is_excepted(authority: &Url, exceptions: &str) -> bool {
    exceptions.split(',').map(str::trim).any(|exception| {
        exception == "*"
            || match authority.host() {
                Some(Host::Domain(name)) => is_below(name, exception),
                Some(Host::Ipv4(address)) => is_in(address.into(), exception),
                Some(Host::Ipv6(address)) => is_in(address.into(), exception),
                None => false,
            }
    })
}

/// `a.example`, `.a.example` and `*.a.example` all mean the name and those below it.
fn is_below(name: &str, exception: &str) -> bool {
    let above = exception.trim_start_matches('*').trim_start_matches('.');
    let above = above.to_ascii_lowercase();
    let rest = name.strip_suffix(&above);
    !above.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_in(address: IpAddr, exception: &str) -> bool {
    let exception = exception.trim_start_matches('[').trim_end_matches(']');
    match exception.parse::<AddressPattern>() {
        Ok(pattern) => pattern.matches(address),
        // `10.0.0.1/8` is written by many, who mean the network.
        Err(InvalidAddress::HostBits { network, .. }) => network.matches(address),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Variables<'a> = &'a [(&'a str, &'a str)];

    fn named(authority: &str, variables: Variables<'_>) -> String {
        let authority = authority.parse().unwrap();
        let value = |name: &str| {
            let found = variables.iter().find(|(set, _)| *set == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        match Proxy::named(&authority, value) {
            Ok(Proxy::At(url)) => url.to_string(),
            Ok(Proxy::None) => "none".to_owned(),
            Ok(Proxy::OfSystem) => "of the system".to_owned(),
            Err(error) => format!("{}: {error}", error.variable),
        }
    }

    #[test]
    fn the_environment_names_a_proxy_as_for_curl() {
        let (tls, plain) = ("https://a.example", "http://a.example");
        let cases: [(&str, Variables<'_>, &str); 13] = [
            (tls, &[], "of the system"),
            (tls, &[("HTTPS_PROXY", " ")], "of the system"),
            (tls, &[("HTTP_PROXY", "http://p")], "of the system"),
            (tls, &[("HTTPS_PROXY", "http://p:3128")], "http://p:3128/"),
            (tls, &[("https_proxy", "p:3128")], "http://p:3128/"),
            (tls, &[("ALL_PROXY", "socks5://p:1080")], "socks5://p:1080"),
            (
                tls,
                &[("ALL_PROXY", "socks5://p"), ("HTTPS_PROXY", "https://q")],
                "https://q/",
            ),
            (tls, &[("all_proxy", "socks5h://u:s@p")], "socks5h://u:s@p"),
            (plain, &[("HTTP_PROXY", "http://p")], "http://p/"),
            (plain, &[("HTTPS_PROXY", "http://p")], "of the system"),
            (
                plain,
                &[("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "http://p")],
                "of the system",
            ),
            (
                plain,
                &[("REQUEST_METHOD", "GET"), ("ALL_PROXY", "http://p")],
                "http://p/",
            ),
            (
                tls,
                &[("REQUEST_METHOD", "GET"), ("HTTPS_PROXY", "http://p")],
                "http://p/",
            ),
        ];
        for (authority, variables, expected) in cases {
            assert_eq!(named(authority, variables), expected, "{variables:?}");
        }
    }

    #[test]
    fn what_names_no_proxy_is_told_by_its_variable_alone() {
        let cases = [
            ("socks4://secret@p", "it is of another kind"),
            ("ftp://p", "it is of another kind"),
            ("http://", "it is no URL"),
            ("a b", "it is no URL"),
            ("\"http://p\"", "it is no URL"),
            ("socks5://", "it names no host"),
            ("socks5://a%20b", "it names no host"),
            ("http://p\"", "it names no host"),
        ];
        for (value, why) in cases {
            let told = named("https://a.example", &[("ALL_PROXY", value)]);
            assert_eq!(told, format!("ALL_PROXY: {why}"), "{value}");
        }
    }

    #[test]
    fn of_a_proxy_counts_what_leads_to_it() {
        let cases = [
            ("http://u:p@[::1]:3128/a|b?c#d", "http://u:p@[::1]:3128/"),
            ("socks5h://u@my_proxy/a?b#c", "socks5h://u@my_proxy"),
        ];
        for (value, expected) in cases {
            let told = named("https://a.example", &[("ALL_PROXY", value)]);
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn no_proxy_lists_names_addresses_and_networks() {
        let cases = [
            ("https://a.example", "a.example", true),
            ("https://a.example", "b.example, A.Example", true),
            ("https://a.example", "example", true),
            ("https://a.example", ".example", true),
            ("https://a.example", "*.example", true),
            ("https://a.example", ".a.example", true),
            ("https://a.example", "*", true),
            ("https://a.example", "b.a.example", false),
            ("https://aa.example", "a.example", false),
            ("https://a.example", ",.,*.", false),
            ("https://10.1.2.3", "10.1.2.3", true),
            ("https://10.1.2.3", "10.0.0.0/8", true),
            ("https://10.1.2.3", "10.0.0.1/8", true),
            ("https://10.1.2.3", "10.1.*.*", true),
            ("https://10.1.2.3", "10.1.2.4,11.0.0.0/8,3", false),
            ("https://[2001:db8::1]", "2001:db8::/32", true),
            ("https://[2001:db8::1]", "[2001:db8::1]", true),
            ("https://[2001:db8::1]", "2001:db9::/32", false),
        ];
        for (authority, exceptions, expected) in cases {
            let variables = [("HTTPS_PROXY", "http://p"), ("no_proxy", exceptions)];
            let expected = if expected { "none" } else { "http://p/" };
            assert_eq!(named(authority, &variables), expected, "{exceptions}");
        }
        // Even where the proxy is of another kind.
        let variables = [("HTTPS_PROXY", "ftp://p"), ("NO_PROXY", "example")];
        assert_eq!(named("https://a.example", &variables), "none");
    }
}
