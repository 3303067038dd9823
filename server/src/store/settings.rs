//! The one row of `authority`: what holds for the whole database.

use super::{StoreError, Tx};

/// What the authority's secret was when the tables were made, as a keyed hash.
pub(crate) fn secret_hash(tx: &mut dyn Tx) -> Result<Option<Vec<u8>>, StoreError> {
    tx.first("SELECT secret FROM authority", &[], |row| row.get(0))
}

/// Notes it, unless another process that starts at the same time is faster.
pub(crate) fn note_secret_hash(tx: &mut dyn Tx, hash: &[u8]) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO authority (id, secret) VALUES (1, $1) ON CONFLICT (id) DO NOTHING",
        &[hash.into()],
    )?;
    Ok(())
}

/// The authority's public URL; nothing until it has one.
pub(crate) fn public_url(tx: &mut dyn Tx) -> Result<Option<String>, StoreError> {
    let url = tx.first("SELECT public_url FROM authority", &[], |row| {
        row.get::<Option<String>>(0)
    })?;
    Ok(url.flatten())
}

/// Notes it, unless the authority has one.
pub(crate) fn note_public_url(tx: &mut dyn Tx, url: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE authority SET public_url = $1 WHERE public_url IS NULL",
        &[url.into()],
    )?;
    Ok(())
}

/// Notes it in place of the one that the authority has.
pub(crate) fn set_public_url(tx: &mut dyn Tx, url: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE authority SET public_url = $1", &[url.into()])?;
    Ok(())
}
