//! Addresses in the notations that nearly all are in, each read in one pass.
//!
//! The standard library's parser tries a text as IPv4, and then each group of IPv6 as IPv4: two networks
//! of a license take it more than a thousand instructions, and here a third of that.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address of plain notation; `None` of a text that the standard library has to look at.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    match dotted(text) {
        Some(v4) => Some(v4.into()),
        None => colons(text).map(IpAddr::V6),
    }
}

/// Four octets between dots.
fn dotted(text: &str) -> Option<Ipv4Addr> {
    let (mut address, mut octet, mut digits, mut dots) = (0_u32, 0_u32, 0, 0);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' if digits == 0 || (1..=25).contains(&octet) => {
                octet = 10 * octet + u32::from(byte - b'0');
                digits += 1;
            }
            b'.' if digits > 0 && octet <= 255 => {
                address = address << 8 | octet;
                (octet, digits, dots) = (0, 0, dots + 1);
            }
            _ => return None,
        }
    }
    (dots == 3 && digits > 0 && octet <= 255).then(|| Ipv4Addr::from(address << 8 | octet))
}

/// Eight groups of hexadecimal digits between colons, of which two stand once for groups that are zero.
fn colons(text: &str) -> Option<Ipv6Addr> {
    let (mut groups, mut count) = ([0_u16; 8], 0);
    let (mut group, mut digits, mut after_colon) = (0_u16, 0, false);
    let after_gap = text.strip_prefix("::");
    let mut gap = after_gap.map(|_| 0);
    for byte in after_gap.unwrap_or(text).bytes() {
        match (byte, digits) {
            (b':', 0) => {
                if gap.is_some() || !after_colon {
                    return None;
                }
                gap = Some(count);
                after_colon = false;
            }
            (b':', _) => {
                *groups.get_mut(count)? = group;
                count += 1;
                (group, digits, after_colon) = (0, 0, true);
            }
            (_, 4) => return None,
            _ => {
                group = group << 4 | u16::try_from(char::from(byte).to_digit(16)?).ok()?;
                digits += 1;
            }
        }
    }
    if digits > 0 {
        *groups.get_mut(count)? = group;
        count += 1;
    } else if after_colon {
        return None;
    }
    match gap {
        Some(gap) if count < groups.len() => {
            let zeroes = groups.len() - count;
            if gap < count {
                // What follows the gap moves to the end.
                groups.get_mut(gap..)?.rotate_right(zeroes);
            }
            Some(groups.into())
        }
        None if count == groups.len() => Some(groups.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_addresses_are_read_as_the_standard_library_reads_them() {
        let octets = [
            "0",
            "1",
            "9",
            "10",
            "25",
            "26",
            "99",
            "100",
            "199",
            "249",
            "255",
            "256",
            "259",
            "260",
            "300",
            "1000",
            "00",
            "01",
            "",
            "+1",
            " 1",
            "1 ",
            "a",
            "4294967297",
        ];
        let mut draw = drawer();
        let mut read = 0;
        for _ in 0..100_000 {
            let count = [3, 4, 4, 4, 4, 4, 4, 5][draw(8)];
            let octets: Vec<&str> = (0..count).map(|_| octets[draw(octets.len())]).collect();
            let text = octets.join(".");
            let expected = text.parse::<Ipv4Addr>().ok();
            read += usize::from(expected.is_some());
            assert_eq!(dotted(&text), expected, "{text}");
        }
        assert!(read > 1_000, "{read}");
    }

    #[test]
    fn groups_between_colons_are_read_as_the_standard_library_reads_them() {
        let pieces = [
            "::", ":", "0", "1", "00", "ab", "F", "2001", "db8", "0db8", "ffff", "12345", "g",
            "1.2.3.4", "%",
        ];
        let mut draw = drawer();
        let mut read = 0;
        for _ in 0..400_000 {
            let mut text = String::new();
            for at in 0..1 + draw(9) {
                if at > 0 && draw(8) > 0 {
                    text.push(':');
                }
                text.push_str(pieces[draw(pieces.len())]);
            }
            let expected = text.parse::<Ipv6Addr>().ok();
            read += usize::from(expected.is_some());
            let expected = expected.filter(|_| !text.contains('.'));
            assert_eq!(colons(&text), expected, "{text}");
        }
        assert!(read > 1_000, "{read}");
    }

    /// Draws numbers below a bound, in an order of no meaning.
    fn drawer() -> impl FnMut(usize) -> usize {
        let mut state = 1_usize;
        move |below| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % below
        }
    }
}
