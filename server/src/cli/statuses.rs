//! `countersign statuses`: signs status lists, for vendors without an authority and for tests.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::{Args, Subcommand, ValueHint};
use countersign::{Code, EmptyWindow, Moment, Status, StatusList, Statuses, Window};

use crate::clock::Clock;

use super::answer::Answer;
use super::error::Error;
use super::file::{Input, Readers};
use super::key_file;
use super::license::caution;
use super::out::OutFlags;
use super::pair;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Signs a status list: which licenses of a brand are revoked or suspended.
    ///
    /// The list states every license anew, each by its number (`--status-index` of `license sign`).
    /// What is neither revoked nor suspended is valid.
    #[command(after_help = EXAMPLES)]
    Sign(Box<Sign>),
}

impl Command {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        match self {
            Self::Sign(sign) => sign.run(clock),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The private key to sign with.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    key: Input,
    /// The brand whose licenses they are.
    #[arg(long, value_name = "CODE")]
    brand: Code,
    /// The address that products fetch the list from; licenses name the list by it.
    #[arg(long)]
    uri: String,
    /// How many entries it has, 1 to 67108864, rounded up to a multiple of 4: more than the highest
    /// number given to a license, so that it does not grow with each.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MAX_LENGTH))]
    length: u32,
    /// The numbers of licenses that are taken back for good, from 0. May be repeated, or hold several with
    /// commas between them.
    #[arg(long, value_name = "INDEX", value_delimiter = ',', value_parser = pair::listed::<usize>)]
    revoked: Vec<usize>,
    /// The numbers of licenses that are not honored for the time being, from 0. May be repeated, or hold
    /// several with commas between them.
    #[arg(long, value_name = "INDEX", value_delimiter = ',', value_parser = pair::listed::<usize>)]
    suspended: Vec<usize>,
    /// When it ends: a date for its last second, UTC, or RFC 3339 [default: never].
    #[arg(long, value_name = "DATE", value_parser = Moment::from_end)]
    expires: Option<Moment>,
    /// How long after signing a product should fetch a newer one, in seconds from 1.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    ttl: Option<u32>,
    #[command(flatten)]
    out: OutFlags,
}

impl Sign {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let entries = self.entries()?;
        caution::check_uri("--uri", &self.uri)?;
        caution::check_names(&[("sub", &self.uri)])?;
        // Nobody would ever take it; a license may be signed for the record.
        let flag = "--expires";
        Window::new(Some(clock.now()), self.expires)
            .map_err(|EmptyWindow| Error::EndsBeforeSigned { flag })?;
        let key = key_file::read_signing_key(&self.key)?;
        let mut list = StatusList::new(self.brand, self.uri, clock.now(), entries);
        list.ends_at = self.expires;
        list.refresh_after = self.ttl.map(|seconds| Duration::from_secs(seconds.into()));
        self.out
            .write(&key, &list, &[("sub", "--uri")], Readers::Anybody, &[])?;
        self.out.print_facts(&[
            ("status list", list.uri.clone()),
            ("entries", list.entries.len().to_string()),
        ])?;
        Ok(Answer::Done)
    }

    fn entries(&self) -> Result<Statuses, Error> {
        let revoked: BTreeSet<usize> = self.revoked.iter().copied().collect();
        if let Some(&index) = self.suspended.iter().find(|index| revoked.contains(index)) {
            return Err(Error::BothStatuses { index });
        }
        let length = usize::try_from(self.length).unwrap_or(usize::MAX);
        let mut entries = Statuses::valid(length);
        let stated = [
            ("--revoked", &self.revoked, Status::Revoked),
            ("--suspended", &self.suspended, Status::Suspended),
        ];
        for (flag, indexes, status) in stated {
            for &index in indexes {
                let beyond = || Error::BeyondTheList {
                    flag,
                    index,
                    length,
                };
                if index >= length {
                    return Err(beyond());
                }
                entries.set(index, status).map_err(|_| beyond())?;
            }
        }
        Ok(entries)
    }
}

/// The most entries of two bits that a reader inflates: docs/format.md, section 1.
const MAX_LENGTH: i64 = 64 * 1024 * 1024;

const EXAMPLES: &str = "\
Examples:
  countersign statuses sign --key acme.pem --brand acme --length 10000 --revoked 17,203 \\
      --uri https://licenses.acme.example/statuses --ttl 86400 --out statuses.jwt";
