//! Licenses in an authority: what `issue`, `list`, `show` and their like do.

use std::time::Duration;

use clap::{Args, ValueHint};
use countersign::Moment;
use serde_json::Value;

use super::terms::TermFlags;
use super::which::{Which, read_key};
use crate::authority::{LicenseChange, LicenseQuery, LicenseView, Order, Terms, Transfer, Verdict};
use crate::cli::answer::Answer;
use crate::cli::authority::AuthorityFlags;
use crate::cli::error::Error;
use crate::cli::file::{Existing, Input, Output, Readers};
use crate::cli::resource::At;
use crate::cli::{number, pair, screen};
use crate::clock::Clock;

/// `countersign license issue`.
#[derive(Debug, Args)]
pub(crate) struct Issue {
    #[command(flatten)]
    at: At,
    /// A product or bundle to license, by id or code. May be repeated.
    #[arg(
        long = "product",
        value_name = "PRODUCT",
        required = true,
        value_delimiter = ',',
        value_parser = pair::listed::<String>
    )]
    products: Vec<String>,
    /// The customer's e-mail address. A customer who is not known is made.
    #[arg(long, value_name = "ADDRESS", required_unless_present = "reference")]
    email: Option<String>,
    /// The customer, by a reference of yours.
    #[arg(long, value_name = "TEXT")]
    reference: Option<String>,
    /// Adds the products to the license key in this file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "custom_key_file")]
    license_key_file: Option<Input>,
    /// Takes the code in this file for the license key, in place of a new one.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    custom_key_file: Option<Input>,
    /// Writes the license key to this file, for its owner only, and not to standard output.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    key_out: Option<Output>,
    /// How many days it may run from now on: 1 to 4294967295.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..),
          conflicts_with = "expires", help_heading = "How long")]
    days: Option<u32>,
    /// Issues although a pattern covers a whole public suffix, or a code could be guessed.
    #[arg(long)]
    insist: bool,
    #[command(flatten)]
    terms: TermFlags,
}

/// `countersign license list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    authority: AuthorityFlags,
    /// The brand, by id or code [default: all].
    #[arg(long, value_name = "BRAND")]
    brand: Option<String>,
    /// The e-mail address of their customer.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Their product, by id or code.
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,
    /// How they stand: valid, expired, suspended or cancelled.
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// A part of what their customer or product is called; or their id.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// How many to show, at most 500 [default: 50].
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// Where the list before ended: its `next`.
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
    /// Prints JSON, as over HTTP.
    #[arg(long)]
    json: bool,
}

/// A command about one license that takes nothing else.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    which: Which,
}

/// `countersign license renew`.
#[derive(Debug, Args)]
pub(crate) struct Renew {
    #[command(flatten)]
    which: Which,
    /// The last day that it may run.
    #[arg(long, value_name = "DATE", value_parser = Moment::from_end, required_unless_present = "days")]
    expires: Option<Moment>,
    /// How many days it may run from now on: 1 to 4294967295.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..),
          conflicts_with = "expires")]
    days: Option<u32>,
}

/// A command that decides about a license.
#[derive(Debug, Args)]
pub(crate) struct Decide {
    #[command(flatten)]
    which: Which,
    /// Why, for the audit log.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// `countersign license transfer`.
#[derive(Debug, Args)]
pub(crate) struct TransferTo {
    #[command(flatten)]
    which: Which,
    /// The e-mail address of the customer who gets it.
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// Takes every seat away.
    #[arg(long)]
    reset_seats: bool,
    /// Writes the new license key to this file, for its owner only, and not to standard output.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    key_out: Option<Output>,
}

/// `countersign license change`.
#[derive(Debug, Args)]
pub(crate) struct ChangeTo {
    #[command(flatten)]
    which: Which,
    /// Another product of the brand, by id or code, whose defaults it gets.
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,
    /// Takes a term away, by its name in docs/format.md. May be repeated.
    #[arg(long, value_name = "TERM", value_delimiter = ',', value_parser = pair::listed::<String>)]
    without: Vec<String>,
    /// Only says what would be, and which seats would go.
    #[arg(long)]
    dry_run: bool,
    /// Changes although a pattern covers a whole public suffix.
    #[arg(long)]
    insist: bool,
    #[command(flatten)]
    terms: TermFlags,
}

/// `countersign license file`.
#[derive(Debug, Args)]
pub(crate) struct ToFile {
    #[command(flatten)]
    which: Which,
    /// The file to write [default: standard output].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<Output>,
    /// Replaces the file where it exists.
    #[arg(long)]
    force: bool,
}

impl Issue {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let mut claims = self.terms.claims()?;
        if let Some(days) = self.days {
            claims.set("valid_until", end_of(days, clock).unix());
        }
        let limit = self.terms.seats.take_limit(&mut claims);
        let order = Order {
            products: self.products,
            customer_email: self.email,
            customer_reference: self.reference,
            license_key: self.license_key_file.as_ref().map(read_key).transpose()?,
            custom_key: self.custom_key_file.as_ref().map(read_key).transpose()?,
            terms: Terms::from_claims(claims.into_map())?,
            max_seats: limit,
            insist: self.insist,
            idempotency: None,
        };
        if let Some(file) = &self.key_out {
            file.refuse_existing()?;
        }
        let mut made = self.at.ask(clock, async |authority, actor| {
            authority.provision(actor, order).await
        })?;
        if let Some(file) = &self.key_out {
            let key = made.license_key.key.take().unwrap_or_default();
            file.write_document(&format!("{key}\n"), Readers::Owner, Existing::Kept)?;
        }
        if self.at.json.is_set() {
            return print_json(&made);
        }
        let mut facts = Vec::new();
        facts.extend(made.license_key.key.map(|key| ("license key", key)));
        if let Some(file) = &self.key_out {
            facts.push(("license key", format!("in {file}")));
        }
        facts.extend(
            made.license_key
                .customer_email
                .map(|email| ("customer", email)),
        );
        for license in made.licenses {
            let end = license.expires_at.map_or_else(never, |end| end.to_string());
            facts.push(("license", license.id));
            facts.push(("ends at", end));
            facts.push(("seats", seats(0, license.seat_limit)));
        }
        screen::print_facts(&facts)?;
        Ok(Answer::Done)
    }
}

impl List {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let query = LicenseQuery {
            email: self.email,
            product: self.product,
            status: self.status,
            search: self.search,
            limit: self.limit,
            cursor: self.cursor,
            license_key: None,
        };
        let brand = self.brand;
        let list = self.authority.ask(clock, async |authority| {
            let actor = match &brand {
                Some(brand) => authority.act_for(brand).await?.0,
                None => crate::authority::Actor::command(),
            };
            authority.licenses(&actor, query).await
        })?;
        if self.json {
            return print_json(&list);
        }
        for license in &list.licenses {
            let email = license.license_key.customer_email.as_deref();
            let facts = [
                license.id.as_str(),
                license.status.name(),
                license.product.slug.as_str(),
                email.unwrap_or("-"),
                &seats(license.seats_used, license.seat_limit),
                &license.expires_at.map_or_else(never, |end| end.to_string()),
            ];
            screen::print(&format!("{}\n", screen::Visible(&facts.join("  "))))?;
        }
        if let Some(next) = &list.next {
            screen::print(&format!("more with --cursor {next}\n"))?;
        }
        Ok(Answer::Done)
    }
}

impl Show {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let named = self.which.read()?;
        let license = self.which.at.ask(clock, async |authority, actor| {
            named.find(authority, actor).await
        })?;
        self.which.at.print_with_key(&license)
    }

    pub(crate) fn delete(self, clock: &Clock) -> Result<Answer, Error> {
        let named = self.which.read()?;
        let id = self.which.at.ask(clock, async |authority, actor| {
            let id = named.find(authority, actor).await?.id;
            authority.delete_license(actor, &id).await?;
            Ok(id)
        })?;
        match self.which.at.json.is_set() {
            true => Ok(Answer::Done),
            false => {
                screen::print_facts(&[("deleted", id)])?;
                Ok(Answer::Done)
            }
        }
    }
}

impl Renew {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let named = self.which.read()?;
        let end = match (self.expires, self.days) {
            (Some(end), _) => end,
            (None, days) => end_of(days.unwrap_or(0), clock),
        };
        let license = self.which.at.ask(clock, async |authority, actor| {
            let id = named.find(authority, actor).await?.id;
            authority.renew_license(actor, &id, end, None).await
        })?;
        self.which.at.print_license(&license)
    }
}

impl Decide {
    pub(crate) fn run(self, verdict: Verdict, clock: &Clock) -> Result<Answer, Error> {
        let named = self.which.read()?;
        let reason = self.reason.as_deref();
        let license = self.which.at.ask(clock, async |authority, actor| {
            let id = named.find(authority, actor).await?.id;
            authority
                .decide_on_license(actor, &id, verdict, reason)
                .await
        })?;
        self.which.at.print_license(&license)
    }
}

impl TransferTo {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let named = self.which.read()?;
        let transfer = Transfer {
            customer_email: self.email,
            reset_seats: self.reset_seats,
        };
        if let Some(file) = &self.key_out {
            file.refuse_existing()?;
        }
        let mut license = self.which.at.ask(clock, async |authority, actor| {
            let id = named.find(authority, actor).await?.id;
            authority.transfer_license(actor, &id, transfer, None).await
        })?;
        if let Some(file) = &self.key_out {
            let key = license.license_key.key.take().unwrap_or_default();
            file.write_document(&format!("{key}\n"), Readers::Owner, Existing::Kept)?;
        }
        self.which.at.print_with_key(&license)
    }
}

impl ChangeTo {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let named = self.which.read()?;
        let mut claims = self.terms.claims()?;
        let limit = self.terms.seats.take_limit(&mut claims);
        for name in &self.without {
            claims.set(name, Value::Null);
        }
        let change = LicenseChange {
            product: self.product,
            max_seats: limit.map(Some),
            terms: Terms::from_claims(claims.into_map())?,
            dry_run: self.dry_run,
            insist: self.insist,
        };
        let changed = self.which.at.ask(clock, async |authority, actor| {
            let id = named.find(authority, actor).await?.id;
            authority.change_license(actor, &id, change).await
        })?;
        if self.which.at.json.is_set() {
            return print_json(&changed);
        }
        let mut facts = facts_of(&changed.license);
        for seat in &changed.seats_released {
            let instance = format!("{} {}", seat.id, seat.instance_identifier);
            facts.push(("seat released", instance));
        }
        screen::print_facts(&facts)?;
        Ok(Answer::Done)
    }
}

impl ToFile {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let named = self.which.read()?;
        let document = self.which.at.ask(clock, async |authority, actor| {
            let id = named.find(authority, actor).await?.id;
            authority.license_document(actor, &id).await
        })?;
        let existing = match self.force {
            true => Existing::Replaced,
            false => Existing::Kept,
        };
        let out = self.out.as_ref().unwrap_or(&Output::Stdout);
        out.write_document(&document.armor, Readers::Anybody, existing)?;
        if let Output::File(path) = out {
            let file = path.display().to_string();
            screen::print_facts(&[("license", document.id), ("file", file)])?;
        }
        Ok(Answer::Done)
    }
}

impl At {
    fn print_license(&self, license: &LicenseView) -> Result<Answer, Error> {
        if self.json.is_set() {
            return print_json(license);
        }
        screen::print_facts(&facts_of(license))?;
        Ok(Answer::Done)
    }

    /// The same with the license key, for commands that are asked for it.
    fn print_with_key(&self, license: &LicenseView) -> Result<Answer, Error> {
        let key = license.license_key.key.as_ref();
        if let (false, Some(key)) = (self.json.is_set(), key) {
            let mut facts = facts_of(license);
            facts.insert(1, ("license key", key.clone()));
            screen::print_facts(&facts)?;
            return Ok(Answer::Done);
        }
        self.print_license(license)
    }
}

/// Prints what HTTP would answer, in one line.
pub(crate) fn print_json(answer: &impl serde::Serialize) -> Result<Answer, Error> {
    screen::print_json(answer)?;
    Ok(Answer::Done)
}

fn facts_of(license: &LicenseView) -> Vec<(&'static str, String)> {
    let mut facts = vec![("license", license.id.clone())];
    let key = &license.license_key;
    facts.extend(key.customer_email.clone().map(|email| ("customer", email)));
    facts.push(("product", license.product.slug.to_string()));
    facts.push(("status", license.status.name().to_owned()));
    if license.blocked {
        facts.push(("blocked", "yes".to_owned()));
    }
    facts.push(("revision", license.revision.to_string()));
    facts.push(("seats", seats(license.seats_used, license.seat_limit)));
    let end = license.expires_at.map_or_else(never, |end| end.to_string());
    facts.push(("ends at", end));
    let terms = license.terms.as_object().into_iter().flatten();
    for (name, term) in terms.filter(|(name, _)| TERMS_SHOWN.contains(&name.as_str())) {
        let shown = TERMS_SHOWN.into_iter().find(|shown| shown == name);
        facts.extend(shown.map(|shown| (shown, term.to_string())));
    }
    facts
}

fn seats(used: i64, limit: Option<i64>) -> String {
    match limit {
        Some(limit) => format!("{used} of {limit}"),
        None => format!("{used}, no limit"),
    }
}

fn never() -> String {
    "never".to_owned()
}

fn end_of(days: u32, clock: &Clock) -> Moment {
    clock
        .now()
        .saturating_add(Duration::from_secs(number::days_in_seconds(days)))
}

/// Terms that are shown beside what stands above them.
const TERMS_SHOWN: [&str; 7] = [
    "type",
    "edition",
    "domains",
    "addresses",
    "entitlements",
    "limits",
    "meta",
];
