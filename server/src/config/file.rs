//! The configuration's file: TOML, a setting a line.

use std::io;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::{ConfigError, Origin, Setting, Stated};

/// Reads the settings of a file; none, where there is no file and none was asked for.
pub(super) fn read(path: &Path, is_asked_for: bool) -> Result<Vec<Stated>, ConfigError> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if !is_asked_for && is_absent(&error) => return Ok(Vec::new()),
        read => read.map_err(|source| ConfigError::File {
            file: path.to_owned(),
            source,
        })?,
    };
    parse(path, &text)
}

fn is_absent(error: &io::Error) -> bool {
    let kind = error.kind();
    kind == io::ErrorKind::NotFound || kind == io::ErrorKind::NotADirectory
}

fn parse(path: &Path, text: &str) -> Result<Vec<Stated>, ConfigError> {
    let fault = |line: usize, reason: String| ConfigError::Line {
        file: path.to_owned(),
        line,
        reason,
    };
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        fault(line, error.message().to_owned())
    })?;
    let mut stated = Vec::new();
    for (name, value) in table.into_inner() {
        let line = line_of(text, name.span().start);
        let setting = Setting::named(name.get_ref()).ok_or_else(|| {
            let name = name.get_ref();
            fault(line, format!("there is no setting `{name}`"))
        })?;
        let value = written(value.get_ref()).ok_or_else(|| {
            let reason = format!(
                "`{}` is to be a text, a number or a list of texts",
                setting.name
            );
            fault(line, reason)
        })?;
        let origin = Origin::File {
            file: path.to_owned(),
            line,
        };
        stated.push(Stated {
            setting,
            value,
            origin,
        });
    }
    Ok(stated)
}

/// A value as it would be written on the command line.
fn written(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().replace('_', "")),
        DeValue::Array(values) => {
            let texts = values.iter().map(|value| match value.get_ref() {
                DeValue::String(text) => Some(text.as_ref()),
                _ => None,
            });
            Some(texts.collect::<Option<Vec<_>>>()?.join(","))
        }
        _ => None,
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or_default();
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<(&'static str, String, usize)>, String> {
        let stated = parse(Path::new("f.toml"), text).map_err(|error| error.to_string())?;
        Ok(stated
            .into_iter()
            .map(|stated| match stated.origin {
                Origin::File { line, .. } => (stated.setting.name, stated.value, line),
                other => panic!("{other:?}"),
            })
            .collect())
    }

    #[test]
    fn texts_numbers_and_lists_are_read_with_their_lines() {
        assert_eq!(
            parsed("# a\nbody_limit = 1_024\n\nproxies = ['10.0.0.0/8', '::1']\nlog = \"json\"\n"),
            Ok(vec![
                ("body_limit", "1024".to_owned(), 2),
                ("log", "json".to_owned(), 5),
                ("proxies", "10.0.0.0/8,::1".to_owned(), 4),
            ])
        );
    }

    #[test]
    fn what_is_no_setting_is_refused_by_name_and_line() {
        for (text, says) in [
            (
                "\nlsten = 'x'\n",
                "`f.toml`: line 2: there is no setting `lsten`",
            ),
            (
                "log = 1.5\n",
                "`f.toml`: line 1: `log` is to be a text, a number or a list of texts",
            ),
            (
                "[log]\nlevel = 'x'\n",
                "`f.toml`: line 1: `log` is to be a text, a number or a list of texts",
            ),
        ] {
            assert_eq!(parsed(text), Err(says.to_owned()));
        }
    }
}
