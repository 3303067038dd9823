//! From a license file to reasoned decisions, in process: signs a license as a vendor would, writes
//! it to a file, reads it back as a product would with nothing but the keys it trusts, and decides
//! eight cases.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::{Duration, SystemTime};

use countersign::{
    ActivationTerms, AddressPatterns, ClockReading, Context, Decision, DomainPatterns, Entitlement,
    Instance, Lease, License, Moment, Nonce, Product, Purpose, Run, SeatRule, Signed, SigningKey,
    Status, StatusList, StatusTerms, Statuses, TrustStore, Verified, Window,
};
use ring::rand::{SecureRandom, SystemRandom};

/// Where the files go, from the folder that the example is run in.
const FOLDER: &str = "target/quickstart";
const STATUS_LIST: &str = "https://licenses.acme.example/.well-known/acme/status/1";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn main() -> Result<(), Box<dyn Error>> {
    #[expect(
        clippy::disallowed_methods,
        reason = "an example is a host: it reads the clock"
    )]
    let now = Moment::from(SystemTime::now());

    // The vendor: a signing key, a license, a file.
    let vendor = Vendor::new(now)?;
    let armor = vendor
        .key
        .sign(&vendor.license)?
        .to_armor(&[("Customer", "ACME Corp")]);
    fs::create_dir_all(FOLDER)?;
    let file = Path::new(FOLDER).join("editor.license");
    let keys = Path::new(FOLDER).join("trust.jwks");
    fs::write(&file, armor)?;
    fs::write(&keys, vendor.trust().to_jwks())?;

    // The product: the trust it embeds, and the file it finds.
    let trust = TrustStore::from_jwks(&fs::read_to_string(&keys)?)?;
    let text = fs::read_to_string(&file)?;
    let license = Signed::<License>::parse(&text)?.verify(&trust)?;
    let product = Host {
        license,
        trust,
        machine: Instance::parse("machine", "workstation-7")?,
    };

    println!(
        "{:<42} {:<8} why, or what to tell the user",
        "case", "outcome"
    );
    println!("{}", "-".repeat(110));
    let run = product.run()?;
    let end = vendor.license.validity.ends_at().unwrap_or(now);

    product.show("a run with its lease", &run, &vendor, now, Status::Valid)?;

    let elsewhere = with(&run, |run| run.domain = "shop.other.example".parse().ok());
    let much_later = end.saturating_add(30 * DAY);
    product.show(
        "wrong domain, after the end",
        &elsewhere,
        &vendor,
        much_later,
        Status::Valid,
    )?;

    let in_grace = end.saturating_add(3 * DAY);
    product.show(
        "in the grace period",
        &run,
        &vendor,
        in_grace,
        Status::Valid,
    )?;

    let update = with(&run, |run| {
        run.purpose = Purpose::Update;
        run.released_at = Some(now.saturating_add(200 * DAY));
    });
    product.show(
        "an update published too late",
        &update,
        &vendor,
        now,
        Status::Valid,
    )?;

    let mut crowded = run.clone();
    crowded.counts = BTreeMap::from([("services".parse()?, 101.into())]);
    product.show("a limit exceeded", &crowded, &vendor, now, Status::Valid)?;

    let copied = with(&run, |run| {
        run.instance = Instance::parse("machine", "copy-of-it").ok()
    });
    product.show(
        "another machine's lease",
        &copied,
        &vendor,
        now,
        Status::Valid,
    )?;

    product.show(
        "revoked by a newer status list",
        &run,
        &vendor,
        now,
        Status::Revoked,
    )?;

    let tampered = change_one_character(&text);
    let outcome =
        Signed::<License>::parse(&tampered).and_then(|signed| signed.verify(&product.trust));
    match outcome {
        Ok(_) => return Err("a changed license verified".into()),
        Err(error) => line(
            "a file with one character changed",
            "refused",
            error.code(),
            &error,
        ),
    }

    println!(
        "\nThe license file is {}. To look into it:\n",
        file.display()
    );
    println!(
        "    cargo run --quiet --package countersign-server -- license inspect {} --trust {}",
        file.display(),
        keys.display()
    );
    Ok(())
}

/// Who sells `acme/editor`: has the signing key, and states the terms.
struct Vendor {
    key: SigningKey,
    license: License,
}

impl Vendor {
    fn new(now: Moment) -> Result<Self, Box<dyn Error>> {
        let key = SigningKey::from_seed(&random::<32>()?)?;
        let product: Product = "acme/editor".parse()?;
        let mut license = License::new("lic-2041".parse()?, product, now);
        license.customer = Some("ACME Corp".into());
        license.label = Some("subscription".into());
        license.validity =
            Window::new(Some(now), Some(now.saturating_add(365 * DAY)))?.with_grace(14 * DAY);
        license.updates_until = Some(now.saturating_add(180 * DAY));
        license.support_until = Some(now.saturating_add(90 * DAY));
        license.domains =
            DomainPatterns::new(["acme.example".parse()?, "*.shop.acme.example".parse()?]);
        license.addresses = AddressPatterns::new(["10.0.0.*".parse()?, "2001:db8::/32".parse()?]);
        license.seats = SeatRule::limited(NonZeroU32::new(5).ok_or("no seats")?);
        license.activation = Some(ActivationTerms::new(7 * DAY));
        license
            .entitlements
            .insert("export".parse()?, Entitlement::default());
        let trial = Entitlement::until(now.saturating_add(30 * DAY));
        license.entitlements.insert("assistant".parse()?, trial);
        license.limits.insert("services".parse()?, 100.into());
        let mut status = StatusTerms::new(41, STATUS_LIST.into());
        status.freshness = Some(14 * DAY);
        license.status = Some(status);
        Ok(Self { key, license })
    }

    fn trust(&self) -> TrustStore {
        TrustStore::new([self.key.verifying_key().into()])
    }

    /// The lease of the one activated machine, signed at that moment.
    fn lease(&self, now: Moment) -> Result<Signed<Lease>, Box<dyn Error>> {
        let lease = Lease::new(
            format!("lease-{}", now.unix()),
            "activation-1".into(),
            (self.license.product.clone(), self.license.id.clone()),
            Instance::parse("machine", "workstation-7")?,
            (now, now.saturating_add(7 * DAY)),
            Nonce::from_bytes(random()?),
        );
        Ok(self.key.sign(&lease)?)
    }

    /// The status list of that moment, with that entry for the license.
    fn statuses(&self, now: Moment, status: Status) -> Result<Signed<StatusList>, Box<dyn Error>> {
        let mut entries = Statuses::valid(1000);
        entries.set(41, status)?;
        let brand = self.license.product.brand.clone();
        let list = StatusList::new(brand, STATUS_LIST.into(), now, entries);
        Ok(self.key.sign(&list)?)
    }
}

/// The product on a customer's machine.
struct Host {
    license: Verified<License>,
    trust: TrustStore,
    machine: Instance,
}

impl Host {
    fn run(&self) -> Result<Run, Box<dyn Error>> {
        let mut run = Run::of("acme/editor".parse()?);
        run.domain = Some("https://www.ACME.example/cart".parse()?);
        run.address = Some("10.0.0.17".parse()?);
        run.instance = Some(self.machine.clone());
        run.requires = ["export".parse()?].into();
        run.counts = BTreeMap::from([("services".parse()?, 12.into())]);
        Ok(run)
    }

    /// Decides at `now`, with the lease and the status list of that moment, and prints a line.
    fn show(
        &self,
        case: &str,
        run: &Run,
        vendor: &Vendor,
        now: Moment,
        status: Status,
    ) -> Result<(), Box<dyn Error>> {
        let lease = vendor.lease(now)?.verify(&self.trust)?;
        let statuses = vendor.statuses(now, status)?.verify(&self.trust)?;
        let context = Context::at(ClockReading::trusted(now))
            .lease(&lease)
            .statuses(&statuses);
        print_decision(case, &self.license.evaluate(run, &context));
        Ok(())
    }
}

fn print_decision(case: &str, decision: &Decision<'_>) {
    let outcome = if decision.is_allowed() {
        "allowed"
    } else {
        "denied"
    };
    let denials = decision
        .denials()
        .iter()
        .map(|denial| (denial.code(), denial.to_string()));
    let notices = decision
        .notices()
        .iter()
        .map(|notice| (notice.code(), notice.to_string()));
    let (codes, texts): (Vec<_>, Vec<_>) = denials.chain(notices).unzip();
    line(case, outcome, &codes.join(", "), &texts.join("; "));
}

fn line(case: &str, outcome: &str, codes: &str, texts: &dyn std::fmt::Display) {
    let codes = if codes.is_empty() {
        "-".into()
    } else {
        format!("{codes}: {texts}")
    };
    println!("{case:<42} {outcome:<8} {codes}");
}

fn with(run: &Run, change: impl FnOnce(&mut Run)) -> Run {
    let mut run = run.clone();
    change(&mut run);
    run
}

/// Changes one character in the middle of the signed text.
fn change_one_character(text: &str) -> String {
    let middle = text.len() / 2;
    let change = |(at, c)| match (at == middle, c) {
        (true, 'A') => 'B',
        (true, _) => 'A',
        (false, c) => c,
    };
    text.char_indices().map(change).collect()
}

fn random<const N: usize>() -> Result<[u8; N], Box<dyn Error>> {
    let mut bytes = [0; N];
    #[expect(
        clippy::disallowed_methods,
        reason = "an example is a host: it draws randomness"
    )]
    let source = SystemRandom::new();
    source
        .fill(&mut bytes)
        .map_err(|_| "no randomness to be had")?;
    Ok(bytes)
}
