use std::io;

use crate::documents::FoundList;
use crate::storage::Storage;

/// A status list that was kept is not there as it was.
///
/// The license that names it is held still, and the list is fetched anew at the next refresh.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LostList {
    /// Nothing is there.
    #[error("the status list kept under `{name}` is missing: refresh, or import it again")]
    Missing {
        /// The name in the storage.
        name: String,
    },
    /// It was changed, or cut short.
    #[error("the status list kept under `{name}` is damaged: refresh, or import it again")]
    Damaged {
        /// The name in the storage.
        name: String,
    },
    /// An older one is there in its place.
    #[error(
        "the status list kept under `{name}` is older than it was: refresh, or import a newer one"
    )]
    Outdated {
        /// The name in the storage.
        name: String,
    },
    /// The storage failed.
    #[error("the status list kept under `{name}` cannot be read: see that this user may read it")]
    Unreadable {
        /// The name in the storage.
        name: String,
        /// How it failed.
        kind: io::ErrorKind,
    },
}

impl LostList {
    pub(crate) fn damaged(name: String) -> Self {
        Self::Damaged { name }
    }

    pub(crate) fn outdated(name: String) -> Self {
        Self::Outdated { name }
    }
}

/// The list that was kept under that name.
pub(crate) fn find_list(storage: &impl Storage, name: &str) -> FoundList {
    let named = || name.to_owned();
    match storage.load(name) {
        Ok(Some(text)) => text
            .parse()
            .map(Some)
            .map_err(|_| LostList::damaged(named())),
        Ok(None) => Err(LostList::Missing { name: named() }),
        Err(error) => match error.kind() {
            io::ErrorKind::InvalidData => Err(LostList::damaged(named())),
            kind => Err(LostList::Unreadable {
                name: named(),
                kind,
            }),
        },
    }
}
