use std::io;
use std::path::PathBuf;

use tokio::runtime::Runtime;

use crate::authority::{Authority, Refusal};
use crate::config::Config;

use super::error::Error;

/// The key of the first operator, in a file that only its owner can read.
pub(crate) struct OperatorKey {
    /// The file, in the authority's folder.
    pub(crate) file: PathBuf,
    /// What became of it.
    pub(crate) state: State,
}

/// What became of an operator's key.
pub(crate) enum State {
    /// The database has one now that it had not, and the file holds it.
    Made(String),
    /// The database had one before.
    Known,
}

impl OperatorKey {
    /// Sees to it that some operator has a key. Where none has, the one in the file is taken, which
    /// is made where there is none: a process that ends in between leaves nothing that is lost.
    ///
    /// # Errors
    ///
    /// [`Error::OperatorKey`], [`Error::NoOperatorKey`] and [`Error::Store`].
    pub(crate) fn ensure(
        authority: &Authority,
        config: &Config,
        runtime: &Runtime,
    ) -> Result<Self, Error> {
        let file = config.data.join(FILE_NAME);
        let failed = |refusal: Refusal| match refusal {
            Refusal::Unprocessable { .. } => Error::NoOperatorKey { file: file.clone() },
            Refusal::Store(source) => Error::Store {
                source: Box::new(source),
            },
            other => Error::Store {
                source: format!("{other:?}").into(),
            },
        };
        let has_key = authority.has_operator_key();
        if runtime.block_on(has_key).map_err(failed)? {
            let state = State::Known;
            return Ok(Self { file, state });
        }
        let key = stored_or_made(&file).map_err(|source| Error::OperatorKey {
            file: file.clone(),
            source,
        })?;
        let accepted = runtime.block_on(authority.accept_first_operator_key(&key));
        let state = match accepted.map_err(failed)? {
            true => State::Made(key),
            false => State::Known,
        };
        Ok(Self { file, state })
    }
}

fn stored_or_made(file: &std::path::Path) -> io::Result<String> {
    match std::fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read.map(|text| text.trim().to_owned()),
    }
    let key = Authority::draw_operator_key()?;
    match crate::file::create_private(file, &format!("{key}\n"))? {
        true => Ok(key),
        // Another process was faster.
        false => std::fs::read_to_string(file).map(|text| text.trim().to_owned()),
    }
}

const FILE_NAME: &str = "operator.key";
