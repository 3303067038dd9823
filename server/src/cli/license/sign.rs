use clap::{Args, ValueEnum, ValueHint};
use countersign::{AddressPattern, DomainPattern, License, LicenseId, Moment, Product, Revision};
use serde_json::{Value, json};

use super::caution;
use super::seats::SeatFlags;
use crate::cli::answer::Answer;
use crate::cli::claims::Claims;
use crate::cli::error::Error;
use crate::cli::file::{Input, Readers};
use crate::cli::out::OutFlags;
use crate::cli::pair::{self, EntitlementFlag, MetaFlag, NamedAmount};
use crate::cli::{key_file, number, screen};
use crate::clock::Clock;
use crate::entropy;

/// `countersign license sign`.
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The private key to sign with.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    key: Input,
    /// The product that it is for: the code of the brand and its own, as `acme/editor`.
    #[arg(long)]
    product: Option<Product>,
    /// The terms as TOML: the claims of docs/format.md, section 4, with dates for moments. An
    /// unknown claim is refused. What flags state wins: of entitlements, limits and meta one by one,
    /// of domains and addresses the whole list.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    terms: Option<Input>,

    /// The identifier, unique for ever [default: drawn at random].
    #[arg(long, help_heading = "Whose it is")]
    id: Option<LicenseId>,
    /// Which edit of the terms this is: 1 to 4294967295, higher with each edit of a license
    /// [default: 1].
    #[arg(long, value_name = "N", help_heading = "Whose it is")]
    revision: Option<Revision>,
    /// The customer, by a reference of yours or by name.
    #[arg(long, value_name = "TEXT", help_heading = "Whose it is")]
    customer: Option<String>,
    /// A label: perpetual, subscription, trial, lifetime, or your own.
    #[arg(long = "type", value_name = "LABEL", help_heading = "Whose it is")]
    label: Option<String>,
    /// A label: community, commercial, cloud, or your own.
    #[arg(long, value_name = "LABEL", help_heading = "Whose it is")]
    edition: Option<String>,
    /// Something of your own, which the product can read. May be repeated; 4096 bytes in all.
    #[arg(long, value_name = "NAME=TEXT", help_heading = "Whose it is")]
    meta: Vec<MetaFlag>,

    /// The first day that it may run [default: from ever].
    #[arg(long, value_name = "DATE", value_parser = Moment::from_start, help_heading = "How long")]
    from: Option<Moment>,
    /// The last day that it may run [default: for ever].
    #[arg(long, value_name = "DATE", value_parser = Moment::from_end, help_heading = "How long")]
    expires: Option<Moment>,
    /// How long after its end it is still honored, with a notice: 0 to 4294967295 days [default: 0].
    #[arg(long, value_name = "DAYS", help_heading = "How long")]
    grace: Option<u32>,
    /// Releases published up to this day may be installed [default: as long as it may run].
    #[arg(long, value_name = "DATE", value_parser = Moment::from_end, help_heading = "How long")]
    updates_until: Option<Moment>,
    /// The last day of support [default: as long as it may run].
    #[arg(long, value_name = "DATE", value_parser = Moment::from_end, help_heading = "How long")]
    support_until: Option<Moment>,

    /// A domain that it may serve [default: any]: `example.com`, `*.example.com` for it and all below
    /// it, `dev-*.example.com`. May be repeated, or hold several with commas between them.
    #[arg(
        long = "domain",
        value_name = "PATTERN",
        value_delimiter = ',',
        help_heading = "Where"
    )]
    domains: Vec<DomainPattern>,
    /// Signs although a pattern of domains covers a whole public suffix, such as `*.co.uk`.
    #[arg(long, help_heading = "Where")]
    insist: bool,
    /// An address that it may run at [default: any]: `192.0.2.7`, `10.0.0.*`, `2001:db8::/32`. May be
    /// repeated, or hold several with commas between them.
    #[arg(
        long = "address",
        value_name = "PATTERN",
        value_delimiter = ',',
        help_heading = "Where"
    )]
    addresses: Vec<AddressPattern>,
    /// Where domains and addresses are not looked at: `development` for localhost, *.test, private
    /// addresses and their like.
    #[arg(long, value_enum, value_name = "PLACES", help_heading = "Where")]
    exempt: Option<Exempt>,

    #[command(flatten)]
    seats: SeatFlags,

    /// A feature that it unlocks, and the last day of it [default: as long as it may run]. May be
    /// repeated, or hold several with commas between them.
    #[arg(
        long = "entitlement",
        value_name = "CODE[=DATE]",
        value_delimiter = ',',
        help_heading = "What"
    )]
    entitlements: Vec<EntitlementFlag>,
    /// How much of something it allows: 0 to 2^53-1. May be repeated, or hold several with commas
    /// between them.
    #[arg(
        long = "limit",
        value_name = "NAME=N",
        value_delimiter = ',',
        help_heading = "What"
    )]
    limits: Vec<NamedAmount>,

    /// The number of the license on the status list, from 0.
    #[arg(long, value_name = "INDEX", value_parser = clap::value_parser!(u64).range(..=countersign::Amount::MAX.get()),
          help_heading = "Taking it back")]
    status_index: Option<u64>,
    /// The address of the status list.
    #[arg(long, value_name = "URI", help_heading = "Taking it back")]
    status_uri: Option<String>,
    /// How old the status list may be, 1 to 4294967295 days. Without it a product that gets no list
    /// runs on.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..),
          help_heading = "Taking it back")]
    freshness: Option<u32>,

    #[command(flatten)]
    out: OutFlags,
}

/// What a license may be exempt from.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Exempt {
    /// Domains and addresses that only developers reach.
    Development,
}

impl Sign {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let license = self.claims(clock)?.into_license()?;
        caution::check_texts(&license)?;
        if !self.insist {
            caution::check_domains(&license)?;
        }
        let key = key_file::read_signing_key(&self.key)?;
        warn_of_gaps(&license);
        let (product, id) = (license.product.to_string(), license.id.to_string());
        let mut names = vec![("Product", product.as_str())];
        names.extend(license.customer.as_deref().map(|name| ("Customer", name)));
        names.push(("Id", &id));
        self.out.write(&key, &license, Readers::Anybody, &names)?;
        self.out
            .print_facts(&[("license", id.clone()), ("product", product.clone())])?;
        Ok(Answer::Done)
    }

    /// The claims of `--terms`, and over them those of the flags.
    fn claims(&self, clock: &Clock) -> Result<Claims, Error> {
        let mut claims = match &self.terms {
            Some(file) => Claims::from_toml(file)?,
            None => Claims::default(),
        };
        self.state_whose(&mut claims)?;
        self.state_how_long(&mut claims)?;
        self.state_where(&mut claims);
        self.seats.state(&mut claims)?;
        self.state_what(&mut claims)?;
        self.state_status(&mut claims)?;
        claims.set_default("ver", 1);
        claims.set_default("rev", Revision::FIRST.get());
        claims.set("iat", clock.now().unix());
        if !claims.states(&["jti"]) {
            let id = entropy::identifier("lic").map_err(|source| Error::Entropy { source })?;
            claims.set("jti", id);
        }
        Ok(claims)
    }

    fn state_whose(&self, claims: &mut Claims) -> Result<(), Error> {
        if let Some(product) = &self.product {
            claims.set("iss", product.brand.as_str());
            claims.set("aud", product.code.as_str());
        }
        if !claims.states(&["iss"]) || !claims.states(&["aud"]) {
            return Err(Error::NoProduct);
        }
        claims.set_some("jti", self.id.as_ref().map(LicenseId::as_str));
        claims.set_some("rev", self.revision.map(Revision::get));
        claims.set_some("sub", self.customer.as_deref());
        claims.set_some("type", self.label.as_deref());
        claims.set_some("edition", self.edition.as_deref());
        pair::refuse_twice("--meta", self.meta.iter().map(|meta| meta.name.as_str()))?;
        for MetaFlag { name, text } in &self.meta {
            claims.set_within(&["meta", name], text.as_str());
        }
        Ok(())
    }

    fn state_how_long(&self, claims: &mut Claims) -> Result<(), Error> {
        claims.set_some("valid_from", self.from.map(Moment::unix));
        claims.set_some("valid_until", self.expires.map(Moment::unix));
        claims.set_some("grace", self.grace.map(number::days_in_seconds));
        claims.set_some("updates_until", self.updates_until.map(Moment::unix));
        claims.set_some("support_until", self.support_until.map(Moment::unix));
        if self.grace.is_some() && !claims.states(&["valid_until"]) {
            return Err(Error::Needs {
                flag: "--grace",
                needs: &["--expires"],
                claim: "valid_until",
            });
        }
        Ok(())
    }

    fn state_where(&self, claims: &mut Claims) {
        claims.set_some("domains", texts(&self.domains));
        claims.set_some("addresses", texts(&self.addresses));
        let exempt = self
            .exempt
            .map(|Exempt::Development| json!(["development"]));
        claims.set_some("exempt", exempt);
    }

    fn state_what(&self, claims: &mut Claims) -> Result<(), Error> {
        let codes = self.entitlements.iter().map(|flag| flag.code.as_str());
        pair::refuse_twice("--entitlement", codes)?;
        for EntitlementFlag { code, until } in &self.entitlements {
            let entitlement = match until {
                Some(until) => json!({ "until": until.unix() }),
                None => json!({}),
            };
            claims.set_within(&["entitlements", code.as_str()], entitlement);
        }
        let names = self.limits.iter().map(|flag| flag.name.as_str());
        pair::refuse_twice("--limit", names)?;
        for NamedAmount { name, amount } in &self.limits {
            claims.set_within(&["limits", name.as_str()], amount.get());
        }
        Ok(())
    }

    fn state_status(&self, claims: &mut Claims) -> Result<(), Error> {
        if let Some(index) = self.status_index {
            claims.set_within(&["status", "status_list", "idx"], index);
        }
        if let Some(uri) = &self.status_uri {
            claims.set_within(&["status", "status_list", "uri"], uri.as_str());
        }
        claims.set_some("freshness", self.freshness.map(number::days_in_seconds));
        let states = |member| claims.states(&["status", "status_list", member]);
        let (flag, needs, claim): (_, &[_], _) = match (states("idx"), states("uri")) {
            (true, false) if self.status_index.is_some() => (
                "--status-index",
                &["--status-uri"],
                "status.status_list.uri",
            ),
            (false, true) if self.status_uri.is_some() => (
                "--status-uri",
                &["--status-index"],
                "status.status_list.idx",
            ),
            (false, false) if self.freshness.is_some() && !claims.states(&["status"]) => {
                ("--freshness", &["--status-index", "--status-uri"], "status")
            }
            _ => return Ok(()),
        };
        Err(Error::Needs { flag, needs, claim })
    }
}

/// Says what the terms do not stop, where an operator may believe that they do.
fn warn_of_gaps(license: &License) {
    if let Some(status) = &license.status
        && status.freshness.is_none()
    {
        screen::warn(format_args!(
            "without `--freshness`, withholding the status list defeats revocation: a product that gets no new list runs on"
        ));
    }
    if license.seats.limit.is_some() && license.activation.is_none() {
        screen::warn(format_args!(
            "without `--lease`, no run is asked for a seat: only an authority that is asked counts them"
        ));
    }
}

fn texts<T: ToString>(patterns: &[T]) -> Option<Value> {
    let texts: Vec<String> = patterns.iter().map(T::to_string).collect();
    (!texts.is_empty()).then(|| texts.into())
}

pub(super) const EXAMPLES: &str = "\
Examples:
  countersign license sign --key acme.pem --product acme/editor --customer 'ACME Corp' \\
      --expires 2027-12-31 --grace 14 --domain 'example.com,*.example.org' \\
      --entitlement export,pdf=2027-06-30 --limit services=5 --out acme.license
  countersign license sign --key acme.pem --product acme/editor --seats 5 --lease 7 \\
      --status-index 17 --status-uri https://licenses.acme.example/statuses --freshness 30
  countersign license sign --key acme.pem --terms terms.toml --id lic_42 --revision 2

The license is signed as of now. To sign the same bytes again, state `--id` and, with
`--now MOMENT`, the moment of signing.";
