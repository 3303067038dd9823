use std::path::PathBuf;

use clap::Args;

use crate::authority::{Authority, Database, Opening, Refusal};
use crate::clock::Clock;

use super::error::Error;
use super::run::run;

/// Which authority a command works on: its files and its database.
#[derive(Debug, Args)]
pub(crate) struct AuthorityFlags {
    /// The folder of the authority's files [default: `countersign` in the platform's data folder].
    #[arg(long, value_name = "DIR", env = "COUNTERSIGN_DATA")]
    data: Option<PathBuf>,
    /// The PostgreSQL database to use in place of SQLite.
    #[arg(
        long,
        value_name = "URL",
        env = "COUNTERSIGN_DATABASE",
        hide_env_values = true
    )]
    database: Option<String>,
    /// Under which products reach the authority. Signed into licenses for ever.
    #[arg(long, value_name = "URL", env = "COUNTERSIGN_PUBLIC_URL")]
    public_url: Option<String>,
}

impl AuthorityFlags {
    /// Opens the authority that the flags name.
    ///
    /// # Errors
    ///
    /// [`Error::Authority`], and [`Error::NoDataFolder`] where the platform has none.
    pub(crate) fn open(&self, clock: &Clock) -> Result<Authority, Error> {
        let folder = self.folder()?;
        std::fs::create_dir_all(&folder).map_err(|source| Error::DataFolder {
            folder: folder.clone(),
            source,
        })?;
        let opening = Opening {
            database: match &self.database {
                Some(url) => Database::Postgres(url.clone()),
                None => Database::Sqlite(folder.join("countersign.db")),
            },
            secret: folder.join("secret"),
            public_url: self
                .public_url
                .clone()
                .unwrap_or_else(|| "http://127.0.0.1:8600".to_owned()),
            clock: clock.clone(),
        };
        Authority::open(&opening).map_err(|source| Error::Authority { source })
    }

    /// The folder of the authority's files.
    ///
    /// # Errors
    ///
    /// [`Error::NoDataFolder`] where the platform has none.
    pub(crate) fn folder(&self) -> Result<PathBuf, Error> {
        match &self.data {
            Some(folder) => Ok(folder.clone()),
            None => Ok(directories::ProjectDirs::from("", "", "countersign")
                .ok_or(Error::NoDataFolder)?
                .data_dir()
                .to_owned()),
        }
    }

    /// The file of the SQLite database; nothing where PostgreSQL is used.
    ///
    /// # Errors
    ///
    /// As [`folder`](Self::folder).
    pub(crate) fn sqlite_file(&self) -> Result<Option<PathBuf>, Error> {
        match &self.database {
            Some(_) => Ok(None),
            None => Ok(Some(self.folder()?.join("countersign.db"))),
        }
    }

    /// Runs a use case of the authority that the flags name.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open) and [`run`].
    pub(crate) fn ask<T>(
        &self,
        clock: &Clock,
        use_case: impl AsyncFnOnce(&Authority) -> Result<T, Refusal>,
    ) -> Result<T, Error> {
        let authority = self.open(clock)?;
        run(use_case(&authority))
    }
}
