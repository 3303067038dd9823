//! The claims that speak of all others: `must` and `ver`.

use std::collections::BTreeSet;

use crate::fault::{Fault, Flaw};
use crate::json::{Names, Reader};

/// The claim `must`, held against the claims that stand beside it: docs/format.md, section 1.
#[derive(Default)]
pub(crate) struct Must {
    named: Vec<String>,
    unknown: BTreeSet<String>,
}

impl Must {
    /// Reads a claim that its document does not know, or `must` itself.
    pub(crate) fn read_other(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
        if name == "must" {
            self.named = reader.list(|reader| Ok(reader.string()?.into_owned()))?;
            return Ok(());
        }
        self.unknown.insert(name.to_owned());
        reader.skip()
    }

    /// Refuses a name that none of the document's `claims` has, and one that its reader does not
    /// know.
    pub(crate) fn check(&self, claims: &Names<'_>) -> Result<(), Fault> {
        for (index, name) in self.named.iter().enumerate() {
            let flaw = match (claims.contains(name), self.unknown.contains(name)) {
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
