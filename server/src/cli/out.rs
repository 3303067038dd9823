use clap::{Args, ValueHint};
use countersign::{Issuable, SigningKey};

use super::error::{Error, StatedBy};
use super::file::{Existing, Output, Readers};
use super::screen;

/// Where a signed document goes.
#[derive(Debug, Args)]
pub(crate) struct OutFlags {
    /// The file to write [default: standard output].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<Output>,
    /// Replaces the file where it exists.
    #[arg(long)]
    force: bool,
}

impl OutFlags {
    /// Signs a document, whose claims those flags state, and writes it in armour, with `names` as
    /// lines for people.
    ///
    /// # Errors
    ///
    /// [`Error::Terms`] for what no reader would accept, and what cannot be written.
    pub(crate) fn write<D: Issuable>(
        &self,
        key: &SigningKey,
        document: &D,
        flags: StatedBy,
        readers: Readers,
        names: &[(&str, &str)],
    ) -> Result<(), Error> {
        let signed = key
            .sign(document)
            .map_err(|refused| Error::Terms { refused, flags })?;
        let existing = match self.force {
            true => Existing::Replaced,
            false => Existing::Kept,
        };
        let out = self.out.as_ref().unwrap_or(&Output::Stdout);
        out.write_document(&signed.to_armor(names), readers, existing)
    }

    /// Says what was written where, unless the document itself went to standard output.
    ///
    /// # Errors
    ///
    /// As [`screen::print`].
    pub(crate) fn print_facts(&self, facts: &[(&str, String)]) -> Result<(), Error> {
        match &self.out {
            Some(out @ Output::File(path)) => {
                let file = ("file", path.display().to_string());
                screen::print_facts(&[facts, &[file]].concat())
                    .map_err(|error| error.after_writing(out))
            }
            Some(Output::Stdout) | None => Ok(()),
        }
    }
}
