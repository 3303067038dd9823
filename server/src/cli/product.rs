//! `countersign product`: what a brand licenses.

use clap::{Args, Subcommand};
use countersign::Code;

use crate::authority::{ProductOrder, ProductPatch, ProductView};
use crate::clock::Clock;

use super::answer::Answer;
use super::error::Error;
use super::pair::MemberFlag;
use super::resource::{BrandFlags, JsonFlag, PageFlags};
use super::run::run;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a product.
    Create(Create),
    /// Lists products, newest first.
    List(List),
    /// Shows a product.
    Show(Which),
    /// Changes a product: what is stated. Licenses that exist keep their terms.
    Change(Change),
    /// Deletes a product that no license and no bundle names.
    Delete(Which),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Its code, which is signed into licenses and never changes.
    code: Code,
    /// What people call it [default: the code].
    #[arg(long)]
    name: Option<String>,
    /// What its license keys begin with [default: made from the code].
    #[arg(long, value_name = "PREFIX")]
    key_prefix: Option<String>,
    /// A term that its licenses have unless another is stated, by its name in docs/format.md. May be
    /// repeated.
    #[arg(long = "default", value_name = "NAME=JSON")]
    defaults: Vec<MemberFlag>,
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
    /// The product, by its code or id.
    product: String,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    brand: BrandFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// The product, by its code or id.
    product: String,
    /// What people call it.
    #[arg(long)]
    name: Option<String>,
    /// What license keys made from now on begin with.
    #[arg(long, value_name = "PREFIX")]
    key_prefix: Option<String>,
    /// Whether its licenses may be issued and activated.
    #[arg(long, value_name = "true|false", action = clap::ArgAction::Set)]
    active: Option<bool>,
    /// A term that licenses made from now on have; `null` takes it away. May be repeated.
    #[arg(long = "default", value_name = "NAME=JSON")]
    defaults: Vec<MemberFlag>,
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
                let product = run(authority.product(&actor, &which.product))?;
                print(which.json, &product)
            }
            Self::Change(change) => change.run(clock),
            Self::Delete(which) => {
                let (authority, actor) = which.brand.open(clock)?;
                run(authority.delete_product(&actor, &which.product))?;
                Ok(Answer::Done)
            }
        }
    }
}

impl Create {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let (authority, actor) = self.brand.open(clock)?;
        let defaults = self.defaults.into_iter();
        let order = ProductOrder {
            name: self.name.unwrap_or_else(|| self.code.to_string()),
            slug: self.code,
            key_prefix: self.key_prefix,
            active: None,
            defaults: defaults.map(|term| (term.name, term.value)).collect(),
        };
        let product = run(authority.create_product(&actor, order, None))?;
        print(self.json, &product)
    }
}

impl List {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let (authority, actor) = self.brand.open(clock)?;
        let list = run(authority.products(&actor, &self.page.params()))?;
        let rows: Vec<[String; 5]> = list
            .products
            .iter()
            .map(|product| {
                [
                    product.slug.to_string(),
                    product.name.clone(),
                    product.key_prefix.clone(),
                    product.active.to_string(),
                    product.id.clone(),
                ]
            })
            .collect();
        let names = ["code", "name", "key prefix", "active", "id"];
        self.json
            .print_list(&list, list.next.as_deref(), names, &rows)
    }
}

impl Change {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let (authority, actor) = self.brand.open(clock)?;
        let defaults = self.defaults.into_iter();
        let patch = ProductPatch {
            name: self.name,
            key_prefix: self.key_prefix,
            active: self.active,
            defaults: Some(defaults.map(|term| (term.name, term.value)).collect()),
        };
        let product = run(authority.change_product(&actor, &self.product, patch))?;
        print(self.json, &product)
    }
}

fn print(json: JsonFlag, product: &ProductView) -> Result<Answer, Error> {
    json.print(
        product,
        &[
            ("id", product.id.clone()),
            ("code", product.slug.to_string()),
            ("name", product.name.clone()),
            ("key prefix", product.key_prefix.clone()),
            ("active", product.active.to_string()),
            ("defaults", product.defaults.to_string()),
            ("created at", product.created_at.to_string()),
        ],
    )
}
