//! The claims that speak of all others: `must` and `ver`.

use std::collections::BTreeSet;

use crate::fault::{Fault, Flaw};
use crate::json::{Names, Reader};

/// The claim `must`, held against the claims that stand beside it: docs/format.md, section 1.
#[derive(Default)]
pub(crate) struct Must {
    named: Vec<String>,
    /// Absent where there are none, so that nothing is to be done for them then.
    unknown: Option<BTreeSet<String>>,
}

impl Must {
    /// Reads a claim that its document does not know, or `must` itself.
    pub(crate) fn read_other(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
        if name == "must" {
            self.named = reader.list(|reader| Ok(reader.string()?.into_owned()))?;
            return Ok(());
        }
        let unknown = self.unknown.get_or_insert_default();
        unknown.insert(name.to_owned());
        reader.skip()
    }

    /// Refuses a name that none of the document's `claims` has, and one that its reader does not
    /// know.
    pub(crate) fn check(&self, claims: &Names<'_>) -> Result<(), Fault> {
        for (index, name) in self.named.iter().enumerate() {
            let unknown = self.unknown.as_ref();
            let is_unknown = unknown.is_some_and(|unknown| unknown.contains(name));
            let flaw = match (claims.contains(name), is_unknown) {
                (false, _) => Flaw::MustAbsent,
                (true, true) => Flaw::MustUnknown,
                (true, false) => continue,
            };
            return Err(Fault::new(flaw).at_index(index).within("must"));
        }
        Ok(())
    }
}

/// Reads `ver`, which is 1.
pub(crate) fn read_version(reader: &mut Reader<'_>) -> Result<(), Fault> {
    match reader.integer()? {
        1 => Ok(()),
        _ => Err(Fault::new(Flaw::Version)),
    }
}
