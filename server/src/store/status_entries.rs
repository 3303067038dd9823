use countersign::Status;

use super::{StoreError, Tx};

/// Takes an entry of a status list, if it was never taken.
pub(crate) fn take(
    tx: &mut dyn Tx,
    brand_id: &str,
    list: i64,
    entry: i64,
) -> Result<bool, StoreError> {
    let taken = tx.execute(
        "INSERT INTO status_entries (brand_id, list, entry, status) VALUES ($1, $2, $3, 0) \
         ON CONFLICT (brand_id, list, entry) DO NOTHING",
        &[brand_id.into(), list.into(), entry.into()],
    )?;
    Ok(taken == 1)
}

/// The newest list of a brand; `None` before its first license.
pub(crate) fn newest_list(tx: &mut dyn Tx, brand_id: &str) -> Result<Option<i64>, StoreError> {
    let newest = tx.first(
        "SELECT MAX(list) FROM status_entries WHERE brand_id = $1",
        &[brand_id.into()],
        |row| row.get::<Option<i64>>(0),
    )?;
    Ok(newest.flatten())
}

/// States an entry.
pub(crate) fn set(
    tx: &mut dyn Tx,
    brand_id: &str,
    list: i64,
    entry: i64,
    status: Status,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE status_entries SET status = $4 WHERE brand_id = $1 AND list = $2 AND entry = $3",
        &[
            brand_id.into(),
            list.into(),
            entry.into(),
            i64::from(status.number()).into(),
        ],
    )?;
    Ok(())
}

/// The entries of a list that are not valid.
pub(crate) fn stated(
    tx: &mut dyn Tx,
    brand_id: &str,
    list: i64,
) -> Result<Vec<(i64, Status)>, StoreError> {
    tx.all(
        "SELECT entry, status FROM status_entries \
         WHERE brand_id = $1 AND list = $2 AND status <> 0 ORDER BY entry",
        &[brand_id.into(), list.into()],
        |row| {
            let status = u8::try_from(row.get::<i64>(1)?)
                .map_err(|_| StoreError::Damaged { what: "a status" })?;
            Ok((row.get(0)?, status.into()))
        },
    )
}
