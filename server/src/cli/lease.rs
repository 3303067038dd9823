//! `countersign lease`: signs leases, for vendors without an authority and for tests.

use std::io;

use clap::{Args, Subcommand, ValueHint};
use countersign::{Instance, Lease, LicenseId, Moment, Nonce, Product, Revision};

use crate::clock::Clock;
use crate::entropy;

use super::answer::Answer;
use super::error::{Error, StatedBy};
use super::file::{Input, Readers};
use super::instance::InstanceType;
use super::license::caution;
use super::out::OutFlags;
use super::{key_file, number};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Signs a lease: proof that an instance holds a seat of a license.
    ///
    /// An authority counts seats and signs leases by itself. By hand, a lease is signed where a
    /// product has no network, or where there is no authority; nobody counts then. A lease is a
    /// secret of the host that it is for: the file is written for its owner only.
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
    /// The product of the license, as `acme/editor`.
    #[arg(long)]
    product: Product,
    /// The identifier of the license.
    #[arg(long, value_name = "ID")]
    license: LicenseId,
    /// The instance whose seat it is: a URL or domain, a host name, or the fingerprint of a machine.
    #[arg(long, value_name = "VALUE")]
    instance: String,
    /// What the instance is.
    #[arg(long, value_enum, value_name = "TYPE")]
    instance_type: InstanceType,
    /// How long it lasts from now, in days: 1 to 4294967295.
    #[arg(long, value_name = "N", required_unless_present = "until", conflicts_with = "until",
          value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
    /// When it ends: a date for its last second, UTC, or RFC 3339.
    #[arg(long, value_name = "DATE", value_parser = Moment::from_end)]
    until: Option<Moment>,
    /// When the host should renew it, in days after signing, from 0 up to its end
    /// [default: half-way].
    #[arg(long, value_name = "DAYS")]
    renew: Option<u32>,
    /// The revision of the license's terms, 1 to 4294967295.
    #[arg(long, value_name = "N", default_value = "1")]
    revision: Revision,
    /// The identifier of the seat [default: drawn at random].
    #[arg(long, value_name = "ID")]
    activation: Option<LicenseId>,
    /// The identifier of the lease, never used twice [default: drawn at random].
    #[arg(long)]
    id: Option<LicenseId>,
    /// The fence number, which grows each time any seat of the license changes hands: 0 to 2^53-1.
    #[arg(long, value_name = "N", default_value_t = 0,
          value_parser = clap::value_parser!(u64).range(..=countersign::Amount::MAX.get()))]
    fence: u64,
    /// The nonce that the host sent, 22 characters of base64url [default: drawn at random].
    #[arg(long)]
    nonce: Option<Nonce>,
    #[command(flatten)]
    out: OutFlags,
}

impl Sign {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let key = key_file::read_signing_key(&self.key)?;
        let instance = self.instance_type.instance(&self.instance)?;
        let lease = self
            .lease(instance, clock.now())
            .map_err(|source| Error::Entropy { source })?;
        caution::check_names(&[
            ("jti", &lease.id),
            ("activation", &lease.activation_id),
            ("license", lease.license_id.as_str()),
        ])?;
        self.out
            .write(&key, &lease, STATED_BY, Readers::Owner, &[])?;
        self.out.print_facts(&[
            ("lease", lease.id.clone()),
            ("license", lease.license_id.to_string()),
            ("instance", lease.instance.to_string()),
            ("ends at", lease.ends_at.to_string()),
        ])?;
        Ok(Answer::Done)
    }

    fn lease(&self, instance: Instance, now: Moment) -> io::Result<Lease> {
        let identifier = |stated: &Option<LicenseId>, prefix| match stated {
            Some(id) => Ok(id.to_string()),
            None => entropy::identifier(prefix),
        };
        let days_later = |days| now.saturating_add(number::days(days));
        let ends_at = self.until.or(self.days.map(days_later)).unwrap_or(now);
        let nonce = match self.nonce {
            Some(nonce) => nonce,
            None => Nonce::from_bytes(entropy::draw()?),
        };
        let mut lease = Lease::new(
            identifier(&self.id, "lease")?,
            identifier(&self.activation, "act")?,
            (self.product.clone(), self.license.clone()),
            instance,
            (now, ends_at),
            nonce,
        );
        lease.revision = self.revision;
        lease.fence = self.fence;
        lease.renew_at = self.renew.map_or(lease.renew_at, days_later);
        Ok(lease)
    }
}

/// The claims of a lease that flags state.
const STATED_BY: StatedBy = &[
    ("exp", "--until"),
    ("renew_at", "--renew"),
    ("jti", "--id"),
    ("activation", "--activation"),
];

const EXAMPLES: &str = "\
Examples:
  countersign lease sign --key acme.pem --product acme/editor --license lic_1 \\
      --instance https://shop.example.com --instance-type url --days 30 --out shop.lease";
