//! `countersign config`: what is set, and where.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use crate::config::Origin;

use super::answer::Answer;
use super::authority::ConfigFlags;
use super::error::Error;
use super::screen;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Prints every setting that is in force and where it comes from, passwords masked.
    ///
    /// A flag is stronger than a variable of the environment (`COUNTERSIGN_...`), and that than the
    /// file, in which a setting has the name that is printed here.
    Show {
        #[command(flatten)]
        flags: Box<ConfigFlags>,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
}

impl Command {
    pub(crate) fn run(self) -> Result<Answer, Error> {
        match self {
            Self::Show { flags, json } => show(&flags, json),
        }
    }
}

fn show(flags: &ConfigFlags, json: bool) -> Result<Answer, Error> {
    let config = flags.config()?;
    if json {
        let settings: Map<String, Value> = config
            .shown()
            .map(|(setting, value, origin)| {
                let shown = json!({"value": value, "from": origin.to_string()});
                (setting.name.to_owned(), shown)
            })
            .collect();
        screen::print(&format!("{:#}\n", Value::Object(settings)))?;
        return Ok(Answer::Done);
    }
    let shown: Vec<(&str, String)> = config
        .shown()
        .map(|(setting, value, origin)| {
            let value = match value.is_empty() {
                true => "-".to_owned(),
                false => value,
            };
            let origin = match origin {
                Origin::Flag => format!("--{}", setting.flag),
                Origin::Environment => setting.variable.to_owned(),
                origin => origin.to_string(),
            };
            (setting.name, format!("{value}  ({origin})"))
        })
        .collect();
    screen::print_facts(&shown)?;
    Ok(Answer::Done)
}
