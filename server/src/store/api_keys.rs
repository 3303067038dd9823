use countersign::Moment;

use super::{Row, StoreError, Tx};

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

fn select(which: &str) -> String {
    format!(
        "SELECT id, brand_id, prefix, hash, scopes, addresses, name, created_at, expires_at, \
         revoked_at, last_used_at FROM api_keys {which}"
    )
}
