use std::net::SocketAddr;
use std::time::Duration;

use countersign::AddressPattern;

use super::client::ProxyHeader;
use super::rate::Rates;

/// What an authority lets through on its socket.
#[derive(Clone, Debug)]
pub struct Options {
    /// Proxies whose word on a client's address is believed.
    pub proxies: Vec<AddressPattern>,
    /// In which header they say it.
    pub proxy_header: ProxyHeader,
    /// Web sites whose scripts may ask; `*` for every one.
    pub origins: Vec<String>,
    /// The longest body of a request, in bytes.
    pub body_limit: usize,
    /// The longest head of a request, in bytes; at least 8192.
    pub header_limit: usize,
    /// The most header fields of a request.
    pub header_count: usize,
    /// The most connections at once.
    pub connections: usize,
    /// The most of them from one address, proxies left out; of IPv6, from one /64.
    pub connections_per_address: usize,
    /// How long the head of a request may take.
    pub header_timeout: Duration,
    /// How long the next piece of a body may take.
    pub body_timeout: Duration,
    /// How long an answer may take.
    pub request_timeout: Duration,
    /// How long requests that were accepted may take once it is to end.
    pub shutdown_timeout: Duration,
    /// How often requests may come.
    pub rates: Rates,
    /// Where metrics are served in place of the other endpoints' address.
    pub metrics_listen: Option<SocketAddr>,
}

/// For tests and embedders: as a process has it by default, without limits on rates.
impl Default for Options {
    fn default() -> Self {
        Self {
            proxies: Vec::new(),
            proxy_header: ProxyHeader::XForwardedFor,
            origins: Vec::new(),
            body_limit: 2 << 20,
            header_limit: 32 << 10,
            header_count: HEADER_COUNT,
            connections: 4096,
            connections_per_address: 512,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            shutdown_timeout: Duration::from_secs(30),
            rates: Rates::UNLIMITED,
            metrics_listen: None,
        }
    }
}

/// The number of header fields that hyper has room for without asking for memory.
pub(crate) const HEADER_COUNT: usize = 100;
