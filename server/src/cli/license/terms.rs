use clap::{Args, ValueEnum, ValueHint};
use countersign::{AddressPattern, DomainPattern, Moment};
use serde_json::{Value, json};

use super::seats::SeatFlags;
use crate::cli::claims::Claims;
use crate::cli::error::Error;
use crate::cli::file::Input;
use crate::cli::number;
use crate::cli::pair::{self, EntitlementFlag, MetaFlag, NamedAmount};

/// The flags that state the terms of a license.
#[derive(Debug, Args)]
pub(super) struct TermFlags {
    /// The terms as TOML: the claims of docs/format.md, section 4, with dates for moments. An
    /// unknown claim is refused. What flags state wins: of entitlements, limits and meta one by one,
    /// of domains and addresses the whole list.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    terms: Option<Input>,

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
        value_delimiter = ',', value_parser = pair::listed::<DomainPattern>,
        help_heading = "Where"
    )]
    domains: Vec<DomainPattern>,
    /// An address that it may run at [default: any]: `192.0.2.7`, `10.0.0.*`, `2001:db8::/32`. May be
    /// repeated, or hold several with commas between them.
    #[arg(
        long = "address",
        value_name = "PATTERN",
        value_delimiter = ',', value_parser = pair::listed::<AddressPattern>,
        help_heading = "Where"
    )]
    addresses: Vec<AddressPattern>,
    /// Where domains and addresses are not looked at: `development` for localhost, *.test, private
    /// addresses and their like.
    #[arg(long, value_enum, value_name = "PLACES", help_heading = "Where")]
    exempt: Option<Exempt>,

    #[command(flatten)]
    pub(super) seats: SeatFlags,

    /// A feature that it unlocks, and the last day of it [default: as long as it may run]. May be
    /// repeated, or hold several with commas between them.
    #[arg(
        long = "entitlement",
        value_name = "CODE[=DATE]",
        value_delimiter = ',', value_parser = pair::listed::<EntitlementFlag>,
        help_heading = "What"
    )]
    entitlements: Vec<EntitlementFlag>,
    /// How much of something it allows: 0 to 2^53-1. May be repeated, or hold several with commas
    /// between them.
    #[arg(
        long = "limit",
        value_name = "NAME=N",
        value_delimiter = ',', value_parser = pair::listed::<NamedAmount>,
        help_heading = "What"
    )]
    limits: Vec<NamedAmount>,

    /// How old the status list may be, 1 to 4294967295 days. Without it a product that gets no list
    /// runs on.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..),
          help_heading = "Taking it back")]
    pub(super) freshness: Option<u32>,
}

/// What a license may be exempt from.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Exempt {
    /// Domains and addresses that only developers reach.
    Development,
}

impl TermFlags {
    /// The claims of `--terms`, and over them those of the flags.
    ///
    /// # Errors
    ///
    /// Those of [`Claims::from_toml`] and [`SeatFlags::state`], [`Error::Twice`], and [`Error::Needs`]
    /// for a grace period without an end.
    pub(super) fn claims(&self) -> Result<Claims, Error> {
        let mut claims = match &self.terms {
            Some(file) => Claims::from_toml(file)?,
            None => Claims::default(),
        };
        self.state_labels(&mut claims)?;
        self.state_how_long(&mut claims)?;
        self.state_where(&mut claims);
        self.seats.state(&mut claims)?;
        self.state_what(&mut claims)?;
        claims.set_some("freshness", self.freshness.map(number::days_in_seconds));
        Ok(claims)
    }

    fn state_labels(&self, claims: &mut Claims) -> Result<(), Error> {
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
}

fn texts<T: ToString>(patterns: &[T]) -> Option<Value> {
    let texts: Vec<String> = patterns.iter().map(T::to_string).collect();
    (!texts.is_empty()).then(|| texts.into())
}
