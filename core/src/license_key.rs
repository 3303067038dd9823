//! License keys: what a customer types (docs/rules.md, section 7).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The code that a customer types to activate a product. It names a license and proves nothing.
///
/// Either generated, with a check symbol that catches every mistyped letter or digit and every swap of
/// two neighbours, or a custom code that the brand chose. A generated key is read forgivingly: case,
/// blanks and dashes do not count, and O, I and L are read as the digits they look like. A custom
/// code is compared exactly.
///
/// Never printed by accident: where it is to be shown, say so with [`as_str`](Self::as_str).
///
/// ```
/// # use countersign::{KeyPrefix, LicenseKey};
/// let prefix: KeyPrefix = "ACME".parse()?;
/// let key = LicenseKey::generate(&prefix, [7; 12]);
/// let typed = key.as_str().to_lowercase().replace('-', " ");
/// assert_eq!(typed.parse(), Ok(key));
/// # Ok::<(), countersign::InvalidLicenseKey>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LicenseKey {
    /// The one form in which it is shown and compared.
    text: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Generated,
    Custom,
}

impl LicenseKey {
    /// The key of `prefix` that `entropy` makes.
    ///
    /// The same entropy gives the same key: draw it from the system's secure random generator,
    /// anew for each key. 95 of its 96 bits are used.
    pub fn generate(prefix: &KeyPrefix, entropy: [u8; 12]) -> Self {
        let random = entropy
            .iter()
            .fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        let mut symbols: Vec<u8> = (0..CHECK_AT)
            .map(|i| (random >> (91 - 5 * i)) as u8 & SYMBOL_MASK)
            .collect();
        symbols.push(check_symbol(&symbols));
        Self::generated(&prefix.0, &symbols)
    }

    /// The key as it is shown and stored.
    ///
    /// Who reads it can use the license: keep it out of logs and error texts.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it has the form of generated keys, with a correct check symbol.
    pub fn is_generated(&self) -> bool {
        self.kind == Kind::Generated
    }

    /// What stands before the first dash of a generated key: the product's prefix.
    pub fn prefix(&self) -> Option<&str> {
        match self.kind {
            Kind::Generated => self.text.split('-').next(),
            Kind::Custom => None,
        }
    }

    fn generated(prefix: &str, symbols: &[u8]) -> Self {
        let mut text = String::with_capacity(MAX_GENERATED_LETTERS + SYMBOLS / GROUP);
        text.push_str(prefix);
        for group in symbols.chunks(GROUP) {
            text.push('-');
            text.extend(group.iter().filter_map(|symbol| letter(*symbol)));
        }
        Self {
            text,
            kind: Kind::Generated,
        }
    }

    fn custom(text: &str) -> Result<Self, InvalidLicenseKey> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidLicenseKey::Empty);
        }
        if let Some(at) = text
            .chars()
            .position(|character| !character.is_ascii_graphic())
        {
            return Err(InvalidLicenseKey::Character { position: at + 1 });
        }
        if text.len() > MAX_CUSTOM_BYTES {
            return Err(InvalidLicenseKey::TooLong);
        }
        Ok(Self {
            text: text.to_owned(),
            kind: Kind::Custom,
        })
    }
}

impl FromStr for LicenseKey {
    type Err = InvalidLicenseKey;

    fn from_str(text: &str) -> Result<Self, InvalidLicenseKey> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(InvalidLicenseKey::TooLong);
        }
        match GeneratedShape::of(text) {
            Some(GeneratedShape {
                prefix,
                symbols: Some(symbols),
            }) if weighted_sum(&symbols) == 0 => Ok(Self::generated(&prefix, &symbols)),
            Some(_) => Err(InvalidLicenseKey::Mistyped),
            None => Self::custom(text),
        }
    }
}

impl TryFrom<String> for LicenseKey {
    type Error = InvalidLicenseKey;

    fn try_from(text: String) -> Result<Self, InvalidLicenseKey> {
        text.parse()
    }
}

impl From<LicenseKey> for String {
    fn from(key: LicenseKey) -> Self {
        key.text
    }
}

/// Prints its kind and prefix only.
impl fmt::Debug for LicenseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix() {
            Some(prefix) => write!(f, "LicenseKey(generated, {prefix})"),
            None => f.write_str("LicenseKey(custom)"),
        }
    }
}

/// What all generated license keys of a product begin with: 2 to 10 of A to Z and 0 to 9.
///
/// Lower case is read as upper case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct KeyPrefix(String);

impl KeyPrefix {
    /// The prefix, in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyPrefix {
    type Err = InvalidLicenseKey;

    fn from_str(text: &str) -> Result<Self, InvalidLicenseKey> {
        let fits = (PREFIX_MIN..=PREFIX_MAX).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(Self(text.to_ascii_uppercase()))
        } else {
            Err(InvalidLicenseKey::Prefix)
        }
    }
}

impl TryFrom<String> for KeyPrefix {
    type Error = InvalidLicenseKey;

    fn try_from(text: String) -> Result<Self, InvalidLicenseKey> {
        text.parse()
    }
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text is not a license key, or not the prefix of one. Nothing of the text is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidLicenseKey {
    /// No license key at all.
    #[error("a license key is missing")]
    Empty,
    /// Longer than a custom code may be.
    #[error("a license key is longer than {MAX_CUSTOM_BYTES} characters")]
    TooLong,
    /// The check symbol says that the key was not typed as it was given out.
    #[error("the license key is mistyped: its check symbol does not fit")]
    Mistyped,
    /// A character that no license key has, such as a blank within a custom code.
    #[error("the character at position {position} is not allowed in a license key")]
    Character {
        /// Which character of the trimmed text; the first is 1.
        position: usize,
    },
    /// Not a prefix of license keys.
    #[error(
        "the prefix of license keys is not {PREFIX_MIN} to {PREFIX_MAX} letters and digits (A to Z, 0 to 9)"
    )]
    Prefix,
}

/// A text that is a generated key or a mistyped one, and no custom code.
struct GeneratedShape {
    prefix: String,
    /// `None` where there is a U, which is no symbol: somebody misread a V.
    symbols: Option<Vec<u8>>,
}

impl GeneratedShape {
    fn of(text: &str) -> Option<Self> {
        let mut prefix = String::with_capacity(MAX_GENERATED_LETTERS);
        for character in text.chars().filter(|character| !is_ignored(*character)) {
            if !character.is_ascii_alphanumeric() || prefix.len() == MAX_GENERATED_LETTERS {
                return None;
            }
            prefix.push(character.to_ascii_uppercase());
        }
        let prefix_length = prefix
            .len()
            .checked_sub(SYMBOLS)
            .filter(|n| *n >= PREFIX_MIN)?;
        let symbols = prefix
            .split_off(prefix_length)
            .bytes()
            .map(symbol)
            .collect();
        Some(Self { prefix, symbols })
    }
}

/// Blanks, zero-width characters and dashes: what a mail program or a word processor may add.
fn is_ignored(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '\u{200b}'..='\u{200d}'
                | '\u{2060}'
                | '\u{feff}'
                | '-'
                | '\u{2010}'..='\u{2015}'
                | '\u{2212}'
        )
}

/// The symbol that an upper-case letter or a digit is read as.
fn symbol(byte: u8) -> Option<u8> {
    let meant = match byte {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        _ => byte,
    };
    ALPHABET
        .bytes()
        .zip(0..)
        .find(|(letter, _)| *letter == meant)
        .map(|(_, symbol)| symbol)
}

fn letter(symbol: u8) -> Option<char> {
    ALPHABET.chars().nth(usize::from(symbol))
}

/// The sum of a^i times the symbol at i, in GF(32). The powers a^0 to a^19 differ, so that one
/// wrong symbol, and two that changed places beside each other, always change the sum.
fn weighted_sum(symbols: &[u8]) -> u8 {
    symbols
        .iter()
        .rev()
        .fold(0, |sum, symbol| times_a(sum) ^ symbol)
}

/// The last symbol, which makes the sum zero: the sum of the others divided by a^19.
fn check_symbol(others: &[u8]) -> u8 {
    (CHECK_AT..ORDER).fold(weighted_sum(others), |sum, _| times_a(sum))
}

/// Multiplies by a = x, modulo x^5 + x^2 + 1.
fn times_a(element: u8) -> u8 {
    let product = element << 1;
    if product > SYMBOL_MASK {
        product ^ 0b10_0101
    } else {
        product
    }
}

/// Crockford's base32, whose symbols stand for 0 to 31.
const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SYMBOL_MASK: u8 = 0b1_1111;

/// How many times a multiplied by itself is one.
const ORDER: usize = 31;

const SYMBOLS: usize = 20;
const CHECK_AT: usize = SYMBOLS - 1;
/// Symbols between two dashes.
const GROUP: usize = 5;

const PREFIX_MIN: usize = 2;
const PREFIX_MAX: usize = 10;
const MAX_GENERATED_LETTERS: usize = PREFIX_MAX + SYMBOLS;
const MAX_CUSTOM_BYTES: usize = 128;
/// A text with all that is dropped from it, in bytes.
const MAX_TEXT_BYTES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> KeyPrefix {
        text.parse().unwrap()
    }

    fn key(text: &str) -> LicenseKey {
        text.parse().unwrap()
    }

    /// Keys of various prefixes and entropy, the same ones each time.
    fn some_keys() -> Vec<LicenseKey> {
        ["AB", "ACME", "7Z", "OIL0123456"]
            .iter()
            .zip([0, 1, 0x5a, 0xff_u8])
            .flat_map(|(text, seed)| {
                let varied = std::array::from_fn(|i| {
                    seed.wrapping_mul(31)
                        .wrapping_add((i as u8).wrapping_mul(47))
                });
                [[seed; 12], varied].map(|entropy| LicenseKey::generate(&prefix(text), entropy))
            })
            .collect()
    }

    #[test]
    fn entropy_is_read_from_its_highest_bit_on() {
        let rows = [
            ([0; 12], "AB-00000-00000-00000-00000"),
            // The last bit is not used.
            (
                [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
                "AB-00000-00000-00000-00000",
            ),
            // s0 = 1: the check is 1 / a^19 = a^12 = x^3 + x^2 + x = 14.
            (
                [8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                "AB-10000-00000-00000-0000E",
            ),
            // s18 = 1: the check is a^18 / a^19 = a^30 = x^4 + x = 18.
            (
                [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
                "AB-00000-00000-00000-0001J",
            ),
            ([0xff; 12], "AB-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZC"),
        ];
        for (entropy, shown) in rows {
            assert_eq!(LicenseKey::generate(&prefix("AB"), entropy).as_str(), shown);
        }
    }

    #[test]
    fn the_check_is_the_sum_of_weighted_symbols() {
        // The definition, with the powers of a multiplied out one by one.
        let times = |mut a: u32, b: u32| {
            let mut product = 0;
            for bit in 0..5 {
                product ^= if b >> bit & 1 == 1 { a } else { 0 };
                a = a << 1 ^ if a & 16 == 16 { 0b10_0101 } else { 0 };
                a &= 31;
            }
            product
        };
        for key in some_keys() {
            let (_, symbols) = key.as_str().split_once('-').unwrap();
            let mut weight = 1;
            let mut sum = 0;
            for letter in symbols.chars().filter(|letter| *letter != '-') {
                sum ^= times(weight, ALPHABET.find(letter).unwrap() as u32);
                weight = times(weight, 2);
            }
            assert_eq!(sum, 0, "{}", key.as_str());
        }
    }

    #[test]
    fn generated_key_is_read_as_it_is_shown() {
        for generated in some_keys() {
            assert_eq!(key(generated.as_str()), generated);
            assert!(key(generated.as_str()).is_generated());
        }
    }

    #[test]
    fn generated_key_is_read_forgivingly() {
        const SHOWN: &str = "AC0-10000-00000-00000-0000E";
        let spelled = [
            "ac0-10000-00000-00000-0000e",
            "AC0 10000 00000 00000 0000E",
            "AC01000000000000000000E",
            "AC0-IOOOO-OOOOO-OOOOO-OOOOE",
            "ac0-looo0-ooooo-ooooo-ooooe",
            " \tAC0-10000\n00000\u{a0}00000\u{3000}0000E\r\n",
            "AC0\u{2010}10000\u{2011}00000\u{2013}00000\u{2212}0000E",
            "AC0\u{2014}10000\u{2015}00000\u{2012}00000\u{200b}0000E",
            "\u{feff}AC0\u{200c}10000\u{200d}00000\u{2060}00000-0000E",
            "A-C-0-1-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-E-",
        ];
        for text in spelled {
            let key = key(text);
            assert_eq!(key.as_str(), SHOWN, "{text:?}");
            assert_eq!(key.prefix(), Some("AC0"));
        }
    }

    #[test]
    fn letters_of_the_prefix_are_not_read_as_digits() {
        for text in ["OIL-10000-00000-00000-0000E", "oil-iooo0-00000-00000-0000e"] {
            assert_eq!(key(text).as_str(), "OIL-10000-00000-00000-0000E");
        }
    }

    #[test]
    fn every_wrong_symbol_is_caught() {
        for key in some_keys() {
            let shown = key.as_str();
            let (prefix, symbols) = shown.split_at(shown.find('-').unwrap());
            for (at, right) in symbols.char_indices().filter(|(_, right)| *right != '-') {
                for wrong in ALPHABET.chars().filter(|wrong| *wrong != right) {
                    let mut typed = symbols.to_owned();
                    typed.replace_range(at..=at, wrong.encode_utf8(&mut [0; 4]));
                    let typed = format!("{prefix}{typed}").parse::<LicenseKey>();
                    assert_eq!(
                        typed,
                        Err(InvalidLicenseKey::Mistyped),
                        "{shown} {at} {wrong}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_swap_of_neighbours_is_caught() {
        for key in some_keys() {
            let plain = key.as_str().replace('-', "");
            for at in plain.len() - SYMBOLS..plain.len() - 1 {
                let mut typed = plain.clone().into_bytes();
                typed.swap(at, at + 1);
                let typed = String::from_utf8(typed).unwrap();
                if typed != plain {
                    assert_eq!(
                        typed.parse::<LicenseKey>(),
                        Err(InvalidLicenseKey::Mistyped)
                    );
                }
            }
        }
    }

    #[test]
    fn any_other_visible_text_is_a_custom_code() {
        let longest = "x".repeat(128);
        let rows = [
            ("a", "a"),
            ("  Team-2024\n", "Team-2024"),
            ("!", "!"),
            ("~", "~"),
            ("-----", "-----"),
            (&longest, &longest),
            // One letter too few and one too many.
            ("A-10000-00000-00000-0000E", "A-10000-00000-00000-0000E"),
            (
                "ABCDEFGHIJK-10000-00000-00000-0000E",
                "ABCDEFGHIJK-10000-00000-00000-0000E",
            ),
            (
                "AC_0-10000-00000-00000-0000E",
                "AC_0-10000-00000-00000-0000E",
            ),
        ];
        for (text, shown) in rows {
            let key = key(text);
            assert_eq!(key.as_str(), shown);
            assert_eq!((key.is_generated(), key.prefix()), (false, None), "{text}");
        }
    }

    #[test]
    fn custom_codes_are_compared_exactly() {
        assert_ne!(key("Team-2024"), key("team-2024"));
        assert_ne!(key("Team-2024"), key("Team2024"));
        assert_eq!(key("Team-2024"), key(" Team-2024"));
    }

    #[test]
    fn other_texts_are_refused() {
        let rows = [
            ("", InvalidLicenseKey::Empty),
            (" \t\u{3000}", InvalidLicenseKey::Empty),
            ("AC0-10000-00000-00000-0000F", InvalidLicenseKey::Mistyped),
            ("team 2024", InvalidLicenseKey::Character { position: 5 }),
            ("  t\u{e4}m", InvalidLicenseKey::Character { position: 2 }),
            ("te\0m", InvalidLicenseKey::Character { position: 3 }),
            (
                "\u{ff21}C0-10000-00000-00000-0000E",
                InvalidLicenseKey::Character { position: 1 },
            ),
        ];
        for (text, error) in rows {
            assert_eq!(text.parse::<LicenseKey>(), Err(error), "{text:?}");
        }
        assert_eq!(
            "x".repeat(129).parse::<LicenseKey>(),
            Err(InvalidLicenseKey::TooLong)
        );
        let padded = |length: usize| format!("{:length$}", "ACME-CUSTOM").parse::<LicenseKey>();
        assert_eq!(padded(MAX_TEXT_BYTES), Ok(key("ACME-CUSTOM")));
        assert_eq!(padded(MAX_TEXT_BYTES + 1), Err(InvalidLicenseKey::TooLong));
    }

    #[test]
    fn nothing_but_kind_and_prefix_is_printed() {
        let rows = [
            ("AC0-10000-00000-00000-0000E", "LicenseKey(generated, AC0)"),
            ("Team-2024", "LicenseKey(custom)"),
        ];
        for (text, printed) in rows {
            assert_eq!(format!("{:?}", key(text)), printed);
        }
        let refused = ["AC0-10000-00000-00000-0000F", "team 2024"];
        let texts = refused.map(|text| text.parse::<LicenseKey>().unwrap_err().to_string());
        assert_eq!(
            texts,
            [
                "the license key is mistyped: its check symbol does not fit",
                "the character at position 5 is not allowed in a license key",
            ]
        );
    }

    #[test]
    fn key_crosses_json_as_its_text() {
        let json = r#""AC0-10000-00000-00000-0000E""#;
        let key: LicenseKey = serde_json::from_str(&json.to_lowercase()).unwrap();
        assert_eq!(serde_json::to_string(&key).unwrap(), json);
    }

    #[test]
    fn prefixes_are_two_to_ten_letters_and_digits() {
        for (text, shown) in [("AB", "AB"), ("acme", "ACME"), ("0123456789", "0123456789")] {
            assert_eq!(prefix(text).as_str(), shown);
        }
        for text in ["", "A", "ABCDEFGHIJK", "A-B", "\u{c4}B", "AB ", "A_"] {
            assert_eq!(
                text.parse::<KeyPrefix>(),
                Err(InvalidLicenseKey::Prefix),
                "{text}"
            );
        }
    }
}
