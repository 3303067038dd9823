//! Status lists that began under an earlier public URL than the authority has now.

use super::{StoreError, Tx};

/// The public URL under which a list began.
pub(crate) fn public_url(
    tx: &mut dyn Tx,
    brand_id: &str,
    list: i64,
) -> Result<Option<String>, StoreError> {
    let url = tx.first(
        "SELECT COALESCE((SELECT public_url FROM former_lists WHERE brand_id = $1 AND list = $2), \
         public_url) FROM authority",
        &[brand_id.into(), list.into()],
        |row| row.get::<Option<String>>(0),
    )?;
    Ok(url.flatten())
}

/// The last list of a brand that is one.
pub(crate) fn last(tx: &mut dyn Tx, brand_id: &str) -> Result<Option<i64>, StoreError> {
    let last = tx.first(
        "SELECT MAX(list) FROM former_lists WHERE brand_id = $1",
        &[brand_id.into()],
        |row| row.get::<Option<i64>>(0),
    )?;
    Ok(last.flatten())
}

/// Makes every list that there is one of `public_url`: those that brands begin with as well, in
/// which another process may be taking the first entry.
pub(crate) fn keep_all(tx: &mut dyn Tx, public_url: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO former_lists (brand_id, list, public_url) \
         SELECT brand_id, list, CAST($1 AS TEXT) FROM \
         (SELECT brand_id, list FROM status_entries GROUP BY brand_id, list \
         UNION SELECT id, CAST(0 AS BIGINT) FROM brands) lists WHERE 1 = 1 \
         ON CONFLICT (brand_id, list) DO NOTHING",
        &[public_url.into()],
    )?;
    Ok(())
}
