use countersign::{Code, Instance, Moment};

use super::activations::{Activation, held_and_passing};
use super::licenses::StoredLicense;
use super::products::StoredProduct;
use super::{After, Question, Row, StoreError, Tx};

/// A row of `license_keys`.
#[derive(Clone, Debug)]
pub(crate) struct StoredLicenseKey {
    pub(crate) id: String,
    pub(crate) brand_id: String,
    pub(crate) customer_id: String,
    pub(crate) hash: Vec<u8>,
    /// The key, sealed for `license_keys/{id}`.
    pub(crate) sealed: Vec<u8>,
    pub(crate) created_at: Moment,
}

impl StoredLicenseKey {
    pub(crate) fn insert(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "INSERT INTO license_keys (id, brand_id, customer_id, hash, sealed, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                (&self.id).into(),
                (&self.brand_id).into(),
                (&self.customer_id).into(),
                (&self.hash).into(),
                (&self.sealed).into(),
                self.created_at.into(),
            ],
        )?;
        Ok(())
    }

    pub(crate) fn by_hash(tx: &mut dyn Tx, hash: &[u8]) -> Result<Option<Self>, StoreError> {
        tx.first(
            "SELECT id, brand_id, customer_id, hash, sealed, created_at \
             FROM license_keys WHERE hash = $1",
            &[hash.into()],
            Self::read,
        )
    }

    /// Takes the key's lock until the end of the transaction, which keeps the set of its licenses, and
    /// reads it as it is then. Locks of licenses are taken before.
    pub(crate) fn lock(
        tx: &mut dyn Tx,
        brand_id: &str,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        tx.first(
            "UPDATE license_keys SET customer_id = customer_id WHERE brand_id = $1 AND id = $2 \
             RETURNING id, brand_id, customer_id, hash, sealed, created_at",
            &[brand_id.into(), id.into()],
            Self::read,
        )
    }

    /// Removes a key that no license is under.
    pub(crate) fn delete(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "DELETE FROM license_keys WHERE brand_id = $1 AND id = $2",
            &[(&self.brand_id).into(), (&self.id).into()],
        )?;
        Ok(())
    }

    fn read(row: &dyn Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            brand_id: row.get(1)?,
            customer_id: row.get(2)?,
            hash: row.get(3)?,
            sealed: row.get(4)?,
            created_at: row.get(5)?,
        })
    }
}

/// A license under a license key, with what it hangs on.
pub(crate) struct KeyedLicense {
    pub(crate) license: StoredLicense,
    pub(crate) product: StoredProduct,
    /// The code of their brand.
    pub(crate) brand: Code,
}

impl KeyedLicense {
    /// The licenses under the license key of that hash, oldest first.
    pub(crate) fn by_hash(tx: &mut dyn Tx, hash: &[u8]) -> Result<Vec<Self>, StoreError> {
        tx.all(
            keyed!(" ORDER BY l.created_at, l.id"),
            &[hash.into()],
            Self::read,
        )
    }

    fn read(row: &dyn Row) -> Result<Self, StoreError> {
        Ok(Self {
            license: StoredLicense::read(row)?,
            product: StoredProduct::read(&After { row, columns: 16 })?,
            brand: super::code(row, 24)?,
        })
    }
}

/// A license whose lock is held, and what one instance has of it.
pub(crate) struct LockedLicense {
    pub(crate) keyed: KeyedLicense,
    /// The seat that the instance holds.
    pub(crate) mine: Option<Activation>,
    /// How many others hold none but a lease that still runs.
    pub(crate) passing: i64,
}

impl LockedLicense {
    /// Takes the locks of the licenses under the license key of that hash until the end of the
    /// transaction, and reads all that a claim of `instance` hangs on as it is then.
    pub(crate) fn by_hash(
        tx: &mut dyn Tx,
        hash: &[u8],
        instance: &Instance,
        now: Moment,
    ) -> Result<Vec<Self>, StoreError> {
        let (mut licenses, mut seats) = (Vec::new(), Vec::new());
        tx.ask(&mut [
            Question {
                sql: keyed!(" ORDER BY l.id FOR NO KEY UPDATE OF l"),
                values: &[hash.into()],
                each: &mut |row| {
                    licenses.push(KeyedLicense::read(row)?);
                    Ok(())
                },
            },
            // Asked once the locks are held: it sees what was committed until then.
            Question {
                sql: held_and_passing!(
                    "l.id",
                    "license_keys k JOIN licenses l ON l.license_key_id = k.id",
                    " WHERE k.hash = $1"
                ),
                values: &[
                    hash.into(),
                    now.into(),
                    instance.kind().into(),
                    instance.value().into(),
                ],
                each: &mut |row| {
                    let (mine, passing) = Activation::read_held_and_passing(row)?;
                    seats.push((row.get::<String>(17)?, mine, passing));
                    Ok(())
                },
            },
        ])?;
        let locked = licenses.into_iter().map(|keyed| {
            let place = seats.iter().position(|(id, ..)| *id == keyed.license.id);
            let (_, mine, passing) = seats.swap_remove(place.ok_or(StoreError::Collision)?);
            Ok(Self {
                keyed,
                mine,
                passing,
            })
        });
        locked.collect()
    }
}

/// The statement that asks for the licenses under a key, with how it ends.
macro_rules! keyed {
    ($end:literal) => {
        concat!(
            "SELECT l.id, l.brand_id, l.license_key_id, l.product_id, l.customer_id, l.standing, \
             l.blocked, l.document, l.revision, l.valid_until, l.seat_limit, l.status_list, \
             l.status_index, l.seats_held, l.fence, l.created_at, p.id, p.brand_id, p.slug, \
             p.name, p.key_prefix, p.active, p.defaults, p.created_at, b.slug \
             FROM license_keys k JOIN brands b ON b.id = k.brand_id \
             JOIN licenses l ON l.license_key_id = k.id JOIN products p ON p.id = l.product_id \
             WHERE k.hash = $1",
            $end
        )
    };
}
use keyed;
