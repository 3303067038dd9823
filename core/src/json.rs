//! The strict JSON of docs/format.md, section 1, read in one pass: RFC 8259, and besides no member
//! twice, integers only, nothing deeper than 16, no lone surrogate and no NUL.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::str::FromStr;
use std::time::Duration;

use crate::fault::{Fault, Flaw};
use crate::moment::Moment;

/// The largest magnitude of a number: 2^53 - 1 (RFC 7493, section 2.2).
pub(crate) const MAX_INTEGER: i64 = (1 << 53) - 1;

/// How many digits it has.
const MAX_DIGITS: usize = 16;

/// Reads all of `bytes` as one value.
pub(crate) fn read<'a, T>(
    bytes: &'a [u8],
    value: impl FnOnce(&mut Reader<'a>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::new(Flaw::NotUtf8))?;
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
    };
    reader.skip_blanks();
    let value = value(&mut reader)?;
    reader.skip_blanks();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.syntax("text after its end")),
    }
}

/// What reads the value of a member by its name.
type Member<'m, 'a> = dyn FnMut(&mut Reader<'a>, &str) -> Result<(), Fault> + 'm;

/// Reads values from a JSON text, one after another.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u8,
}

impl<'a> Reader<'a> {
    /// Reads an object; `member` reads the value of each member. A member that stands twice is
    /// refused before its value is read.
    #[inline]
    pub(crate) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.object_of(&mut member)
    }

    /// Reads an object as [`object`](Self::object) does, and leaves the names of its members in
    /// `names`.
    #[inline]
    pub(crate) fn claims(
        &mut self,
        names: &mut Names<'a>,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.members(names, &mut member)
    }

    #[inline(never)]
    fn object_of(&mut self, member: &mut Member<'_, 'a>) -> Result<(), Fault> {
        self.members(&mut Names::of(self), member)
    }

    /// One copy of the code for every kind of object: a document is read once, and code that the
    /// processor has to fetch for that costs more than a call.
    #[inline(never)]
    fn members(&mut self, names: &mut Names<'a>, member: &mut Member<'_, 'a>) -> Result<(), Fault> {
        self.open(b'{', "an object is expected")?;
        if !self.take(b'}') {
            loop {
                self.skip_blanks();
                if !self.take(b'"') {
                    return Err(self.syntax("the name of a member is expected"));
                }
                let start = self.at;
                let name = self.rest_of_string()?;
                self.skip_blanks();
                self.expect(b':')?;
                self.skip_blanks();
                let stands_as_it_is = matches!(name, Cow::Borrowed(_));
                if !names.insert(&name, stands_as_it_is.then_some(start)) {
                    return Err(Fault::new(Flaw::Duplicate).within(&name));
                }
                member(self, &name).map_err(|fault| fault.within(&name))?;
                self.skip_blanks();
                if self.take(b',') {
                    continue;
                }
                if self.take(b'}') {
                    break;
                }
                self.expect(b',')?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads an array; `element` reads each of its values.
    pub(crate) fn array(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.elements(&mut element)
    }

    #[inline(never)]
    fn elements(
        &mut self,
        element: &mut dyn FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.open(b'[', "an array is expected")?;
        if !self.take(b']') {
            for index in 0.. {
                self.skip_blanks();
                element(self).map_err(|fault| fault.at_index(index))?;
                self.skip_blanks();
                if self.take(b']') {
                    break;
                }
                self.expect(b',')?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads an array that is not empty, each element by `element`.
    pub(crate) fn list<T>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut list = Vec::with_capacity(USUAL_LENGTH);
        self.array(|reader| {
            list.push(element(reader)?);
            Ok(())
        })?;
        if list.is_empty() {
            Err(Fault::new(Flaw::EmptyArray))
        } else {
            Ok(list)
        }
    }

    /// Reads a string; it is copied only if it holds an escape.
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        if self.take(b'"') {
            self.rest_of_string()
        } else {
            Err(self.wrong_type("a string is expected"))
        }
    }

    /// Inlined even where its callers are many: a document is strings for the most part, and a call
    /// costs as much as reading a short one.
    #[inline(always)]
    fn rest_of_string(&mut self) -> Result<Cow<'a, str>, Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        match rest.split_at_checked(plain_length(rest.as_bytes())) {
            Some((plain, after)) if after.starts_with('"') => {
                self.at += plain.len() + 1;
                Ok(Cow::Borrowed(plain))
            }
            _ => self.rest_of_unusual_string(),
        }
    }

    /// Reads on in a string that holds an escape, or does not end as it should.
    #[cold]
    fn rest_of_unusual_string(&mut self) -> Result<Cow<'a, str>, Fault> {
        let mut unescaped = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let plain = plain_length(rest.as_bytes());
            unescaped.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(unescaped));
                }
                Some(b'\\') => {
                    self.at += 1;
                    unescaped.push(self.escape()?);
                }
                Some(_) => return Err(self.syntax("a control character in a string")),
                None => return Err(self.syntax("a string that does not end")),
            }
        }
    }

    /// Reads an integer of magnitude at most [`MAX_INTEGER`].
    pub(crate) fn integer(&mut self) -> Result<i64, Fault> {
        let negative = match self.peek() {
            Some(b'-') => {
                self.at += 1;
                true
            }
            Some(b'0'..=b'9') => false,
            _ => return Err(self.wrong_type("an integer is expected")),
        };
        let start = self.at;
        let mut magnitude: i64 = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            // Wraps where there are too many digits, which are counted below.
            magnitude = magnitude
                .wrapping_mul(10)
                .wrapping_add(i64::from(digit - b'0'));
            self.at += 1;
        }
        let digits = self.text.as_bytes().get(start..self.at).unwrap_or_default();
        let more = matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        match digits {
            [] => return Err(self.syntax("a number without digits")),
            [b'0', _, ..] => return Err(Fault::new(Flaw::NotInteger)),
            _ if more => return Err(Fault::new(Flaw::NotInteger)),
            _ if digits.len() > MAX_DIGITS || magnitude > MAX_INTEGER => {
                return Err(Fault::new(Flaw::Magnitude));
            }
            _ => {}
        }
        Ok(if negative { -magnitude } else { magnitude })
    }

    /// Reads an integer within `range`.
    pub(crate) fn integer_in(
        &mut self,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<i64, Fault> {
        let number = self.integer()?;
        if range.contains(&number) {
            Ok(number)
        } else {
            Err(Fault::new(Flaw::Range))
        }
    }

    /// Reads an integer that `T` may be out of range for.
    pub(crate) fn number<T: TryFrom<i64>>(&mut self) -> Result<T, Fault> {
        T::try_from(self.integer()?).map_err(|_| Fault::new(Flaw::Range))
    }

    /// Reads Unix seconds.
    pub(crate) fn moment(&mut self) -> Result<Moment, Fault> {
        Moment::from_unix(self.integer()?).map_err(|_| Fault::new(Flaw::MomentRange))
    }

    /// Reads a length of time of at least `least` seconds.
    pub(crate) fn length(&mut self, least: i64) -> Result<Duration, Fault> {
        let seconds = self.integer_in(least..=MAX_INTEGER)?;
        Ok(Duration::from_secs(seconds.unsigned_abs()))
    }

    /// Reads a string as a value of its own syntax.
    pub(crate) fn parsed<T>(&mut self) -> Result<T, Fault>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        self.string()?
            .parse()
            .map_err(|error| Fault::because(Flaw::Text, error))
    }

    /// Reads a string of one's own to where it stays. As those that follow, it is one copy of code that
    /// many members share.
    #[inline(never)]
    pub(crate) fn string_into(&mut self, place: &mut Option<String>) -> Result<(), Fault> {
        *place = Some(self.string()?.into_owned());
        Ok(())
    }

    /// Reads Unix seconds to where they stay.
    #[inline(never)]
    pub(crate) fn moment_into(&mut self, place: &mut Option<Moment>) -> Result<(), Fault> {
        *place = Some(self.moment()?);
        Ok(())
    }

    /// Reads a length of time to where it stays.
    #[inline(never)]
    pub(crate) fn length_into(&mut self, place: &mut Option<Duration>) -> Result<(), Fault> {
        *place = Some(self.length(0)?);
        Ok(())
    }

    /// As `moment_into`, where a moment stands already.
    #[inline(never)]
    pub(crate) fn moment_to(&mut self, place: &mut Moment) -> Result<(), Fault> {
        *place = self.moment()?;
        Ok(())
    }

    /// Reads an integer that `T` may be out of range for to where it stays.
    #[inline(never)]
    pub(crate) fn number_to<T: TryFrom<i64>>(&mut self, place: &mut T) -> Result<(), Fault> {
        *place = self.number()?;
        Ok(())
    }

    /// Reads a string as a value of its own syntax to where that stays.
    #[inline(never)]
    pub(crate) fn parsed_to<T>(&mut self, place: &mut T) -> Result<(), Fault>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        *place = self.parsed()?;
        Ok(())
    }

    /// Reads any value and keeps nothing of it.
    pub(crate) fn skip(&mut self) -> Result<(), Fault> {
        match self.peek() {
            Some(b'{') => self.object(|reader, _| reader.skip()),
            Some(b'[') => self.array(Self::skip),
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.integer().map(drop),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<(), Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        match ["true", "false", "null"]
            .into_iter()
            .find(|word| rest.starts_with(word))
        {
            Some(word) => {
                self.at += word.len();
                Ok(())
            }
            None => Err(self.syntax("a value is expected")),
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let escaped = self.peek();
        self.at += 1;
        Ok(match escaped {
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.syntax("an escape that JSON does not have")),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, Fault> {
        let first = self.four_hex_digits()?;
        let code = match first {
            0 => return Err(Fault::new(Flaw::Nul)),
            0xD800..=0xDBFF => {
                let pair = self.text.as_bytes().get(self.at..self.at + 2) == Some(b"\\u");
                if !pair {
                    return Err(Fault::new(Flaw::Surrogate));
                }
                self.at += 2;
                match self.four_hex_digits()? {
                    second @ 0xDC00..=0xDFFF => {
                        0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
                    }
                    _ => return Err(Fault::new(Flaw::Surrogate)),
                }
            }
            _ => first,
        };
        char::from_u32(code).ok_or_else(|| Fault::new(Flaw::Surrogate))
    }

    fn four_hex_digits(&mut self) -> Result<u32, Fault> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.syntax("four hexadecimal digits are expected after `\\u`"));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn open(&mut self, bracket: u8, expected: &'static str) -> Result<(), Fault> {
        if self.peek() != Some(bracket) {
            return Err(self.wrong_type(expected));
        }
        if self.depth == MAX_DEPTH {
            return Err(Fault::new(Flaw::Depth));
        }
        self.depth += 1;
        self.at += 1;
        self.skip_blanks();
        Ok(())
    }

    /// Goes past `byte`, if it comes next.
    #[inline]
    fn take(&mut self, byte: u8) -> bool {
        let comes = self.peek() == Some(byte);
        self.at += usize::from(comes);
        comes
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.peek() != Some(byte) {
            return Err(self.syntax(&format!("`{}` is expected", char::from(byte))));
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[cold]
    fn wrong_type(&self, expected: &'static str) -> Fault {
        let begins_a_value = matches!(
            self.peek(),
            Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n')
        );
        if begins_a_value {
            Fault::because(Flaw::WrongType, expected)
        } else {
            self.syntax(expected)
        }
    }

    #[cold]
    fn syntax(&self, reason: &str) -> Fault {
        Fault::because(
            Flaw::Syntax,
            format_args!("not JSON at byte {}: {reason}", self.at),
        )
    }
}

/// The names of an object's members so far. A filter of 64 bits answers most questions alone.
pub(crate) struct Names<'a> {
    text: &'a str,
    filter: u64,
    count: usize,
    /// Where in the text the first names begin and end, compared one by one: for more of them that would
    /// cost more than a tree. Numbers that are short, since each object begins with as many.
    few: [(u32, u32); FEW],
    /// What has no place in `few`: further names, and those with an escape.
    others: Option<BTreeSet<String>>,
}

impl<'a> Names<'a> {
    /// No names yet, of an object that `reader` is to read.
    #[inline(never)]
    pub(crate) fn of(reader: &Reader<'a>) -> Self {
        Self {
            text: reader.text,
            filter: 0,
            count: 0,
            few: [(0, 0); FEW],
            others: None,
        }
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.filter & Self::bit(name) != 0 && self.has(name)
    }

    fn has(&self, name: &str) -> bool {
        let is_name =
            |&(start, end): &(u32, u32)| self.text.get(start as usize..end as usize) == Some(name);
        let others = self.others.as_ref();
        self.few.iter().take(self.count).any(is_name)
            || others.is_some_and(|others| others.contains(name))
    }

    /// Adds `name`, if it is not there. It begins at `start`, unless it has an escape.
    #[inline]
    fn insert(&mut self, name: &str, start: Option<usize>) -> bool {
        let bit = Self::bit(name);
        if self.filter & bit != 0 && self.has(name) {
            return false;
        }
        self.filter |= bit;
        let place = |start: usize| {
            let end = u32::try_from(start + name.len()).ok()?;
            Some((u32::try_from(start).ok()?, end))
        };
        match (start.and_then(place), self.few.get_mut(self.count)) {
            (Some(place), Some(few)) => {
                *few = place;
                self.count += 1;
            }
            _ => self.insert_other(name),
        }
        true
    }

    #[cold]
    fn insert_other(&mut self, name: &str) {
        self.others.get_or_insert_default().insert(name.to_owned());
    }

    /// The weights are such that no two claims of a license have the same bit.
    fn bit(name: &str) -> u64 {
        let (first, last) = match name.as_bytes() {
            [only] => (*only, *only),
            [first, .., last] => (*first, *last),
            [] => (0, 0),
        };
        let mixed = 4 * usize::from(first) + usize::from(last) + 10 * name.len();
        1 << (mixed as u32 % u64::BITS)
    }
}

/// How many names are compared one by one: a license has that many claims.
const FEW: usize = 24;

/// How many bytes at the beginning stand for themselves within a string. Eight are looked at at a time.
#[inline]
fn plain_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks();
    let mut length = 0;
    for word in words {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return length + (special.trailing_zeros() / u8::BITS) as usize;
        }
        length += word.len();
    }
    length + plain_length_of_few(rest)
}

/// The same of fewer than eight bytes, as there are only at the end of a text.
#[cold]
fn plain_length_of_few(bytes: &[u8]) -> usize {
    let is_special = |&byte: &u8| byte < b' ' || byte == b'"' || byte == b'\\';
    bytes.iter().position(is_special).unwrap_or(bytes.len())
}

/// The highest bit of each byte of `word` that does not stand for itself within a string: of the
/// first such byte for certain, and of no byte if there is none.
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    let all = |byte: u8| ONES * u64::from(byte);
    // A borrow goes to higher bytes only, which come later.
    let less_than = |word: u64, least: u8| word.wrapping_sub(all(least));
    // With its second bit turned, a quotation mark is next to the control characters.
    let control_or_quote = less_than(word ^ all(2), (b'"' ^ 2) + 1);
    let backslash = less_than(word ^ all(b'\\'), 1);
    (control_or_quote | backslash) & !word & all(1 << (u8::BITS - 1))
}

/// Room for as many elements as most lists have, so that they need not move.
const USUAL_LENGTH: usize = 8;
/// How deep arrays and objects may nest; the outermost is at depth 1.
const MAX_DEPTH: u8 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(text: &str) -> Option<Flaw> {
        read(text.as_bytes(), Reader::skip)
            .err()
            .map(|fault| fault.flaw())
    }

    #[test]
    fn only_strict_json_is_read() {
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let cases: &[(&str, Option<Flaw>)] = &[
            ("{}", None),
            (" \t\r\n[ ] ", None),
            (
                r#"{"a":[true,false,null,-0,0,10,"x\"\\\/\b\f\n\r\tA"]}"#,
                None,
            ),
            (r#""\ud83d\ude00""#, None),
            ("9007199254740991", None),
            ("-9007199254740991", None),
            (&deep(16), None),
            (&deep(17), Some(Flaw::Depth)),
            ("9007199254740992", Some(Flaw::Magnitude)),
            ("-99999999999999999999999999", Some(Flaw::Magnitude)),
            ("1.0", Some(Flaw::NotInteger)),
            ("1e3", Some(Flaw::NotInteger)),
            ("-0.0", Some(Flaw::NotInteger)),
            ("01", Some(Flaw::NotInteger)),
            ("-", Some(Flaw::Syntax)),
            ("+1", Some(Flaw::Syntax)),
            (".5", Some(Flaw::Syntax)),
            ("NaN", Some(Flaw::Syntax)),
            ("", Some(Flaw::Syntax)),
            ("{} {}", Some(Flaw::Syntax)),
            ("\u{feff}{}", Some(Flaw::Syntax)),
            ("[1,]", Some(Flaw::Syntax)),
            (r#"{"a":1,}"#, Some(Flaw::Syntax)),
            (r#"{a:1}"#, Some(Flaw::Syntax)),
            (r#"{"a" 1}"#, Some(Flaw::Syntax)),
            (r#"{"a":1"#, Some(Flaw::Syntax)),
            ("\"a", Some(Flaw::Syntax)),
            ("\"\u{1}\"", Some(Flaw::Syntax)),
            (r#""\x""#, Some(Flaw::Syntax)),
            (r#""\u12g4""#, Some(Flaw::Syntax)),
            (r#""\u00"#, Some(Flaw::Syntax)),
            (r#"{"a":1,"a":2}"#, Some(Flaw::Duplicate)),
            (r#"{"a":1,"\u0061":2}"#, Some(Flaw::Duplicate)),
            (r#"[{"x":{"b":1,"b":2}}]"#, Some(Flaw::Duplicate)),
            (r#""\ud800""#, Some(Flaw::Surrogate)),
            (r#""\ud800\u0041""#, Some(Flaw::Surrogate)),
            (r#""\udc00""#, Some(Flaw::Surrogate)),
            (r#""\u0000""#, Some(Flaw::Nul)),
        ];
        for (text, expected) in cases {
            assert_eq!(flaw(text), *expected, "{text}");
        }
        assert_eq!(
            read(b"\"\xff\"", Reader::skip).map_err(|f| f.flaw()),
            Err(Flaw::NotUtf8)
        );
    }

    #[test]
    fn what_does_not_stand_for_itself_is_found_wherever_it_is() {
        for byte in 0..=u8::MAX {
            let is_special = byte < b' ' || byte == b'"' || byte == b'\\';
            for (at, around) in (0..20).flat_map(|at| [(at, b'a'), (at, b'!'), (at, 0xff)]) {
                let mut bytes = [around; 24];
                bytes[at] = byte;
                let expected = if is_special { at } else { bytes.len() };
                assert_eq!(
                    plain_length(&bytes),
                    expected,
                    "{byte} at {at} amid {around}"
                );
            }
        }
    }

    #[test]
    fn a_name_that_stands_twice_among_many_is_found() {
        let members: Vec<String> = (0..100_000)
            .map(|number| format!("\"{number}\":0"))
            .collect();
        let text = format!("{{{}}}", members.join(","));
        assert_eq!(flaw(&text), None);
        let twice = format!("{{{},\"77777\":1}}", members.join(","));
        assert_eq!(flaw(&twice), Some(Flaw::Duplicate));
    }

    #[test]
    fn a_fault_names_its_place() {
        let fault = read(br#"{"a":{"b":[1,{"c":1.5}]}}"#, Reader::skip).unwrap_err();
        assert_eq!((fault.at(), fault.flaw()), ("a.b[1].c", Flaw::NotInteger));
    }
}
