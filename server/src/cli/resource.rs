//! What the commands about an authority's resources have in common.

use clap::Args;
use serde::Serialize;

use crate::authority::{Actor, Authority, PageParams, Refusal};
use crate::clock::Clock;

use super::answer::Answer;
use super::authority::AuthorityFlags;
use super::error::Error;
use super::run::run;
use super::screen;

/// Which brand a command works for, and in which authority.
#[derive(Debug, Args)]
pub(crate) struct BrandFlags {
    /// The brand, by its code or id.
    #[arg(long, value_name = "CODE")]
    brand: String,
    #[command(flatten)]
    authority: AuthorityFlags,
}

impl BrandFlags {
    /// Opens the authority, to act for the brand.
    ///
    /// # Errors
    ///
    /// As [`AuthorityFlags::open`], and [`Error::Refused`] where there is no such brand.
    pub(crate) fn open(&self, clock: &Clock) -> Result<(Authority, Actor), Error> {
        let authority = self.authority.open(clock)?;
        let (actor, _) = run(authority.act_for(&self.brand))?;
        Ok((authority, actor))
    }

    /// Opens the authority, for what operators do to the brand.
    ///
    /// # Errors
    ///
    /// As [`AuthorityFlags::open`].
    pub(crate) fn open_as_operator(&self, clock: &Clock) -> Result<(Authority, &str), Error> {
        Ok((self.authority.open(clock)?, &self.brand))
    }
}

/// Which brand a command works for, and how it answers.
#[derive(Debug, Args)]
pub(crate) struct At {
    #[command(flatten)]
    brand: BrandFlags,
    #[command(flatten)]
    pub(crate) json: JsonFlag,
}

impl At {
    /// The brand, as it was named.
    pub(crate) fn brand(&self) -> &str {
        &self.brand.brand
    }

    /// Runs a use case for the brand.
    ///
    /// # Errors
    ///
    /// As [`BrandFlags::open`] and [`run`].
    pub(crate) fn ask<T>(
        &self,
        clock: &Clock,
        use_case: impl AsyncFnOnce(&Authority, &Actor) -> Result<T, Refusal>,
    ) -> Result<T, Error> {
        let (authority, actor) = self.brand.open(clock)?;
        run(use_case(&authority, &actor))
    }
}

/// Which part of a list is printed.
#[derive(Debug, Args)]
pub(crate) struct PageFlags {
    /// The most that is printed.
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,
    /// Goes on where the list before ended.
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
}

impl PageFlags {
    /// The page that is asked for.
    pub(crate) fn params(&self) -> PageParams {
        PageParams {
            limit: Some(self.limit),
            cursor: self.cursor.clone(),
        }
    }
}

/// How a command prints what it shows.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct JsonFlag {
    /// Prints one line of JSON, as HTTP shows it.
    #[arg(long)]
    json: bool,
}

impl JsonFlag {
    /// Whether JSON is asked for.
    pub(crate) fn is_set(self) -> bool {
        self.json
    }

    /// Prints one resource.
    ///
    /// # Errors
    ///
    /// As [`screen::print`].
    pub(crate) fn print(
        self,
        view: &impl Serialize,
        facts: &[(&str, String)],
    ) -> Result<Answer, Error> {
        match self.json {
            true => screen::print_json(view)?,
            false => screen::print_facts(facts)?,
        }
        Ok(Answer::Done)
    }

    /// Prints a list, and says where it goes on.
    ///
    /// # Errors
    ///
    /// As [`screen::print`].
    pub(crate) fn print_list<const N: usize>(
        self,
        list: &impl Serialize,
        next: Option<&str>,
        names: [&str; N],
        rows: &[[String; N]],
    ) -> Result<Answer, Error> {
        if self.json {
            screen::print_json(list)?;
            return Ok(Answer::Done);
        }
        screen::print_table(names, rows)?;
        if let Some(next) = next {
            screen::warn(format_args!("there are more: `--cursor {next}`"));
        }
        Ok(Answer::Done)
    }
}

/// A value that may be absent, as people read it.
pub(crate) fn or_none(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
