//! The strict JSON of docs/format.md, section 1, told by another reader: serde_json for the
//! grammar, and what is stricter beside it.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};

/// Whether a text is JSON at all (RFC 8259).
pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Whether a text is the JSON that documents are made of.
pub fn is_strict(text: &str) -> bool {
    let mut reader = serde_json::Deserializer::from_str(text);
    let members_and_depth = Value { depth: 1 }.deserialize(&mut reader);
    members_and_depth.is_ok() && reader.end().is_ok() && has_integers_only(text)
}

/// Any value at that depth, where an array or object would be.
#[derive(Clone, Copy)]
struct Value {
    depth: usize,
}

impl Value {
    fn within<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth > MAX_DEPTH {
            return Err(E::custom("too deep"));
        }
        Ok(Self {
            depth: self.depth + 1,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Value {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    // What numbers look like is told from the text.
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        if text.contains('\0') {
            return Err(E::custom("NUL"));
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let within = self.within()?;
        while elements.next_element_seed(within)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let within = self.within()?;
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if name.contains('\0') || !names.insert(name) {
                return Err(A::Error::custom("NUL, or a member that stands twice"));
            }
            members.next_value_seed(within)?;
        }
        Ok(())
    }
}

/// Whether every number of a JSON text is written as an integer of at most 2^53 - 1.
fn has_integers_only(json: &str) -> bool {
    let mut characters = json.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                while let Some(within) = characters.next_if(|c| *c != '"') {
                    if within == '\\' {
                        characters.next();
                    }
                }
                characters.next();
            }
            '-' | '0'..='9' => {
                let mut number = String::from(character);
                let goes_on = |c: &char| matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E');
                while let Some(more) = characters.next_if(goes_on) {
                    number.push(more);
                }
                let magnitude = number.strip_prefix('-').unwrap_or(&number);
                if !magnitude.bytes().all(|byte| byte.is_ascii_digit())
                    || !magnitude
                        .parse()
                        .is_ok_and(|magnitude: u64| magnitude <= MAX_INTEGER)
                {
                    return false;
                }
            }
            _ => {}
        }
    }
    true
}

const MAX_DEPTH: usize = 16;
const MAX_INTEGER: u64 = (1 << 53) - 1;
