//! The claims that speak of all others: `must` and `ver`.

use std::collections::BTreeSet;

use crate::fault::{Fault, Flaw};
use crate::json::{Names, Reader};

/// The claim `must`, held against the claims that stand beside it: docs/format.md, section 1. Absent
/// where a document has neither it nor a claim that its reader does not know, as nearly none has.
#[derive(Default)]
pub(crate) struct Must(Option<Box<Others>>);

#[derive(Default)]
struct Others {
    named: Vec<String>,
    unknown: BTreeSet<String>,
}

impl Must {
    /// Reads a claim that its document does not know, or `must` itself.
    #[cold]
    pub(crate) fn read_other(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
        let others = self.0.get_or_insert_default();
        if name == "must" {
            others.named = reader.list(|reader| Ok(reader.string()?.into_owned()))?;
            return Ok(());
        }
        others.unknown.insert(name.to_owned());
        reader.skip()
    }

    /// Refuses a name that none of the document's `claims` has, and one that its reader does not
    /// know.
    #[inline]
    pub(crate) fn check(&self, claims: &Names<'_>) -> Result<(), Fault> {
        match &self.0 {
            Some(others) => others.check(claims),
            None => Ok(()),
        }
    }
}

impl Others {
    #[cold]
    fn check(&self, claims: &Names<'_>) -> Result<(), Fault> {
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
