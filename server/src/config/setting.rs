/// Something that an operator can set.
#[derive(Debug)]
pub(crate) struct Setting {
    /// As in the file.
    pub(crate) name: &'static str,
    /// As on the command line, without dashes.
    pub(crate) flag: &'static str,
    /// As in the environment.
    pub(crate) variable: &'static str,
    /// What a value is, or its unit.
    pub(crate) value: &'static str,
    /// What holds where nothing is stated; empty for nothing.
    pub(crate) default: &'static str,
    /// What it is for.
    pub(crate) help: &'static str,
    /// Which commands take it as a flag.
    pub(crate) reach: Reach,
}

/// Which commands take a setting as a flag. The file holds those of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Every command that works on an authority.
    Authority,
    /// The command that serves it.
    Serving,
}

impl Setting {
    /// The setting of a name in the file.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }
}

macro_rules! settings {
    ($($reach:ident $name:literal $flag:literal $variable:literal $value:literal $default:literal $help:literal;)+) => {
        &[$(Setting {
            name: $name,
            flag: $flag,
            variable: concat!("COUNTERSIGN_", $variable),
            value: $value,
            default: $default,
            help: $help,
            reach: Reach::$reach,
        }),+]
    };
}

/// Every setting, in the order in which it is shown.
pub(crate) const SETTINGS: &[Setting] = settings![
    Authority "data" "data" "DATA" "DIR" ""
        "The folder of the authority's files [default: `countersign` in the platform's data folder]";
    Authority "database" "database" "DATABASE" "URL" ""
        "The PostgreSQL database to use in place of SQLite";
    Authority "public_url" "public-url" "PUBLIC_URL" "URL" ""
        "Under which products reach the authority. Signed into licenses for ever, so kept in the database [default: `http://` and `listen`]";
    Serving "listen" "listen" "LISTEN" "ADDRESS:PORT" "127.0.0.1:8600"
        "Where to answer; port 0 takes any that is free";
    Serving "database_wait" "database-wait" "DATABASE_WAIT" "SECONDS" "30"
        "How long to wait at the start for a database that cannot be reached yet";
    Serving "metrics_listen" "metrics-listen" "METRICS_LISTEN" "ADDRESS:PORT" ""
        "Where to answer `/metrics` in place of the other endpoints' address";
    Serving "log" "log" "LOG" "FORM" "text"
        "How to log: `text` or `json`, to standard output";
    Serving "log_level" "log-level" "LOG_LEVEL" "LEVEL" "info"
        "What to log: `error`, `warn`, `info`, `debug` or `trace`; a request is a line of `info`";
    Serving "otlp" "otlp" "OTLP" "URL" ""
        "Where to send traces: an OpenTelemetry collector that takes OTLP over HTTP or HTTPS, such as `http://127.0.0.1:4318/v1/traces`";
    Serving "proxies" "proxies" "PROXIES" "NETWORKS" ""
        "Proxies in front, whose word on a client's address is believed: addresses and networks, between commas";
    Serving "proxy_header" "proxy-header" "PROXY_HEADER" "HEADER" "x-forwarded-for"
        "In which header they say it: `x-forwarded-for` or `forwarded`; the other is ignored";
    Serving "cors_origins" "cors-origins" "CORS_ORIGINS" "ORIGINS" ""
        "Web sites whose scripts may ask, between commas; `*` for every one";
    Serving "body_limit" "body-limit" "BODY_LIMIT" "BYTES" "2097152"
        "The longest body of a request";
    Serving "header_limit" "header-limit" "HEADER_LIMIT" "BYTES" "32768"
        "The longest head of a request, at least 8192";
    Serving "header_count" "header-count" "HEADER_COUNT" "NUMBER" "100"
        "The most header fields of a request";
    Serving "connections" "connections" "CONNECTIONS" "NUMBER" "4096"
        "The most connections at once; more wait";
    Serving "connections_per_address" "connections-per-address" "CONNECTIONS_PER_ADDRESS" "NUMBER" "512"
        "The most of them from one address (of IPv6, one /64), proxies left out; more are closed";
    Serving "header_timeout" "header-timeout" "HEADER_TIMEOUT" "SECONDS" "30"
        "How long the head of a request may take, and a connection be idle";
    Serving "body_timeout" "body-timeout" "BODY_TIMEOUT" "SECONDS" "10"
        "How long the next piece of a body may take";
    Serving "request_timeout" "request-timeout" "REQUEST_TIMEOUT" "SECONDS" "30"
        "How long an answer may take";
    Serving "shutdown_timeout" "shutdown-timeout" "SHUTDOWN_TIMEOUT" "SECONDS" "30"
        "How long requests that were accepted may take once the process is to end";
    Serving "address_rate" "address-rate" "ADDRESS_RATE" "PER-SECOND" "50"
        "Requests of products from one address (of IPv6, one /64) for long; 0 for no limit";
    Serving "address_burst" "address-burst" "ADDRESS_BURST" "NUMBER" "500"
        "Requests of products from one address at once";
    Serving "license_key_rate" "license-key-rate" "LICENSE_KEY_RATE" "PER-SECOND" "50"
        "Requests of products with one license key for long; 0 for no limit. Brands may set their own";
    Serving "license_key_burst" "license-key-burst" "LICENSE_KEY_BURST" "NUMBER" "500"
        "Requests of products with one license key at once";
    Serving "api_key_rate" "api-key-rate" "API_KEY_RATE" "PER-SECOND" "200"
        "Requests with one API key for long; 0 for no limit. Brands may set their own";
    Serving "api_key_burst" "api-key-burst" "API_KEY_BURST" "NUMBER" "2000"
        "Requests with one API key at once";
    Serving "unknown_key_cost" "unknown-key-cost" "UNKNOWN_KEY_COST" "REQUESTS" "20"
        "As how many requests of its address one with an unknown license key or API key counts";
];
