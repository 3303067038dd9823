//! What people and programs see: standard output, complaints, warnings. Colors on a terminal only,
//! and no character that would drive it.

use std::error::Error as _;
use std::fmt;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::error::Error;

pub(crate) use crate::authority::is_invisible;

/// What is fine.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is not.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What should be looked at.
pub(crate) const NOTABLE: Style = AnsiColor::Yellow.on_default().bold();
/// What explains.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Writes text to standard output, its colors on a terminal only (see https://no-color.org).
///
/// # Errors
///
/// [`Error::Print`] if it cannot be written, but not where nobody reads on.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    written(anstream::stdout().lock().write_all(text.as_bytes()))
}

/// Writes names and what they stand for to standard output, one a line.
///
/// # Errors
///
/// As [`print`].
pub(crate) fn print_facts(facts: &[(&str, String)]) -> Result<(), Error> {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, fact) in facts {
        let fact = Visible(fact);
        text.push_str(&format!("{FAINT}{name:width$}{FAINT:#}  {fact}\n"));
    }
    print(&text)
}

/// Writes a table to standard output: the names of its columns, and a line for each row.
///
/// # Errors
///
/// As [`print`].
pub(crate) fn print_table<const N: usize>(
    names: [&str; N],
    rows: &[[String; N]],
) -> Result<(), Error> {
    let rows: Vec<[String; N]> = rows
        .iter()
        .map(|row| row.each_ref().map(|cell| Visible(cell).to_string()))
        .collect();
    let mut widths = names.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; N]| {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            line.push_str(&format!("{cell:width$}  "));
        }
        line.trim_end().to_owned()
    };
    let mut text = format!("{FAINT}{}{FAINT:#}\n", line(names));
    for row in &rows {
        text.push_str(&line(row.each_ref().map(String::as_str)));
        text.push('\n');
    }
    print(&text)
}

/// Writes a value to standard output as one line of JSON, as HTTP shows it.
///
/// # Errors
///
/// As [`print`].
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), Error> {
    let text = serde_json::to_string(value).unwrap_or_default();
    print(&(text + "\n"))
}

/// Writes bytes to standard output as they are.
///
/// # Errors
///
/// As [`print`].
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    written(out.write_all(bytes).and_then(|()| out.flush()))
}

/// Says on standard error what went wrong, why, and by which name programs know it.
pub(crate) fn complain(error: &Error) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text.push_str(&format!(" [{}]", error.code()));
    say(BAD, "error:", &Visible(&text));
}

/// Says on standard error what the operator should know, although the command does as it was told.
pub(crate) fn warn(text: fmt::Arguments<'_>) {
    say(NOTABLE, "warning:", &Visible(&text.to_string()));
}

/// Text from outside, its invisible characters escaped: control characters, which could drive a
/// terminal, and those that turn or hide the text around them.
pub(crate) struct Visible<'a>(pub(crate) &'a str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((at, c)) = rest.char_indices().find(|&(_, c)| is_invisible(c)) {
            let (before, after) = rest.split_at(at);
            write!(f, "{before}{}", c.escape_default())?;
            rest = after.get(c.len_utf8()..).unwrap_or_default();
        }
        f.write_str(rest)
    }
}

/// JSON without an invisible character: such stand in strings only, where they can be escaped.
pub(crate) fn escaped_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if is_invisible(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Whether a text that was typed where something else belongs may be a secret, or no name of anything:
/// a private key, a lease, an address with a password in it.
pub(crate) fn may_be_secret(text: &str) -> bool {
    text.starts_with(TOKEN_START)
        || PRIVATE_KEY_MARKS.iter().any(|mark| text.contains(mark))
        || (text.contains("://") && text.contains('@'))
        || text.len() > LONGEST_SHOWN
}

/// How every document begins: `{"`, in base64.
const TOKEN_START: &str = "eyJ";
/// The labels of PEM, and how the keys of PKCS #8 begin in base64, versions 1 and 2.
const PRIVATE_KEY_MARKS: [&str; 3] = ["-----", "MC4CAQAw", "MFECAQEw"];
/// The longest text that is shown as it was typed, in bytes.
const LONGEST_SHOWN: usize = 255;

fn say(style: Style, label: &str, text: &dyn fmt::Display) {
    // Nothing is left to do where a complaint cannot be written.
    let _ = writeln!(anstream::stderr().lock(), "{style}{label}{style:#} {text}");
}

fn written(outcome: io::Result<()>) -> Result<(), Error> {
    match outcome {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => Err(Error::Print { source }),
        _ => Ok(()),
    }
}
