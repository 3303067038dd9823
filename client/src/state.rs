//! What a session keeps between runs, as text.

use std::collections::BTreeMap;
use std::time::Duration;

use countersign::{
    Instance, Lease, License, LicenseId, LicenseKey, Moment, Nonce, Product, Signed, TrustUpdate,
};
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::pace::LONGEST_WAIT;

mod lists;
mod seats;
mod unwanted;

pub(crate) use lists::{ListKept, signs_lists};
use seats::Seat;
pub(crate) use unwanted::is_same_seat;

/// All that is kept but the texts of status lists, which may be large and are written when they change
/// alone.
///
/// It is one text, so that no two parts of it are ever of different age.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct State {
    version: u32,
    pub(crate) product: Product,
    /// Drawn at random when the state was begun: names this installation, and is what the moments
    /// are drawn by at which it asks.
    pub(crate) installation: Nonce,
    /// Grows with each change of what is decided from, so that processes see those of others.
    pub(crate) generation: u64,
    /// What the machine was known by.
    pub(crate) signals: BTreeMap<String, String>,
    /// Whether it was found on another machine, and nobody activated it there yet.
    pub(crate) moved: bool,
    pub(crate) license_key: Option<LicenseKey>,
    pub(crate) license: Option<Signed<License>>,
    pub(crate) lease: Option<Signed<Lease>>,
    /// The highest revision ever seen of the license that was taken last.
    highest_revision: Option<(LicenseId, i64)>,
    /// The same of those before it, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    revisions_before: Vec<(LicenseId, i64)>,
    /// The status lists that were written before this, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lists: Vec<ListKept>,
    /// Oldest first, each verified by the keys of the one before.
    pub(crate) trust_updates: Vec<Signed<TrustUpdate>>,
    /// The nonce of an activation request whose answer is to come.
    pub(crate) requested: Option<Nonce>,
    /// The license key in it, which takes the place of the one held once it is answered.
    #[serde(default)]
    pub(crate) requested_key: Option<LicenseKey>,
    /// Who of several processes and threads asks the authority now.
    pub(crate) asking: Option<Asking>,
    /// The lease, by its id, whose seat was lost and was not to be had again.
    pub(crate) lost_lease: Option<String>,
    /// How often in a row that seat was refused, and until when it is not asked for.
    #[serde(default)]
    pub(crate) seat_held_back: Option<HeldBack>,
    /// The lease, by its id, that went with its license when another license took that one's place,
    /// and which may be brought back with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lease_before: Option<String>,
    /// The lease, by its id, whose seat the authority was asked to take back: if that is lost, it was
    /// given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) giving_up: Option<String>,
    pub(crate) last_contact_at: Option<Moment>,
    /// That the authority is left alone for a while: a fleet that is started anew, as by a new
    /// release, does not come back at once.
    #[serde(default)]
    pub(crate) held_back: Option<HeldBack>,
    /// The state of the clock guard.
    pub(crate) clock: Option<String>,
    /// The instance whose license key, lease, requests and refusals these are.
    #[serde(default)]
    shown: Option<String>,
    /// Those of the other ones that share the state, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    seats: Vec<Seat>,
    /// The instances that gave their seats up, the latest last: none of them takes one again by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gave_up: Vec<String>,
    /// The leases of seats that were given and that nobody holds: they are given back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unwanted: Vec<Signed<Lease>>,
    /// What a later release keeps for the instance that is shown, as it does for the others in `seats`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    shown_unknown: BTreeMap<String, Value>,
    /// What a later release of this version keeps beside it, which is handed on as it is.
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asking {
    pub(crate) by: Nonce,
    pub(crate) until: Moment,
    /// How long that was when it was said.
    #[serde(default)]
    pub(crate) lasts: Duration,
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

impl Asking {
    pub(crate) fn new(by: Nonce, until: Moment, lasts: Duration) -> Self {
        Self {
            by,
            until,
            lasts,
            unknown: BTreeMap::new(),
        }
    }

    /// Whether it counts by a wall clock, which the processes of one machine have in common. One that
    /// lasts longer than when it was said was said by another clock.
    pub(crate) fn counts(&self, wall: Moment) -> bool {
        let left = self.until.since(wall);
        !left.is_zero() && left <= self.lasts
    }
}

/// Attempts in a row that failed, and until when there is no further one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeldBack {
    pub(crate) failures: u32,
    pub(crate) until: Moment,
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

impl HeldBack {
    pub(crate) fn new(failures: u32, until: Moment) -> Self {
        Self {
            failures,
            until,
            unknown: BTreeMap::new(),
        }
    }

    /// How long that is still. A moment further off than any that is drawn was drawn by another clock.
    pub(crate) fn left(&self, now: Moment) -> Duration {
        let left = self.until.since(now);
        if left > LONGEST_WAIT {
            return Duration::ZERO;
        }
        left
    }
}

/// Why a text is not the state of a session.
pub(crate) enum Unreadable {
    Damaged,
    Version(u32),
}

impl State {
    pub(crate) fn new(product: Product, installation: Nonce) -> Self {
        Self {
            version: VERSION,
            product,
            installation,
            generation: 0,
            signals: BTreeMap::new(),
            moved: false,
            license_key: None,
            license: None,
            lease: None,
            highest_revision: None,
            revisions_before: Vec::new(),
            lists: Vec::new(),
            trust_updates: Vec::new(),
            requested: None,
            requested_key: None,
            asking: None,
            lost_lease: None,
            seat_held_back: None,
            lease_before: None,
            giving_up: None,
            last_contact_at: None,
            held_back: None,
            clock: None,
            shown: None,
            seats: Vec::new(),
            gave_up: Vec::new(),
            unwanted: Vec::new(),
            shown_unknown: BTreeMap::new(),
            unknown: BTreeMap::new(),
        }
    }

    /// JSON on one line, and on the next what shows damage.
    pub(crate) fn to_text(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        let mac = hex(hmac::sign(&mac_key(), json.as_bytes()).as_ref());
        format!("{json}\n{mac}\n")
    }

    pub(crate) fn from_text(text: &str) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let damaged = Unreadable::Damaged;
        let Some((json, mac)) = text.strip_suffix('\n').and_then(|t| t.rsplit_once('\n')) else {
            return Err(damaged);
        };
        if hex(hmac::sign(&mac_key(), json.as_bytes()).as_ref()) != mac {
            return Err(damaged);
        }
        match serde_json::from_str(json) {
            Ok(Versioned { version: VERSION }) => {
                serde_json::from_str(json).map_err(|_| Unreadable::Damaged)
            }
            Ok(Versioned { version }) => Err(Unreadable::Version(version)),
            Err(_) => Err(damaged),
        }
    }

    /// The machine that this installation is, where the host states no other instance.
    pub(crate) fn instance(&self) -> Option<Instance> {
        let id = self.installation.to_string();
        Some(Instance::Machine(id.parse().ok()?))
    }

    /// The highest revision ever seen of a license, as far as that is remembered.
    pub(crate) fn highest_revision(&self, license: &LicenseId) -> Option<i64> {
        let mut seen = self.highest_revision.iter().chain(&self.revisions_before);
        let (_, highest) = seen.find(|(id, _)| id == license)?;
        Some(*highest)
    }

    /// Notes the revision of the license that is taken.
    pub(crate) fn take_revision(&mut self, license: &LicenseId, revision: i64) {
        let highest = self.highest_revision(license).max(Some(revision));
        self.revisions_before.retain(|(id, _)| id != license);
        let before = self.highest_revision.take();
        self.revisions_before
            .extend(before.filter(|(id, _)| id != license));
        let too_many = self.revisions_before.len().saturating_sub(MAX_BEFORE);
        self.revisions_before.drain(..too_many);
        self.highest_revision = highest.map(|highest| (license.clone(), highest));
    }

    /// Notes what another state knows of revisions beside its own.
    pub(crate) fn learn_revisions(&mut self, other: &Self) {
        let taken = self.highest_revision.take();
        for (id, revision) in other.revisions_before.iter().chain(&other.highest_revision) {
            self.take_revision(id, *revision);
        }
        if let Some((id, revision)) = taken {
            self.take_revision(&id, revision);
        }
    }

    /// What the clock's state is protected with: it is worth nothing beside another installation's.
    pub(crate) fn clock_key(&self) -> String {
        self.installation.to_string()
    }
}

/// The key is no secret: what it makes shows damage, and that something else wrote the text.
fn mac_key() -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, b"countersign session state")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How many licenses are remembered beside the one that was taken last.
const MAX_BEFORE: usize = 16;

/// The version of the text.
const VERSION: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> String {
        let product = "acme/editor".parse().unwrap();
        State::new(product, Nonce::from_bytes([1; 16])).to_text()
    }

    #[test]
    fn every_byte_that_is_missing_or_another_is_damage() {
        let text = text();
        assert!(matches!(State::from_text(&text), Ok(state) if state.to_text() == text));
        for at in 0..text.len() {
            let is_damage = |text: &str| matches!(State::from_text(text), Err(Unreadable::Damaged));
            assert!(is_damage(&text[..at]), "cut at {at}");
            let mut changed = text.clone().into_bytes();
            changed[at] ^= 1;
            assert!(
                is_damage(&String::from_utf8(changed).unwrap()),
                "changed at {at}"
            );
        }
    }

    #[test]
    fn the_highest_revisions_of_the_last_licenses_are_remembered() {
        let product = "acme/editor".parse().unwrap();
        let mut state = State::new(product, Nonce::from_bytes([1; 16]));
        let license = |number: usize| format!("lic-{number}").parse::<LicenseId>().unwrap();
        state.take_revision(&license(0), 2);
        assert!(!state.to_text().contains("revisions_before"));
        for number in 1..=MAX_BEFORE {
            state.take_revision(&license(number), 3);
            state.take_revision(&license(0), 1);
        }
        let Ok(mut state) = State::from_text(&state.to_text()) else {
            panic!("unreadable");
        };
        assert_eq!(state.highest_revision(&license(0)), Some(2));
        assert_eq!(state.highest_revision(&license(1)), Some(3));
        assert_eq!(state.highest_revision(&license(99)), None);
        state.take_revision(&license(99), 1);
        assert_eq!(state.highest_revision(&license(0)), Some(2));
        assert_eq!(state.highest_revision(&license(1)), None);
    }

    #[test]
    fn a_version_of_the_future_is_told_from_damage() {
        let text = text();
        let (json, _) = text.split_once('\n').unwrap();
        let json = json.replace(r#""version":1"#, r#""version":2"#);
        let mac = hex(hmac::sign(&mac_key(), json.as_bytes()).as_ref());
        let read = State::from_text(&format!("{json}\n{mac}\n"));
        assert!(matches!(read, Err(Unreadable::Version(2))));
    }
}
