//! The strict JSON of docs/format.md, section 1: RFC 8259, and besides no member
//! twice, integers only, nothing deeper than 16, no lone surrogate and no NUL.

mod as_written;
mod names;
mod plain;

use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

use crate::fault::{Fault, Flaw};
use crate::moment::Moment;

pub(crate) use self::as_written::AsWritten;
pub(crate) use self::names::Names;
use self::plain::{is_special, plain_length};

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
        rest: text,
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
#[derive(Clone)]
pub struct Reader<'a> {
    text: &'a str,
    /// What is not read yet.
    rest: &'a str,
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
        let mut goes_on = self.open(b'{', b'}', "an object is expected")?;
        while goes_on {
            let start = self.at() + 1;
            let unusual;
            let (name, is_new) = match self.plain_string() {
                Some(name) => {
                    self.colon()?;
                    (name, names.insert(name, start))
                }
                None => {
                    unusual = self.unusual_name()?;
                    self.colon()?;
                    (&*unusual, names.insert_other(&unusual))
                }
            };
            if !is_new {
                return Err(Fault::new(Flaw::Duplicate).within(name));
            }
            member(self, name).map_err(|fault| fault.within(name))?;
            goes_on = self.another(b'}')?;
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
        let mut goes_on = self.open(b'[', b']', "an array is expected")?;
        let mut index = 0;
        while goes_on {
            element(self).map_err(|fault| fault.at_index(index))?;
            goes_on = self.another(b']')?;
            index += 1;
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
        not_empty(list)
    }

    /// Reads an array that is not empty, of strings that are values of their own syntax.
    pub(crate) fn parsed_list<T>(&mut self) -> Result<Vec<T>, Fault>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let mut list = Vec::with_capacity(USUAL_LENGTH);
        self.array(|reader| reader.keep_parsed(|value| list.push(value)))?;
        not_empty(list)
    }

    /// Reads a string; it is copied only if it holds an escape.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        match self.plain_string() {
            Some(plain) => Ok(Cow::Borrowed(plain)),
            None => self.unusual_string().map(Cow::Owned),
        }
    }

    /// Goes past a string that stands for itself, if one comes next. One copy of the code for names and
    /// values, which a document consists of for the most part.
    #[inline(never)]
    fn plain_string(&mut self) -> Option<&'a str> {
        let rest = self.rest.strip_prefix('"')?;
        let Some(length) = plain_length(rest.as_bytes()) else {
            return self.plain_string_near_end();
        };
        let (plain, rest) = rest.split_at_checked(length)?;
        self.rest = rest.strip_prefix('"')?;
        Some(plain)
    }

    /// The same of one that ends with the last few bytes of the text.
    #[cold]
    #[inline(never)]
    fn plain_string_near_end(&mut self) -> Option<&'a str> {
        let rest = self.rest.strip_prefix('"')?;
        let (plain, rest) = rest.split_at_checked(rest.bytes().position(is_special)?)?;
        self.rest = rest.strip_prefix('"')?;
        Some(plain)
    }

    /// Reads the name of a member that holds an escape, or is none.
    #[cold]
    fn unusual_name(&mut self) -> Result<String, Fault> {
        match self.peek() {
            Some(b'"') => self.unusual_string(),
            _ => Err(self.syntax("the name of a member is expected")),
        }
    }

    /// Reads a string that holds an escape, or does not end as it should, or is none.
    #[cold]
    fn unusual_string(&mut self) -> Result<String, Fault> {
        if !self.take(b'"') {
            return Err(self.wrong_type("a string is expected"));
        }
        let mut unescaped = String::new();
        loop {
            let plain = self.rest.bytes().position(is_special);
            let plain = plain.unwrap_or(self.rest.len());
            let (plain, rest) = self.rest.split_at_checked(plain).unwrap_or_default();
            unescaped.push_str(plain);
            self.rest = rest;
            if self.take(b'"') {
                return Ok(unescaped);
            }
            if self.take(b'\\') {
                unescaped.push(self.escape()?);
                continue;
            }
            return Err(self.syntax(match self.peek() {
                Some(_) => "a control character in a string",
                None => "a string that does not end",
            }));
        }
    }

    /// Reads an integer of magnitude at most [`MAX_INTEGER`].
    #[inline(never)]
    pub(crate) fn integer(&mut self) -> Result<i64, Fault> {
        let bytes = self.rest.as_bytes();
        let (mut number, mut count) = (0_i64, 0);
        for byte in bytes {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            // Wraps where there are too many digits, which are counted.
            number = number.wrapping_mul(10).wrapping_add(i64::from(digit));
            count += 1;
        }
        let is_plain = match bytes {
            [b'1'..=b'9', ..] => count < MAX_DIGITS,
            _ => count == 1,
        };
        match self.rest.split_at_checked(count) {
            Some((_, rest)) if is_plain && !begins_fraction(rest) => {
                self.rest = rest;
                Ok(number)
            }
            _ => self.unusual_integer(),
        }
    }

    /// Reads an integer that has a sign or the most digits, or is none.
    #[cold]
    fn unusual_integer(&mut self) -> Result<i64, Fault> {
        let negative = self.take(b'-');
        if !negative && !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.wrong_type("an integer is expected"));
        }
        let after = self.rest.trim_start_matches(|it: char| it.is_ascii_digit());
        let digits = self.rest.len() - after.len();
        let digits = self.rest.get(..digits).unwrap_or_default();
        self.rest = after;
        match digits.as_bytes() {
            [] => return Err(self.syntax("a number without digits")),
            [b'0', _, ..] => return Err(Fault::new(Flaw::NotInteger)),
            _ if begins_fraction(after) => return Err(Fault::new(Flaw::NotInteger)),
            _ => {}
        }
        match digits.parse() {
            Ok(magnitude @ ..=MAX_INTEGER) => Ok(if negative { -magnitude } else { magnitude }),
            _ => Err(Fault::new(Flaw::Magnitude)),
        }
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
        self.keep_parsed(|value| *place = value)
    }

    /// Reads a string as a value of its own syntax, which `keep` puts where it stays: what is returned in
    /// a result is moved once more.
    #[inline]
    fn keep_parsed<T>(&mut self, keep: impl FnOnce(T)) -> Result<(), Fault>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        match T::from_str(&self.string()?) {
            Ok(value) => {
                keep(value);
                Ok(())
            }
            Err(error) => Err(Fault::because(Flaw::Text, error)),
        }
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
        let mut words = ["true", "false", "null"].into_iter();
        match words.find_map(|word| self.rest.strip_prefix(word)) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(self.syntax("a value is expected")),
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let mut chars = self.rest.chars();
        let escaped = chars.next();
        self.rest = chars.as_str();
        Ok(match escaped {
            Some(plain @ ('"' | '\\' | '/')) => plain,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode_escape(),
            _ => return Err(self.syntax("an escape that JSON does not have")),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, Fault> {
        let first = self.four_hex_digits()?;
        let code = match first {
            0 => return Err(Fault::new(Flaw::Nul)),
            0xD800..=0xDBFF => {
                let Some(rest) = self.rest.strip_prefix("\\u") else {
                    return Err(Fault::new(Flaw::Surrogate));
                };
                self.rest = rest;
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
            let mut chars = self.rest.chars();
            let digit = chars.next().and_then(|digit| digit.to_digit(16));
            let Some(digit) = digit else {
                return Err(self.syntax("four hexadecimal digits are expected after `\\u`"));
            };
            code = code * 16 + digit;
            self.rest = chars.as_str();
        }
        Ok(code)
    }

    /// Goes into an object or array, to its first member or element, if it has one.
    #[inline(always)]
    fn open(&mut self, begin: u8, end: u8, expected: &'static str) -> Result<bool, Fault> {
        if self.depth == MAX_DEPTH || !self.take(begin) {
            return Err(self.not_open(begin, expected));
        }
        self.depth += 1;
        self.skip_blanks();
        Ok(!self.take(end))
    }

    #[cold]
    fn not_open(&self, begin: u8, expected: &'static str) -> Fault {
        if self.peek() == Some(begin) {
            Fault::new(Flaw::Depth)
        } else {
            self.wrong_type(expected)
        }
    }

    /// Goes on behind a member or an element to the next one, or past the `end` of them all.
    #[inline(always)]
    fn another(&mut self, end: u8) -> Result<bool, Fault> {
        match self.rest.as_bytes() {
            [b',', b'!'..=u8::MAX, ..] => Ok(self.take(b',')),
            [byte, ..] if *byte == end => Ok(!self.take(end)),
            _ => self.another_amid_blanks(end),
        }
    }

    #[cold]
    fn another_amid_blanks(&mut self, end: u8) -> Result<bool, Fault> {
        self.skip_blanks();
        if self.take(b',') {
            self.skip_blanks();
            return Ok(true);
        }
        if self.take(end) {
            return Ok(false);
        }
        Err(self.syntax("`,` is expected"))
    }

    /// Goes from the name of a member to its value.
    #[inline(always)]
    fn colon(&mut self) -> Result<(), Fault> {
        match self.rest.as_bytes() {
            [b':', b'!'..=u8::MAX, ..] => {
                self.take(b':');
                Ok(())
            }
            _ => self.colon_amid_blanks(),
        }
    }

    #[cold]
    fn colon_amid_blanks(&mut self) -> Result<(), Fault> {
        self.skip_blanks();
        if !self.take(b':') {
            return Err(self.syntax("`:` is expected"));
        }
        self.skip_blanks();
        Ok(())
    }

    /// Goes past `byte`, which is ASCII, if it comes next.
    #[inline(always)]
    fn take(&mut self, byte: u8) -> bool {
        match self.rest.strip_prefix(char::from(byte)) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    #[inline]
    fn skip_blanks(&mut self) {
        if let Some(..=b' ') = self.peek() {
            self.skip_some_blanks();
        }
    }

    /// Apart, since documents are written without any.
    #[cold]
    fn skip_some_blanks(&mut self) {
        let is_blank = |it| matches!(it, ' ' | '\t' | '\n' | '\r');
        self.rest = self.rest.trim_start_matches(is_blank);
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.rest.as_bytes().first().copied()
    }

    /// Where in the text it is, in bytes.
    fn at(&self) -> usize {
        self.text.len() - self.rest.len()
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
            format_args!("not JSON at byte {}: {reason}", self.at()),
        )
    }
}

fn not_empty<T>(list: Vec<T>) -> Result<Vec<T>, Fault> {
    if list.is_empty() {
        Err(Fault::new(Flaw::EmptyArray))
    } else {
        Ok(list)
    }
}

/// Whether a number goes on with what an integer has not.
#[inline]
fn begins_fraction(rest: &str) -> bool {
    matches!(rest.as_bytes().first(), Some(b'.' | b'e' | b'E'))
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
            // The name of the second goes over the value of the first, and has the same bit as it.
            (r#"{"x":"P","x\":\"P":"w"}"#, None),
            (r#"{"x\":\"P":"w","x":"P"}"#, None),
            (r#"{"x\":\"P":1,"x\u0022:\"P":2}"#, Some(Flaw::Duplicate)),
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
