//! `countersign init`: makes an authority without serving it.

use clap::Args;
use tokio::runtime::Runtime;

use crate::authority::{Database, PublicUrl};
use crate::clock::Clock;
use crate::config::without_password;

use super::answer::Answer;
use super::authority::{AuthorityFlags, open};
use super::error::Error;
use super::operator_key::{OperatorKey, State};
use super::run::run;
use super::screen;

/// Makes an authority's database and its operator's key, without serving it.
///
/// `serve` does the same by itself. Where there is an authority already, nothing changes. The key is
/// in `operator.key` in the data folder, which only its owner can read; with it, brands and further
/// keys are made.
#[derive(Debug, Args)]
pub(crate) struct Init {
    #[command(flatten)]
    authority: AuthorityFlags,
    /// Prints the operator's key as well, where it is made.
    #[arg(long)]
    show_key: bool,
    /// Gives the authority the URL of `--public-url` in place of the one that it has. Licenses that
    /// exist name the old one for ever: see that it leads here as well.
    #[arg(long)]
    change_public_url: bool,
    /// Prints one line of JSON.
    #[arg(long)]
    json: bool,
}

impl Init {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let config = self.authority.config()?;
        let public_url = match (&config.public_url, self.change_public_url) {
            (url, false) => url.clone(),
            (PublicUrl::Stated(url), true) => PublicUrl::Changed(url.clone()),
            (_, true) => return Err(Error::NoPublicUrl),
        };
        let authority = open(&config, &public_url, clock)?;
        let runtime = Runtime::new().map_err(|source| Error::Serving { source })?;
        let key = OperatorKey::ensure(&authority, &config, &runtime)?;
        let database = match &config.database {
            Database::Sqlite(file) => file.display().to_string(),
            Database::Postgres(url) => without_password(url),
        };
        let public_url = run(authority.public_url())?;
        let (file, made) = match key.state {
            State::Made(text) => (Some(key.file.display().to_string()), Some(text)),
            State::Known => (None, None),
        };
        let shown = made.filter(|_| self.show_key);
        if self.json {
            screen::print_json(&serde_json::json!({
                "database": database,
                "public_url": public_url,
                "operator_key_file": file,
                "key": shown,
            }))?;
            return Ok(Answer::Done);
        }
        let file = file.unwrap_or_else(|| "made before".to_owned());
        let mut facts = vec![
            ("database", database),
            ("public URL", public_url),
            ("operator's key", file),
        ];
        facts.extend(shown.map(|key| ("key", key)));
        screen::print_facts(&facts)?;
        Ok(Answer::Done)
    }
}
