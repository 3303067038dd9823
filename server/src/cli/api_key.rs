//! `countersign api-key`: what a brand's back end, or an operator, authenticates with.

use clap::{Args, Subcommand, ValueHint};
use countersign::Moment;

use crate::authority::{Actor, ApiKeyOrder, ApiKeyPatch, ApiKeyView, Rotation};
use crate::clock::Clock;

use super::answer::Answer;
use super::authority::AuthorityFlags;
use super::error::Error;
use super::file::Output;
use super::resource::{JsonFlag, PageFlags, or_none};
use super::run::run;
use super::screen;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes an API key, and shows it this once.
    #[command(after_help = CREATE_EXAMPLES)]
    Create(Create),
    /// Lists API keys, newest first, without the keys themselves.
    List(List),
    /// Shows an API key, without the key itself.
    Show(One),
    /// Changes what an API key may do, from where, and until when.
    Change(Change),
    /// Makes a key in the place of another, which goes on for a while.
    Rotate(Rotate),
    /// Ends an API key now.
    Revoke(One),
    /// Deletes an API key, which ends it too.
    Delete(One),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The brand whose rows it reaches, by its code or id [default: an operator's key].
    #[arg(long, value_name = "CODE")]
    brand: Option<String>,
    /// What it may be used for [default: read and write]. May be repeated.
    #[arg(long = "scope", value_name = "SCOPE", value_parser = ["read", "write"])]
    scopes: Vec<String>,
    /// What people call it.
    #[arg(long)]
    name: Option<String>,
    /// The last day that it is good for, UTC, or a moment in RFC 3339.
    #[arg(long, value_name = "DATE", value_parser = Moment::from_end)]
    expires: Option<Moment>,
    /// An address or network that it may be used from [default: any]. May be repeated.
    #[arg(long = "address", value_name = "CIDR")]
    addresses: Vec<String>,
    #[command(flatten)]
    secret: SecretFlags,
    #[command(flatten)]
    authority: AuthorityFlags,
}

/// Where a key goes that is shown once.
#[derive(Debug, Args)]
pub(crate) struct SecretFlags {
    /// The file to write the key to, with mode 0600 [default: standard output].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<Output>,
    #[command(flatten)]
    json: JsonFlag,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only keys of this brand, by its code or id [default: all, those of operators too].
    #[arg(long, value_name = "CODE")]
    brand: Option<String>,
    #[command(flatten)]
    page: PageFlags,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    authority: AuthorityFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// The id of the key.
    id: String,
    /// For how many hours the old key goes on.
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(0..=720))]
    overlap: u32,
    #[command(flatten)]
    secret: SecretFlags,
    #[command(flatten)]
    authority: AuthorityFlags,
}

#[derive(Debug, Args)]
pub(crate) struct One {
    /// The id of the key.
    id: String,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    authority: AuthorityFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    #[command(flatten)]
    key: One,
    /// What it may be used for from now on. May be repeated.
    #[arg(long = "scope", value_name = "SCOPE", value_parser = ["read", "write"])]
    scopes: Vec<String>,
    /// What people call it.
    #[arg(long)]
    name: Option<String>,
    /// The last day that it is good for, UTC, or a moment in RFC 3339.
    #[arg(long, value_name = "DATE", value_parser = Moment::from_end, conflicts_with = "never_expires")]
    expires: Option<Moment>,
    /// Lets it go on for ever.
    #[arg(long)]
    never_expires: bool,
    /// All addresses and networks that it may be used from. May be repeated.
    #[arg(long = "address", value_name = "CIDR", conflicts_with = "any_address")]
    addresses: Vec<String>,
    /// Lets it be used from anywhere.
    #[arg(long)]
    any_address: bool,
}

impl Command {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        match self {
            Self::Create(create) => create.run(clock),
            Self::List(list) => list.run(clock),
            Self::Rotate(rotate) => rotate.run(clock),
            Self::Show(one) => {
                let authority = one.authority.open(clock)?;
                let key = run(authority.api_key(&Actor::command(), &one.id))?;
                one.json.print(&key, &facts(&key))
            }
            Self::Change(change) => change.run(clock),
            Self::Revoke(one) => {
                let authority = one.authority.open(clock)?;
                let key = run(authority.revoke_api_key(&Actor::command(), &one.id))?;
                one.json.print(&key, &facts(&key))
            }
            Self::Delete(one) => {
                let authority = one.authority.open(clock)?;
                run(authority.delete_api_key(&Actor::command(), &one.id))?;
                let deleted = serde_json::json!({"deleted": one.id});
                one.json.print(&deleted, &[("deleted", one.id.clone())])
            }
        }
    }
}

impl Create {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        self.secret.refuse_taken()?;
        let stated = |values: Vec<String>| (!values.is_empty()).then_some(values);
        let order = ApiKeyOrder {
            brand: self.brand,
            scopes: stated(self.scopes),
            name: self.name,
            expires_at: self.expires,
            addresses: stated(self.addresses),
        };
        let authority = self.authority.open(clock)?;
        let key = run(authority.create_api_key(&Actor::command(), order, None))?;
        self.secret.print(key)
    }
}

impl SecretFlags {
    /// Looks before a key is made that could not be written.
    fn refuse_taken(&self) -> Result<(), Error> {
        match &self.out {
            Some(file) if file.is_taken() => Err(Error::ApiKeyExists { file: file.clone() }),
            _ => Ok(()),
        }
    }

    /// Prints the key alone, so that a script can take it, or writes it and prints what it is.
    fn print(&self, mut view: ApiKeyView) -> Result<Answer, Error> {
        match &self.out {
            Some(Output::File(_)) => {
                let key = view.key.take().unwrap_or_default();
                if let Some(out) = &self.out {
                    out.write_api_key(&key)?;
                }
                self.json.print(&view, &facts(&view))
            }
            Some(Output::Stdout) | None if self.json.is_set() => {
                screen::print_json(&view)?;
                Ok(Answer::Done)
            }
            Some(Output::Stdout) | None => {
                Output::Stdout.write_api_key(&view.key.unwrap_or_default())?;
                Ok(Answer::Done)
            }
        }
    }
}

impl List {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let authority = self.authority.open(clock)?;
        let actor = Actor::command();
        let params = self.page.params();
        let list = run(authority.api_keys(&actor, self.brand.as_deref(), &params))?;
        let rows: Vec<[String; 7]> = list
            .api_keys
            .iter()
            .map(|key| {
                [
                    key.prefix.clone(),
                    or_none(key.name.as_ref()),
                    key.scopes.join(" "),
                    or_none(key.expires_at),
                    or_none(key.revoked_at),
                    or_none(key.last_used_at),
                    key.id.clone(),
                ]
            })
            .collect();
        let names = [
            "prefix",
            "name",
            "scopes",
            "expires at",
            "revoked at",
            "last used at",
            "id",
        ];
        self.json
            .print_list(&list, list.next.as_deref(), names, &rows)
    }
}

impl Change {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let stated = |values: Vec<String>| (!values.is_empty()).then_some(values);
        let patch = ApiKeyPatch {
            name: self.name.map(Some),
            scopes: stated(self.scopes),
            expires_at: match self.never_expires {
                true => Some(None),
                false => self.expires.map(Some),
            },
            addresses: match self.any_address {
                true => Some(None),
                false => stated(self.addresses).map(Some),
            },
        };
        let authority = self.key.authority.open(clock)?;
        let key = run(authority.change_api_key(&Actor::command(), &self.key.id, patch))?;
        self.key.json.print(&key, &facts(&key))
    }
}

impl Rotate {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        self.secret.refuse_taken()?;
        let rotation = Rotation {
            overlap: Some(self.overlap * SECONDS_PER_HOUR),
        };
        let authority = self.authority.open(clock)?;
        let key = run(authority.rotate_api_key(&Actor::command(), &self.id, rotation, None))?;
        self.secret.print(key)
    }
}

fn facts(key: &ApiKeyView) -> Vec<(&'static str, String)> {
    let addresses = key.addresses.as_ref();
    vec![
        ("id", key.id.clone()),
        ("prefix", key.prefix.clone()),
        ("brand id", or_none(key.brand_id.as_ref())),
        ("name", or_none(key.name.as_ref())),
        ("scopes", key.scopes.join(" ")),
        ("addresses", or_none(addresses.map(|all| all.join(" ")))),
        ("created at", key.created_at.to_string()),
        ("expires at", or_none(key.expires_at)),
        ("revoked at", or_none(key.revoked_at)),
        ("last used at", or_none(key.last_used_at)),
    ]
}

const SECONDS_PER_HOUR: u32 = 60 * 60;

const CREATE_EXAMPLES: &str = "\
Examples:
  countersign api-key create --brand acme --name shop --out shop.key
  countersign api-key create --brand acme --scope read --address 192.0.2.0/24";
