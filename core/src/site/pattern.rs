//! One pattern of domains.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use wildmatch::WildMatch;

use crate::short_text::ShortText;

use super::{
    Domain, InvalidDomain, MAX_UNMAPPED_BYTES, check_lengths, excerpt, is_forbidden, is_normal,
    is_plain, lower_case, normal_name, refuse_ipv6, refuse_number, to_ascii,
};

/// A domain with or without wildcards.
///
/// `*.example.com` means every name below `example.com`, at any depth, and `example.com` itself,
/// since that and `www.example.com` are one name. Any other `*` stands for one or more characters
/// of one label, and `*` alone for any domain.
///
/// ```
/// # use countersign::{Domain, DomainPattern};
/// let pattern: DomainPattern = "*.example.com".parse()?;
/// assert!(pattern.matches(&"https://www.shop.example.com/cart".parse::<Domain>()?));
/// # Ok::<(), countersign::InvalidDomain>(())
/// ```
#[derive(Clone)]
pub struct DomainPattern {
    /// The normal form, which says what the pattern means: `*` any domain, `*.` and a name all below that,
    /// and a name itself.
    text: ShortText<38>,
    /// Where it means none of these, as nearly no pattern does. Copies share it.
    within: Option<Arc<Within>>,
}

/// Labels of which some have a `*`, and from byte `tail` of the text on a name.
#[derive(Clone)]
struct Within {
    heads: Vec<WildMatch>,
    tail: usize,
}

impl DomainPattern {
    /// Whether `domain` is one of those that the pattern means.
    pub fn matches(&self, domain: &Domain) -> bool {
        let name = domain.as_str();
        if let Some(within) = &self.within {
            return self.matches_within(name, within);
        }
        match self.text.as_bytes() {
            b"*" => true,
            [b'*', b'.', base @ ..] => name
                .as_bytes()
                .strip_suffix(base)
                .is_some_and(|rest| matches!(rest, [] | [.., b'.'])),
            exact => exact == name.as_bytes(),
        }
    }

    #[inline(never)]
    fn matches_within(&self, name: &str, within: &Within) -> bool {
        self.labels_before(name, within.tail).is_some_and(|rest| {
            let mut labels = rest.split('.');
            within
                .heads
                .iter()
                .all(|head| labels.next().is_some_and(|label| head.matches(label)))
                && labels.next().is_none()
        })
    }

    /// The normal form.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The one name that the pattern consists of or, where it [is below](Self::is_below), ends in.
    pub(super) fn name(&self) -> Option<&str> {
        if self.within.is_some() || self.is_any() {
            return None;
        }
        Some(self.text.strip_prefix("*.").unwrap_or(&self.text))
    }

    /// The name in which everything ends that it means; `None` for any domain.
    pub(super) fn ending(&self) -> Option<&str> {
        match &self.within {
            Some(within) => self.text.get(within.tail..),
            None => self.name(),
        }
    }

    /// Whether it means everything below its name.
    pub(super) fn is_below(&self) -> bool {
        self.within.is_none() && self.text.as_bytes().starts_with(b"*.")
    }

    /// Whether it means every domain there is.
    pub(super) fn is_any(&self) -> bool {
        self.text.as_bytes() == b"*"
    }

    /// The part of `name` before the pattern's tail, if it ends in that.
    fn labels_before<'a>(&self, name: &'a str, tail: usize) -> Option<&'a str> {
        name.strip_suffix(self.text.get(tail..)?)?.strip_suffix('.')
    }

    #[cold]
    fn from_unusual(text: &str) -> Result<Self, InvalidDomain> {
        if !is_plain(text) {
            if text.len() > MAX_UNMAPPED_BYTES {
                return Err(InvalidDomain::NameTooLong);
            }
            refuse_more_than_name(text)?;
            if text.contains('*') {
                return Self::with_wildcard(map_around_wildcards(text)?);
            }
        }
        Ok(Self::said_by(&normal_name(text)?))
    }

    /// Takes labels that are mapped, of which at least one has a `*`.
    fn with_wildcard(text: String) -> Result<Self, InvalidDomain> {
        check_lengths(&text)?;
        let is_octet = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
        let mut fixed = text.split('.').filter(|&label| label != "*").peekable();
        if fixed.peek().is_some() && fixed.all(is_octet) {
            return Err(InvalidDomain::Address {
                text: excerpt(&text),
            });
        }
        // Every `*` stands before the tail: what follows the label that has the last one.
        let tail = text
            .rsplit('*')
            .next()
            .and_then(|after| after.split_once('.'));
        let Some(tail) = tail.map(|(_, tail)| tail).filter(|tail| tail.contains('.')) else {
            return Err(InvalidDomain::WildcardTooWide {
                pattern: excerpt(&text),
            });
        };
        refuse_number(tail)?;
        if text.starts_with("www.") {
            return Err(InvalidDomain::WildcardAfterWww {
                pattern: excerpt(&text),
            });
        }
        let tail_at = text.len() - tail.len();
        let heads = text.get(..tail_at - 1).unwrap_or_default();
        let within = (heads != "*").then(|| {
            Arc::new(Within {
                heads: heads.split('.').map(one_or_more).collect(),
                tail: tail_at,
            })
        });
        Ok(Self {
            text: text.as_str().into(),
            within,
        })
    }

    /// Takes a normal form that says all.
    fn said_by(text: &str) -> Self {
        Self {
            text: text.into(),
            within: None,
        }
    }
}

impl FromStr for DomainPattern {
    type Err = InvalidDomain;

    fn from_str(text: &str) -> Result<Self, InvalidDomain> {
        let base = text.strip_prefix("*.");
        let base = base.filter(|base| base.bytes().any(|byte| byte == b'.'));
        if text == "*" || is_normal(base.unwrap_or(text)) {
            return Ok(Self::said_by(text));
        }
        Self::from_unusual(text)
    }
}

/// The normal form.
impl fmt::Display for DomainPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for DomainPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DomainPattern").field(&self.text).finish()
    }
}

impl PartialEq for DomainPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for DomainPattern {}

impl Hash for DomainPattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

fn refuse_more_than_name(text: &str) -> Result<(), InvalidDomain> {
    if text.contains('@') {
        return Err(InvalidDomain::UserInfo);
    }
    refuse_ipv6(text)?;
    if text.contains([':', '/', '\\']) {
        return Err(InvalidDomain::NotBare {
            text: excerpt(text),
        });
    }
    Ok(())
}

/// Maps the labels without `*` as one name, since whether UTS #46 allows a label of right-to-left
/// characters depends on its neighbours; a `*` among them would have no direction.
fn map_around_wildcards(text: &str) -> Result<String, InvalidDomain> {
    let mut labels: Vec<&str> = text.split(LABEL_SEPARATORS).collect();
    labels.pop_if(|last| last.is_empty());
    let fixed: Vec<&str> = labels
        .iter()
        .copied()
        .filter(|label| !label.contains('*'))
        .collect();
    let fixed = fixed.join(".");
    let fixed = to_ascii(&fixed)?;
    if fixed.contains('*') {
        // Some character maps to it, such as U+FF0A.
        return Err(InvalidDomain::NotIdna {
            text: excerpt(text),
        });
    }
    let mut mapped = fixed.split('.');
    let mut pattern = String::with_capacity(text.len());
    for (index, label) in labels.into_iter().enumerate() {
        if index > 0 {
            pattern.push('.');
        }
        if label.contains('*') {
            pattern.push_str(&lower_case(checked_wildcard(label)?));
        } else {
            pattern.extend(mapped.next());
        }
    }
    Ok(pattern)
}

fn checked_wildcard(label: &str) -> Result<&str, InvalidDomain> {
    if let Some(character) = label.chars().find(|character| is_forbidden(*character)) {
        return Err(InvalidDomain::ForbiddenCharacter { character });
    }
    if !label.is_ascii() {
        return Err(InvalidDomain::WildcardNotAscii {
            label: excerpt(label),
        });
    }
    Ok(label)
}

/// What matches a label: in `wildmatch`, `*` may stand for nothing, and `?` for one character.
fn one_or_more(label: &str) -> WildMatch {
    WildMatch::new(&label.replace('*', "?*"))
}

/// What UTS #46 takes for a dot.
const LABEL_SEPARATORS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

#[cfg(test)]
mod tests {
    use super::*;
    use InvalidDomain::{
        Address, Empty, EmptyLabel, ForbiddenCharacter, LabelTooLong, NameTooLong, NotBare,
        NotIdna, UserInfo, WildcardAfterWww, WildcardNotAscii, WildcardTooWide,
    };

    #[test]
    fn patterns_have_one_normal_form() {
        let rows = [
            ("*", "*"),
            ("WWW.Example.com.", "example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("localhost", "localhost"),
            ("*.Example.COM.", "*.example.com"),
            ("*.Bücher.example", "*.xn--bcher-kva.example"),
            ("*.www.com", "*.www.com"),
            ("*.www.example.com", "*.www.example.com"),
            ("*.אבג.example", "*.xn--4dbcd.example"),
            ("DEV-*.example.com", "dev-*.example.com"),
            ("shop.*.Bücher.example", "shop.*.xn--bcher-kva.example"),
            ("ü.*.o*.example.com", "xn--tda.*.o*.example.com"),
            ("**.example.com", "**.example.com"),
            ("*。example．com｡", "*.example.com"),
            ("xn--*.example.com", "xn--*.example.com"),
            ("www*.example.com", "www*.example.com"),
            ("*.*.example.com", "*.*.example.com"),
        ];
        for (text, normal) in rows {
            let pattern: DomainPattern = text.parse().unwrap();
            assert_eq!(pattern.to_string(), normal, "{text}");
            assert_eq!(normal.parse(), Ok(pattern), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused_for_their_reason() {
        let quoted = |text: &str| text.to_owned();
        let too_wide = |text: &str| WildcardTooWide {
            pattern: quoted(text),
        };
        let www = |text: &str| WildcardAfterWww {
            pattern: quoted(text),
        };
        let not_bare = |text: &str| NotBare { text: quoted(text) };
        let address = |text: &str| Address { text: quoted(text) };
        let empty_label = |name: &str| EmptyLabel { name: quoted(name) };
        let not_ascii = |label: &str| WildcardNotAscii {
            label: quoted(label),
        };
        let long = "a".repeat(63);
        let long_tail = [&*long, &long, &long, &"b".repeat(60)].join(".");
        let rows = [
            ("", Empty),
            ("*.", too_wide("*")),
            ("**", too_wide("**")),
            ("*.com", too_wide("*.com")),
            ("*.uk.", too_wide("*.uk")),
            ("*.localhost", too_wide("*.localhost")),
            ("*.*.com", too_wide("*.*.com")),
            ("shop.*.com", too_wide("shop.*.com")),
            ("example.com.*", too_wide("example.com.*")),
            ("example.*", too_wide("example.*")),
            ("a.b.c*", too_wide("a.b.c*")),
            ("www.*.example.com", www("www.*.example.com")),
            ("WWW.dev-*.example.com", www("www.dev-*.example.com")),
            ("ｗｗｗ.*.example.com", www("www.*.example.com")),
            ("https://example.com", not_bare("https://example.com")),
            ("https://*.example.com", not_bare("https://*.example.com")),
            ("example.com:80", not_bare("example.com:80")),
            ("*.example.com:80", not_bare("*.example.com:80")),
            ("*.example.com/*", not_bare("*.example.com/*")),
            ("me:secret@example.com", UserInfo),
            ("*@example.com", UserInfo),
            ("127.0.0.1", address("127.0.0.1")),
            ("::1", address("::1")),
            ("[::1]", address("[::1]")),
            ("*.0.0.1", address("*.0.0.1")),
            ("10.*", address("10.*")),
            ("10.0.0.*", address("10.0.0.*")),
            ("*.example.0x1f", address("example.0x1f")),
            (".*.example.com", empty_label(".*.example.com")),
            ("*..example.com", empty_label("*..example.com")),
            ("*.example.com..", empty_label("*.example.com.")),
            ("\u{ad}.*.example.com", empty_label(".*.example.com")),
            ("ü*.example.com", not_ascii("ü*")),
            ("*.ö*.example.com", not_ascii("ö*")),
            ("* .example.com", ForbiddenCharacter { character: ' ' }),
            ("*.exam ple.com", ForbiddenCharacter { character: ' ' }),
            ("d?v-*.example.com", ForbiddenCharacter { character: '?' }),
            ("*.example.com\n", ForbiddenCharacter { character: '\n' }),
            (
                "＊.*.example.com",
                NotIdna {
                    text: quoted("＊.*.example.com"),
                },
            ),
            (
                "＊.example.com",
                InvalidDomain::Wildcard {
                    name: quoted("*.example.com"),
                },
            ),
            (
                "*.xn--a.example",
                NotIdna {
                    text: quoted("xn--a.example"),
                },
            ),
            (
                &format!("{long}*.example.com"),
                LabelTooLong {
                    label: format!("{long}*"),
                },
            ),
            (&format!("*.{long_tail}"), NameTooLong),
            (
                &format!("{}.example.com", "*.".repeat(MAX_UNMAPPED_BYTES / 2)),
                NameTooLong,
            ),
        ];
        for (text, error) in rows {
            assert_eq!(text.parse::<DomainPattern>(), Err(error), "{text}");
        }
    }
}
