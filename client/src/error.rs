use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::ops::Range;
use std::time::Duration;

use countersign::protocol::Problem;
use serde_json::Value;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A request did not do what was asked.
///
/// What went wrong inside is not part of the interface; what the caller should do about it is. No
/// text, `Debug` included, holds a license key or a lease.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    source: Option<Source>,
}

#[cfg_attr(
    not(any(feature = "async", feature = "blocking")),
    allow(dead_code, reason = "without a client nothing is sent")
)]
pub(crate) enum Kind {
    /// Nobody answered, or not in time.
    Unreachable,
    /// The authority has too much to do.
    Overloaded { retry_after: Option<Duration> },
    /// A genuine authority answered that something went wrong in it.
    Failed {
        status: u16,
        code: String,
        request_id: Option<String>,
        retry_after: Option<Duration>,
    },
    /// Something answered that is no authority, such as the login page of a network.
    NoAuthority { status: u16 },
    /// Something answered that does not prove, by TLS, to be at the address that was asked.
    Unproven { by: Peer },
    /// The environment has no certificates to tell anybody by.
    NoRoots { of: Peer },
    /// A variable of the environment names a proxy that nobody can go through.
    NoProxy { variable: &'static str },
    /// An answer that does not verify.
    Untrusted,
    /// A genuine authority said no.
    Refused { problem: Problem },
    /// The request could not be made at all.
    Unfit,
    /// What a session reads or writes takes longer than the call may last.
    #[cfg(feature = "async")]
    Stuck,
    /// The authority did what was asked, and that cannot be kept.
    Unsaved,
}

/// Who is connected to.
#[cfg_attr(
    not(any(feature = "async", feature = "blocking")),
    allow(dead_code, reason = "without a client nobody is")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Authority,
    Proxy,
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Self(Box::new(Inner { kind, source: None }))
    }

    pub(crate) fn because(kind: Kind, source: impl Into<Source>) -> Self {
        Self(Box::new(Inner {
            kind,
            source: Some(source.into()),
        }))
    }

    /// The authority could not be asked: no network, no answer in time, too much to do, a failure of its
    /// own, something else answered in its place, the storage hangs, the environment has no certificates or
    /// names no proper proxy, or the request could not even be made.
    /// Decide with the documents at hand, and ask again later.
    pub fn is_unreachable(&self) -> bool {
        match self.0.kind {
            Kind::Unreachable
            | Kind::Overloaded { .. }
            | Kind::Failed { .. }
            | Kind::NoAuthority { .. }
            | Kind::Unproven { .. }
            | Kind::NoRoots { .. }
            | Kind::NoProxy { .. }
            | Kind::Unfit => true,
            #[cfg(feature = "async")]
            Kind::Stuck => true,
            Kind::Untrusted | Kind::Refused { .. } | Kind::Unsaved => false,
        }
    }

    /// The answer holds a document that does not verify, or answers another question. It grants
    /// nothing: decide with the documents at hand.
    pub fn is_untrusted(&self) -> bool {
        matches!(self.0.kind, Kind::Untrusted)
    }

    /// Why the authority declined, if it did. Tell the user; asking again changes nothing.
    pub fn refusal(&self) -> Option<&Problem> {
        match &self.0.kind {
            Kind::Refused { problem } => Some(problem),
            _ => None,
        }
    }

    /// The seat is given up, and the session holds it no more, but that could not be saved: the source
    /// says why. The session goes on trying. A run after this one that finds what was saved before gives it up
    /// as well, as soon as the authority tells it.
    pub fn is_unsaved(&self) -> bool {
        matches!(self.0.kind, Kind::Unsaved)
    }

    /// How long the authority asks to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.0.kind {
            Kind::Overloaded { retry_after } | Kind::Failed { retry_after, .. } => retry_after,
            _ => None,
        }
    }

    /// The same, where an authority's words do not quote `secret`, in upper or lower case, with or without
    /// blanks and dashes.
    pub(crate) fn without(mut self, secret: &str) -> Self {
        match &mut self.0.kind {
            Kind::Refused { problem } => {
                if let Some(told) = told_without(problem, secret) {
                    *problem = told;
                }
            }
            Kind::Failed {
                code, request_id, ..
            } => {
                let secret: Vec<char> = letters(secret).map(|(letter, _)| letter).collect();
                for word in request_id.iter_mut().chain([code]) {
                    if let Some(told) = text_without(word, &secret) {
                        *word = told;
                    }
                }
            }
            _ => {}
        }
        self
    }

    #[cfg(any(feature = "async", feature = "blocking"))]
    pub(crate) fn is_worth_repeating(&self) -> bool {
        matches!(self.0.kind, Kind::Unreachable | Kind::Overloaded { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Unreachable => f.write_str(
                "the authority cannot be reached; what was granted before goes on until it ends",
            ),
            Kind::Overloaded {
                retry_after: Some(wait),
            } => write!(
                f,
                "the authority asks to be left alone for {} seconds",
                wait.as_secs()
            ),
            Kind::Overloaded { retry_after: None } => {
                f.write_str("the authority has too much to do; ask again later")
            }
            Kind::Failed {
                status,
                code,
                request_id,
                ..
            } => {
                let code = one_line(code);
                write!(f, "the authority failed (status {status}, `{code}`")?;
                if let Some(request_id) = request_id {
                    write!(f, ", request `{}`", one_line(request_id))?;
                }
                f.write_str("); ask again later, and tell who runs it if it stays")
            }
            Kind::NoAuthority { status } => write!(
                f,
                "something answers that is no authority (status {status}); check the network and \
                 the address"
            ),
            Kind::Unproven {
                by: Peer::Authority,
            } => f.write_str(
                "what answers does not prove to be the authority; check the network, the clock \
                 and the certificates that are trusted",
            ),
            Kind::Unproven { by: Peer::Proxy } => f.write_str(
                "the proxy does not prove to be at its address; check the network, the clock and \
                 the certificates that are trusted",
            ),
            Kind::NoRoots { of } => {
                let of = match of {
                    Peer::Authority => "the authority",
                    Peer::Proxy => "the proxy",
                };
                write!(
                    f,
                    "{of} cannot be verified, as no certificate is trusted: install those of the \
                     system, or name a file of them in `SSL_CERT_FILE`; what was granted before \
                     goes on until it ends"
                )
            }
            Kind::NoProxy { variable } => write!(
                f,
                "the environment variable `{variable}` names no proxy of HTTP or SOCKS 5: let it \
                 begin with `http://`, `https://`, `socks5://` or `socks5h://`, or list the \
                 authority in `NO_PROXY`"
            ),
            Kind::Untrusted => f.write_str(
                "the answer does not verify with the keys that are trusted; it grants nothing: check \
                 the address, and whether a newer release brings newer keys",
            ),
            Kind::Refused { problem } if problem.detail.is_empty() => {
                write!(f, "the authority declined: {}", one_line(&problem.code))
            }
            Kind::Refused { problem } => {
                write!(f, "the authority declined: {}", one_line(&problem.detail))
            }
            Kind::Unfit => f.write_str(
                "the request cannot be made; ask again later, and report the cause if it stays",
            ),
            #[cfg(feature = "async")]
            Kind::Stuck => f.write_str(
                "the storage takes longer than the call may last; what was answered counts once it goes on",
            ),
            Kind::Unsaved => f.write_str(
                "the seat is given up, and that cannot be saved yet: see that the state can be written",
            ),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Error");
        shown.field("text", &self.to_string());
        let mut next = std::error::Error::source(self);
        while let Some(source) = next {
            shown.field("source", &source.to_string());
            next = source.source();
        }
        shown.finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source = self.0.source.as_deref()?;
        Some(source)
    }
}

/// A problem in which `secret` stands nowhere, in whatever form a person may write it; `None` where it
/// does not stand in it now.
fn told_without(problem: &Problem, secret: &str) -> Option<Problem> {
    let letters: Vec<char> = letters(secret).map(|(letter, _)| letter).collect();
    let mut json = serde_json::to_value(problem).ok()?;
    if letters.is_empty() || !strike_out(&mut json, &letters) {
        return None;
    }
    let told = serde_json::from_value(json);
    Some(told.unwrap_or_else(|_| Problem {
        kind: String::new(),
        title: String::new(),
        status: problem.status,
        detail: String::new(),
        code: "not_shown".to_owned(),
        denials: Vec::new(),
        errors: BTreeMap::new(),
    }))
}

/// Strikes a secret out of every text of `json`; whether it stood in one.
fn strike_out(json: &mut Value, secret: &[char]) -> bool {
    match json {
        Value::String(text) => match text_without(text, secret) {
            Some(told) => {
                *text = told;
                true
            }
            None => false,
        },
        Value::Array(values) => values
            .iter_mut()
            .fold(false, |found, value| strike_out(value, secret) | found),
        Value::Object(members) => {
            let mut is_found = false;
            for (name, mut value) in mem::take(members) {
                let told = text_without(&name, secret);
                is_found |= strike_out(&mut value, secret) | told.is_some();
                members.insert(told.unwrap_or(name), value);
            }
            is_found
        }
        _ => false,
    }
}

/// The text without a secret; `None` where it does not stand in it.
fn text_without(text: &str, secret: &[char]) -> Option<String> {
    if secret.is_empty() {
        return None;
    }
    let letters: Vec<(char, Range<usize>)> = letters(text).collect();
    let (mut told, mut end) = (String::new(), 0);
    for window in letters.windows(secret.len()) {
        let is_secret = window.iter().map(|(letter, _)| letter).eq(secret);
        if let ([(_, first), ..], [.., (_, last)]) = (window, window)
            && is_secret
            && first.start >= end
        {
            told.push_str(text.get(end..first.start)?);
            told.push_str("[not shown]");
            end = last.end;
        }
    }
    told.push_str(text.get(end..)?);
    (end > 0).then_some(told)
}

/// What tells one license key from another, in lower case, and where it stands: neither blanks nor
/// dashes, which a license key is read with and without.
fn letters(text: &str) -> impl Iterator<Item = (char, Range<usize>)> {
    let is_letter = |character: char| {
        let is_dash = matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
        !is_dash && !character.is_whitespace()
    };
    let of_character = |(at, character): (usize, char)| {
        let place = at..at + character.len_utf8();
        character
            .to_lowercase()
            .map(move |letter| (letter, place.clone()))
    };
    text.char_indices()
        .filter(move |(_, character)| is_letter(*character))
        .flat_map(of_character)
}

/// The beginning of an authority's words, fit for one line.
fn one_line(text: &str) -> String {
    let mut shown = String::new();
    let mut characters = text.chars();
    for character in characters.by_ref().take(MAX_CHARACTERS) {
        match character {
            '\'' | '"' | '\\' => shown.push(character),
            _ => shown.extend(character.escape_debug()),
        }
    }
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// How much of an authority's words an error shows, before escaping.
const MAX_CHARACTERS: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_an_authority_stand_on_one_line_without_the_secret() {
        let secret = "a\"key\"";
        let problem = Problem {
            kind: "about:blank".to_owned(),
            title: "Refused".to_owned(),
            status: 422,
            detail: format!("{secret}\n\u{1b}[31m it's \"no\"{}", "!".repeat(400)),
            code: "expired".to_owned(),
            denials: vec![serde_json::json!({"code": "expired", "told": secret})],
            errors: BTreeMap::from([("license_key".to_owned(), vec![secret.to_owned()])]),
        };
        let error = Error::new(Kind::Refused { problem }).without(secret);
        let shown = error.to_string();
        let expected = "the authority declined: [not shown]\\n\\u{1b}[31m it's \"no\"!!!";
        assert_eq!(shown.get(..expected.len()), Some(expected));
        assert!(shown.ends_with("!!…"), "{shown}");
        let told = format!("{error:?} {:?}", error.refusal());
        assert!(!told.contains("key\\\""), "{told}");
        assert_eq!(
            error.refusal().unwrap().errors["license_key"],
            ["[not shown]"]
        );
    }

    #[test]
    fn a_license_key_is_not_shown_in_whatever_form_it_is_quoted() {
        let secret = "ACME-7K2QD-M9XTR";
        let cases = [
            ("no key ACME-7K2QD-M9XTR.", "no key [not shown]."),
            ("no key acme-7k2qd-m9xtr.", "no key [not shown]."),
            ("no key ACME7K2QDM9XTR.", "no key [not shown]."),
            ("no key acme7k2qdm9xtr.", "no key [not shown]."),
            ("no key ACME 7K2QD M9XTR.", "no key [not shown]."),
            ("no key A C M E\n7K2QD \u{2013} M9XTR", "no key [not shown]"),
            ("acme-7k2qd-m9xtr-ACME7K2QDM9XTR", "[not shown]-[not shown]"),
            ("ÄACME7K2QDM9XTRß", "Ä[not shown]ß"),
            ("ACME-7K2QD-M9XTQ is another", "ACME-7K2QD-M9XTQ is another"),
            ("", ""),
        ];
        for (quoted, expected) in cases {
            let problem = Problem {
                kind: "about:blank".to_owned(),
                title: quoted.to_owned(),
                status: 404,
                detail: quoted.to_owned(),
                code: "license_key_not_found".to_owned(),
                denials: vec![serde_json::json!([{ quoted: [quoted, 1] }])],
                errors: BTreeMap::from([(quoted.to_owned(), vec![quoted.to_owned()])]),
            };
            let error = Error::new(Kind::Refused { problem }).without(secret);
            let told = error.refusal().unwrap();
            assert_eq!((&*told.title, &*told.detail), (expected, expected));
            let denial = serde_json::json!([{ expected: [expected, 1] }]);
            assert_eq!(told.denials, [denial]);
            assert_eq!(told.errors[expected], [expected]);
            assert_eq!(told.code, "license_key_not_found");
        }
    }
}
