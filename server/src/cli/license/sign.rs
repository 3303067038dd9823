use clap::{Args, ValueHint};
use countersign::{License, LicenseId, Product, Revision};

use super::caution;
use super::terms::TermFlags;
use crate::cli::answer::Answer;
use crate::cli::claims::{Claims, STATED_BY};
use crate::cli::error::Error;
use crate::cli::file::{Input, Readers};
use crate::cli::out::OutFlags;
use crate::cli::{key_file, screen};
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
    #[command(flatten)]
    terms: TermFlags,
    /// Signs although a pattern of domains covers a whole public suffix, such as `*.co.uk`.
    #[arg(long, help_heading = "Where")]
    insist: bool,

    /// The number of the license on the status list, from 0.
    #[arg(long, value_name = "INDEX", value_parser = clap::value_parser!(u64).range(..=countersign::Amount::MAX.get()),
          help_heading = "Taking it back")]
    status_index: Option<u64>,
    /// The address of the status list.
    #[arg(long, value_name = "URI", help_heading = "Taking it back")]
    status_uri: Option<String>,

    #[command(flatten)]
    out: OutFlags,
}

impl Sign {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let license = self.claims(clock)?.into_license()?;
        caution::check_texts(&license)?;
        if let Some(status) = &license.status {
            caution::check_uri("--status-uri", &status.uri)?;
        }
        if !self.insist {
            caution::check_domains(&license)?;
        }
        let key = key_file::read_signing_key(&self.key)?;
        warn_of_gaps(&license);
        caution::warn_of_ends(&license);
        let (product, id) = (license.product.to_string(), license.id.to_string());
        let mut names = vec![("Product", product.as_str())];
        names.extend(license.customer.as_deref().map(|name| ("Customer", name)));
        names.push(("Id", &id));
        self.out
            .write(&key, &license, STATED_BY, Readers::Anybody, &names)?;
        self.out
            .print_facts(&[("license", id.clone()), ("product", product.clone())])?;
        Ok(Answer::Done)
    }

    /// The claims of `--terms`, and over them those of the flags.
    fn claims(&self, clock: &Clock) -> Result<Claims, Error> {
        let mut claims = self.terms.claims()?;
        self.state_whose(&mut claims)?;
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
        Ok(())
    }

    fn state_status(&self, claims: &mut Claims) -> Result<(), Error> {
        if let Some(index) = self.status_index {
            claims.set_within(&["status", "status_list", "idx"], index);
        }
        if let Some(uri) = &self.status_uri {
            claims.set_within(&["status", "status_list", "uri"], uri.as_str());
        }
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
            (false, false) if self.terms.freshness.is_some() && !claims.states(&["status"]) => {
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
