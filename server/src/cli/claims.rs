//! The terms of a license before they are signed: claims of docs/format.md, from TOML and flags.

use countersign::{Error as DocumentError, Flaw, Issuable, License, Moment};
use serde_json::{Map, Value};

use super::error::{Error, StatedBy};
use super::file::Input;

/// The claims that a license will have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims(Map<String, Value>);

impl Claims {
    /// Reads claims as TOML. A date becomes a moment wherever a claim is one: its first second as a
    /// start, its last as an end, UTC.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], [`Error::Toml`], and [`Error::NotATerm`] for what the command states
    /// itself.
    pub(crate) fn from_toml(file: &Input) -> Result<Self, Error> {
        let text = file.read_text(MAX_TERMS_SIZE)?;
        let table = text.parse::<toml::Table>().map_err(|error| Error::Toml {
            file: file.clone(),
            line: error.span().map_or(1, |span| line_of(&text, span.start)),
            reason: error.message().to_owned(),
        })?;
        for (name, instead) in NOT_TERMS {
            if table.contains_key(name) {
                return Err(Error::NotATerm { name, instead });
            }
        }
        let claims = table.into_iter().map(|(name, value)| {
            let value = to_json(&[&name], value)?;
            Ok((name, value))
        });
        Ok(Self(claims.collect::<Result<_, Error>>()?))
    }

    /// States a claim, whatever it was before.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// States a claim if there is something to state.
    pub(crate) fn set_some(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// States a claim unless it is stated already.
    pub(crate) fn set_default(&mut self, name: &str, value: impl Into<Value>) {
        self.0.entry(name).or_insert_with(|| value.into());
    }

    /// States a claim inside others, the last of `path`. What stands on the way and holds no claims
    /// is left for the reader of the license to refuse.
    pub(crate) fn set_within(&mut self, path: &[&str], value: impl Into<Value>) {
        let Some((last, parents)) = path.split_last() else {
            return;
        };
        let mut claims = &mut self.0;
        for parent in parents {
            let inner = claims
                .entry(*parent)
                .or_insert_with(|| Value::Object(Map::new()));
            match inner {
                Value::Object(inner) => claims = inner,
                _ => return,
            }
        }
        claims.insert((*last).to_owned(), value.into());
    }

    /// Takes a claim inside another away, and that one as well if nothing else is in it.
    pub(crate) fn take_within(&mut self, outer: &str, name: &str) {
        if let Some(Value::Object(claims)) = self.0.get_mut(outer) {
            claims.remove(name);
            if claims.is_empty() {
                self.0.remove(outer);
            }
        }
    }

    /// The claims by name.
    pub(crate) fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// Whether the claim at the end of `path` is stated.
    pub(crate) fn states(&self, path: &[&str]) -> bool {
        let mut names = path.iter();
        let first = names.next().and_then(|name| self.0.get(*name));
        names
            .try_fold(first, |value, name| Some(value?.get(*name)))
            .flatten()
            .is_some()
    }

    /// The license that the claims state, read as strictly as a signed one, and besides without a
    /// claim that no license has: a misspelled restriction must not be none.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownClaim`] and [`Error::Terms`].
    pub(crate) fn into_license(mut self) -> Result<License, Error> {
        // `must` names what a reader has to know, so naming every claim finds the unknown one.
        let names: Vec<Value> = self.0.keys().map(|name| name.as_str().into()).collect();
        self.set("must", names.clone());
        License::from_claims(&Value::Object(self.0)).map_err(|source| {
            match unknown_claim(&source, &names) {
                Some(name) => Error::UnknownClaim { name },
                None => Error::Terms {
                    refused: source,
                    flags: STATED_BY,
                },
            }
        })
    }
}

fn unknown_claim(error: &DocumentError, names: &[Value]) -> Option<String> {
    let DocumentError::Unsupported(fault) = error else {
        return None;
    };
    if fault.flaw() != Flaw::MustUnknown {
        return None;
    }
    let (_, index) = fault.at().trim_end_matches(']').rsplit_once('[')?;
    let name = names.get(index.parse::<usize>().ok()?)?;
    Some(name.as_str()?.to_owned())
}

fn to_json(path: &[&str], value: toml::Value) -> Result<Value, Error> {
    Ok(match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        // What is no number of JSON is no claim either: `null` is refused as such.
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(truth) => truth.into(),
        toml::Value::Datetime(date) => match moment_at(path, &date.to_string()) {
            Some(moment) => moment?.unix().into(),
            None => date.to_string().into(),
        },
        toml::Value::Array(values) => values
            .into_iter()
            .map(|value| to_json(&[path, &["[]"]].concat(), value))
            .collect::<Result<_, _>>()?,
        toml::Value::Table(table) => {
            let members = table.into_iter().map(|(name, value)| {
                let value = to_json(&[path, &[name.as_str()]].concat(), value)?;
                Ok((name, value))
            });
            Value::Object(members.collect::<Result<_, Error>>()?)
        }
    })
}

/// The moment that a date means where it stands, if a moment belongs there.
fn moment_at(path: &[&str], date: &str) -> Option<Result<Moment, Error>> {
    let moment = match path {
        ["valid_from"] => Moment::from_start(date),
        ["valid_until" | "updates_until" | "support_until"] | ["entitlements", _, "until"] => {
            Moment::from_end(date)
        }
        _ => return None,
    };
    Some(moment.map_err(|error| Error::Term {
        at: path.join("."),
        source: error.into(),
    }))
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.bytes().take(at);
    1 + before.filter(|&byte| byte == b'\n').count()
}

/// The claims of a license that flags state; with a dot, whatever stands in a claim.
pub(crate) const STATED_BY: StatedBy = &[
    ("sub", "--customer"),
    ("type", "--type"),
    ("edition", "--edition"),
    ("meta", "--meta"),
    ("meta.", "--meta"),
    ("valid_from", "--from"),
    ("valid_until", "--expires"),
    ("grace", "--grace"),
    ("updates_until", "--updates-until"),
    ("support_until", "--support-until"),
    ("domains", "--domain"),
    ("addresses", "--address"),
    ("exempt", "--exempt"),
    ("seats.limit", "--seats"),
    ("seats.on_full", "--on-full"),
    ("seats.hold", "--hold"),
    ("activation.lease", "--lease"),
    ("entitlements", "--entitlement"),
    ("entitlements.", "--entitlement"),
    ("limits", "--limit"),
    ("limits.", "--limit"),
    ("freshness", "--freshness"),
    ("status.status_list.idx", "--status-index"),
    ("status.status_list.uri", "--status-uri"),
];
/// Claims that terms cannot state, and who does.
const NOT_TERMS: [(&str, &str); 2] = [
    ("iat", "it is the moment of signing"),
    (
        "must",
        "it is for restrictions that this version does not know",
    ),
];
/// The longest file of terms, in bytes: some more than the longest license.
const MAX_TERMS_SIZE: usize = 4 * 1024 * 1024;
