//! What status lists said of the licenses that are held, and were before.

use std::collections::BTreeMap;

use countersign::{Error, KeyState, Kind, Moment, Status, StatusList, TrustStore, Verified};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::state::{MAX_BEFORE, State};

/// A status list that is kept: where its text is, and what it said.
///
/// The text may be large and may be lost; what it said of the licenses that were held is not lost with it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ListKept {
    pub(crate) uri: String,
    pub(crate) issued_at: Moment,
    /// The name of the key that signed it.
    signed_by: String,
    /// Which of the texts of lists is its own.
    slot: usize,
    /// The entries of the licenses that were held, by their indexes, the latest last.
    entries: Vec<(u64, u8)>,
    /// What other keys signed last before it, as far as it is not valid, the latest last: it counts again
    /// where the key of the newer list is taken away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    before: Vec<Said>,
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

/// What a key signed of the licenses that were held.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Said {
    signed_by: String,
    issued_at: Moment,
    entries: Vec<(u64, u8)>,
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

impl ListKept {
    /// The name that its text is kept under.
    pub(crate) fn name(&self) -> String {
        match self.slot {
            0 => LIST.to_owned(),
            slot => format!("{LIST}-{}", slot + 1),
        }
    }

    /// Refuses a list that is older. One of the same second counts: an authority may change its mind
    /// within a second, and whoever asks it then has its last word.
    pub(crate) fn admit(&self, list: &Verified<StatusList>) -> Result<(), Error> {
        if list.issued_at < self.issued_at {
            return Err(Error::OutdatedStatusList {
                issued_at: list.issued_at,
                held: self.issued_at,
            });
        }
        Ok(())
    }

    /// Whether the key that signed it may sign lists still.
    fn is_trusted(&self, trust: &TrustStore) -> bool {
        signs_lists(&self.signed_by, trust)
    }

    /// What counts of it: what the key of the newest list said, or where that key is taken away, what
    /// the latest one said that is trusted still.
    fn trusted(&self, trust: &TrustStore) -> Option<Self> {
        let mut kept = self.clone();
        while !kept.is_trusted(trust) {
            let Said {
                signed_by,
                issued_at,
                entries,
                ..
            } = kept.before.pop()?;
            (kept.signed_by, kept.issued_at, kept.entries) = (signed_by, issued_at, entries);
        }
        Some(kept)
    }

    /// What it says now, as what was said before another one.
    fn said(&self) -> Said {
        Said {
            signed_by: self.signed_by.clone(),
            issued_at: self.issued_at,
            entries: self.entries.clone(),
            unknown: BTreeMap::new(),
        }
    }

    /// Remembers what another key said than the one of the newest list, unless that key said something
    /// later.
    fn remember(&mut self, mut said: Said) {
        let is_listed = |(_, number): &(u64, u8)| Status::from(*number) != Status::Valid;
        said.entries.retain(is_listed);
        let is_later =
            |known: &Said| known.signed_by == said.signed_by && known.issued_at >= said.issued_at;
        let is_known = self.signed_by == said.signed_by || self.before.iter().any(is_later);
        if is_known || said.entries.is_empty() {
            return;
        }
        self.before
            .retain(|known| known.signed_by != said.signed_by);
        self.before.push(said);
        self.before.sort_by_key(|known| known.issued_at);
        let too_many = self.before.len().saturating_sub(MOST_KEYS);
        self.before.drain(..too_many);
    }

    /// Says from now on what a key signed at a moment.
    fn go_on_with(&mut self, signed_by: String, issued_at: Moment) {
        let said = self.said();
        self.before.retain(|known| known.signed_by != signed_by);
        (self.signed_by, self.issued_at) = (signed_by, issued_at);
        self.remember(said);
    }

    fn note(&mut self, list: &Verified<StatusList>, index: u64) {
        self.go_on_with(list.signed_by().to_string(), list.issued_at);
        for (index, number) in &mut self.entries {
            if let Some(status) = list.entries.get(*index) {
                *number = status.number();
            }
        }
        if let Some(status) = list.entries.get(index)
            && self.entries.last().is_none_or(|(last, _)| *last != index)
        {
            self.put(index, status.number());
        }
    }

    /// Learns what another one says of the same list.
    fn learn(&mut self, theirs: Self, trust: &TrustStore) {
        let Some(ours) = self.trusted(trust) else {
            let slot = self.slot;
            *self = Self { slot, ..theirs };
            return;
        };
        *self = ours;
        if theirs.issued_at < self.issued_at {
            self.remember(theirs.said());
        } else {
            let is_newer = theirs.issued_at > self.issued_at;
            self.go_on_with(theirs.signed_by, theirs.issued_at);
            for (index, number) in theirs.entries {
                if is_newer || self.entries.iter().all(|(known, _)| *known != index) {
                    self.put(index, number);
                }
            }
        }
        for said in theirs.before {
            self.remember(said);
        }
    }

    fn put(&mut self, index: u64, number: u8) {
        self.entries.retain(|(other, _)| *other != index);
        self.entries.push((index, number));
        let too_many = self.entries.len().saturating_sub(MAX_BEFORE + 1);
        self.entries.drain(..too_many);
    }
}

impl State {
    /// The list of that address, where it was signed by a key that is trusted still: what another one
    /// signed is of no account.
    pub(crate) fn list_kept(&self, uri: &str, trust: &TrustStore) -> Option<ListKept> {
        let kept = self.lists.iter().find(|kept| kept.uri == uri)?;
        kept.trusted(trust)
    }

    /// Notes a list that is at hand, and the entry of the license held in it.
    pub(crate) fn note_list(
        &mut self,
        list: &Verified<StatusList>,
        index: u64,
        trust: &TrustStore,
    ) {
        let is_same = |kept: &ListKept| kept.uri == list.uri;
        let found = self.lists.iter().position(is_same);
        let found = found.map(|at| self.lists.remove(at));
        let trusted = found.as_ref().and_then(|kept| kept.trusted(trust));
        let mut kept = trusted.unwrap_or_else(|| ListKept {
            uri: list.uri.clone(),
            issued_at: list.issued_at,
            signed_by: list.signed_by().to_string(),
            slot: found.map_or_else(|| self.free_slot(), |kept| kept.slot),
            entries: Vec::new(),
            before: Vec::new(),
            unknown: BTreeMap::new(),
        });
        kept.note(list, index);
        self.lists.push(kept);
    }

    /// A number that no list has, which is the one of the list before all others where there is no more.
    fn free_slot(&mut self) -> usize {
        let too_many = (self.lists.len() + 1).saturating_sub(MAX_BEFORE + 1);
        self.lists.drain(..too_many);
        let is_free = |slot: &usize| self.lists.iter().all(|kept| kept.slot != *slot);
        (0..=MAX_BEFORE).find(is_free).unwrap_or_default()
    }

    /// Notes what another state knows of lists beside its own, as far as it is of keys that are trusted.
    /// The texts are those of this one.
    pub(crate) fn learn_lists(&mut self, other: &Self, trust: &TrustStore) {
        let trusted = |kept: &ListKept| kept.trusted(trust);
        for theirs in other.lists.iter().filter_map(trusted) {
            let Some(at) = self.lists.iter().position(|kept| kept.uri == theirs.uri) else {
                let slot = self.free_slot();
                self.lists.push(ListKept { slot, ..theirs });
                continue;
            };
            let Some(ours) = self.lists.get_mut(at) else {
                continue;
            };
            ours.learn(theirs, trust);
        }
    }

    /// What the newest list of that address said at an index, and when it was signed.
    pub(crate) fn last_status(
        &self,
        uri: &str,
        index: u64,
        trust: &TrustStore,
    ) -> Option<(Status, Moment)> {
        let kept = self.list_kept(uri, trust)?;
        let (_, number) = kept.entries.iter().find(|(known, _)| *known == index)?;
        Some((Status::from(*number), kept.issued_at))
    }
}

/// Whether the key of that name may sign lists still.
pub(crate) fn signs_lists(key: &str, trust: &TrustStore) -> bool {
    trust.keys().any(|trusted| {
        trusted.key.id().to_string() == key
            && trusted.state != KeyState::Revoked
            && trusted.may_sign(Kind::StatusList)
    })
}

/// How many keys are remembered of a list, beside the one that signed the newest.
const MOST_KEYS: usize = 4;
/// What the names of status lists begin with.
const LIST: &str = "statuses";
