//! IP addresses: which texts are one, and which of them a pattern means (docs/rules.md, section 2).

mod plain;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use thiserror::Error;

use crate::excerpt::excerpt;

/// Addresses that a license names: one, or all that begin alike.
///
/// Read from an address, from an IPv4 address whose last octets are `*` (`10.0.0.*`), or from an
/// address and a prefix length (`10.0.0.0/8`, `2001:db8::/32`). What stands for IPv4 addresses in
/// IPv6 (`::ffff:10.0.0.1`) is taken for those; no other IPv6 prefix means an IPv4 address.
///
/// ```
/// # use countersign::{AddressPattern, parse_address};
/// let pattern: AddressPattern = "10.0.0.*".parse()?;
/// assert!(pattern.matches(parse_address("10.0.0.7")?));
/// assert_eq!(pattern.to_string(), "10.0.0.0/24");
/// # Ok::<(), countersign::InvalidAddress>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressPattern {
    /// All bits past `length` are zero. Never an IPv4 address in IPv6.
    network: IpAddr,
    /// In bits.
    length: u32,
}

impl AddressPattern {
    /// Whether `address` is one of those that the pattern means.
    pub fn matches(&self, address: IpAddr) -> bool {
        match (self.range(), address.to_canonical()) {
            (Range::V4(first, last), IpAddr::V4(address)) => {
                (first..=last).contains(&u32::from(address))
            }
            (Range::V6(first, last), IpAddr::V6(address)) => {
                (first..=last).contains(&u128::from(address))
            }
            _ => false,
        }
    }

    fn whole(address: IpAddr) -> Self {
        Self {
            network: address,
            length: bits(address),
        }
    }

    fn cidr(text: &str, mut address: IpAddr, length: &str) -> Result<Self, InvalidAddress> {
        let invalid_length = || InvalidAddress::PrefixLength {
            length: excerpt(length),
        };
        let mut length = decimal(length).ok_or_else(invalid_length)?;
        if length > bits(address) {
            return Err(invalid_length());
        }
        if let IpAddr::V6(v6) = address
            && let Some(v4) = v6.to_ipv4_mapped()
            && let Some(shorter) = length.checked_sub(MAPPED_PREFIX_BITS)
        {
            address = v4.into();
            length = shorter;
        }
        let pattern = Self {
            network: without_host_bits(address, length),
            length,
        };
        if pattern.network == address {
            Ok(pattern)
        } else {
            Err(InvalidAddress::HostBits {
                text: excerpt(text),
                network: pattern,
            })
        }
    }

    #[cold]
    fn from_unusual(text: &str) -> Result<Self, InvalidAddress> {
        if let Some((address, length)) = text.split_once('/') {
            Self::cidr(text, literal(address)?, length)
        } else if text.contains('*') {
            Self::octets(text)
        } else {
            parse_address(text).map(Self::whole)
        }
    }

    fn octets(text: &str) -> Result<Self, InvalidAddress> {
        let octets: Vec<&str> = text.split('.').collect();
        let is_fixed = |octet: &&&str| !octet.contains('*');
        let (fixed, rest) = octets.split_at(octets.iter().take_while(is_fixed).count());
        if rest.iter().any(|octet| *octet != "*") {
            let text = excerpt(text);
            return Err(InvalidAddress::Wildcard { text });
        }
        if fixed.is_empty() {
            let text = excerpt(text);
            return Err(InvalidAddress::NothingFixed { text });
        }
        let mut network = [0; 4];
        if octets.len() != network.len() {
            let (text, count) = (excerpt(text), octets.len());
            return Err(InvalidAddress::OctetCount { text, count });
        }
        for (to, octet) in network.iter_mut().zip(fixed) {
            let number = decimal(octet).and_then(|number| u8::try_from(number).ok());
            *to = number.ok_or_else(|| InvalidAddress::Octet {
                octet: excerpt(octet),
            })?;
        }
        let wildcards = u32::try_from(rest.len()).unwrap_or(u32::MAX);
        Ok(Self {
            network: IpAddr::V4(network.into()),
            length: Ipv4Addr::BITS - u8::BITS * wildcards,
        })
    }

    fn range(&self) -> Range {
        match self.network {
            IpAddr::V4(network) => {
                let first = u32::from(network);
                Range::V4(
                    first,
                    first | u32::MAX.checked_shr(self.length).unwrap_or(0),
                )
            }
            IpAddr::V6(network) => {
                let first = u128::from(network);
                Range::V6(
                    first,
                    first | u128::MAX.checked_shr(self.length).unwrap_or(0),
                )
            }
        }
    }
}

impl FromStr for AddressPattern {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(InvalidAddress::TooLong);
        }
        // Searched from the end, which is near: what has several is no plain address before the last.
        let slash = text.bytes().rposition(|byte| byte == b'/');
        let halves = slash.and_then(|slash| Some((text.get(..slash)?, text.get(slash + 1..)?)));
        let (address, length) =
            halves.map_or((text, None), |(address, length)| (address, Some(length)));
        match (plain::address(address), length) {
            (Some(address), None) => Ok(Self::whole(address.to_canonical())),
            (Some(address), Some(length)) => Self::cidr(text, address, length),
            (None, _) => Self::from_unusual(text),
        }
    }
}

/// The normal form: an address, or an address and a prefix length that is not all of it.
impl fmt::Display for AddressPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.network, f)?;
        if self.length < bits(self.network) {
            write!(f, "/{}", self.length)
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for AddressPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AddressPattern({self})")
    }
}

/// The addresses that a license names: at least one pattern.
///
/// Thousands of patterns answer about as fast as ten.
#[derive(Clone)]
pub struct AddressPatterns {
    patterns: Vec<AddressPattern>,
    /// Of so many that trying one after the other would take longer.
    ranges: Option<Box<Ranges>>,
}

impl AddressPatterns {
    /// Compiles `patterns`; `None` if there are none, since a license without this restriction
    /// and one that allows no address must not be taken for each other.
    pub fn new(patterns: impl IntoIterator<Item = AddressPattern>) -> Option<Self> {
        let patterns: Vec<AddressPattern> = patterns.into_iter().collect();
        if patterns.is_empty() {
            return None;
        }
        let ranges = (patterns.len() > FEW).then(|| Box::new(Ranges::of(&patterns)));
        Some(Self { patterns, ranges })
    }

    /// Whether one of the patterns means `address`.
    #[inline(never)]
    pub fn matches(&self, address: IpAddr) -> bool {
        match &self.ranges {
            Some(ranges) => ranges.cover(address),
            None => self.patterns.iter().any(|pattern| pattern.matches(address)),
        }
    }

    /// Whether these patterns mean every address that `others` mean.
    pub fn cover(&self, others: &Self) -> bool {
        let (ranges, others) = (Ranges::of(&self.patterns), Ranges::of(&others.patterns));
        ranges.include(&others)
    }

    /// The patterns, in the order given.
    pub fn iter(&self) -> std::slice::Iter<'_, AddressPattern> {
        self.patterns.iter()
    }
}

impl<'a> IntoIterator for &'a AddressPatterns {
    type Item = &'a AddressPattern;
    type IntoIter = std::slice::Iter<'a, AddressPattern>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Equal if the same patterns were given in the same order.
impl PartialEq for AddressPatterns {
    fn eq(&self, other: &Self) -> bool {
        self.patterns == other.patterns
    }
}

impl Eq for AddressPatterns {}

impl fmt::Debug for AddressPatterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.patterns).finish()
    }
}

/// Reads an IPv4 or IPv6 address; one that stands for an IPv4 address in IPv6 becomes that.
///
/// # Errors
///
/// [`InvalidAddress::ZoneId`] for `fe80::1%eth0`, [`InvalidAddress::Empty`] for an empty text,
/// [`InvalidAddress::TooLong`] for one that no address could fill and
/// [`InvalidAddress::NotAnAddress`] for any other, such as one with a port, brackets or octets with
/// leading zeros.
pub fn parse_address(text: &str) -> Result<IpAddr, InvalidAddress> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(InvalidAddress::TooLong);
    }
    literal(text).map(|address| address.to_canonical())
}

/// A text is neither an address nor a pattern of addresses.
///
/// What a variant quotes of the text is shortened, and fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidAddress {
    /// No address at all.
    #[error("an address is missing")]
    Empty,
    /// Longer than any address or pattern is.
    #[error("an address is longer than {MAX_TEXT_BYTES} characters")]
    TooLong,
    /// No notation of an address.
    #[error("`{text}` is not an IP address")]
    NotAnAddress {
        /// The text.
        text: String,
    },
    /// A zone, which means something on one machine only.
    #[error("`{text}` has a zone: it means something on one machine only")]
    ZoneId {
        /// The text.
        text: String,
    },
    /// What follows the slash is no number, has leading zeros or exceeds the address.
    #[error("`{length}` is not a prefix length of this kind of address")]
    PrefixLength {
        /// The text after the slash.
        length: String,
    },
    /// Bits past the prefix length are set, so that one of the two is a mistake.
    #[error("`{text}` has bits set past its prefix length, unlike `{network}`")]
    HostBits {
        /// The text.
        text: String,
        /// The pattern with these bits zero.
        network: AddressPattern,
    },
    /// A `*` anywhere but in place of whole octets at the end.
    #[error("`{text}` has a wildcard that is not a whole octet at the end of an IPv4 address")]
    Wildcard {
        /// The text.
        text: String,
    },
    /// A pattern with `*` that has not four octets, such as `10.*`.
    #[error("an IPv4 address has 4 octets, and `{text}` has {count}")]
    OctetCount {
        /// The text.
        text: String,
        /// How many octets it has, `*` among them.
        count: usize,
    },
    /// A pattern of `*` alone: no pattern at all says that of any address.
    #[error("`{text}` leaves no octet fixed")]
    NothingFixed {
        /// The text.
        text: String,
    },
    /// A part of a pattern with `*` that is no octet.
    #[error("`{octet}` is no octet: one is 0 to 255, without leading zeros")]
    Octet {
        /// The part.
        octet: String,
    },
}

/// Whether `address` is one that anybody may use and the internet does not route: loopback,
/// link-local or private (RFC 1918, 3927, 4193).
pub(crate) fn is_development_address(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_link_local() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unique_local(),
    }
}

/// First and last address of a pattern.
enum Range {
    V4(u32, u32),
    V6(u128, u128),
}

fn literal(text: &str) -> Result<IpAddr, InvalidAddress> {
    if text.is_empty() {
        return Err(InvalidAddress::Empty);
    }
    if let Some(address) = plain::address(text) {
        return Ok(address);
    }
    // What is left is unusual, such as IPv4 at the end of IPv6, or no address.
    text.parse().map_err(|_| {
        if text.contains('%') {
            InvalidAddress::ZoneId {
                text: excerpt(text),
            }
        } else {
            InvalidAddress::NotAnAddress {
                text: excerpt(text),
            }
        }
    })
}

/// A number as it is written without sign and leading zeros. No octet and no length has more digits.
fn decimal(text: &str) -> Option<u32> {
    match text.as_bytes() {
        [] | [b'0', _, ..] | [_, _, _, _, ..] => None,
        digits => digits.iter().try_fold(0, |number, byte| {
            let digit = u32::from(byte.wrapping_sub(b'0'));
            (digit <= 9).then_some(10 * number + digit)
        }),
    }
}

fn bits(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => Ipv4Addr::BITS,
        IpAddr::V6(_) => Ipv6Addr::BITS,
    }
}

fn without_host_bits(address: IpAddr, length: u32) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            IpAddr::V4((u32::from(v4) & !u32::MAX.checked_shr(length).unwrap_or(0)).into())
        }
        IpAddr::V6(v6) => {
            IpAddr::V6((u128::from(v6) & !u128::MAX.checked_shr(length).unwrap_or(0)).into())
        }
    }
}

/// All addresses that patterns mean, as ranges apart from each other.
#[derive(Clone)]
struct Ranges {
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
}

impl Ranges {
    fn of(patterns: &[AddressPattern]) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for pattern in patterns {
            match pattern.range() {
                Range::V4(first, last) => v4.push((first, last)),
                Range::V6(first, last) => v6.push((first, last)),
            }
        }
        Self {
            v4: disjoint(v4),
            v6: disjoint(v6),
        }
    }

    fn include(&self, others: &Self) -> bool {
        includes(&self.v4, &others.v4, |end, next| {
            end.checked_add(1) == Some(next)
        }) && includes(&self.v6, &others.v6, |end, next| {
            end.checked_add(1) == Some(next)
        })
    }

    fn cover(&self, address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(address) => covers(&self.v4, u32::from(address)),
            IpAddr::V6(address) => covers(&self.v6, u128::from(address)),
        }
    }
}

/// Whether every one of `others` lies in one of the ranges, of which `touches` says which follow each
/// other without a gap.
fn includes<T: Ord + Copy>(
    disjoint: &[(T, T)],
    others: &[(T, T)],
    touches: impl Fn(T, T) -> bool,
) -> bool {
    others.iter().all(|(first, last)| {
        let after = disjoint.partition_point(|(start, _)| start <= first);
        let mut following = disjoint.iter().skip(after.saturating_sub(1));
        let Some((start, mut end)) = following.next().copied() else {
            return false;
        };
        for (next, end_of_next) in following {
            match end < *last && touches(end, *next) {
                true => end = *end_of_next,
                false => break,
            }
        }
        start <= *first && *last <= end
    })
}

/// The same ranges, sorted, those that overlap made one.
fn disjoint<T: Ord + Copy>(mut ranges: Vec<(T, T)>) -> Vec<(T, T)> {
    ranges.sort_unstable();
    ranges.dedup_by(|next, kept| {
        let overlap = next.0 <= kept.1;
        if overlap {
            kept.1 = kept.1.max(next.1);
        }
        overlap
    });
    ranges
}

fn covers<T: Ord + Copy>(disjoint: &[(T, T)], value: T) -> bool {
    let after = disjoint.partition_point(|(first, _)| *first <= value);
    let candidate = after.checked_sub(1).and_then(|at| disjoint.get(at));
    candidate.is_some_and(|(_, last)| value <= *last)
}

/// The longest text that is looked at, in bytes: room for a zone or a prefix length after an address.
const MAX_TEXT_BYTES: usize = 64;

/// How many patterns are tried one after the other.
const FEW: usize = 8;

/// `::ffff:0:0/96` holds the IPv4 addresses (RFC 4291, section 2.5.5.2).
const MAPPED_PREFIX_BITS: u32 = 96;

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> AddressPattern {
        text.parse().unwrap()
    }

    fn address(text: &str) -> IpAddr {
        parse_address(text).unwrap()
    }

    #[test]
    fn addresses_are_read_in_one_form() {
        let rows = [
            ("10.0.0.1", "10.0.0.1"),
            ("0.0.0.0", "0.0.0.0"),
            ("255.255.255.255", "255.255.255.255"),
            ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("2001:0db8::0001", "2001:db8::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("::", "::"),
            ("::1.2.3.4", "::102:304"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("::FFFF:0A00:0001", "10.0.0.1"),
            ("64:ff9b::10.0.0.1", "64:ff9b::a00:1"),
        ];
        for (text, shown) in rows {
            assert_eq!(address(text).to_string(), shown, "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_address() {
        let zone = ["fe80::1%eth0", "fe80::1%", "10.0.0.1%1"];
        let none = [
            "010.0.0.1",
            "10.0.0.01",
            "00.0.0.0",
            "10.0.0",
            "10.0.0.0.1",
            "10.0.0.256",
            "1",
            "0x7f.0.0.1",
            " 10.0.0.1",
            "10.0.0.1 ",
            "10.0.0.1:80",
            "[::1]",
            "::1::",
            "12345::",
            ":::",
            "10.0.0.1/32",
            "10.0.0.*",
            "localhost",
            "10.0.0.\u{661}",
            "::ffff:010.0.0.1",
        ];
        for text in zone {
            let error = InvalidAddress::ZoneId {
                text: text.to_owned(),
            };
            assert_eq!(parse_address(text), Err(error));
        }
        for text in none {
            let error = InvalidAddress::NotAnAddress {
                text: text.to_owned(),
            };
            assert_eq!(parse_address(text), Err(error));
        }
        assert_eq!(parse_address(""), Err(InvalidAddress::Empty));
        let too_long = format!("fe80::1%{}", "a".repeat(MAX_TEXT_BYTES));
        assert_eq!(parse_address(&too_long), Err(InvalidAddress::TooLong));
        let too_long = ".*".repeat(MAX_TEXT_BYTES);
        let pattern = too_long.parse::<AddressPattern>();
        assert_eq!(pattern, Err(InvalidAddress::TooLong));
    }

    #[test]
    fn patterns_have_one_normal_form() {
        let rows = [
            ("10.0.0.1", "10.0.0.1"),
            ("10.0.0.1/32", "10.0.0.1"),
            ("10.0.0.*", "10.0.0.0/24"),
            ("10.0.*.*", "10.0.0.0/16"),
            ("10.*.*.*", "10.0.0.0/8"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("128.0.0.0/1", "128.0.0.0/1"),
            ("10.0.0.6/31", "10.0.0.6/31"),
            ("2001:DB8::/32", "2001:db8::/32"),
            ("2001:db8::1/128", "2001:db8::1"),
            ("::/0", "::/0"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:10.0.0.1/128", "10.0.0.1"),
            ("::ffff:0:0/96", "0.0.0.0/0"),
            ("::/80", "::/80"),
        ];
        for (text, normal) in rows {
            assert_eq!(pattern(text).to_string(), normal, "{text}");
            assert_eq!(pattern(normal), pattern(text), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_pattern() {
        let quoted = |text: &str| text.to_owned();
        let wildcard = |text: &str| InvalidAddress::Wildcard { text: quoted(text) };
        let nothing = |text: &str| InvalidAddress::NothingFixed { text: quoted(text) };
        let counts = |text: &str, count: usize| InvalidAddress::OctetCount {
            text: quoted(text),
            count,
        };
        let octet = |octet: &str| InvalidAddress::Octet {
            octet: quoted(octet),
        };
        let with_wildcards = [
            ("10.*.0.1", wildcard("10.*.0.1")),
            ("10.*.0.*", wildcard("10.*.0.*")),
            ("10.0.0.1*", wildcard("10.0.0.1*")),
            ("10.0.0.**", wildcard("10.0.0.**")),
            ("10.0.0.* ", wildcard("10.0.0.* ")),
            ("2001:db8::*", wildcard("2001:db8::*")),
            ("*", nothing("*")),
            ("*.*.*.*", nothing("*.*.*.*")),
            ("10.*", counts("10.*", 2)),
            ("10.0.*", counts("10.0.*", 3)),
            ("10.0.0.*.*", counts("10.0.0.*.*", 5)),
            ("10.0.0.0.*", counts("10.0.0.0.*", 5)),
            (".*", counts(".*", 2)),
            ("01.0.0.*", octet("01")),
            ("256.0.0.*", octet("256")),
            ("10..*.*", octet("")),
        ];
        for (text, error) in with_wildcards {
            assert_eq!(text.parse::<AddressPattern>(), Err(error), "{text}");
        }
        let lengths = [
            "33",
            "",
            "08",
            "00",
            "+8",
            "-1",
            " 8",
            "8 ",
            "a",
            "4294967304",
            "8/8",
            "255.0.0.0",
        ];
        for length in lengths {
            let error = InvalidAddress::PrefixLength {
                length: length.to_owned(),
            };
            assert_eq!(
                format!("10.0.0.0/{length}").parse::<AddressPattern>(),
                Err(error)
            );
        }
        let error = InvalidAddress::PrefixLength {
            length: "129".to_owned(),
        };
        assert_eq!("::/129".parse::<AddressPattern>(), Err(error));
        let host_bits = [
            ("10.0.0.1/8", "10.0.0.0/8"),
            ("10.0.0.1/0", "0.0.0.0/0"),
            ("10.0.0.3/31", "10.0.0.2/31"),
            ("2001:db8::1/64", "2001:db8::/64"),
            ("::ffff:10.0.0.1/104", "10.0.0.0/8"),
            ("::ffff:0:0/95", "::fffe:0:0/95"),
        ];
        for (text, network) in host_bits {
            let error = InvalidAddress::HostBits {
                text: text.to_owned(),
                network: pattern(network),
            };
            assert_eq!(text.parse::<AddressPattern>(), Err(error));
        }
        for text in [
            "10.0.0.*/24",
            "fe80::1%1/64",
            "/8",
            "10.0.0/8",
            "example.com",
            "[::]/0",
            "fe80::%1",
        ] {
            text.parse::<AddressPattern>().unwrap_err();
        }
    }

    #[test]
    fn a_pattern_means_what_begins_alike() {
        let rows: [(&[&str], &str, bool); 22] = [
            (&["10.0.0.1"], "10.0.0.1", true),
            (&["10.0.0.1"], "10.0.0.2", false),
            (&["10.0.0.1"], "::ffff:10.0.0.1", true),
            (&["::ffff:10.0.0.1"], "10.0.0.1", true),
            (&["10.0.0.*"], "10.0.0.0", true),
            (&["10.0.0.*"], "10.0.0.255", true),
            (&["10.0.0.*"], "10.0.1.0", false),
            (&["10.0.0.*"], "9.255.255.255", false),
            (&["10.0.0.0/31"], "10.0.0.1", true),
            (&["10.0.0.0/31"], "10.0.0.2", false),
            (&["0.0.0.0/0"], "255.255.255.255", true),
            (&["0.0.0.0/0"], "::1", false),
            (&["::/0"], "10.0.0.1", false),
            (&["::/80"], "10.0.0.1", false),
            (&["::ffff:0:0/96"], "10.0.0.1", true),
            (&["::/0"], "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true),
            (&["2001:db8::/32"], "2001:db8:ffff::1", true),
            (&["2001:db8::/32"], "2001:db9::", false),
            (
                &["192.168.0.0/16", "10.0.0.1", "10.0.0.0/8", "2001:db8::1"],
                "10.200.0.1",
                true,
            ),
            (
                &["192.168.0.0/16", "10.0.0.1", "10.0.0.0/8", "2001:db8::1"],
                "11.0.0.0",
                false,
            ),
            (
                &["192.168.0.0/16", "10.0.0.1", "10.0.0.0/8", "2001:db8::1"],
                "2001:db8::1",
                true,
            ),
            (
                &["192.168.0.0/16", "10.0.0.1", "10.0.0.0/8", "2001:db8::1"],
                "2001:db8::2",
                false,
            ),
        ];
        for (patterns, text, expected) in rows {
            let patterns: Vec<AddressPattern> = patterns.iter().map(|text| pattern(text)).collect();
            let any = patterns
                .iter()
                .any(|pattern| pattern.matches(address(text)));
            assert_eq!(any, expected, "{patterns:?} {text}");
            let compiled = AddressPatterns::new(patterns.clone()).unwrap();
            assert_eq!(
                compiled.matches(address(text)),
                expected,
                "{patterns:?} {text}"
            );
            assert_eq!(compiled.iter().copied().collect::<Vec<_>>(), patterns);
            let ranges = AddressPatterns::new(patterns.repeat(FEW + 1)).unwrap();
            assert_eq!(
                ranges.matches(address(text)),
                expected,
                "{patterns:?} {text}"
            );
        }
    }

    #[test]
    fn mapped_address_that_was_not_parsed_here_is_its_ipv4_address() {
        let mapped: IpAddr = "::ffff:10.0.0.1".parse().unwrap();
        assert!(pattern("10.0.0.1").matches(mapped));
        assert!(
            AddressPatterns::new([pattern("10.0.0.1")])
                .unwrap()
                .matches(mapped)
        );
        assert!(is_development_address(mapped));
    }

    #[test]
    fn compiled_patterns_agree_with_single_ones() {
        // Numbers of few bits, so that ranges nest, touch and repeat.
        let mut state = 1_u64;
        let mut next = |below: u32| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            ((state >> 33) as u32) % below
        };
        for _ in 0..300 {
            let patterns: Vec<AddressPattern> = (0..=next(12))
                .map(|_| {
                    let length = 24 + next(9);
                    let v4: IpAddr = Ipv4Addr::from(next(512)).into();
                    let v6: IpAddr = Ipv6Addr::from(u128::from(next(512))).into();
                    let (address, length) = if next(2) == 0 {
                        (v4, length)
                    } else {
                        (v6, length + 96)
                    };
                    AddressPattern {
                        network: without_host_bits(address, length),
                        length,
                    }
                })
                .collect();
            let compiled = AddressPatterns::new(patterns.clone()).unwrap();
            let ranges = AddressPatterns::new(patterns.repeat(FEW + 1)).unwrap();
            for value in 0..600 {
                for address in [
                    IpAddr::from(Ipv4Addr::from(value)),
                    Ipv6Addr::from(u128::from(value)).into(),
                ] {
                    let expected = patterns.iter().any(|pattern| pattern.matches(address));
                    for compiled in [&compiled, &ranges] {
                        assert_eq!(
                            compiled.matches(address),
                            expected,
                            "{patterns:?} {address}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn no_pattern_is_not_a_set() {
        assert_eq!(AddressPatterns::new([]), None);
    }

    #[test]
    fn development_addresses_are_loopback_link_local_and_private() {
        let development = [
            "127.0.0.1",
            "127.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.168.0.0",
            "192.168.255.255",
            "169.254.0.1",
            "::1",
            "fe80::1",
            "febf::1",
            "fc00::",
            "fdff::1",
            "::ffff:127.0.0.1",
        ];
        for text in development {
            assert!(is_development_address(address(text)), "{text}");
        }
        let real = [
            "126.255.255.255",
            "128.0.0.0",
            "11.0.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.169.0.0",
            "169.255.0.0",
            "0.0.0.0",
            "100.64.0.1",
            "255.255.255.255",
            "::",
            "::2",
            "fec0::1",
            "fe00::",
            "fbff::",
            "2001:db8::1",
            "ff02::1",
        ];
        for text in real {
            assert!(!is_development_address(address(text)), "{text}");
        }
    }

    #[test]
    fn errors_say_what_is_wrong_in_one_line() {
        let long = "1".repeat(100);
        let rows = [
            (
                "10.0.0.1/8",
                "`10.0.0.1/8` has bits set past its prefix length, unlike `10.0.0.0/8`".to_owned(),
            ),
            (
                "10.0.0.0/33",
                "`33` is not a prefix length of this kind of address".to_owned(),
            ),
            (
                "10.0.0.1\n",
                "`10.0.0.1\\n` is not an IP address".to_owned(),
            ),
            (
                "fe80::1%a",
                "`fe80::1%a` has a zone: it means something on one machine only".to_owned(),
            ),
            (
                "10.*.0.1",
                "`10.*.0.1` has a wildcard that is not a whole octet at the end of an IPv4 address"
                    .to_owned(),
            ),
            (
                "10.*",
                "an IPv4 address has 4 octets, and `10.*` has 2".to_owned(),
            ),
            ("*", "`*` leaves no octet fixed".to_owned()),
            (
                "10.256.*.*",
                "`256` is no octet: one is 0 to 255, without leading zeros".to_owned(),
            ),
            (&long, "an address is longer than 64 characters".to_owned()),
        ];
        for (text, expected) in rows {
            assert_eq!(
                text.parse::<AddressPattern>().unwrap_err().to_string(),
                expected
            );
        }
    }
}
