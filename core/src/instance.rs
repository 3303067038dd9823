use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::fault::{Fault, Flaw};
use crate::json::Reader;
use crate::site::Domain;
use crate::text_value::text_value;

/// One installation of a product: what takes a seat.
///
/// Two instances are the same seat exactly if they compare equal, so each kind is compared in its
/// normal form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Instance {
    /// A web site, by its domain.
    Domain(Domain),
    /// A computer, by its host name.
    Host(HostName),
    /// A machine, by a value the host derives from its hardware.
    Machine(MachineId),
}

impl Instance {
    /// The instance of that kind (`domain`, `host` or `machine`), from any form of its value.
    ///
    /// # Errors
    ///
    /// [`InvalidInstance::Kind`] for another kind, else the error of the value.
    pub fn parse(kind: &str, value: &str) -> Result<Self, Error> {
        Ok(match kind {
            "domain" => Self::Domain(value.parse()?),
            "host" => Self::Host(value.parse()?),
            "machine" => Self::Machine(value.parse()?),
            _ => return Err(InvalidInstance::Kind.into()),
        })
    }

    /// The name of its kind: `domain`, `host` or `machine`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Domain(_) => "domain",
            Self::Host(_) => "host",
            Self::Machine(_) => "machine",
        }
    }

    /// Its value in normal form.
    pub fn value(&self) -> &str {
        match self {
            Self::Domain(domain) => domain.as_str(),
            Self::Host(name) => name.as_str(),
            Self::Machine(id) => id.as_str(),
        }
    }

    /// Whether it is a site that only developers reach: rules.md, section 3.
    pub fn is_development(&self) -> bool {
        matches!(self, Self::Domain(domain) if domain.is_development())
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (mut kind, mut value) = (None, None);
        reader.object(|reader, name| {
            match name {
                "kind" => {
                    let stated = reader.string()?;
                    if !["domain", "host", "machine"].contains(&&*stated) {
                        return Err(Fault::new(Flaw::UnknownValue));
                    }
                    kind = Some(stated);
                }
                "value" => value = Some(reader.string()?),
                _ => return Err(Fault::new(Flaw::UnknownMember)),
            }
            Ok(())
        })?;
        let missing = |name| Fault::new(Flaw::Missing).within(name);
        let kind = kind.ok_or_else(|| missing("kind"))?;
        let value = value.ok_or_else(|| missing("value"))?;
        let because = |error: Error| Fault::because(Flaw::Text, error).within("value");
        Self::parse(&kind, &value).map_err(because)
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.value())
    }
}

/// The name of a computer in the one form that names are compared in: lower case, without a dot at
/// its end.
///
/// 1 to 253 bytes without blanks and control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct HostName(Box<str>);

text_value!(HostName, InvalidInstance);

impl FromStr for HostName {
    type Err = InvalidInstance;

    fn from_str(text: &str) -> Result<Self, InvalidInstance> {
        let name = text.trim_end_matches('.');
        if name.len() > MAX_UNMAPPED_HOST_LENGTH {
            return Err(InvalidInstance::HostTooLong);
        }
        let name = name.to_lowercase();
        match name.len() {
            0 => Err(InvalidInstance::Empty),
            length if length > MAX_HOST_LENGTH => Err(InvalidInstance::HostTooLong),
            _ => match name.chars().find(|c| c.is_control() || c.is_whitespace()) {
                None => Ok(Self(name.into())),
                Some(character) => Err(InvalidInstance::HostCharacter { character }),
            },
        }
    }
}

/// What identifies a machine: a value that the host derives from its hardware, compared byte for
/// byte.
///
/// 1 to 255 bytes without control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct MachineId(Box<str>);

text_value!(MachineId, InvalidInstance);

impl FromStr for MachineId {
    type Err = InvalidInstance;

    fn from_str(text: &str) -> Result<Self, InvalidInstance> {
        match text.len() {
            0 => Err(InvalidInstance::Empty),
            length if length > MAX_MACHINE_LENGTH => Err(InvalidInstance::MachineTooLong),
            _ if text.chars().any(char::is_control) => Err(InvalidInstance::MachineCharacter),
            _ => Ok(Self(text.into())),
        }
    }
}

/// A text names no instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidInstance {
    /// Nothing there.
    #[error("an instance must not be empty")]
    Empty,
    /// A host name of more than 253 bytes.
    #[error("a host name is at most {MAX_HOST_LENGTH} bytes long")]
    HostTooLong,
    /// A blank or control character in a host name.
    #[error("a host name holds no `{}`", character.escape_debug())]
    HostCharacter {
        /// The first such character.
        character: char,
    },
    /// The value of a machine of more than 255 bytes.
    #[error("the value of a machine is at most {MAX_MACHINE_LENGTH} bytes long")]
    MachineTooLong,
    /// A control character in the value of a machine.
    #[error("the value of a machine holds no control character")]
    MachineCharacter,
    /// No kind of instance.
    #[error("an instance is a `domain`, a `host` or a `machine`")]
    Kind,
}

const MAX_HOST_LENGTH: usize = 253;
const MAX_MACHINE_LENGTH: usize = 255;
/// A host name before it is turned into lower case, which makes no character shorter than a third.
const MAX_UNMAPPED_HOST_LENGTH: usize = 3 * MAX_HOST_LENGTH;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_one_seat_if_their_normal_forms_are_equal() {
        const SAME: &[(&str, &str, &str)] = &[
            (
                "domain",
                "https://www.Example.com/app",
                "http://example.com",
            ),
            ("host", "Web-01.Corp.", "web-01.corp"),
            ("host", "web-01..", "web-01"),
            ("host", "\u{212a}", "k"),
            ("machine", "a b", "a b"),
        ];
        const DIFFERENT: &[(&str, &str, &str)] = &[
            ("domain", "a.example.com", "example.com"),
            ("host", "www.example.com", "example.com"),
            ("machine", "AB", "ab"),
        ];
        for (kind, one, other) in SAME {
            assert_eq!(
                Instance::parse(kind, one),
                Instance::parse(kind, other),
                "{one}"
            );
        }
        for (kind, one, other) in DIFFERENT {
            assert_ne!(
                Instance::parse(kind, one),
                Instance::parse(kind, other),
                "{one}"
            );
        }
        assert_ne!(
            Instance::parse("host", "a.b"),
            Instance::parse("domain", "a.b")
        );
    }

    #[test]
    fn what_names_no_instance_is_refused() {
        let (long_host, long_machine) = ("a".repeat(254), "a".repeat(256));
        let unmapped_host = "\u{212a}".repeat(254);
        let cases = [
            ("host", "", InvalidInstance::Empty),
            ("host", ".", InvalidInstance::Empty),
            ("host", "..", InvalidInstance::Empty),
            (
                "host",
                "a b",
                InvalidInstance::HostCharacter { character: ' ' },
            ),
            ("host", &long_host, InvalidInstance::HostTooLong),
            ("host", &unmapped_host, InvalidInstance::HostTooLong),
            ("machine", "", InvalidInstance::Empty),
            ("machine", "a\0", InvalidInstance::MachineCharacter),
            ("machine", &long_machine, InvalidInstance::MachineTooLong),
            ("device", "a", InvalidInstance::Kind),
        ];
        for (kind, value, expected) in cases {
            assert_eq!(
                Instance::parse(kind, value),
                Err(expected.into()),
                "{kind} {value}"
            );
        }
    }
}
