//! How a document travels in files and mail: bare, or in armour (docs/format.md, section 2).
//! Forgiving about all that mail programs and editors do, and strict about what is left.

use crate::excerpt::excerpt;
use crate::fault::{Fault, Flaw};

/// The token of `parts` parts, between dots, that `text` carries. Most of what carries none is refused at
/// a glance, and nothing is copied of it.
pub(crate) fn unwrap_parts(text: &str, parts: usize) -> Result<String, Fault> {
    if !text.contains(BEGIN) {
        refuse_foreign(text)?;
        let dots = text.bytes().filter(|&byte| byte == b'.').count();
        if dots + 1 != parts && text.bytes().any(is_token_byte) {
            return Err(Fault::new(Flaw::Parts));
        }
    }
    unwrap(text)
}

/// The token in armour of the form that [`wrap`] gives it, which most armour still has, without the end
/// of its last line. What its lines are made of is not looked at: of what decodes, [`unwrap`] makes the
/// same.
pub(crate) fn unfold(text: &str) -> Option<String> {
    let block = text.strip_prefix(BEGIN)?;
    let mut rest = LABELS.iter().find_map(|label| {
        let lines = block.strip_prefix(label)?.strip_prefix(DASHES)?;
        let lines = lines.strip_suffix(DASHES)?.strip_suffix(label)?;
        lines.strip_prefix('\n')?.strip_suffix(END)
    })?;
    // No line of a token has a colon, and a blank line follows those that have.
    while let Some((line, more)) = first_line(rest)
        && line.contains(':')
    {
        if line.contains('\r') {
            // It ends lines too, and a token may follow it.
            return None;
        }
        rest = more;
    }
    rest = rest.strip_prefix('\n').unwrap_or(rest);
    let mut token = String::with_capacity(rest.len());
    while let Some((line, more)) = rest.split_at_checked(COLUMNS)
        && let Some(more) = more.strip_prefix('\n')
    {
        token.push_str(line);
        rest = more;
    }
    token.push_str(rest.strip_suffix('\n').unwrap_or(rest));
    Some(token)
}

fn first_line(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| byte == b'\n')?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// The token that `text` carries.
pub(crate) fn unwrap(text: &str) -> Result<String, Fault> {
    let armored = match text.strip_prefix(BEGIN) {
        Some(block) => Some(block),
        None => text.split_once(BEGIN).map(|(_, block)| block),
    };
    let mut token = String::new();
    match armored {
        Some(block) => unwrap_block(block, &mut token)?,
        None => {
            token.reserve(text.len());
            strip(text, &mut token)?;
        }
    }
    if token.is_empty() {
        Err(Fault::new(Flaw::Empty))
    } else {
        Ok(token)
    }
}

/// `token` in armour: `names` are lines for people, which no reader trusts.
pub(crate) fn wrap(label: &str, names: &[(&str, &str)], token: &str) -> String {
    let mut text = format!("{BEGIN}{label}{DASHES}\n");
    for (name, value) in names {
        let visible = |text: &str| text.replace(|c: char| c.is_control() || c == ':', " ");
        let value: String = value
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        text.push_str(&format!("{}: {value}\n", visible(name)));
    }
    if !names.is_empty() {
        text.push('\n');
    }
    let mut rest = token;
    while let Some((line, more)) = rest.split_at_checked(COLUMNS) {
        text.push_str(line);
        text.push('\n');
        rest = more;
    }
    if !rest.is_empty() {
        text.push_str(rest);
        text.push('\n');
    }
    text.push_str(&format!("{END}{label}{DASHES}\n"));
    text
}

/// The labels that armour may have.
const LABELS: [&str; 6] = [
    "LICENSE",
    "LEASE",
    "STATUS LIST",
    "TRUST UPDATE",
    "ACTIVATION REQUEST",
    "ACTIVATION ANSWER",
];
const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
/// The length of a line in armour, in characters.
const COLUMNS: usize = 64;

/// Appends to `token` the lines of the armoured block whose label `text` begins with, those for people
/// left out.
fn unwrap_block(text: &str, token: &mut String) -> Result<(), Fault> {
    let (label, body) = text.split_once(DASHES).unwrap_or((text, ""));
    if !LABELS.contains(&label) {
        let shown = excerpt(label);
        return Err(Fault::because(
            Flaw::Label,
            format_args!("armour of a `{shown}`"),
        ));
    }
    token.reserve(body.len());
    // No full line holds a part of the END line: that has a blank.
    let body = take_full_lines(token_lines(body), token);
    let closed = body.split_once(END).filter(|(_, end)| {
        let closing = end.strip_prefix(label);
        closing.is_some_and(|after| after.starts_with(DASHES))
    });
    let (rest, _) = closed.ok_or_else(|| Fault::new(Flaw::Unclosed))?;
    strip(rest, token)
}

/// What follows the lines for people, which may say anything, even what an END line says.
fn token_lines(body: &str) -> &str {
    let rest = after_names(body);
    if full_line(rest).is_some() {
        rest
    } else {
        after_wrapped_names(body).unwrap_or(rest)
    }
}

/// What follows lines that are blank or have a colon.
fn after_names(mut body: &str) -> &str {
    while full_line(body).is_none()
        && let Some((line, rest)) = body.split_once(['\n', '\r'])
        && (line.contains(':') || line.chars().all(is_wrapping))
    {
        body = rest;
    }
    body
}

/// What follows lines for people that were wrapped, so that some have no colon: the first blank line
/// ends them, if a whole token comes after it.
fn after_wrapped_names(body: &str) -> Option<&str> {
    let mut rest = body.trim_start_matches(is_wrapping);
    let (mut line, mut more) = rest.split_once('\n')?;
    if !line.contains(':') {
        return None;
    }
    while !line.chars().all(is_wrapping) {
        rest = more;
        (line, more) = rest.split_once('\n')?;
    }
    let (token, _) = more.split_once(END)?;
    (token.matches('.').count() >= 2).then_some(after_names(more))
}

/// Appends to `token` the full lines that `text` begins with; what is left of it comes back.
fn take_full_lines<'a>(mut text: &'a str, token: &mut String) -> &'a str {
    while let Some((line, rest)) = full_line(text) {
        token.push_str(line);
        text = rest;
    }
    text
}

/// The first line and what follows it, if it is as long as [`wrap`] makes them and a part of a token.
fn full_line(text: &str) -> Option<(&str, &str)> {
    let (line, rest) = text.split_at_checked(COLUMNS)?;
    let rest = rest.strip_prefix('\n').or(rest.strip_prefix("\r\n"))?;
    let is_token = line.as_bytes().first_chunk().is_some_and(is_token_block);
    is_token.then_some((line, rest))
}

/// Appends to `token` the part of it that `text` is, without what stands around and between its lines.
fn strip(text: &str, token: &mut String) -> Result<(), Fault> {
    refuse_foreign(text)?;
    for line in text.lines() {
        if is_token(line) {
            token.push_str(line);
        } else {
            token.extend(line.split(is_wrapping));
        }
    }
    Ok(())
}

/// Refuses what is neither part of a token nor stands around and between its lines.
fn refuse_foreign(text: &str) -> Result<(), Fault> {
    let (blocks, _) = text.as_bytes().as_chunks::<COLUMNS>();
    let plain = blocks.iter().take_while(|block| is_plain_block(block));
    // Every byte before is ASCII, so that a character begins here.
    let rest = text.get(plain.count() * COLUMNS..).unwrap_or_default();
    let is_known = |c: char| u8::try_from(c).is_ok_and(is_token_byte) || is_wrapping(c);
    match rest.chars().find(|&c| !is_known(c)) {
        None => Ok(()),
        Some(foreign) => Err(Fault::because(
            Flaw::ForeignCharacter,
            format_args!("`{}` is no part of a document", foreign.escape_debug()),
        )),
    }
}

/// Whether a block is made of token bytes and of wrapping that is ASCII, looked at without a branch.
fn is_plain_block(block: &[u8; COLUMNS]) -> bool {
    block.iter().fold(true, |all, &byte| {
        let is_blank = matches!(byte, b'\t'..=b'\r') | (byte == b' ');
        let is_quote = (byte == b'>') | (byte == b'"') | (byte == b'\'') | (byte == b'`');
        all & (is_token_byte(byte) | is_blank | is_quote)
    })
}

/// Whether `text` is made of token bytes alone. The last block overlaps the one before.
fn is_token(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes.last_chunk() {
        Some(last) => bytes.as_chunks().0.iter().all(is_token_block) && is_token_block(last),
        None => bytes.iter().all(|&byte| is_token_byte(byte)),
    }
}

/// Looks at a block as a whole, without a branch.
fn is_token_block(block: &[u8; COLUMNS]) -> bool {
    block
        .iter()
        .fold(true, |all, &byte| all & is_token_byte(byte))
}

/// What a token is made of; `+`, `/` and `=` are told apart later, as another base64.
fn is_token_byte(byte: u8) -> bool {
    // From `+` to `9` stand `-`, `.`, `/` and the digits, and a comma.
    let from_plus_to_9 = matches!(byte, b'+'..=b'9') & (byte != b',');
    byte.is_ascii_alphabetic() | from_plus_to_9 | (byte == b'_') | (byte == b'=')
}

/// What mail programs and editors put around and between the lines of a token.
fn is_wrapping(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '>' | '"' | '\'' | '`' | '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{2060}'
                | '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2039}' | '\u{203a}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJh.bGci-_.OiJF";

    #[test]
    fn a_token_survives_what_mail_does_to_it() {
        let armoured = wrap(
            "LICENSE",
            &[("Customer", "ACME: Corp\nx"), ("No:te", "")],
            TOKEN,
        );
        let quoted: String = armoured
            .lines()
            .map(|line| format!("> {line}\r\n"))
            .collect();
        let carriers = [
            wrap("LICENSE", &[("Customer", "-----END LICENSE-----")], TOKEN),
            format!(
                "{BEGIN}LEASE{DASHES}\nCustomer: a name\nwrapped by mail\n\n{TOKEN}\n{END}LEASE{DASHES}"
            ),
            format!(
                "{BEGIN}LEASE{DASHES}\r\n> A: b\r\n> c.d\r\n>\r\n> {TOKEN}\r\n> {END}LEASE{DASHES}"
            ),
            format!(
                "{BEGIN}LEASE{DASHES}\nA: b\neyJh.bGci-\n_.OiJF\n\n{END}LEASE{DASHES}\n\na. b.\n"
            ),
            format!("{BEGIN}LEASE{DASHES}\nA: b\neyJh.bGci-\n\n_.OiJF\n{END}LEASE{DASHES}"),
            TOKEN.to_owned(),
            format!("  {TOKEN}\n"),
            format!("\u{feff}{TOKEN}"),
            "\"eyJh.bG\r\n   ci-_.\u{200b}OiJF\"".to_owned(),
            "“eyJh.bGci-_.OiJF”".to_owned(),
            format!("Dear customer,\n\n{armoured}\nregards"),
            format!("> {}", quoted.replace('\n', "\n>")),
            quoted,
        ];
        for carrier in carriers {
            assert_eq!(unwrap(&carrier).as_deref(), Ok(TOKEN), "{carrier}");
        }
    }

    #[test]
    fn lines_of_any_length_and_end_are_read_alike() {
        let token = TOKEN.repeat(20);
        for (columns, length) in (1..=2 * COLUMNS + 1).zip((1..=token.len()).rev()) {
            for end in ["\n", "\r\n", "\r", "\n\n", " \n", "\n> ", "\u{a0}\n", " "] {
                let token = &token[..length];
                let lines: Vec<&str> = (0..length.div_ceil(columns))
                    .map(|line| &token[line * columns..length.min((line + 1) * columns)])
                    .collect();
                let body = lines.join(end);
                let armoured = format!("{BEGIN}LEASE{DASHES}{end}{body}{end}{END}LEASE{DASHES}");
                assert_eq!(unwrap(&body).as_deref(), Ok(token), "{body}");
                assert_eq!(unwrap(&armoured).as_deref(), Ok(token), "{armoured}");
            }
        }
    }

    #[test]
    fn armour_as_it_is_written_is_read_alike_at_once_and_line_by_line() {
        let full = "a".repeat(COLUMNS);
        let dotted = format!("b.{}", &full[2..]);
        let named = format!("N: {}", &full[3..]);
        let lines = [
            "",
            "N: x",
            "N: -----END LICENSE-----",
            "N: x\rc.d",
            "wrapped by mail",
            "c.d",
            "> c.d",
            "e.f.g",
            "c.d\r",
            &full,
            &dotted,
            &named,
        ];
        let armour = |lines: &[&str]| {
            let body = lines.join("\n");
            format!("{BEGIN}LICENSE{DASHES}\n{body}\n{END}LICENSE{DASHES}")
        };
        let mut unfolded = 0;
        for number in 0..lines.len().pow(5) {
            let digits = (0..5).map(|place| number / lines.len().pow(place) % lines.len());
            let text = armour(&digits.map(|digit| lines[digit]).collect::<Vec<_>>());
            let decodes = |token: &String| {
                token.matches('.').count() == 2
                    && token
                        .bytes()
                        .all(|byte| byte == b'.' || byte.is_ascii_alphanumeric())
            };
            if let Some(token) = unfold(&text).filter(decodes) {
                assert_eq!(unwrap(&text), Ok(token), "{text}");
                unfolded += 1;
            }
        }
        assert!(unfolded > 100, "{unfolded}");
        for length in 0..3 * COLUMNS {
            let token = &TOKEN.repeat(20)[..length];
            for names in [&[][..], &[("Customer", "ACME: Corp"), ("No:te", "")]] {
                let text = wrap("LEASE", names, token);
                let text = text.trim_end();
                assert_eq!(unfold(text).as_deref(), Some(token), "{text}");
                assert_eq!(unfold(&text.replace("END LEASE", "END LICENSE")), None);
                assert_eq!(unfold(&text[1..]), None);
            }
        }
    }

    #[test]
    fn what_is_wrong_after_full_lines_is_named() {
        let full = format!("{}\n", "a".repeat(COLUMNS)).repeat(3);
        let rows = [
            ("", Err(Flaw::Unclosed)),
            ("-----END LICENSE-----", Ok(())),
            ("a\n-----END LICENSE-----", Ok(())),
            ("é\n-----END LICENSE-----", Err(Flaw::ForeignCharacter)),
            (
                "Name: x\n-----END LICENSE-----",
                Err(Flaw::ForeignCharacter),
            ),
            ("-----END LEASE-----", Err(Flaw::Unclosed)),
            ("-----END LICENSE----", Err(Flaw::Unclosed)),
            ("-----END LICENSES-----", Err(Flaw::Unclosed)),
        ];
        for (rest, expected) in rows {
            let armoured = format!("{BEGIN}LICENSE{DASHES}\n{full}{rest}");
            let read = unwrap(&armoured).map(drop).map_err(|fault| fault.flaw());
            assert_eq!(read, expected, "{armoured}");
        }
    }

    #[test]
    fn damage_to_the_carrier_is_named() {
        let cases = [
            ("", Flaw::Empty),
            (" \n\u{feff}\"", Flaw::Empty),
            ("eyJh.bGci.Oi!F", Flaw::ForeignCharacter),
            ("eyJh.bGci.OiéF", Flaw::ForeignCharacter),
            (
                "-----BEGIN LICENSE-----\n\n-----END LICENSE-----",
                Flaw::Empty,
            ),
            ("-----BEGIN LICENSE-----\neyJh", Flaw::Unclosed),
            (
                "-----BEGIN LICENSE-----\neyJh\n-----END LEASE-----",
                Flaw::Unclosed,
            ),
            (
                "-----BEGIN LICENSE-----\neyJh\n-----END LICENSE",
                Flaw::Unclosed,
            ),
            (
                "-----BEGIN CERTIFICATE-----\neyJh\n-----END CERTIFICATE-----",
                Flaw::Label,
            ),
            (
                "-----BEGIN LICENSE-----\neyJh\nName: value\n-----END LICENSE-----",
                Flaw::ForeignCharacter,
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(
                unwrap(text).map_err(|fault| fault.flaw()),
                Err(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn a_text_of_another_number_of_parts_is_refused_at_a_glance() {
        let rows = [
            ("eyJh.bGci.OiJF", Ok("eyJh.bGci.OiJF")),
            ("> eyJh.\n> bGci.OiJF", Ok("eyJh.bGci.OiJF")),
            ("", Err(Flaw::Empty)),
            (" \n\u{feff}\"", Err(Flaw::Empty)),
            ("only words", Err(Flaw::Parts)),
            ("eyJh.bGci", Err(Flaw::Parts)),
            ("a.b\u{200b}.c\n> .d", Err(Flaw::Parts)),
            ("only words, and a comma", Err(Flaw::ForeignCharacter)),
            ("-----BEGIN LEASE-----\na.b.c\n", Err(Flaw::Unclosed)),
        ];
        for (text, expected) in rows {
            let read = unwrap_parts(text, 3);
            assert_eq!(read.as_deref().map_err(Fault::flaw), expected, "{text:?}");
            let padded = format!("{}{text}", " ".repeat(3 * COLUMNS));
            assert_eq!(unwrap_parts(&padded, 3), read, "{text:?}");
        }
    }

    #[test]
    fn armour_is_wrapped_at_64_columns() {
        let token = "a".repeat(64 * 2 + 1);
        let armour = wrap("LEASE", &[], &token);
        let lengths: Vec<usize> = armour.lines().map(str::len).collect();
        assert_eq!(lengths, [21, 64, 64, 1, 19]);
    }
}
