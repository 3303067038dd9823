//! `countersign brand`: who sells products through the authority.

use clap::{Args, Subcommand};
use countersign::Code;

use crate::authority::{Actor, BrandOrder, BrandPatch, BrandView};
use crate::clock::Clock;

use super::answer::Answer;
use super::authority::AuthorityFlags;
use super::error::Error;
use super::pair::MemberFlag;
use super::resource::{JsonFlag, PageFlags};
use super::run::run;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a brand, with a key to sign with and a standby key.
    Create(Create),
    /// Lists brands, newest first.
    List(List),
    /// Shows a brand.
    Show(Which),
    /// Changes a brand: what is stated.
    Change(Change),
    /// Deletes a brand that has no licenses, with everything that is its own.
    Delete(Which),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Its code, which is signed into licenses and never changes.
    code: Code,
    /// What people call it [default: the code].
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    authority: AuthorityFlags,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    page: PageFlags,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    authority: AuthorityFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The brand, by its code or id.
    brand: String,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    authority: AuthorityFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// The brand, by its code or id.
    brand: String,
    /// What people call it.
    #[arg(long)]
    name: Option<String>,
    /// A setting; `null` takes it away. May be repeated.
    #[arg(long = "setting", value_name = "NAME=JSON")]
    settings: Vec<MemberFlag>,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    authority: AuthorityFlags,
}

impl Command {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        match self {
            Self::Create(create) => create.run(clock),
            Self::List(list) => list.run(clock),
            Self::Show(which) => {
                let brand = run(which.authority.open(clock)?.brand(&which.brand))?;
                print(which.json, &brand)
            }
            Self::Change(change) => change.run(clock),
            Self::Delete(which) => {
                let authority = which.authority.open(clock)?;
                run(authority.delete_brand(&Actor::command(), &which.brand))?;
                Ok(Answer::Done)
            }
        }
    }
}

impl Create {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let order = BrandOrder {
            name: self.name.unwrap_or_else(|| self.code.to_string()),
            slug: self.code,
        };
        let authority = self.authority.open(clock)?;
        let brand = run(authority.create_brand(&Actor::command(), order, None))?;
        print(self.json, &brand)
    }
}

impl List {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let list = run(self.authority.open(clock)?.brands(&self.page.params()))?;
        let rows: Vec<[String; 4]> = list
            .brands
            .iter()
            .map(|brand| {
                [
                    brand.slug.to_string(),
                    brand.name.clone(),
                    brand.created_at.to_string(),
                    brand.id.clone(),
                ]
            })
            .collect();
        let names = ["code", "name", "created at", "id"];
        self.json
            .print_list(&list, list.next.as_deref(), names, &rows)
    }
}

impl Change {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let settings = self
            .settings
            .into_iter()
            .map(|setting| (setting.name, setting.value));
        let patch = BrandPatch {
            name: self.name,
            settings: Some(settings.collect()),
        };
        let authority = self.authority.open(clock)?;
        let brand = run(authority.change_brand(&Actor::command(), &self.brand, patch))?;
        print(self.json, &brand)
    }
}

fn print(json: JsonFlag, brand: &BrandView) -> Result<Answer, Error> {
    json.print(
        brand,
        &[
            ("id", brand.id.clone()),
            ("code", brand.slug.to_string()),
            ("name", brand.name.clone()),
            (
                "settings",
                serde_json::to_string(&brand.settings).unwrap_or_default(),
            ),
            ("created at", brand.created_at.to_string()),
        ],
    )
}
