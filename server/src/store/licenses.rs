use countersign::{Moment, Standing};

use super::{Row, StoreError, Tx, Value};

/// A row of `licenses`. The document is the truth; the columns beside it are its index.
#[derive(Clone, Debug)]
pub(crate) struct StoredLicense {
    pub(crate) id: String,
    pub(crate) brand_id: String,
    pub(crate) license_key_id: String,
    pub(crate) product_id: String,
    pub(crate) customer_id: String,
    pub(crate) standing: Standing,
    pub(crate) blocked: bool,
    /// The signed text.
    pub(crate) document: String,
    pub(crate) revision: i64,
    pub(crate) valid_until: Option<Moment>,
    pub(crate) seat_limit: Option<i64>,
    pub(crate) status_list: i64,
    pub(crate) status_index: i64,
    pub(crate) seats_held: i64,
    pub(crate) fence: i64,
    pub(crate) created_at: Moment,
}

impl StoredLicense {
    pub(crate) fn insert(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "INSERT INTO licenses (id, brand_id, license_key_id, product_id, customer_id, standing, \
             blocked, document, revision, valid_until, seat_limit, status_list, status_index, \
             seat_epoch, seats_held, fence, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14, $15, $16)",
            &[
                (&self.id).into(),
                (&self.brand_id).into(),
                (&self.license_key_id).into(),
                (&self.product_id).into(),
                (&self.customer_id).into(),
                self.standing.name().into(),
                self.blocked.into(),
                (&self.document).into(),
                self.revision.into(),
                self.valid_until.into(),
                self.seat_limit.into(),
                self.status_list.into(),
                self.status_index.into(),
                self.seats_held.into(),
                self.fence.into(),
                self.created_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Takes the license's lock until the end of the transaction, and reads it as it is then. A
    /// transaction that locks several takes them in the order of their ids.
    pub(crate) fn lock(
        tx: &mut dyn Tx,
        brand_id: &str,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        tx.first(
            &format!(
                "UPDATE licenses SET seat_epoch = seat_epoch + 1 \
                 WHERE brand_id = $1 AND id = $2 RETURNING {COLUMNS}"
            ),
            &[brand_id.into(), id.into()],
            Self::read,
        )
    }

    pub(crate) fn by_id(
        tx: &mut dyn Tx,
        brand_id: &str,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        tx.first(
            &format!("SELECT {COLUMNS} FROM licenses WHERE brand_id = $1 AND id = $2"),
            &[brand_id.into(), id.into()],
            Self::read,
        )
    }

    /// The licenses under a license key, oldest first.
    pub(crate) fn of_key(tx: &mut dyn Tx, license_key_id: &str) -> Result<Vec<Self>, StoreError> {
        tx.all(
            &format!(
                "SELECT {COLUMNS} FROM licenses WHERE license_key_id = $1 ORDER BY created_at, id"
            ),
            &[license_key_id.into()],
            Self::read,
        )
    }

    /// Writes what changes of a license: all but what it is for.
    pub(crate) fn update(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE licenses SET product_id = $3, customer_id = $4, standing = $5, blocked = $6, \
             document = $7, revision = $8, valid_until = $9, seat_limit = $10, status_list = $11, \
             status_index = $12, seats_held = $13, fence = $14, license_key_id = $15 \
             WHERE brand_id = $1 AND id = $2",
            &[
                (&self.brand_id).into(),
                (&self.id).into(),
                (&self.product_id).into(),
                (&self.customer_id).into(),
                self.standing.name().into(),
                self.blocked.into(),
                (&self.document).into(),
                self.revision.into(),
                self.valid_until.into(),
                self.seat_limit.into(),
                self.status_list.into(),
                self.status_index.into(),
                self.seats_held.into(),
                self.fence.into(),
                (&self.license_key_id).into(),
            ],
        )?;
        Ok(())
    }

    /// Writes how many seats are held, and the fence: what a claim changes.
    pub(crate) fn update_seats(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let values: [Value<'_>; 3] = [(&self.id).into(), self.seats_held.into(), self.fence.into()];
        tx.execute(
            "UPDATE licenses SET seats_held = $2, fence = $3 WHERE id = $1",
            &values,
        )?;
        Ok(())
    }

    pub(super) fn read(row: &dyn Row) -> Result<Self, StoreError> {
        let standing: String = row.get(5)?;
        Ok(Self {
            id: row.get(0)?,
            brand_id: row.get(1)?,
            license_key_id: row.get(2)?,
            product_id: row.get(3)?,
            customer_id: row.get(4)?,
            standing: standing
                .parse()
                .map_err(|_| StoreError::Damaged { what: "a standing" })?,
            blocked: row.get(6)?,
            document: row.get(7)?,
            revision: row.get(8)?,
            valid_until: row.get(9)?,
            seat_limit: row.get(10)?,
            status_list: row.get(11)?,
            status_index: row.get(12)?,
            seats_held: row.get(13)?,
            fence: row.get(14)?,
            created_at: row.get(15)?,
        })
    }
}

const COLUMNS: &str = "id, brand_id, license_key_id, product_id, customer_id, standing, blocked, \
    document, revision, valid_until, seat_limit, status_list, status_index, seats_held, fence, \
    created_at";
