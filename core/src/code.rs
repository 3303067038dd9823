use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::name_bytes;
use crate::short_text::ShortText;
use crate::text_value::text_value;

/// The name of a brand, product, entitlement or limit, compared byte for byte.
///
/// 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`; the first is a letter or digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Code(ShortText<22>);

text_value!(Code, InvalidCode);

impl FromStr for Code {
    type Err = InvalidCode;

    /// One copy of the code, as of all that a document is read with.
    #[inline(never)]
    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        match text.as_bytes() {
            [] => Err(InvalidCode::Empty),
            bytes if bytes.len() > MAX_CODE_LENGTH => Err(InvalidCode::TooLong),
            [b'.' | b'_' | b'-', ..] => Err(InvalidCode::Start),
            _ if name_bytes::are_all_of(text) => Ok(Self(text.into())),
            _ => Err(foreign_character(text)),
        }
    }
}

impl Code {
    /// Stands where a code is still to be read.
    pub(crate) fn unread() -> Self {
        Self(ShortText::EMPTY)
    }
}

/// Lets a map be asked by text.
impl Borrow<str> for Code {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The product that a license is for: the code of its brand and its own, written `acme/editor`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Product {
    /// Who sells it.
    pub brand: Code,
    /// Its name among the products of the brand.
    pub code: Code,
}

impl FromStr for Product {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        let (brand, code) = text.split_once('/').ok_or(InvalidCode::NoBrand)?;
        Ok(Self {
            brand: brand.parse()?,
            code: code.parse()?,
        })
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.brand, self.code)
    }
}

impl TryFrom<String> for Product {
    type Error = InvalidCode;

    fn try_from(text: String) -> Result<Self, InvalidCode> {
        text.parse()
    }
}

impl From<Product> for String {
    fn from(product: Product) -> Self {
        product.to_string()
    }
}

impl fmt::Debug for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The authority's identifier of a license, unique for ever. Not the license key that a customer
/// types.
///
/// 1 to 255 bytes without control characters, compared byte for byte.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LicenseId(ShortText<38>);

text_value!(LicenseId, InvalidCode);

impl FromStr for LicenseId {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        match text.len() {
            0 => Err(InvalidCode::EmptyId),
            length if length > MAX_ID_LENGTH => Err(InvalidCode::IdTooLong),
            _ if has_control_character(text) => Err(InvalidCode::IdCharacter),
            _ => Ok(Self(text.into())),
        }
    }
}

impl LicenseId {
    /// Stands where an identifier is still to be read.
    pub(crate) fn unread() -> Self {
        Self(ShortText::EMPTY)
    }
}

/// Which edit of a license's terms a document states: 1 to 2^32 - 1, higher with each edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Revision(u32);

impl Revision {
    /// The revision that a license is first signed with.
    pub const FIRST: Self = Self(1);

    /// The number of the revision.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The revision after this one; `None` after the last.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

impl TryFrom<i64> for Revision {
    type Error = InvalidAmount;

    fn try_from(number: i64) -> Result<Self, InvalidAmount> {
        match u32::try_from(number) {
            Ok(number) if number > 0 => Ok(Self(number)),
            _ => Err(InvalidAmount::Revision),
        }
    }
}

impl FromStr for Revision {
    type Err = InvalidAmount;

    fn from_str(text: &str) -> Result<Self, InvalidAmount> {
        whole_number(text)?.try_into()
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// How much of a limit is allowed or in use: 0 to 2^53 - 1, what every JSON reader keeps exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Amount(u64);

impl Amount {
    /// The largest amount.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// The amount as a number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The nearest amount to `number`.
    pub fn nearest(number: u64) -> Self {
        Self(number.min(Self::MAX.0))
    }
}

impl From<u32> for Amount {
    fn from(number: u32) -> Self {
        Self(number.into())
    }
}

impl TryFrom<i64> for Amount {
    type Error = InvalidAmount;

    fn try_from(number: i64) -> Result<Self, InvalidAmount> {
        match u64::try_from(number) {
            Ok(number) if number <= Self::MAX.0 => Ok(Self(number)),
            _ => Err(InvalidAmount::Amount),
        }
    }
}

impl FromStr for Amount {
    type Err = InvalidAmount;

    fn from_str(text: &str) -> Result<Self, InvalidAmount> {
        whole_number(text)?.try_into()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A text is no code, or no identifier of a license.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCode {
    /// Nothing where a code belongs.
    #[error("a code must not be empty")]
    Empty,
    /// A code that is longer than 64 bytes.
    #[error("a code is at most {MAX_CODE_LENGTH} bytes long")]
    TooLong,
    /// The first character of a code is neither a letter nor a digit.
    #[error("a code must begin with a letter or digit")]
    Start,
    /// A character that no code holds.
    #[error("a code holds `a-z`, `0-9`, `.`, `_` and `-`, and no `{}`", character.escape_debug())]
    Character {
        /// The first such character.
        character: char,
    },
    /// A product without the code of its brand.
    #[error("a product is written `brand/product`")]
    NoBrand,
    /// Nothing where an identifier belongs.
    #[error("an identifier must not be empty")]
    EmptyId,
    /// An identifier that is longer than 255 bytes.
    #[error("an identifier is at most {MAX_ID_LENGTH} bytes long")]
    IdTooLong,
    /// A control character in an identifier.
    #[error("an identifier holds no control character")]
    IdCharacter,
}

/// A text or number is no amount, or no revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAmount {
    /// A text that is no whole number in decimal digits.
    #[error("a number is written in the digits 0 to 9")]
    NotANumber,
    /// An amount below 0, or above 2^53 - 1.
    #[error("an amount is 0 to 2^53 - 1")]
    Amount,
    /// A revision below 1, or above 2^32 - 1.
    #[error("a revision is 1 to 2^32 - 1")]
    Revision,
}

/// The whole number that a text writes; the nearest that fits where it is larger than any.
fn whole_number(text: &str) -> Result<i64, InvalidAmount> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidAmount::NotANumber);
    }
    let furthest = if digits == text { i64::MAX } else { i64::MIN };
    Ok(text.parse().unwrap_or(furthest))
}

#[cold]
fn foreign_character(text: &str) -> InvalidCode {
    let is_allowed = |character: char| name_bytes::are_all_of(character.encode_utf8(&mut [0; 4]));
    let foreign = text.chars().find(|&character| !is_allowed(character));
    InvalidCode::Character {
        character: foreign.unwrap_or_default(),
    }
}

fn has_control_character(text: &str) -> bool {
    // Most texts are visible ASCII: they are looked at as a whole, without a branch.
    let is_visible = |byte: u8| matches!(byte, b' '..=b'~');
    !text.bytes().fold(true, |all, byte| all & is_visible(byte))
        && text.chars().any(char::is_control)
}

const MAX_CODE_LENGTH: usize = 64;
const MAX_ID_LENGTH: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_hold_lower_case_letters_digits_and_marks() {
        let longest = "a".repeat(64);
        let cases: &[(&str, Result<(), InvalidCode>)] = &[
            ("a", Ok(())),
            ("0.a_b-c", Ok(())),
            (&longest, Ok(())),
            ("", Err(InvalidCode::Empty)),
            (&format!("{longest}a"), Err(InvalidCode::TooLong)),
            ("-a", Err(InvalidCode::Start)),
            (".a", Err(InvalidCode::Start)),
            ("_a", Err(InvalidCode::Start)),
            ("Editor", Err(InvalidCode::Character { character: 'E' })),
            ("a b", Err(InvalidCode::Character { character: ' ' })),
            ("é", Err(InvalidCode::Character { character: 'é' })),
            ("a/b", Err(InvalidCode::Character { character: '/' })),
        ];
        for (text, expected) in cases {
            let code = text.parse::<Code>();
            assert_eq!(
                code.map(|code| code.as_str().to_owned()),
                expected.map(|()| (*text).into())
            );
        }
    }

    #[test]
    fn a_product_is_written_with_its_brand() {
        let product: Product = "acme/editor".parse().unwrap();
        assert_eq!(
            (product.brand.as_str(), product.code.as_str()),
            ("acme", "editor")
        );
        assert_eq!(product.to_string(), "acme/editor");
        assert_eq!("editor".parse::<Product>(), Err(InvalidCode::NoBrand));
        assert_eq!("acme/".parse::<Product>(), Err(InvalidCode::Empty));
        assert_eq!(
            "acme/a/b".parse::<Product>(),
            Err(InvalidCode::Character { character: '/' })
        );
    }

    #[test]
    fn license_ids_are_opaque_but_printable() {
        assert_eq!("L 1/ü".parse::<LicenseId>().unwrap().as_str(), "L 1/ü");
        assert_eq!("".parse::<LicenseId>(), Err(InvalidCode::EmptyId));
        assert_eq!(
            "a\u{7f}".parse::<LicenseId>(),
            Err(InvalidCode::IdCharacter)
        );
        assert_eq!(
            "x".repeat(256).parse::<LicenseId>(),
            Err(InvalidCode::IdTooLong)
        );
    }

    #[test]
    fn numbers_stay_in_their_ranges() {
        assert_eq!(Revision::try_from(1).map(Revision::get), Ok(1));
        assert_eq!(Revision::try_from(0), Err(InvalidAmount::Revision));
        assert_eq!(Revision::try_from(1 << 32), Err(InvalidAmount::Revision));
        assert_eq!(Amount::try_from((1_i64 << 53) - 1), Ok(Amount::MAX));
        assert_eq!(Amount::try_from(1_i64 << 53), Err(InvalidAmount::Amount));
        assert_eq!(Amount::try_from(-1_i64), Err(InvalidAmount::Amount));
        assert_eq!(Amount::nearest(u64::MAX), Amount::MAX);
    }

    #[test]
    fn numbers_are_read_from_digits() {
        const CASES: &[(&str, Result<u64, InvalidAmount>)] = &[
            ("0", Ok(0)),
            ("007", Ok(7)),
            ("9007199254740991", Ok(Amount::MAX.get())),
            ("9007199254740992", Err(InvalidAmount::Amount)),
            ("99999999999999999999", Err(InvalidAmount::Amount)),
            ("-1", Err(InvalidAmount::Amount)),
            ("", Err(InvalidAmount::NotANumber)),
            ("-", Err(InvalidAmount::NotANumber)),
            ("+1", Err(InvalidAmount::NotANumber)),
            ("1.5", Err(InvalidAmount::NotANumber)),
            ("five", Err(InvalidAmount::NotANumber)),
        ];
        for (text, expected) in CASES {
            assert_eq!(text.parse().map(Amount::get), *expected, "{text}");
        }
        assert_eq!("4294967295".parse().map(Revision::get), Ok(u32::MAX));
        for text in ["0", "-1", "4294967296", "-99999999999999999999"] {
            assert_eq!(
                text.parse::<Revision>(),
                Err(InvalidAmount::Revision),
                "{text}"
            );
        }
    }
}
