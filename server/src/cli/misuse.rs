//! Arguments that make no sense, told as every other refusal is: on one line.

use std::error::Error as _;
use std::fmt;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::screen;

/// What clap refuses, with no word of what may be a secret.
#[derive(Debug)]
pub(crate) struct Misuse {
    error: clap::Error,
    /// What is never suggested, since no help names it.
    hidden: Vec<String>,
}

impl Misuse {
    /// What is wrong with the arguments of `command`.
    pub(crate) fn of(error: clap::Error, command: &clap::Command) -> Self {
        let error = without_secrets(error);
        let mut hidden = Vec::new();
        collect_hidden(command, &mut hidden);
        Self { error, hidden }
    }

    fn texts(&self, kind: ContextKind) -> Vec<&str> {
        match self.error.get(kind) {
            Some(ContextValue::String(text)) => vec![text],
            Some(ContextValue::Strings(texts)) => texts.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    fn text(&self, kind: ContextKind) -> &str {
        self.texts(kind).into_iter().next().unwrap_or_default()
    }

    fn write_value(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flag = self.text(ContextKind::InvalidArg);
        let source = self.error.source();
        match (self.text(ContextKind::InvalidValue), source) {
            ("", None) => return write!(f, "`{flag}` needs a value"),
            ("", Some(_)) => write!(f, "`{flag}` cannot be empty")?,
            (value, _) => write!(f, "`{flag}` cannot be `{value}`")?,
        }
        match (source, self.texts(ContextKind::ValidValue).as_slice()) {
            (Some(source), _) => write!(f, ": {source}"),
            (None, []) => Ok(()),
            (None, valid) => write!(f, ": it is {}", listed(valid, "or")),
        }
    }

    fn write_missing(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.texts(ContextKind::InvalidArg).as_slice() {
            [one] => write!(f, "`{one}` is missing")?,
            several => write!(f, "{} are missing", listed(several, "and"))?,
        }
        self.write_help(f)
    }

    fn write_unknown(
        &self,
        f: &mut fmt::Formatter<'_>,
        [unknown, suggested]: [ContextKind; 2],
        what: &str,
    ) -> fmt::Result {
        write!(f, "`{}` is no {what}", self.text(unknown))?;
        let is_hidden = |name: &&str| self.hidden.iter().any(|hidden| hidden == name);
        let mut suggested = self.texts(suggested).into_iter();
        // The best stands last.
        match suggested.rfind(|name| !is_hidden(name)) {
            Some(nearest) => write!(f, ": the nearest is `{nearest}`"),
            None => self.write_help(f),
        }
    }

    fn write_conflict(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let argument = self.text(ContextKind::InvalidArg);
        match self.texts(ContextKind::PriorArg).as_slice() {
            [] => write!(f, "`{argument}` cannot stand with the rest"),
            [prior] if *prior == argument => write!(f, "`{argument}` stands twice"),
            prior => write!(f, "`{argument}` cannot stand with {}", listed(prior, "and")),
        }
    }

    /// Names the help of the command that was meant.
    fn write_help(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(ContextValue::StyledStr(usage)) = self.error.get(ContextKind::Usage) else {
            return Ok(());
        };
        let usage = usage.to_string();
        let words = usage.split_whitespace().skip(1);
        let command: Vec<&str> = words
            .take_while(|word| !word.starts_with(['<', '[', '-', '(']))
            .collect();
        write!(f, ": see `{} --help`", command.join(" "))
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ContextKind::{InvalidArg, InvalidSubcommand, SuggestedArg, SuggestedSubcommand};
        match self.error.kind() {
            ErrorKind::InvalidValue | ErrorKind::ValueValidation => self.write_value(f),
            ErrorKind::MissingRequiredArgument => self.write_missing(f),
            ErrorKind::UnknownArgument => {
                self.write_unknown(f, [InvalidArg, SuggestedArg], "argument of this command")
            }
            ErrorKind::InvalidSubcommand => {
                self.write_unknown(f, [InvalidSubcommand, SuggestedSubcommand], "command")
            }
            ErrorKind::ArgumentConflict => self.write_conflict(f),
            ErrorKind::InvalidUtf8 => f.write_str("an argument is not UTF-8"),
            kind => f.write_str(kind.as_str().unwrap_or("the arguments make no sense")),
        }
    }
}

impl std::error::Error for Misuse {}

/// The explanation of clap, with no word of what may be a secret.
fn without_secrets(mut error: clap::Error) -> clap::Error {
    let unfit: Vec<ContextKind> = error
        .context()
        .filter(|(_, value)| match value {
            ContextValue::String(text) => screen::may_be_secret(text),
            ContextValue::Strings(texts) => texts.iter().any(|text| screen::may_be_secret(text)),
            _ => false,
        })
        .map(|(kind, _)| kind)
        .collect();
    for kind in unfit {
        error.insert(kind, ContextValue::String("…".to_owned()));
    }
    error
}

fn collect_hidden(command: &clap::Command, hidden: &mut Vec<String>) {
    let flags = command.get_arguments().filter(|flag| flag.is_hide_set());
    let flags = flags.filter_map(|flag| Some(format!("--{}", flag.get_long()?)));
    hidden.extend(flags);
    for command in command.get_subcommands() {
        if command.is_hide_set() {
            hidden.push(command.get_name().to_owned());
        }
        collect_hidden(command, hidden);
    }
}

/// Names as a text lists them: `a`, `b` and `c`.
fn listed(names: &[&str], last: &str) -> String {
    match names {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [first @ .., second] => format!("`{}` {last} `{second}`", first.join("`, `")),
    }
}
