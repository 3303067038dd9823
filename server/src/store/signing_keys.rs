use countersign::Moment;

use super::{Row, StoreError, Tx};

/// A row of `signing_keys`.
#[derive(Clone)]
pub(crate) struct StoredKey {
    /// The key's thumbprint.
    pub(crate) id: String,
    pub(crate) brand_id: String,
    /// As in a JWK set: active, standby, retired, revoked.
    pub(crate) state: String,
    pub(crate) public_key: Vec<u8>,
    /// PKCS #8, sealed for `signing_keys/{id}`; nothing where it is in a file, or kept elsewhere.
    pub(crate) sealed: Option<Vec<u8>>,
    pub(crate) file: Option<String>,
    pub(crate) created_at: Moment,
    pub(crate) retired_at: Option<Moment>,
}

impl StoredKey {
    pub(crate) fn insert(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "INSERT INTO signing_keys \
             (id, brand_id, state, public_key, sealed, file, created_at, retired_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                (&self.id).into(),
                (&self.brand_id).into(),
                (&self.state).into(),
                (&self.public_key).into(),
                self.sealed.as_ref().into(),
                self.file.as_ref().into(),
                self.created_at.into(),
                self.retired_at.into(),
            ],
        )?;
        Ok(())
    }

    /// The keys of a brand, oldest first.
    pub(crate) fn of_brand(tx: &mut dyn Tx, brand_id: &str) -> Result<Vec<Self>, StoreError> {
        tx.all(
            "SELECT id, brand_id, state, public_key, sealed, file, created_at, retired_at \
             FROM signing_keys WHERE brand_id = $1 ORDER BY created_at, id",
            &[brand_id.into()],
            Self::read,
        )
    }

    /// The brand that a key is of, by its id.
    pub(crate) fn brand_of(tx: &mut dyn Tx, id: &str) -> Result<Option<String>, StoreError> {
        tx.first(
            "SELECT brand_id FROM signing_keys WHERE id = $1",
            &[id.into()],
            |row| row.get(0),
        )
    }

    pub(crate) fn set_state(
        tx: &mut dyn Tx,
        id: &str,
        state: &str,
        retired_at: Option<Moment>,
    ) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE signing_keys SET state = $2, retired_at = $3 WHERE id = $1",
            &[id.into(), state.into(), retired_at.into()],
        )?;
        Ok(())
    }

    /// Writes where the private half is kept.
    pub(crate) fn update_private(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE signing_keys SET sealed = $2, file = $3 WHERE id = $1",
            &[
                (&self.id).into(),
                self.sealed.as_ref().into(),
                self.file.as_ref().into(),
            ],
        )?;
        Ok(())
    }

    /// Destroys the private half, where it is in the database.
    pub(crate) fn destroy(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        self.sealed = None;
        self.update_private(tx)
    }

    pub(crate) fn delete(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "DELETE FROM signing_keys WHERE id = $1",
            &[(&self.id).into()],
        )?;
        Ok(())
    }

    fn read(row: &dyn Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            brand_id: row.get(1)?,
            state: row.get(2)?,
            public_key: row.get(3)?,
            sealed: row.get(4)?,
            file: row.get(5)?,
            created_at: row.get(6)?,
            retired_at: row.get(7)?,
        })
    }
}
