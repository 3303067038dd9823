//! What is measured: a license as vendors sign it, and the run that it allows.

use std::error::Error;
use std::time::Duration;

use countersign::{
    ActivationTerms, AddressPattern, AddressPatterns, Amount, ClockReading, Code, Context, Domain,
    DomainPattern, DomainPatterns, Entitlement, Instance, Issuable, Lease, License, Moment, Nonce,
    Run, Signed, SigningKey, StatusList, StatusTerms, Statuses, TrustStore, Verified, Window,
    parse_address,
};

/// A license of 5 domains, 2 addresses, windows and entitlements, and what belongs to it.
pub struct Subject {
    /// What signed it.
    pub key: SigningKey,
    /// The key, trusted.
    pub trust: TrustStore,
    /// Its terms.
    pub license: License,
    /// The same, signed.
    pub signed: Signed<License>,
    /// What it allows.
    pub run: Run,
    /// When it does.
    pub now: Moment,
}

impl Subject {
    /// The license, signed in summer.
    pub fn new() -> Result<Self, Box<dyn Error>> {
        Self::at(Moment::from_start("2026-06-01")?)
    }

    /// The same, signed at another moment.
    pub fn at(now: Moment) -> Result<Self, Box<dyn Error>> {
        let key = SigningKey::from_seed(SEED)?;
        let license = license(now)?;
        Ok(Self {
            trust: [key.verifying_key().into()].into_iter().collect(),
            signed: key.sign(&license)?,
            run: run()?,
            key,
            license,
            now,
        })
    }

    /// The license, verified.
    pub fn verified(&self) -> Result<Verified<License>, Box<dyn Error>> {
        Ok(self.signed.verify(&self.trust)?)
    }

    /// The bytes that are signed, and their signature.
    pub fn signed_parts(&self) -> Result<(Vec<u8>, Vec<u8>), Box<dyn Error>> {
        let parts = self.signed.as_str().rsplit_once('.');
        let (signed, signature) = parts.ok_or("a token has three parts")?;
        Ok((signed.into(), decode(signature)?))
    }

    /// The same license with an activation, limits and a status list, and all that it takes.
    pub fn with_everything(&self) -> Result<Everything, Box<dyn Error>> {
        let uri = "https://licenses.acme.example/.well-known/acme/status/1".to_owned();
        let mut license = self.license.clone();
        license.activation = Some(ActivationTerms::default());
        license.limits = [
            ("services".parse::<Code>()?, Amount::from(40)),
            ("requests_per_day".parse()?, Amount::from(1_000_000)),
        ]
        .into();
        let mut status = StatusTerms::new(777_777, uri.clone());
        status.freshness = Some(90 * DAY);
        license.status = Some(status);
        let mut run = self.run.clone();
        let instance = Instance::parse("domain", "shop.acme.example")?;
        run.instance = Some(instance.clone());
        run.counts = [
            ("services".parse::<Code>()?, Amount::from(12)),
            ("requests_per_day".parse()?, Amount::from(1_000)),
        ]
        .into();
        let lease = Lease::new(
            "0197a2b4-lease".into(),
            "0197a2b4-activation".into(),
            (license.product.clone(), license.id.clone()),
            instance,
            (self.now, self.now.saturating_add(7 * DAY)),
            Nonce::from_bytes([0; 16]),
        );
        let statuses = Statuses::valid(1_000_000);
        let mut list = StatusList::new("acme".parse()?, uri, self.now, statuses);
        list.refresh_after = Some(DAY);
        Ok(Everything {
            license: self.key.sign(&license)?.verify(&self.trust)?,
            run,
            lease: self.key.sign(&lease)?.verify(&self.trust)?,
            statuses: self.key.sign(&list)?.verify(&self.trust)?,
        })
    }
}

/// A license that uses every rule, with what a run of it needs.
pub struct Everything {
    /// The license, verified.
    pub license: Verified<License>,
    /// What it allows.
    pub run: Run,
    /// The run's, on a seat.
    pub lease: Verified<Lease>,
    /// The list that says it is valid.
    pub statuses: Verified<StatusList>,
}

impl Everything {
    /// What it is decided in.
    pub fn context(&self, now: Moment) -> Context<'_> {
        Context::at(ClockReading::trusted(now))
            .lease(&self.lease)
            .statuses(&self.statuses)
    }
}

fn license(now: Moment) -> Result<License, Box<dyn Error>> {
    let mut license = License::new(
        "0197a2b4-7c1e-7d3a-9f00-2b6f4c1d8e55".parse()?,
        "acme/editor".parse()?,
        now.saturating_sub(100 * DAY),
    );
    license.customer = Some("customer-20417".into());
    license.label = Some("subscription".into());
    let ends_at = now.saturating_add(265 * DAY);
    license.validity = Window::new(Some(license.issued_at), Some(ends_at))?.with_grace(14 * DAY);
    license.updates_until = Some(ends_at);
    license.support_until = Some(now.saturating_add(200 * DAY));
    let domains = [
        "acme.example",
        "*.acme.example",
        "shop.acme-corp.example",
        "*.staging.acme-corp.example",
        "intranet.acme-corp.example",
    ];
    let domains: Result<Vec<DomainPattern>, _> = domains.iter().map(|text| text.parse()).collect();
    license.domains = DomainPatterns::new(domains?);
    let addresses: Result<Vec<AddressPattern>, _> = ["203.0.113.0/24", "2001:db8:17::/48"]
        .iter()
        .map(|text| text.parse())
        .collect();
    license.addresses = AddressPatterns::new(addresses?);
    license.entitlements = [
        ("export.pdf".parse::<Code>()?, Entitlement::default()),
        ("collaboration".parse()?, Entitlement::default()),
        ("plugins".parse()?, Entitlement::until(ends_at)),
    ]
    .into();
    Ok(license)
}

fn run() -> Result<Run, Box<dyn Error>> {
    let mut run = Run::of("acme/editor".parse()?);
    run.domain = Some("shop.acme.example".parse::<Domain>()?);
    run.address = Some(parse_address("203.0.113.77")?);
    run.requires = ["export.pdf".parse::<Code>()?].into();
    Ok(run)
}

/// The claims of the license as JSON, for peers that sign them in a form of their own.
pub fn claims(license: &License) -> serde_json::Value {
    license.to_claims()
}

fn decode(text: &str) -> Result<Vec<u8>, base64::DecodeError> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text)
}

/// Any seed: what is signed with it is worth nothing.
pub const SEED: &[u8; 32] = b"the seed of a key for benchmarks";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
