use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::{Extensions, HeaderMap, header};
use countersign::AddressPattern;

/// The address that a request came from, as far as it is known: the peer's, or what a proxy that is
/// trusted says. In the extensions of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// The header in which proxies note the address that they were asked from. The other one comes from
/// whoever asks, and says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl ClientAddress {
    /// What was noted with a request; an address that nobody has where nothing was.
    pub(super) fn noted(request: &Request) -> Self {
        let noted = request.extensions().get::<Self>().copied();
        noted.unwrap_or(Self(NOBODY))
    }

    /// Who asks: from the peer back along the proxies that are trusted, up to the first that is not.
    pub(super) fn of(
        extensions: &Extensions,
        headers: &HeaderMap,
        proxies: &[AddressPattern],
        header: ProxyHeader,
    ) -> Self {
        let peer = extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(NOBODY, |ConnectInfo(peer)| peer.ip())
            .to_canonical();
        let is_trusted = |address: IpAddr| proxies.iter().any(|proxy| proxy.matches(address));
        if !is_trusted(peer) {
            return Self(peer);
        }
        let mut client = peer;
        for hop in hops(headers, header).into_iter().rev() {
            // What is no address was hidden by a proxy, or made up: nothing before it counts.
            let Some(address) = hop else { break };
            client = address;
            if !is_trusted(address) {
                break;
            }
        }
        Self(client)
    }
}

/// The addresses that proxies noted, the newest last.
fn hops(headers: &HeaderMap, header: ProxyHeader) -> Vec<Option<IpAddr>> {
    let texts = |name: header::HeaderName| {
        headers
            .get_all(name)
            .iter()
            .flat_map(|value| value.to_str().unwrap_or("?").split(','))
            .collect::<Vec<&str>>()
    };
    match header {
        ProxyHeader::Forwarded => texts(header::FORWARDED)
            .into_iter()
            .map(forwarded_for)
            .collect(),
        ProxyHeader::XForwardedFor => texts(header::HeaderName::from_static("x-forwarded-for"))
            .into_iter()
            .map(address)
            .collect(),
    }
}

fn forwarded_for(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for")
            .then(|| address(value.trim_matches('"')))
    })?
}

/// An address, perhaps with a port, an IPv6 one perhaps in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let parsed = bare.parse::<IpAddr>().ok();
    parsed
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .map(|address| address.to_canonical())
}

const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_trusted_proxies_say_is_believed() {
        let proxies = ["10.0.0.0/8", "::1"].map(|text| text.parse().unwrap());
        for (peer, name, value, client) in [
            // Nobody is believed who is no proxy.
            ("192.0.2.1", "x-forwarded-for", "203.0.113.9", "192.0.2.1"),
            ("192.0.2.1", "forwarded", "for=203.0.113.9", "192.0.2.1"),
            // The last address that is no proxy counts, whatever the client wrote before it.
            ("10.0.0.1", "x-forwarded-for", "203.0.113.9", "203.0.113.9"),
            (
                "10.0.0.1",
                "x-forwarded-for",
                "1.1.1.1, 203.0.113.9",
                "203.0.113.9",
            ),
            (
                "10.0.0.1",
                "x-forwarded-for",
                "203.0.113.9, 10.0.0.2",
                "203.0.113.9",
            ),
            (
                "10.0.0.1",
                "x-forwarded-for",
                "203.0.113.9:4711",
                "203.0.113.9",
            ),
            (
                "::1",
                "forwarded",
                "for=192.0.2.9;proto=https, for=\"[2001:db8::1]:80\"",
                "2001:db8::1",
            ),
            // What is no address ends the way back.
            (
                "10.0.0.1",
                "forwarded",
                "for=203.0.113.9, for=unknown",
                "10.0.0.1",
            ),
            ("10.0.0.1", "x-forwarded-for", "", "10.0.0.1"),
            (
                "::ffff:10.0.0.1",
                "x-forwarded-for",
                "203.0.113.9",
                "203.0.113.9",
            ),
        ] {
            let mut extensions = Extensions::new();
            let peer: IpAddr = peer.parse().unwrap();
            extensions.insert(ConnectInfo(SocketAddr::from((peer, 1))));
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            // Whoever asks writes the other one.
            let (header, other) = match name {
                "forwarded" => (ProxyHeader::Forwarded, "x-forwarded-for"),
                _ => (ProxyHeader::XForwardedFor, "forwarded"),
            };
            headers.insert(other, "for=198.51.100.66, 198.51.100.66".parse().unwrap());
            let found = ClientAddress::of(&extensions, &headers, &proxies, header);
            assert_eq!(
                found,
                ClientAddress(client.parse().unwrap()),
                "{peer} {value}"
            );
        }
    }
}
