//! `countersign bundle`: several products that are provisioned together.

use clap::{Args, Subcommand};
use countersign::Code;

use crate::authority::{BundleOrder, BundlePatch, BundleView};
use crate::clock::Clock;

use super::answer::Answer;
use super::error::Error;
use super::resource::{BrandFlags, JsonFlag, PageFlags};
use super::run::run;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a bundle.
    Create(Create),
    /// Lists bundles, newest first.
    List(List),
    /// Shows a bundle.
    Show(Which),
    /// Changes a bundle: what is stated.
    Change(Change),
    /// Deletes a bundle. Its products stay.
    Delete(Which),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Its code.
    code: Code,
    /// What people call it [default: the code].
    #[arg(long)]
    name: Option<String>,
    /// A product in it, by its code or id. May be repeated.
    #[arg(long = "product", value_name = "CODE", required = true)]
    products: Vec<String>,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    brand: BrandFlags,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    page: PageFlags,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    brand: BrandFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The bundle, by its code or id.
    bundle: String,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    brand: BrandFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// The bundle, by its code or id.
    bundle: String,
    /// What people call it.
    #[arg(long)]
    name: Option<String>,
    /// A product in it, by its code or id, in place of all that were. May be repeated.
    #[arg(long = "product", value_name = "CODE")]
    products: Vec<String>,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    brand: BrandFlags,
}

impl Command {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        match self {
            Self::Create(create) => create.run(clock),
            Self::List(list) => list.run(clock),
            Self::Show(which) => {
                let (authority, actor) = which.brand.open(clock)?;
                let bundle = run(authority.bundle(&actor, &which.bundle))?;
                print(which.json, &bundle)
            }
            Self::Change(change) => change.run(clock),
            Self::Delete(which) => {
                let (authority, actor) = which.brand.open(clock)?;
                run(authority.delete_bundle(&actor, &which.bundle))?;
                Ok(Answer::Done)
            }
        }
    }
}

impl Create {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let (authority, actor) = self.brand.open(clock)?;
        let order = BundleOrder {
            name: self.name.unwrap_or_else(|| self.code.to_string()),
            slug: self.code,
            products: self.products,
        };
        let bundle = run(authority.create_bundle(&actor, order, None))?;
        print(self.json, &bundle)
    }
}

impl List {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let (authority, actor) = self.brand.open(clock)?;
        let list = run(authority.bundles(&actor, &self.page.params()))?;
        let rows: Vec<[String; 4]> = list
            .bundles
            .iter()
            .map(|bundle| {
                [
                    bundle.slug.to_string(),
                    bundle.name.clone(),
                    bundle.products.len().to_string(),
                    bundle.id.clone(),
                ]
            })
            .collect();
        let names = ["code", "name", "products", "id"];
        self.json
            .print_list(&list, list.next.as_deref(), names, &rows)
    }
}

impl Change {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let (authority, actor) = self.brand.open(clock)?;
        let patch = BundlePatch {
            name: self.name,
            products: (!self.products.is_empty()).then_some(self.products),
        };
        let bundle = run(authority.change_bundle(&actor, &self.bundle, patch))?;
        print(self.json, &bundle)
    }
}

fn print(json: JsonFlag, bundle: &BundleView) -> Result<Answer, Error> {
    json.print(
        bundle,
        &[
            ("id", bundle.id.clone()),
            ("code", bundle.slug.to_string()),
            ("name", bundle.name.clone()),
            ("products", bundle.products.join(" ")),
            ("created at", bundle.created_at.to_string()),
        ],
    )
}
