//! `countersign backup`: copies the database while the authority runs.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use crate::store;

use super::answer::Answer;
use super::authority::AuthorityFlags;
use super::error::Error;
use super::file::{Input, Output};
use super::screen;

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file to write, with mode 0600. One that exists is never overwritten.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: PathBuf,
    #[command(flatten)]
    authority: AuthorityFlags,
}

impl Backup {
    pub(crate) fn run(self) -> Result<Answer, Error> {
        let database = self
            .authority
            .sqlite_file()?
            .ok_or(Error::BackupOfPostgres)?;
        fs::metadata(&database).map_err(|source| Error::Read {
            file: Input::File(database.clone()),
            source,
        })?;
        let output = Output::File(self.out.clone());
        if output.is_taken() {
            return Err(Error::BackupExists { file: output });
        }
        let folder = self
            .out
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        // `tempfile` makes files of mode 0600, and takes this one away if the backup fails.
        let copy = tempfile::Builder::new()
            .prefix(".countersign-")
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(|source| Error::Create {
                file: output.clone(),
                source,
            })?;
        store::backup(&database, copy.path()).map_err(|source| Error::Backup {
            source: source.into(),
        })?;
        copy.as_file()
            .sync_all()
            .and_then(|()| {
                copy.persist_noclobber(&self.out)
                    .map_err(|error| error.error)
            })
            .map_err(|source| Error::Create {
                file: output,
                source,
            })?;
        let secret = self.authority.folder()?.join("secret");
        screen::print_facts(&[
            ("backup", self.out.display().to_string()),
            (
                "not in it",
                format!(
                    "{}: without it the backup is worth nothing",
                    secret.display()
                ),
            ),
        ])?;
        Ok(Answer::Done)
    }
}
