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

    fn note(&mut self, list: &Verified<StatusList>, index: u64) {
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
        self.issued_at = list.issued_at;
        self.signed_by = list.signed_by().to_string();
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
    pub(crate) fn list_kept(&self, uri: &str, trust: &TrustStore) -> Option<&ListKept> {
        let kept = self.lists.iter().find(|kept| kept.uri == uri)?;
        kept.is_trusted(trust).then_some(kept)
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
        let mut kept = match found.map(|at| self.lists.remove(at)) {
            Some(kept) if kept.is_trusted(trust) => kept,
            found => ListKept {
                uri: list.uri.clone(),
                issued_at: list.issued_at,
                signed_by: String::new(),
                slot: found.map_or_else(|| self.free_slot(), |kept| kept.slot),
                entries: Vec::new(),
                unknown: BTreeMap::new(),
            },
        };
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

    /// Notes what another state knows of lists beside its own. The texts are those of this one.
    pub(crate) fn learn_lists(&mut self, other: &Self) {
        for theirs in &other.lists {
            let Some(at) = self.lists.iter().position(|kept| kept.uri == theirs.uri) else {
                let slot = self.free_slot();
                self.lists.push(ListKept {
                    slot,
                    ..theirs.clone()
                });
                continue;
            };
            let Some(ours) = self.lists.get_mut(at) else {
                continue;
            };
            if theirs.issued_at < ours.issued_at {
                continue;
            }
            let is_newer = theirs.issued_at > ours.issued_at;
            for (index, number) in &theirs.entries {
                if is_newer || ours.entries.iter().all(|(known, _)| known != index) {
                    ours.put(*index, *number);
                }
            }
            ours.issued_at = theirs.issued_at;
            ours.signed_by.clone_from(&theirs.signed_by);
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

/// What the names of status lists begin with.
const LIST: &str = "statuses";
