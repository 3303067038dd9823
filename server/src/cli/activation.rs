//! `countersign activation`: who holds the seats of a license.

use std::net::IpAddr;

use clap::{Args, Subcommand};
use countersign::Domain;
use countersign::protocol::{self, ActivateRequest};

use super::answer::Answer;
use super::error::Error;
use super::instance::InstanceType;
use super::license::{Which, print_json};
use super::pair::{self, MetaFlag};
use super::screen;
use crate::authority::{ActivationQuery, ActivationView, Refusal};
use crate::clock::Clock;

mod answer;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answers the activation request of a machine that has no network, with license, lease and
    /// status list.
    Answer(answer::AnswerRequest),
    /// Lists the activations of a license, newest first, with those whose seats were given up.
    List(List),
    /// Takes a seat for an instance, as its product would.
    Record(Record),
    /// Takes the seat of an activation away.
    Release(Release),
}

/// `countersign activation list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    which: Which,
    /// How many to show, at most 500 [default: 50].
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// Where the list before ended: its `next`.
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
}

/// `countersign activation record`.
#[derive(Debug, Args)]
pub(crate) struct Record {
    #[command(flatten)]
    which: Which,
    /// The instance: a URL or domain, a host name, or a fingerprint.
    #[arg(long, value_name = "VALUE")]
    instance: String,
    /// What kind of instance it is [default: url for a URL or a dotted name].
    #[arg(long, value_enum, value_name = "TYPE")]
    instance_type: Option<InstanceType>,
    /// The domain that it serves.
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<Domain>,
    /// The address that it runs at.
    #[arg(long, value_name = "ADDRESS")]
    address: Option<IpAddr>,
    /// Something to know it by. May be repeated.
    #[arg(long, value_name = "NAME=TEXT")]
    meta: Vec<MetaFlag>,
}

/// `countersign activation release`.
#[derive(Debug, Args)]
pub(crate) struct Release {
    #[command(flatten)]
    which: Which,
    /// The id of the activation.
    #[arg(long, value_name = "ID", required_unless_present = "instance")]
    activation: Option<String>,
    /// The instance that holds the seat, as `activation list` shows it, in place of the id.
    #[arg(long, value_name = "VALUE", conflicts_with = "activation")]
    instance: Option<String>,
}

impl Command {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        match self {
            Self::Answer(answer) => answer.run(clock),
            Self::List(list) => list.run(clock),
            Self::Record(record) => record.run(clock),
            Self::Release(release) => release.run(clock),
        }
    }
}

impl List {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let named = self.which.read()?;
        let query = ActivationQuery {
            limit: self.limit,
            cursor: self.cursor,
        };
        let list = self.which.at.ask(clock, async |authority, actor| {
            let id = named.find(authority, actor).await?.id;
            authority.activations(actor, &id, query).await
        })?;
        if self.which.at.json.is_set() {
            return print_json(&list);
        }
        for activation in &list.activations {
            screen::print(&format!("{}\n", screen::Visible(&line_of(activation))))?;
        }
        if let Some(next) = &list.next {
            screen::print(&format!("more with --cursor {next}\n"))?;
        }
        Ok(Answer::Done)
    }
}

impl Record {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let named = self.which.read()?;
        pair::refuse_twice("--meta", self.meta.iter().map(|meta| meta.name.as_str()))?;
        let (instance, kind) = (self.instance, self.instance_type);
        let (domain, address, meta) = (self.domain, self.address, self.meta);
        let brand = self.which.at.brand();
        let seat = self.which.at.ask(clock, async |authority, actor| {
            let license = named.find(authority, actor).await?;
            let (_, brand) = authority.act_for(brand).await?;
            let license_key = license.license_key.key.unwrap_or_default();
            let request = ActivateRequest {
                license_key: license_key.parse().map_err(Refusal::internal)?,
                instance_identifier: instance,
                instance_type: kind.map(protocol::InstanceType::from),
                brand: Some(brand),
                product: Some(license.product.id),
                domain,
                address,
                nonce: None,
                metadata: meta
                    .into_iter()
                    .map(|meta| (meta.name, meta.text))
                    .collect(),
            };
            Ok(authority.activate(request).await?.0)
        })?;
        if self.which.at.json.is_set() {
            return print_json(&seat);
        }
        let left = seat.seats_remaining;
        screen::print_facts(&[
            ("activation", seat.activation_id),
            ("activated at", seat.activated_at.to_string()),
            ("seats used", seat.seats_used.to_string()),
            (
                "seats left",
                left.map_or("no limit".to_owned(), |left| left.to_string()),
            ),
        ])?;
        Ok(Answer::Done)
    }
}

impl Release {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let named = self.which.read()?;
        let (activation, instance) = (self.activation, self.instance);
        let id = self.which.at.ask(clock, async |authority, actor| {
            let license = named.find(authority, actor).await?.id;
            let id = match activation {
                Some(id) => id,
                None => {
                    let query = ActivationQuery {
                        limit: Some(500),
                        cursor: None,
                    };
                    let list = authority.activations(actor, &license, query).await?;
                    let mut held = list.activations.into_iter().filter(|activation| {
                        activation.released_at.is_none()
                            && Some(&activation.instance_identifier) == instance.as_ref()
                    });
                    held.next()
                        .ok_or(Refusal::NotFound { what: "activation" })?
                        .id
                }
            };
            authority.release_activation(actor, &license, &id).await?;
            Ok(id)
        })?;
        if !self.which.at.json.is_set() {
            screen::print_facts(&[("released", id)])?;
        }
        Ok(Answer::Done)
    }
}

fn line_of(activation: &ActivationView) -> String {
    let state = match activation.released_at {
        None => "held".to_owned(),
        Some(released_at) => format!("released {released_at}"),
    };
    [
        activation.id.as_str(),
        &activation.activated_at.to_string(),
        &activation.instance_identifier,
        activation.address.as_deref().unwrap_or("-"),
        &state,
    ]
    .join("  ")
}
