use countersign::Moment;

use crate::secret;
use crate::store::api_keys::ApiKey;
use crate::store::{Change, Scope, Tx, settings};

use super::api_keys;
use super::{Authority, Inner, Refusal};

impl Authority {
    /// A text that is fit to be an operator's key, and is none yet.
    ///
    /// # Errors
    ///
    /// If the operating system gives no random bytes.
    pub(crate) fn draw_operator_key() -> std::io::Result<String> {
        api_keys::draw(None)
    }

    /// Whether some operator has a key, be it one that has ended.
    ///
    /// # Errors
    ///
    /// [`Refusal::Store`].
    pub(crate) async fn has_operator_key(&self) -> Result<bool, Refusal> {
        let use_case = |tx: &mut dyn Tx| Ok(ApiKey::any_operator(tx)?);
        self.inner.store.read(Scope::All, use_case).await
    }

    /// Makes `key` the first operator's key; `false` where there is one already.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unprocessable`] for a text that is no key, and [`Refusal::Store`].
    pub(crate) async fn accept_first_operator_key(&self, key: &str) -> Result<bool, Refusal> {
        if !api_keys::is_operator_key(key) {
            return Err(Refusal::Unprocessable {
                code: "invalid_key",
                detail: "it holds no operator's key".to_owned(),
            });
        }
        let (inner, key, now) = (self.inner.clone(), key.to_owned(), self.now());
        let use_case = move |tx: &mut dyn Tx| inner.accept_operator_key(tx, &key, now);
        self.inner.store.write(Scope::All, use_case).await
    }

    /// Whether the database was made with the secret of this authority; a new one is, from now on.
    pub(super) fn is_own_database(&self) -> Result<bool, Refusal> {
        let hash = self.inner.secret.hash("secret", &[]);
        self.inner
            .store
            .write_now(Scope::All, move |tx: &mut dyn Tx| {
                settings::note_secret_hash(tx, &hash)?;
                let stored = settings::secret_hash(tx)?;
                Ok(stored.is_some_and(|stored| secret::is_equal(&stored, &hash)))
            })
    }
}

impl Inner {
    fn accept_operator_key(
        &self,
        tx: &mut dyn Tx,
        key: &str,
        now: Moment,
    ) -> Result<bool, Refusal> {
        if ApiKey::any_operator(tx)? {
            return Ok(false);
        }
        let mut stored = api_keys::stored(&self.secret, key, None, now)?;
        stored.name = Some("first operator".to_owned());
        stored.insert(tx)?;
        tx.note(Change::ApiKeys);
        Ok(true)
    }
}
