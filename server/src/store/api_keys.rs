use countersign::Moment;

use super::{Locked, Page, Row, StoreError, Tx};

/// A row of `api_keys`. The key itself is nowhere.
#[derive(Clone, Debug)]
pub(crate) struct ApiKey {
    pub(crate) id: String,
    /// Nothing for an operator's key.
    pub(crate) brand_id: Option<String>,
    /// Its first characters, to tell keys apart by.
    pub(crate) prefix: String,
    pub(crate) hash: Vec<u8>,
    /// `read`, or `read write`.
    pub(crate) scopes: String,
    /// JSON: networks that it may be used from.
    pub(crate) addresses: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) created_at: Moment,
    pub(crate) expires_at: Option<Moment>,
    pub(crate) revoked_at: Option<Moment>,
    pub(crate) last_used_at: Option<Moment>,
}

impl ApiKey {
    pub(crate) fn insert(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "INSERT INTO api_keys (id, brand_id, prefix, hash, scopes, addresses, name, created_at, \
             expires_at, revoked_at, last_used_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            &[
                (&self.id).into(),
                self.brand_id.as_ref().into(),
                (&self.prefix).into(),
                (&self.hash).into(),
                (&self.scopes).into(),
                self.addresses.as_ref().into(),
                self.name.as_ref().into(),
                self.created_at.into(),
                self.expires_at.into(),
                self.revoked_at.into(),
                self.last_used_at.into(),
            ],
        )?;
        Ok(())
    }

    pub(crate) fn by_hash(tx: &mut dyn Tx, hash: &[u8]) -> Result<Option<Self>, StoreError> {
        tx.first(&select("WHERE hash = $1"), &[hash.into()], Self::read)
    }

    /// A key by its id; of a brand, if one is stated.
    pub(crate) fn by_id(
        tx: &mut dyn Tx,
        brand_id: Option<&str>,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        tx.first(
            &select("WHERE id = $1 AND (brand_id = $2 OR CAST($2 AS TEXT) IS NULL)"),
            &[id.into(), brand_id.into()],
            Self::read,
        )
    }

    /// Takes the key's lock until the end of the transaction, and reads it as it is then; of a brand,
    /// if one is stated.
    pub(crate) fn lock(
        tx: &mut dyn Tx,
        brand_id: Option<&str>,
        id: &str,
    ) -> Result<Option<Locked<Self>>, StoreError> {
        tx.first(
            &format!(
                "UPDATE api_keys SET name = name \
                 WHERE id = $1 AND (brand_id = $2 OR CAST($2 AS TEXT) IS NULL) \
                 RETURNING {COLUMNS}"
            ),
            &[id.into(), brand_id.into()],
            |row| Self::read(row).map(Locked),
        )
    }

    /// A part of the keys of a brand, or of all, newest first.
    pub(crate) fn page(
        tx: &mut dyn Tx,
        brand_id: Option<&str>,
        page: &Page,
    ) -> Result<Vec<Self>, StoreError> {
        let rest = "(created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3";
        let (before, rows) = (page.before.into(), page.rows().into());
        match brand_id {
            Some(brand_id) => tx.all(
                &select(&format!("WHERE brand_id = $4 AND {rest}")),
                &[before, (&page.before_id).into(), rows, brand_id.into()],
                Self::read,
            ),
            None => tx.all(
                &select(&format!("WHERE {rest}")),
                &[before, (&page.before_id).into(), rows],
                Self::read,
            ),
        }
    }

    /// Writes when a key was used, unless a later use is known.
    pub(crate) fn note_use(tx: &mut dyn Tx, id: &str, used_at: Moment) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE api_keys SET last_used_at = $2 \
             WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)",
            &[id.into(), used_at.into()],
        )?;
        Ok(())
    }

    /// Whether there is a key of an operator, in force or not.
    pub(crate) fn any_operator(tx: &mut dyn Tx) -> Result<bool, StoreError> {
        let found = tx.first(
            "SELECT id FROM api_keys WHERE brand_id IS NULL LIMIT 1",
            &[],
            |row| row.get::<String>(0),
        )?;
        Ok(found.is_some())
    }

    fn read(row: &dyn Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            brand_id: row.get(1)?,
            prefix: row.get(2)?,
            hash: row.get(3)?,
            scopes: row.get(4)?,
            addresses: row.get(5)?,
            name: row.get(6)?,
            created_at: row.get(7)?,
            expires_at: row.get(8)?,
            revoked_at: row.get(9)?,
            last_used_at: row.get(10)?,
        })
    }
}

impl Locked<ApiKey> {
    /// Writes what may change of a key.
    pub(crate) fn update(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE api_keys SET scopes = $2, addresses = $3, name = $4, expires_at = $5, \
             revoked_at = $6 WHERE id = $1",
            &[
                (&self.id).into(),
                (&self.scopes).into(),
                self.addresses.as_ref().into(),
                self.name.as_ref().into(),
                self.expires_at.into(),
                self.revoked_at.into(),
            ],
        )?;
        Ok(())
    }

    pub(crate) fn delete(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute("DELETE FROM api_keys WHERE id = $1", &[(&self.id).into()])?;
        Ok(())
    }
}

fn select(which: &str) -> String {
    format!("SELECT {COLUMNS} FROM api_keys {which}")
}

const COLUMNS: &str = "id, brand_id, prefix, hash, scopes, addresses, name, \
    created_at, expires_at, revoked_at, last_used_at";
