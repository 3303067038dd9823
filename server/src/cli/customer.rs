//! `countersign customer`: who bought.

use clap::{Args, Subcommand};

use crate::authority::{CustomerOrder, CustomerPatch, CustomerView};
use crate::clock::Clock;

use super::answer::Answer;
use super::error::Error;
use super::resource::{BrandFlags, JsonFlag, PageFlags, or_none};
use super::run::run;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Adds a customer.
    Add(Add),
    /// Lists customers, newest first.
    List(List),
    /// Shows a customer.
    Show(Which),
    /// Changes a customer: what is stated. An empty text takes away.
    Change(Change),
    /// Deletes a customer who has no licenses.
    Delete(Which),
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The brand's own name for the customer, which is signed into licenses.
    reference: String,
    /// What people call it.
    name: Option<String>,
    /// Its e-mail address.
    #[arg(long)]
    email: Option<String>,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    brand: BrandFlags,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only the one of this e-mail address, compared without case.
    #[arg(long)]
    email: Option<String>,
    #[command(flatten)]
    page: PageFlags,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    brand: BrandFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The customer, by its reference or id.
    customer: String,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    brand: BrandFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// The customer, by its reference or id.
    customer: String,
    /// The brand's own name for the customer.
    #[arg(long)]
    reference: Option<String>,
    /// What people call it.
    #[arg(long)]
    name: Option<String>,
    /// Its e-mail address.
    #[arg(long)]
    email: Option<String>,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    brand: BrandFlags,
}

impl Command {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        match self {
            Self::Add(add) => add.run(clock),
            Self::List(list) => list.run(clock),
            Self::Show(which) => {
                let (authority, actor) = which.brand.open(clock)?;
                let customer = run(authority.customer(&actor, &which.customer))?;
                print(which.json, &customer)
            }
            Self::Change(change) => change.run(clock),
            Self::Delete(which) => {
                let (authority, actor) = which.brand.open(clock)?;
                run(authority.delete_customer(&actor, &which.customer))?;
                Ok(Answer::Done)
            }
        }
    }
}

impl Add {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let (authority, actor) = self.brand.open(clock)?;
        let order = CustomerOrder {
            email: self.email,
            reference: Some(self.reference),
            name: self.name,
        };
        let customer = run(authority.create_customer(&actor, order, None))?;
        print(self.json, &customer)
    }
}

impl List {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let (authority, actor) = self.brand.open(clock)?;
        let list = run(authority.customers(&actor, self.email.as_deref(), &self.page.params()))?;
        let rows: Vec<[String; 4]> = list
            .customers
            .iter()
            .map(|customer| {
                [
                    or_none(customer.reference.as_ref()),
                    or_none(customer.name.as_ref()),
                    or_none(customer.email.as_ref()),
                    customer.id.clone(),
                ]
            })
            .collect();
        let names = ["reference", "name", "e-mail", "id"];
        self.json
            .print_list(&list, list.next.as_deref(), names, &rows)
    }
}

impl Change {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let (authority, actor) = self.brand.open(clock)?;
        let stated =
            |text: Option<String>| text.map(|text| Some(text).filter(|text| !text.is_empty()));
        let patch = CustomerPatch {
            email: stated(self.email),
            reference: stated(self.reference),
            name: stated(self.name),
        };
        let customer = run(authority.change_customer(&actor, &self.customer, patch))?;
        print(self.json, &customer)
    }
}

fn print(json: JsonFlag, customer: &CustomerView) -> Result<Answer, Error> {
    json.print(
        customer,
        &[
            ("id", customer.id.clone()),
            ("reference", or_none(customer.reference.as_ref())),
            ("name", or_none(customer.name.as_ref())),
            ("e-mail", or_none(customer.email.as_ref())),
            ("created at", customer.created_at.to_string()),
        ],
    )
}
