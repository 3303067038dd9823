mod catalog;

use std::path::Path;

use countersign::{KeyState, License, Moment, Signed};
use serde::Serialize;

use crate::file;
use crate::secret::Secret;
use crate::store::inspection::{self, Issued};
use crate::store::signing_keys::StoredKey;
use crate::store::{Scope, Tx};

use super::signers::{self, Signer};
use super::{Authority, Inner, Refusal, status_lists};

/// What a look at one thing found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) check: &'static str,
    pub(crate) health: Health,
    /// One line for people.
    pub(crate) detail: String,
    /// What to do about it; nothing where all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<&'static str>,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Health {
    /// As it should be.
    Fine,
    /// Fit for use, but to be looked at.
    Notable,
    /// Not as it should be.
    Wrong,
}

/// How many documents are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thoroughness {
    /// All of a small authority, and a sample of a large one.
    Sample,
    /// All.
    All,
}

impl Finding {
    /// All is well.
    pub(crate) fn fine(check: &'static str, detail: impl ToString) -> Self {
        Self {
            check,
            health: Health::Fine,
            detail: detail.to_string(),
            advice: None,
        }
    }

    /// Something is to be looked at.
    pub(crate) fn notable(
        check: &'static str,
        detail: impl ToString,
        advice: &'static str,
    ) -> Self {
        Self {
            health: Health::Notable,
            advice: Some(advice),
            ..Self::fine(check, detail)
        }
    }

    /// Something is wrong.
    pub(crate) fn wrong(check: &'static str, detail: impl ToString, advice: &'static str) -> Self {
        Self {
            health: Health::Wrong,
            advice: Some(advice),
            ..Self::fine(check, detail)
        }
    }
}

impl Authority {
    /// Looks whether the database is sound. Changes nothing.
    ///
    /// # Errors
    ///
    /// [`Refusal::Store`] where it cannot be read to the end.
    pub(crate) async fn examine(
        &self,
        thoroughness: Thoroughness,
    ) -> Result<Vec<Finding>, Refusal> {
        let (inner, now) = (self.inner.clone(), self.now());
        let rows = move |tx: &mut dyn Tx| {
            let version = inspection::version(tx)?;
            let mut findings = vec![Finding::fine("tables", format!("version {version}"))];
            if inner.store.is_sqlite() {
                findings.push(integrity(tx)?);
            }
            findings.push(seats(tx)?);
            findings.push(statuses(tx)?);
            findings.push(catalog::defaults(tx)?);
            findings.push(catalog::bundles(tx)?);
            findings.push(clock(tx, now)?);
            findings.push(keys(tx, &inner.secret)?);
            Ok(findings)
        };
        let mut findings = self.inner.store.read(Scope::All, rows).await?;
        findings.push(self.documents(thoroughness).await?);
        Ok(findings)
    }

    /// Verifies documents, in parts, so that no transaction is open for long.
    async fn documents(&self, thoroughness: Thoroughness) -> Result<Finding, Refusal> {
        let count = |tx: &mut dyn Tx| Ok(inspection::count_licenses(tx)?);
        let count = self.inner.store.read(Scope::All, count).await?;
        let parts = match (thoroughness, count > SAMPLE) {
            (Thoroughness::Sample, true) => SAMPLE / PART,
            _ => count.saturating_add(PART - 1) / PART,
        };
        let (mut looked, mut faults) = (0, Vec::new());
        for part in 0..parts {
            // Parts of a sample lie evenly over all.
            let skipped = match thoroughness {
                Thoroughness::All => part * PART,
                Thoroughness::Sample => (part * PART).max(part * (count / parts)),
            };
            let inner = self.inner.clone();
            let verify = move |tx: &mut dyn Tx| {
                let issued = inspection::issued(tx, skipped, PART)?;
                let mut faults = Vec::new();
                for license in &issued {
                    if let Some(fault) = inner.fault_of(tx, license)? {
                        faults.push(format!("{} {fault}", license.id));
                    }
                }
                Ok((issued.len(), faults))
            };
            let (seen, found) = self.inner.store.read(Scope::All, verify).await?;
            looked += seen;
            faults.extend(found);
        }
        let of = format!("{looked} of {count} licenses");
        Ok(match faults.as_slice() {
            [] => Finding::fine("documents", format!("{of} verify with their brand's keys")),
            [first, ..] => Finding::wrong(
                "documents",
                format!(
                    "{of} were looked at, and {} are wrong: {first}",
                    faults.len()
                ),
                "restore the database from a backup of before the damage",
            ),
        })
    }
}

impl Inner {
    /// What is wrong with a license, if anything.
    fn fault_of(&self, tx: &mut dyn Tx, issued: &Issued) -> Result<Option<&'static str>, Refusal> {
        let signer = match self.signers.of(tx, &self.secret, &issued.brand_id) {
            Ok(signer) => signer,
            Err(Refusal::Store(error)) if error.is_temporary() => return Err(error.into()),
            Err(_) => return Ok(Some("has no key to verify with")),
        };
        Ok(fault_with(&signer, issued))
    }
}

fn fault_with(signer: &Signer, issued: &Issued) -> Option<&'static str> {
    let Ok(signed) = issued.document.parse::<Signed<License>>() else {
        return Some("has a document that does not read");
    };
    let Ok(license) = signed.verify(&signer.trust) else {
        return Some("has a document that does not verify");
    };
    let seat_limit = license.seats.limit.map(|limit| i64::from(limit.get()));
    let is_indexed = license.id.as_str() == issued.id
        && i64::from(license.revision.get()) == issued.revision
        && license.validity.ends_at() == issued.valid_until
        && seat_limit == issued.seat_limit;
    if !is_indexed {
        return Some("has columns that differ from its document");
    }
    let public_url = issued.public_url.as_deref().unwrap_or_default();
    let uri = status_lists::list_at(public_url, &signer.brand, issued.status_list);
    let is_listed = license.status.as_ref().is_some_and(|status| {
        status.uri == uri && i64::try_from(status.index).is_ok_and(|at| at == issued.status_index)
    });
    (!is_listed).then_some("names a status list that is not its own")
}

fn integrity(tx: &mut dyn Tx) -> Result<Finding, Refusal> {
    let said = inspection::quick_check(tx)?;
    Ok(match said.first() {
        None => Finding::fine("integrity", "SQLite finds its file sound"),
        Some(first) => Finding::wrong(
            "integrity",
            format!("SQLite says: {first}"),
            "stop the authority and restore the database from a backup",
        ),
    })
}

fn seats(tx: &mut dyn Tx) -> Result<Finding, Refusal> {
    let miscounts = inspection::miscounts(tx, SHOWN + 1)?;
    let Some(first) = miscounts.first() else {
        return Ok(Finding::fine(
            "seats",
            "every counter agrees with its activations",
        ));
    };
    let many = match i64::try_from(miscounts.len()) {
        Ok(count) if count <= SHOWN => count.to_string(),
        _ => format!("more than {SHOWN}"),
    };
    let detail = format!(
        "{many} licenses count wrong, such as {}: {} counted, {} held",
        first.id, first.counted, first.held
    );
    Ok(Finding::wrong(
        "seats",
        detail,
        "set `seats_held` of these rows to what is held, and report it: no use case does this",
    ))
}

fn statuses(tx: &mut dyn Tx) -> Result<Finding, Refusal> {
    let stated = inspection::stated(tx)?;
    let is_wrong = |row: &&inspection::Stated| {
        row.status != Some(row.standing.status(row.blocked).number().into())
    };
    let wrong: Vec<&inspection::Stated> = stated.iter().filter(is_wrong).collect();
    let Some(first) = wrong.first() else {
        return Ok(Finding::fine(
            "statuses",
            "every entry agrees with its license",
        ));
    };
    let count: i64 = wrong.iter().map(|row| row.count).sum();
    let detail = format!(
        "{count} licenses stand otherwise on their status list, such as {}",
        first.example
    );
    Ok(Finding::wrong(
        "statuses",
        detail,
        "suspend and resume, or block and unblock, each: that states its entry anew",
    ))
}

fn clock(tx: &mut dyn Tx, now: Moment) -> Result<Finding, Refusal> {
    let newest = inspection::newest_moment(tx)?;
    Ok(match newest.filter(|&newest| newest > now) {
        None => Finding::fine("clock", format!("it is {now}")),
        Some(newest) => Finding::notable(
            "clock",
            format!("it is {now}, and a row was written at {newest}"),
            "set this machine's clock, by NTP if you can: leases are signed by it",
        ),
    })
}

fn keys(tx: &mut dyn Tx, secret: &Secret) -> Result<Finding, Refusal> {
    let (mut count, mut shared) = (0_usize, Vec::new());
    for (brand_id, slug) in inspection::brands(tx)? {
        let stored = StoredKey::of_brand(tx, &brand_id)?;
        count += stored.len();
        let in_state = |state: KeyState| {
            let is_in = |key: &&StoredKey| key.state == state.name();
            stored.iter().filter(is_in).count()
        };
        if (in_state(KeyState::Active), in_state(KeyState::Standby)) != (1, 1) {
            return Ok(Finding::wrong(
                "keys",
                format!("`{slug}` has not one active and one standby key"),
                "restore the database from a backup; `countersign key standby` makes a standby key",
            ));
        }
        for key in &stored {
            let is_kept = key.sealed.is_some() || key.file.is_some();
            let is_needed = key.state != KeyState::Retired.name();
            if is_kept && is_needed && signers::open(key, secret).is_err() {
                return Ok(Finding::wrong(
                    "keys",
                    format!(
                        "the {} key of `{slug}` cannot be opened: {}",
                        key.state, key.id
                    ),
                    "put back its file, or the file `secret` that the key was sealed with",
                ));
            }
            if let Some(file) = &key.file
                && let Ok(Some(mode)) = file::shared_mode(Path::new(file))
            {
                shared.push(format!("`{file}` has mode {mode:04o}"));
            }
        }
    }
    Ok(match shared.first() {
        None => Finding::fine("keys", format!("{count} keys, and those in use open")),
        Some(first) => Finding::wrong(
            "keys",
            format!("others than its owner may use a key: {first}"),
            "chmod 600 the file, and consider the key lost: rotate it",
        ),
    })
}

/// How many documents a sample has, and of how many licenses all are looked at.
const SAMPLE: i64 = 10_000;
/// How many are verified in one transaction.
const PART: i64 = 100;
/// How many miscounted licenses are counted.
const SHOWN: i64 = 100;
