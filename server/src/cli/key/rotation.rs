//! The keys that an authority signs with for a brand.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::authority::{Actor, KeyList, SealableKey, StandbyKey};
use crate::cli::answer::Answer;
use crate::cli::error::Error;
use crate::cli::file::Input;
use crate::cli::key_file;
use crate::cli::resource::{BrandFlags, JsonFlag, or_none};
use crate::cli::run::run;
use crate::clock::Clock;

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    brand: BrandFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// The private half of a standby key that was kept elsewhere. It is sealed in the database.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    key: Option<Input>,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    brand: BrandFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The key, by its id.
    key: String,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    brand: BrandFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Standby {
    /// A private key, which stays in its file: the authority reads it from there.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "public")]
    file: Option<PathBuf>,
    /// The public half of a key whose private half is kept elsewhere until `rotate` brings it in.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    public: Option<Input>,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    brand: BrandFlags,
}

impl List {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let (authority, brand) = self.brand.open_as_operator(clock)?;
        print(self.json, &run(authority.keys(brand))?)
    }
}

impl Rotate {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let brought = match &self.key {
            None => None,
            Some(file) => {
                let pem = key_file::read_private_pem(file)?;
                Some(run(std::future::ready(SealableKey::from_pem(pem)))?)
            }
        };
        let (authority, brand) = self.brand.open_as_operator(clock)?;
        let keys = run(authority.rotate_keys(&Actor::command(), brand, None, brought, None))?;
        print(self.json, &keys)
    }
}

impl Revoke {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let (authority, brand) = self.brand.open_as_operator(clock)?;
        let keys = run(authority.revoke_key(&Actor::command(), brand, &self.key))?;
        print(self.json, &keys)
    }
}

impl Standby {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let standby = match (&self.file, &self.public) {
            (None, None) => StandbyKey::New,
            (Some(file), _) => {
                let input = Input::File(file.clone());
                key_file::read_signing_key(&input)?;
                // Whoever reads it later stands in another folder.
                let file = file.canonicalize().map_err(|source| Error::Read {
                    file: input,
                    source,
                })?;
                StandbyKey::File(file)
            }
            (None, Some(public)) => StandbyKey::Public(key_file::read_verifying_key(public)?),
        };
        let (authority, brand) = self.brand.open_as_operator(clock)?;
        let keys = run(authority.set_standby(&Actor::command(), brand, standby))?;
        print(self.json, &keys)
    }
}

fn print(json: JsonFlag, list: &KeyList) -> Result<Answer, Error> {
    let rows: Vec<[String; 5]> = list
        .keys
        .iter()
        .map(|key| {
            [
                key.state.clone(),
                key.kept.name().to_owned(),
                key.created_at.to_string(),
                or_none(key.retired_at),
                key.id.clone(),
            ]
        })
        .collect();
    let names = ["state", "kept", "created at", "retired at", "key id"];
    json.print_list(list, None, names, &rows)
}
