use crate::store::{Change, Scope, Tx, former_lists, inspection, settings};

use super::{Actor, Authority, OpenError, Refusal, event};

/// How the public URL that an authority is opened with is to be taken. Addresses that begin with it
/// are signed into licenses, so it is the authority's own, and not that of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicUrl {
    /// As the one that the authority has: its first, or else it must be the same.
    Stated(String),
    /// As what holds for an authority that has none.
    Default(String),
    /// In place of the one that the authority has. Status lists that there are stay under that.
    Changed(String),
}

impl PublicUrl {
    fn text(&self) -> &str {
        let (Self::Stated(url) | Self::Default(url) | Self::Changed(url)) = self;
        url.trim_end_matches('/')
    }
}

impl Authority {
    /// The public URL that the authority has.
    ///
    /// # Errors
    ///
    /// [`Refusal::Store`].
    pub(crate) async fn public_url(&self) -> Result<String, Refusal> {
        let use_case = |tx: &mut dyn Tx| Ok(settings::public_url(tx)?.unwrap_or_default());
        self.inner.store.read(Scope::All, use_case).await
    }

    /// Sees that the authority has a public URL, and that it is the one that it is to have.
    ///
    /// # Errors
    ///
    /// [`OpenError::OtherPublicUrl`].
    pub(super) fn settle_public_url(&self, url: &PublicUrl) -> Result<(), OpenError> {
        let (asked, now) = (url.clone(), self.now());
        let use_case = move |tx: &mut dyn Tx| {
            settings::note_public_url(tx, asked.text())?;
            let kept = settings::public_url(tx)?.unwrap_or_default();
            if kept != asked.text() && matches!(asked, PublicUrl::Changed(_)) {
                former_lists::keep_all(tx, &kept)?;
                settings::set_public_url(tx, asked.text())?;
                for (brand_id, _) in inspection::brands(tx)? {
                    tx.note(Change::StatusList(brand_id));
                }
                let data = serde_json::json!({"public_url": asked.text(), "before": kept});
                let (actor, kind) = (Actor::command(), "authority.moved");
                event::record(tx, &actor, None, kind, "authority", &data, now)?;
            }
            Ok(kept)
        };
        let kept = self.inner.store.write_now(Scope::All, use_case);
        let kept = kept.map_err(|refusal| match refusal {
            Refusal::Store(error) => error.into(),
            refusal => OpenError::Database(format!("{refusal:?}").into()),
        })?;
        match url {
            PublicUrl::Stated(_) if kept != url.text() => Err(OpenError::OtherPublicUrl {
                kept,
                stated: url.text().to_owned(),
            }),
            _ => Ok(()),
        }
    }
}
