use countersign::Moment;

use super::{StoreError, Tx};

/// What is known of a request that was made before.
#[derive(Clone, Debug)]
pub(crate) struct Earlier {
    /// The keyed hash of its body.
    pub(crate) body: Vec<u8>,
    /// Its answer, sealed; nothing if it has none.
    pub(crate) answer: Option<Vec<u8>>,
}

/// Notes a request, first of all in its transaction, so that its twin waits for it. `None` if it is
/// the first of its key.
pub(crate) fn note(
    tx: &mut dyn Tx,
    brand_id: &str,
    endpoint: &str,
    hash: &[u8],
    body: &[u8],
    now: Moment,
) -> Result<Option<Earlier>, StoreError> {
    let noted = tx.execute(
        "INSERT INTO idempotency_keys (brand_id, endpoint, hash, body, created_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (brand_id, endpoint, hash) DO NOTHING",
        &[
            brand_id.into(),
            endpoint.into(),
            hash.into(),
            body.into(),
            now.into(),
        ],
    )?;
    if noted == 1 {
        return Ok(None);
    }
    tx.first(
        "SELECT body, answer FROM idempotency_keys \
         WHERE brand_id = $1 AND endpoint = $2 AND hash = $3",
        &[brand_id.into(), endpoint.into(), hash.into()],
        |row| {
            Ok(Earlier {
                body: row.get(0)?,
                answer: row.get(1)?,
            })
        },
    )
}

/// Keeps the answer to a request that was noted.
pub(crate) fn keep(
    tx: &mut dyn Tx,
    brand_id: &str,
    endpoint: &str,
    hash: &[u8],
    answer: &[u8],
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE idempotency_keys SET answer = $4 \
         WHERE brand_id = $1 AND endpoint = $2 AND hash = $3",
        &[brand_id.into(), endpoint.into(), hash.into(), answer.into()],
    )?;
    Ok(())
}

/// Forgets requests that were made before a moment.
pub(crate) fn forget(tx: &mut dyn Tx, before: Moment) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM idempotency_keys WHERE created_at < $1",
        &[before.into()],
    )?;
    Ok(())
}
