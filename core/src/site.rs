//! Domains: which texts are one name (docs/rules.md, section 2).

use std::borrow::Cow;
use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::{Host, ParseError, Url};

use crate::excerpt::excerpt;
use crate::name_bytes;

mod pattern;
mod patterns;

pub use pattern::DomainPattern;
pub use patterns::DomainPatterns;

/// A domain name in the one form that names are compared in.
///
/// Lower case, in ASCII (UTS #46, non-transitional), without a trailing dot and without a leading
/// `www.` label. Read from a host name, with a port or without, or from an http or https URL. Two
/// texts that reach the same site are equal once read.
///
/// ```
/// # use countersign::Domain;
/// assert_eq!("WWW.Bücher.example.".parse::<Domain>()?, "xn--bcher-kva.example".parse()?);
/// # Ok::<(), countersign::InvalidDomain>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Domain(String);

impl Domain {
    /// The normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name can only be one of a developer's own network, as `localhost` and
    /// everything below `.test` are: names that no public registry gives out.
    pub fn is_development(&self) -> bool {
        let top = self.0.rsplit('.').next();
        top.is_some_and(|top| DEVELOPMENT_TOPS.contains(&top))
    }
}

/// Takes a host name, with a port or without, or an http(s) URL.
impl FromStr for Domain {
    type Err = InvalidDomain;

    fn from_str(text: &str) -> Result<Self, InvalidDomain> {
        Ok(Self(normal_form(text)?.into_owned()))
    }
}

/// As [`FromStr`]; keeps the text if it is in normal form.
impl TryFrom<String> for Domain {
    type Error = InvalidDomain;

    fn try_from(text: String) -> Result<Self, InvalidDomain> {
        let changed = match normal_form(&text)? {
            Cow::Borrowed(same) if same.len() == text.len() => None,
            changed => Some(changed.into_owned()),
        };
        Ok(Self(changed.unwrap_or(text)))
    }
}

impl From<Domain> for String {
    fn from(domain: Domain) -> Self {
        domain.0
    }
}

impl AsRef<str> for Domain {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text is neither a domain nor a pattern of domains.
///
/// What a variant quotes of the text is shortened, and fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidDomain {
    /// No name at all.
    #[error("a domain is missing")]
    Empty,
    /// Two dots in a row, or one at the beginning.
    #[error("`{name}` has an empty label")]
    EmptyLabel {
        /// The name.
        name: String,
    },
    /// A part between dots is longer than DNS allows (RFC 1035).
    #[error("the label `{label}` is longer than {MAX_LABEL_BYTES} characters")]
    LabelTooLong {
        /// The label, as DNS would carry it.
        label: String,
    },
    /// The name is longer than DNS allows (RFC 1035).
    #[error("a domain is longer than {MAX_NAME_BYTES} characters")]
    NameTooLong,
    /// A URL that is longer than any that is looked at.
    #[error("a URL is longer than {MAX_URL_BYTES} bytes")]
    UrlTooLong,
    /// An IP address, or a name that a browser would take for one.
    #[error("`{text}` is an address, not a domain")]
    Address {
        /// The text.
        text: String,
    },
    /// A user name or a password stands before the host. Not quoted: it may be a secret.
    #[error("a domain with a user name before it")]
    UserInfo,
    /// A URL that is neither http nor https.
    #[error("a URL that is neither http nor https")]
    Scheme,
    /// What follows the colon is no port.
    #[error("a port that is not a number from 0 to 65535")]
    Port,
    /// A path without a scheme before the host.
    #[error("`{text}` has a path but no scheme")]
    Path {
        /// The text.
        text: String,
    },
    /// A URL, or a name with a port, where a pattern is wanted.
    #[error("`{text}` is more than a name: a pattern has no scheme, port or path")]
    NotBare {
        /// The text.
        text: String,
    },
    /// A `*` where one name is wanted.
    #[error("`{name}` has a wildcard where one name is wanted")]
    Wildcard {
        /// The name.
        name: String,
    },
    /// A pattern that ends in fewer than two labels without `*`, such as `*.com`.
    #[error("`{pattern}` is too wide: it ends in fewer than two labels without `*`")]
    WildcardTooWide {
        /// The pattern.
        pattern: String,
    },
    /// A pattern with `*` after `www.`: no name has that label in its normal form.
    #[error("`{pattern}` matches nothing: `www.` is no part of a name's normal form")]
    WildcardAfterWww {
        /// The pattern.
        pattern: String,
    },
    /// A label with `*` and characters beyond ASCII, which could not be mapped alone.
    #[error("the label `{label}` has a wildcard beside characters that are not ASCII")]
    WildcardNotAscii {
        /// The label.
        label: String,
    },
    /// A character that no domain has, such as a blank.
    #[error("the character `{}` is not allowed in a domain", character.escape_debug())]
    ForbiddenCharacter {
        /// The character.
        character: char,
    },
    /// A text that has no form in DNS (UTS #46), for its characters, their direction or broken
    /// Punycode.
    #[error("`{text}` is not a valid internationalized domain name")]
    NotIdna {
        /// The text.
        text: String,
    },
}

fn normal_form(text: &str) -> Result<Cow<'_, str>, InvalidDomain> {
    if is_normal(text) {
        return Ok(Cow::Borrowed(text));
    }
    if is_plain(text) {
        return normal_name(text);
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        return host_of_url(text, scheme, rest).map(Cow::Owned);
    }
    if text.len() > MAX_UNMAPPED_BYTES {
        return Err(InvalidDomain::NameTooLong);
    }
    if text.contains('@') {
        return Err(InvalidDomain::UserInfo);
    }
    if text.contains(['/', '\\']) {
        return Err(InvalidDomain::Path {
            text: excerpt(text),
        });
    }
    refuse_ipv6(text)?;
    match text.split_once(':') {
        None => normal_name(text),
        Some((name, port)) if is_port(port) => normal_name(name),
        Some(_) => Err(InvalidDomain::Port),
    }
}

fn host_of_url(text: &str, scheme: &str, rest: &str) -> Result<String, InvalidDomain> {
    if text.len() > MAX_URL_BYTES {
        return Err(InvalidDomain::UrlTooLong);
    }
    if !["http", "https"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
    {
        return Err(InvalidDomain::Scheme);
    }
    // The URL Standard skips further slashes and takes `\` for one. It also drops an empty user
    // name, tabs and line breaks; here they are refused.
    let slash = ['/', '\\'];
    let rest = rest.trim_start_matches(slash);
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or(rest);
    if authority.contains('@') {
        return Err(InvalidDomain::UserInfo);
    }
    if let Some(character) = authority
        .chars()
        .find(|c| c.is_whitespace() || c.is_control())
    {
        return Err(InvalidDomain::ForbiddenCharacter { character });
    }
    if authority.len() > MAX_UNMAPPED_BYTES {
        return Err(InvalidDomain::NameTooLong);
    }
    let url = Url::parse(text).map_err(|error| match error {
        ParseError::EmptyHost => InvalidDomain::Empty,
        ParseError::InvalidPort => InvalidDomain::Port,
        ParseError::InvalidIpv4Address | ParseError::InvalidIpv6Address => InvalidDomain::Address {
            text: excerpt(authority),
        },
        _ => InvalidDomain::NotIdna {
            text: excerpt(authority),
        },
    })?;
    match url.host() {
        Some(Host::Domain(name)) => canonical(name).map(str::to_owned),
        Some(_) => Err(InvalidDomain::Address {
            text: excerpt(authority),
        }),
        None => Err(InvalidDomain::Empty),
    }
}

fn refuse_ipv6(text: &str) -> Result<(), InvalidDomain> {
    if text.starts_with('[') || text.parse::<Ipv6Addr>().is_ok() {
        return Err(InvalidDomain::Address {
            text: excerpt(text),
        });
    }
    Ok(())
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && text
            .parse::<u32>()
            .is_ok_and(|port| port <= u32::from(u16::MAX))
}

/// Whether a text is a domain in normal form, at a glance: signed patterns are, nearly all of them,
/// and so is what a product states of itself. A few names that take more than that are left out.
#[inline(never)]
fn is_normal(text: &str) -> bool {
    // A name that is no longer than a label has none that is too long.
    text.len() <= MAX_LABEL_BYTES
        && name_bytes::are_usual_labels_of(text)
        && !text.starts_with("www.")
}

/// The normal form of a text that is a name and nothing else.
fn normal_name(text: &str) -> Result<Cow<'_, str>, InvalidDomain> {
    Ok(match to_ascii(text)? {
        Cow::Borrowed(name) => Cow::Borrowed(canonical(name)?),
        Cow::Owned(name) => {
            let kept = canonical(&name)?;
            Cow::Owned(if kept.len() == name.len() {
                name
            } else {
                kept.to_owned()
            })
        }
    })
}

/// A mapped name without what the normal form leaves out, if it is a domain.
fn canonical(mapped: &str) -> Result<&str, InvalidDomain> {
    let mut name = without_trailing_dot(mapped);
    while let Some(rest) = name.strip_prefix("www.")
        && rest.contains('.')
    {
        name = rest;
    }
    check_lengths(name)?;
    if name.contains('*') {
        return Err(InvalidDomain::Wildcard {
            name: excerpt(name),
        });
    }
    refuse_number(name)?;
    Ok(name)
}

fn without_trailing_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// The limits of RFC 1035, section 2.3.4, in its textual form.
fn check_lengths(name: &str) -> Result<(), InvalidDomain> {
    if name.is_empty() {
        return Err(InvalidDomain::Empty);
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(InvalidDomain::NameTooLong);
    }
    for label in name.split('.') {
        if label.is_empty() {
            return Err(InvalidDomain::EmptyLabel {
                name: excerpt(name),
            });
        }
        if label.len() > MAX_LABEL_BYTES {
            return Err(InvalidDomain::LabelTooLong {
                label: excerpt(label),
            });
        }
    }
    Ok(())
}

/// Refuses what the URL Standard's "ends in a number" checker takes for an IPv4 address.
fn refuse_number(name: &str) -> Result<(), InvalidDomain> {
    let last = name.rsplit('.').next().unwrap_or(name);
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last
            .strip_prefix("0x")
            .is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    if is_number {
        return Err(InvalidDomain::Address {
            text: excerpt(name),
        });
    }
    Ok(())
}

/// Maps a name to the form it has in DNS: lower case, in ASCII. Its lengths are not checked.
fn to_ascii(name: &str) -> Result<Cow<'_, str>, InvalidDomain> {
    if is_plain(name) {
        return Ok(lower_case(name));
    }
    if name.len() > MAX_UNMAPPED_BYTES {
        return Err(InvalidDomain::NameTooLong);
    }
    to_ascii_by_uts46(name)
}

fn to_ascii_by_uts46(name: &str) -> Result<Cow<'_, str>, InvalidDomain> {
    Uts46::new()
        .to_ascii(
            name.as_bytes(),
            AsciiDenyList::URL,
            Hyphens::Allow,
            DnsLength::Ignore,
        )
        .map_err(|_| unmappable(name))
}

/// Whether UTS #46 could do nothing to `name` but turn it into lower case.
fn is_plain(name: &str) -> bool {
    name.as_bytes().split(|byte| *byte == b'.').all(|label| {
        let is_punycode = label
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"xn--"));
        !is_punycode
            && label
                .iter()
                .all(|b| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_'))
    })
}

fn lower_case(ascii: &str) -> Cow<'_, str> {
    if ascii.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(ascii.to_ascii_lowercase())
    } else {
        Cow::Borrowed(ascii)
    }
}

/// Why UTS #46 refused `name`, as far as one character tells.
fn unmappable(name: &str) -> InvalidDomain {
    match name.chars().find(|c| is_forbidden(*c)) {
        Some(character) => InvalidDomain::ForbiddenCharacter { character },
        None => InvalidDomain::NotIdna {
            text: excerpt(name),
        },
    }
}

/// The URL Standard's forbidden domain code points, and blanks beyond ASCII, which map to one.
fn is_forbidden(character: char) -> bool {
    character.is_control() || character.is_whitespace() || "%#/:<>?@[\\]^|".contains(character)
}

const DEVELOPMENT_TOPS: [&str; 6] = [
    "localhost",
    "test",
    "example",
    "invalid",
    "local",
    "internal",
];

const MAX_LABEL_BYTES: usize = 63;
const MAX_NAME_BYTES: usize = 253;

/// A name before UTS #46 maps it: room for characters of several bytes and for ignored ones.
const MAX_UNMAPPED_BYTES: usize = 4096;

/// A URL with all that follows its host, in bytes: eight times what browsers and servers agree on.
const MAX_URL_BYTES: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, InvalidDomain> {
        text.parse::<Domain>().map(String::from)
    }

    fn forbidden(character: char) -> InvalidDomain {
        InvalidDomain::ForbiddenCharacter { character }
    }

    #[test]
    fn texts_of_one_name_have_one_form() {
        let rows = [
            // Case, trailing dot, www.
            ("example.com", "example.com"),
            ("EXAMPLE.Com.", "example.com"),
            ("www.example.com", "example.com"),
            ("WWW.www.Example.com", "example.com"),
            ("www.com", "www.com"),
            ("www.www.com", "www.com"),
            ("www.com.", "www.com"),
            ("www", "www"),
            ("www.localhost", "www.localhost"),
            ("www1.example.com", "www1.example.com"),
            ("localhost", "localhost"),
            ("my_host-.-example", "my_host-.-example"),
            ("a!b$c.example", "a!b$c.example"),
            // Ports.
            ("example.com:0", "example.com"),
            ("example.com:65535", "example.com"),
            ("example.com:00080", "example.com"),
            ("www.example.com.:443", "example.com"),
            // URLs.
            ("https://www.Example.com/app", "example.com"),
            ("http://example.com", "example.com"),
            ("HTTP://EXAMPLE.COM:8080?x=a@b#c://d", "example.com"),
            ("https://example.com:/", "example.com"),
            ("https://example.com./a b/ä\t", "example.com"),
            ("https:///example.com", "example.com"),
            ("https://\\example.com\\x@y", "example.com"),
            ("https://ex%41mple.com", "example.com"),
            ("https://b%C3%BCcher.example", "xn--bcher-kva.example"),
            ("https://bücher.example/ü", "xn--bcher-kva.example"),
            // UTS #46, non-transitional.
            ("Bücher.example", "xn--bcher-kva.example"),
            ("bu\u{308}cher.example:80", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("straße.example", "xn--strae-oqa.example"),
            ("STRASSE.example", "strasse.example"),
            ("ｗｗｗ．ｅｘａｍｐｌｅ。com｡", "example.com"),
            ("exam\u{ad}ple.com", "example.com"),
            ("\u{200b}example.com", "example.com"),
            ("אבג.example", "xn--4dbcd.example"),
            ("☕.example", "xn--53h.example"),
            ("ab--cd.example", "ab--cd.example"),
            // Last labels that are no numbers.
            ("1.2.3.4a", "1.2.3.4a"),
            ("10.example", "10.example"),
            ("a.0xg", "a.0xg"),
            ("a.1e", "a.1e"),
        ];
        for (text, normal) in rows {
            assert_eq!(read(text).as_deref(), Ok(normal), "{text}");
            assert_eq!(read(normal).as_deref(), Ok(normal), "{text}");
            assert_eq!(Domain::try_from(text.to_owned()), text.parse());
        }
    }

    #[test]
    fn addresses_are_no_domains() {
        let texts = [
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.1.",
            "1",
            "1.2",
            "0x7f.1",
            "example.0x",
            "example.0XfF",
            "example.123",
            "a.b.099",
            "999.999.999.999",
            "::1",
            "[::1]",
            "[::1]:80",
            "2001:db8::1",
            "http://127.0.0.1/",
            "http://[::1]:80",
            "http://2130706433",
            "http://0x7f.1",
            "http://1.2.3.4.5",
            "１.２.３.４",
            "[",
            "www.1.2.3.4",
        ];
        for text in texts {
            assert!(
                matches!(read(text), Err(InvalidDomain::Address { .. })),
                "{text} {:?}",
                read(text)
            );
        }
    }

    #[test]
    fn other_texts_are_refused_for_their_reason() {
        let punycode = |text: &str| InvalidDomain::NotIdna {
            text: text.to_owned(),
        };
        let path = |text: &str| InvalidDomain::Path {
            text: text.to_owned(),
        };
        let wildcard = |name: &str| InvalidDomain::Wildcard {
            name: name.to_owned(),
        };
        let empty_label = |name: &str| InvalidDomain::EmptyLabel {
            name: name.to_owned(),
        };
        let rows = [
            ("", InvalidDomain::Empty),
            (".", InvalidDomain::Empty),
            (":80", InvalidDomain::Empty),
            ("https://", InvalidDomain::Empty),
            ("https:///", InvalidDomain::Empty),
            ("\u{ad}", InvalidDomain::Empty),
            ("..", empty_label(".")),
            (".example.com", empty_label(".example.com")),
            ("example..com", empty_label("example..com")),
            ("example.com..", empty_label("example.com.")),
            ("www..com", empty_label(".com")),
            ("http://a..b", empty_label("a..b")),
            ("me@example.com", InvalidDomain::UserInfo),
            ("https://me@example.com/", InvalidDomain::UserInfo),
            ("https://me:secret@example.com/", InvalidDomain::UserInfo),
            ("https://@example.com/", InvalidDomain::UserInfo),
            ("https://:@example.com/", InvalidDomain::UserInfo),
            ("https:////me@example.com/", InvalidDomain::UserInfo),
            ("ftp://example.com", InvalidDomain::Scheme),
            ("ws://example.com", InvalidDomain::Scheme),
            ("://example.com", InvalidDomain::Scheme),
            ("example.com/?to=http://example.org", InvalidDomain::Scheme),
            (" https://example.com", InvalidDomain::Scheme),
            ("example.com:", InvalidDomain::Port),
            ("example.com:65536", InvalidDomain::Port),
            ("example.com:99999999999", InvalidDomain::Port),
            ("example.com:+80", InvalidDomain::Port),
            ("example.com:http", InvalidDomain::Port),
            ("example.com:80:80", InvalidDomain::Port),
            ("http:example.com", InvalidDomain::Port),
            ("https://example.com:65536", InvalidDomain::Port),
            ("https://example.com:a", InvalidDomain::Port),
            ("example.com/", path("example.com/")),
            ("example.com/app", path("example.com/app")),
            ("example.com\\app", path("example.com\\\\app")),
            ("*", wildcard("*")),
            ("*.example.com", wildcard("*.example.com")),
            ("＊.example.com", wildcard("*.example.com")),
            ("https://*.example.com", wildcard("*.example.com")),
            ("https://%2a.example.com", wildcard("*.example.com")),
            ("example.com ", forbidden(' ')),
            ("exa mple.com", forbidden(' ')),
            ("example.com\n", forbidden('\n')),
            ("example\u{3000}.com", forbidden('\u{3000}')),
            ("example.com\0", forbidden('\0')),
            ("https://example.com ", forbidden(' ')),
            ("https://exam\tple.com", forbidden('\t')),
            ("https://\n/example.com", forbidden('\n')),
            ("example.com?x", forbidden('?')),
            ("ex%41mple.com", forbidden('%')),
            ("<example>", forbidden('<')),
            ("xn--a.example", punycode("xn--a.example")),
            ("xn--.example", punycode("xn--.example")),
            ("https://xn--a.example", punycode("xn--a.example")),
            ("\u{301}a.example", punycode("\\u{301}a.example")),
            ("אa.example", punycode("אa.example")),
            ("a\u{202e}b.example", punycode("a\\u{202e}b.example")),
        ];
        for (text, error) in rows {
            assert_eq!(read(text), Err(error), "{text}");
        }
    }

    #[test]
    fn lengths_are_those_of_dns() {
        let label = "a".repeat(63);
        let name = [&*label, &label, &label, &"b".repeat(61)].join(".");
        let long_label = InvalidDomain::LabelTooLong {
            label: "a".repeat(64),
        };
        let rows = [
            (format!("{label}.com"), Ok(format!("{label}.com"))),
            (format!("{label}a.com"), Err(long_label.clone())),
            (format!("https://{label}a.com"), Err(long_label)),
            (name.clone(), Ok(name.clone())),
            (format!("{name}."), Ok(name.clone())),
            (format!("www.{name}"), Ok(name.clone())),
            (format!("{name}b"), Err(InvalidDomain::NameTooLong)),
            (
                format!("{}ü.example", "\u{ad}".repeat(2000)),
                Ok("xn--tda.example".to_owned()),
            ),
            (
                format!("{}ü.example", "\u{ad}".repeat(2100)),
                Err(InvalidDomain::NameTooLong),
            ),
            (
                format!("https://{}ü.example", "\u{ad}".repeat(2100)),
                Err(InvalidDomain::NameTooLong),
            ),
            (
                format!("{}/", "a".repeat(MAX_UNMAPPED_BYTES)),
                Err(InvalidDomain::NameTooLong),
            ),
            (
                format!("http://a.example/{}", "a".repeat(MAX_URL_BYTES - 17)),
                Ok("a.example".to_owned()),
            ),
            (
                format!("http://a.example/{}", "a".repeat(MAX_URL_BYTES - 16)),
                Err(InvalidDomain::UrlTooLong),
            ),
            (
                format!("https://example.com/{}", "a".repeat(10_000)),
                Ok("example.com".to_owned()),
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(read(&text), expected, "{text}");
        }
        // 63 characters once in Punycode, and one more.
        let umlauts = |letters: usize| format!("{}ü.example", "a".repeat(letters));
        let reads = [54, 55, 56, 57].map(|letters| read(&umlauts(letters)).map_err(drop).map(drop));
        assert_eq!(reads, [Ok(()), Ok(()), Err(()), Err(())]);
    }

    #[test]
    fn plain_names_come_out_as_from_uts46() {
        let pieces = [
            "a", "B", "Z9", "0", "-", "--", "_", ".", ".", ".", "www.", "WWW.", "xn-", "n--", "x",
            "com", "0x", "1", "test-",
        ];
        let mut state = 1_usize;
        let (mut normal, mut accepted) = (0, 0);
        for _ in 0..100_000 {
            let mut text = String::new();
            for _ in 0..1 + (state >> 40) % 9 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                text.push_str(pieces[(state >> 33) % pieces.len()]);
            }
            if is_plain(&text) {
                let mapped = to_ascii_by_uts46(&text).unwrap();
                let slowly = canonical(&mapped).map(str::to_owned);
                normal += usize::from(is_normal(&text));
                accepted += usize::from(slowly.is_ok());
                assert_eq!(read(&text), slowly, "{text}");
            }
        }
        assert!(
            normal > 5_000 && accepted > 2 * normal,
            "{normal} {accepted}"
        );
    }

    #[test]
    fn development_names_are_those_nobody_can_register() {
        let development = [
            "localhost",
            "a.localhost",
            "app.test",
            "test",
            "x.y.example",
            "a.invalid",
            "printer.local",
            "local",
            "db.internal",
            "INTERNAL.",
        ];
        for text in development {
            assert!(text.parse::<Domain>().unwrap().is_development(), "{text}");
        }
        for text in [
            "example.com",
            "my.dev",
            "my.app",
            "localhost.com",
            "mylocalhost",
            "test.org",
            "a.contest",
        ] {
            assert!(!text.parse::<Domain>().unwrap().is_development(), "{text}");
        }
    }

    #[test]
    fn domain_crosses_json_as_its_normal_form() {
        let domain: Domain = serde_json::from_str(r#""WWW.Example.com""#).unwrap();
        assert_eq!(serde_json::to_string(&domain).unwrap(), r#""example.com""#);
    }

    #[test]
    fn errors_quote_little_and_escape_what_is_invisible() {
        let long = format!("{}/", "a".repeat(100));
        let rows = [
            (
                "example.com ",
                "the character ` ` is not allowed in a domain".to_owned(),
            ),
            (
                "example.com\n",
                "the character `\\n` is not allowed in a domain".to_owned(),
            ),
            ("a\nb/c", "`a\\nb/c` has a path but no scheme".to_owned()),
            (
                "https://me:secret@example.com",
                "a domain with a user name before it".to_owned(),
            ),
            (
                &long,
                format!("`{}…` has a path but no scheme", "a".repeat(64)),
            ),
            (
                &long[..64],
                format!(
                    "the label `{}` is longer than 63 characters",
                    "a".repeat(64)
                ),
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(read(text).unwrap_err().to_string(), expected);
        }
    }
}
