//! How a document travels in files and mail: bare, or in armour (docs/format.md, section 2).
//! Forgiving about all that mail programs and editors do, and strict about what is left.

use crate::excerpt::excerpt;
use crate::fault::{Fault, Flaw};

/// The token that `text` carries.
pub(crate) fn unwrap(text: &str) -> Result<String, Fault> {
    let token = match text.find(BEGIN) {
        Some(start) => strip(block(text.get(start..).unwrap_or_default())?, text.len())?,
        None => strip(text.lines(), text.len())?,
    };
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
/// How many bytes are looked at together.
const BLOCK: usize = 64;

/// The lines of the armoured block that `text` begins with, those for people left out.
fn block(text: &str) -> Result<impl Iterator<Item = &str>, Fault> {
    let label_and_rest = text.get(BEGIN.len()..).unwrap_or_default();
    let (label, body) = label_and_rest
        .split_once(DASHES)
        .unwrap_or((label_and_rest, ""));
    if !LABELS.contains(&label) {
        let shown = excerpt(label);
        return Err(Fault::because(
            Flaw::Label,
            format_args!("armour of a `{shown}`"),
        ));
    }
    let (body, end) = token_lines(body)
        .split_once(END)
        .ok_or_else(|| Fault::new(Flaw::Unclosed))?;
    if end
        .split_once(DASHES)
        .is_none_or(|(closing, _)| closing != label)
    {
        return Err(Fault::new(Flaw::Unclosed));
    }
    Ok(body.lines())
}

/// What follows the lines for people, which may say anything, even what an END line says.
fn token_lines(mut body: &str) -> &str {
    while let Some((line, rest)) = body.split_once(['\n', '\r'])
        && (line.contains(':') || line.chars().all(is_wrapping))
    {
        body = rest;
    }
    body
}

fn strip<'a>(lines: impl Iterator<Item = &'a str>, most: usize) -> Result<String, Fault> {
    let mut token = String::with_capacity(most);
    for line in lines {
        if is_token(line) {
            token.push_str(line);
            continue;
        }
        for part in line.split(is_wrapping) {
            if let Some(foreign) = part
                .chars()
                .find(|&c| !u8::try_from(c).is_ok_and(is_token_byte))
            {
                return Err(Fault::because(
                    Flaw::ForeignCharacter,
                    format_args!("`{}` is no part of a document", foreign.escape_debug()),
                ));
            }
            token.push_str(part);
        }
    }
    Ok(token)
}

/// Whether `text` is made of token bytes alone. Blocks are looked at as a whole, without a branch; the
/// last one overlaps the one before.
fn is_token(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_token_block = |block: &[u8; BLOCK]| {
        block
            .iter()
            .fold(true, |all, &byte| all & is_token_byte(byte))
    };
    match bytes.last_chunk() {
        Some(last) => bytes.as_chunks().0.iter().all(is_token_block) && is_token_block(last),
        None => bytes.iter().all(|&byte| is_token_byte(byte)),
    }
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

    #[test]
    fn a_token_survives_what_mail_does_to_it() {
        const TOKEN: &str = "eyJh.bGci-_.OiJF";
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
    fn armour_is_wrapped_at_64_columns() {
        let token = "a".repeat(64 * 2 + 1);
        let armour = wrap("LEASE", &[], &token);
        let lengths: Vec<usize> = armour.lines().map(str::len).collect();
        assert_eq!(lengths, [21, 64, 64, 1, 19]);
    }
}
