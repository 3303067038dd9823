use std::net::IpAddr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};
use countersign::{
    ClockReading, Code, Context, Document, Domain, Lease, License, Moment, Product, Purpose, Run,
    Signed, StatusList, TrustStore, TrustUpdate, Verified, parse_address,
};

use super::{unused, verdict};
use crate::cli::answer::Answer;
use crate::cli::error::Error;
use crate::cli::file::Input;
use crate::cli::instance::InstanceType;
use crate::cli::pair::{self, NamedAmount};
use crate::cli::{key_file, screen};
use crate::clock::Clock;

/// `countersign license verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The license.
    #[arg(value_hint = ValueHint::FilePath)]
    file: Input,
    /// What is trusted: a JWK set, or a public key as PEM or base64. May be repeated.
    #[arg(long, value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    trust: Vec<Input>,
    /// A trust update, which takes the place of what is trusted. May be repeated, in the order in
    /// which they came.
    #[arg(long = "trust-update", value_name = "FILE", value_hint = ValueHint::FilePath)]
    trust_updates: Vec<Input>,
    /// Prints the report of docs/rules.md: JSON on one line, the same in every language. Where there
    /// is no decision, an object `error` of `code`, `refusal`, `detail` and, of a file, `file`.
    #[arg(long)]
    json: bool,

    /// The product that runs, as `acme/editor` [default: that of the license].
    #[arg(long, help_heading = "The run")]
    product: Option<Product>,
    /// What the answer is wanted for.
    #[arg(long, default_value = "run", value_parser = purpose(), help_heading = "The run")]
    purpose: Purpose,
    /// The domain that it serves, or a URL at it.
    #[arg(long, help_heading = "The run")]
    domain: Option<Domain>,
    /// The address that it runs at, IPv4 or IPv6.
    #[arg(long, value_parser = parse_address, help_heading = "The run")]
    address: Option<IpAddr>,
    /// The instance: a URL or domain, a host name, or the fingerprint of a machine.
    #[arg(
        long,
        value_name = "VALUE",
        requires = "instance_type",
        help_heading = "The run"
    )]
    instance: Option<String>,
    /// What the instance is.
    #[arg(
        long,
        value_enum,
        value_name = "TYPE",
        requires = "instance",
        help_heading = "The run"
    )]
    instance_type: Option<InstanceType>,
    /// When the release was published: RFC 3339, or a date for its first second, UTC.
    #[arg(long, value_name = "MOMENT", value_parser = Moment::from_start, help_heading = "The run")]
    released: Option<Moment>,
    /// An entitlement that it cannot do without. May be repeated, or hold several with commas between
    /// them.
    #[arg(
        long,
        value_name = "CODE",
        value_delimiter = ',', value_parser = pair::listed::<Code>,
        help_heading = "The run"
    )]
    requires: Vec<Code>,
    /// How much of a limit is in use: 0 to 2^53-1. May be repeated, or hold several with commas
    /// between them.
    #[arg(
        long = "count",
        value_name = "NAME=N",
        value_delimiter = ',', value_parser = pair::listed::<NamedAmount>,
        help_heading = "The run"
    )]
    counts: Vec<NamedAmount>,

    /// The moment to decide for: RFC 3339, or a date for its first second, UTC [default: now].
    #[arg(long, value_name = "MOMENT", value_parser = Moment::from_start,
          help_heading = "What is known of it")]
    at: Option<Moment>,
    /// The lease that shows the seat of the instance. Where it does not count, a warning says so.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath,
          help_heading = "What is known of it")]
    lease: Option<Input>,
    /// The newest status list. Where the license does not name it, a warning says so.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath,
          help_heading = "What is known of it")]
    statuses: Option<Input>,
}

impl Verify {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let mut trust = key_file::read_trust(&self.trust)?;
        for file in &self.trust_updates {
            let update = verified::<TrustUpdate>(file, &trust)?;
            let refused = |source| Error::Document {
                file: file.clone(),
                source,
            };
            trust = trust.updated(&update).map_err(refused)?;
        }
        let license = verified::<License>(&self.file, &trust)?;
        let lease = verified_if_any::<Lease>(self.lease.as_ref(), &trust)?;
        let statuses = verified_if_any::<StatusList>(self.statuses.as_ref(), &trust)?;

        let run = self.run_of(&license)?;
        let now = self.at.unwrap_or_else(|| clock.now());
        let mut context = Context::at(ClockReading::trusted(now));
        if let Some((_, lease)) = &lease {
            context = context.lease(lease);
        }
        if let Some((_, statuses)) = &statuses {
            context = context.statuses(statuses);
        }
        unused::warn(
            &license,
            &run,
            statuses.as_ref().map(|(file, list)| (*file, &**list)),
            lease.as_ref().map(|(file, lease)| (*file, &**lease)),
        );
        let decision = license.evaluate(&run, &context);
        screen::print(&match self.json {
            true => decision.report() + "\n",
            false => verdict::text(&decision, &license, &run, now),
        })?;
        Ok(match decision.is_allowed() {
            true => Answer::Done,
            false => Answer::Denied,
        })
    }

    fn run_of(&self, license: &License) -> Result<Run, Error> {
        let names = self.counts.iter().map(|count| count.name.as_str());
        pair::refuse_twice("--count", names)?;
        let mut run = Run::of(self.product.as_ref().unwrap_or(&license.product).clone());
        run.purpose = self.purpose;
        run.domain = self.domain.clone();
        run.address = self.address;
        if let (Some(value), Some(kind)) = (&self.instance, self.instance_type) {
            run.instance = Some(kind.instance(value)?);
        }
        run.requires = self.requires.iter().cloned().collect();
        let counts = self.counts.iter().cloned();
        run.counts = counts.map(|count| (count.name, count.amount)).collect();
        run.released_at = self.released;
        Ok(run)
    }
}

fn verified_if_any<'a, D: Document>(
    file: Option<&'a Input>,
    trust: &TrustStore,
) -> Result<Option<(&'a Input, Verified<D>)>, Error> {
    let Some(file) = file else {
        return Ok(None);
    };
    Ok(Some((file, verified(file, trust)?)))
}

fn verified<D: Document>(file: &Input, trust: &TrustStore) -> Result<Verified<D>, Error> {
    let bytes = file.read_document(countersign::Kind::StatusList.max_size())?;
    let signed = Signed::<D>::parse_bytes(&bytes);
    signed
        .and_then(|signed| signed.verify(trust))
        .map_err(|source| {
            let file = file.clone();
            Error::Document { file, source }
        })
}

fn purpose() -> impl TypedValueParser<Value = Purpose> {
    let names = [Purpose::Run, Purpose::Update, Purpose::Support].map(Purpose::name);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Purpose>())
}

pub(super) const EXAMPLES: &str = "\
Examples:
  countersign license verify acme.license --trust trust.jwks --domain www.example.com
  countersign license verify acme.license --trust trust.jwks --lease shop.lease \\
      --instance https://shop.example.com --instance-type url --at 2027-01-01 --json
  countersign license verify acme.license --trust trust.jwks --purpose update --released 2027-01-15";
