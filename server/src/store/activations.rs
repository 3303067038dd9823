use countersign::{Instance, Moment};

use super::{Row, StoreError, Tx};

/// A row of `activations`: one time that an instance took a seat.
#[derive(Clone, Debug)]
pub(crate) struct Activation {
    pub(crate) id: String,
    pub(crate) brand_id: String,
    pub(crate) license_id: String,
    pub(crate) instance: Instance,
    pub(crate) activated_at: Moment,
    /// Nothing while the seat is held.
    pub(crate) released_at: Option<Moment>,
    /// Where seats float: when this one is let go.
    pub(crate) held_until: Option<Moment>,
    pub(crate) fence: i64,
    pub(crate) lease_id: Option<String>,
    pub(crate) previous_lease_id: Option<String>,
    pub(crate) lease_presented: bool,
    pub(crate) lease_ends_at: Option<Moment>,
    /// JSON.
    pub(crate) metadata: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) last_checked_at: Option<Moment>,
}

impl Activation {
    pub(crate) fn insert(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.send(
            "INSERT INTO activations (id, brand_id, license_id, instance_kind, instance_value, \
             activated_at, released_at, held_until, fence, lease_id, previous_lease_id, \
             lease_presented, lease_ends_at, metadata, address, last_checked_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            &[
                (&self.id).into(),
                (&self.brand_id).into(),
                (&self.license_id).into(),
                self.instance.kind().into(),
                self.instance.value().into(),
                self.activated_at.into(),
                self.released_at.into(),
                self.held_until.into(),
                self.fence.into(),
                self.lease_id.as_ref().into(),
                self.previous_lease_id.as_ref().into(),
                self.lease_presented.into(),
                self.lease_ends_at.into(),
                self.metadata.as_ref().into(),
                self.address.as_ref().into(),
                self.last_checked_at.into(),
            ],
        )
    }

    /// The seat that an instance holds.
    pub(crate) fn held(
        tx: &mut dyn Tx,
        license_id: &str,
        instance: &Instance,
    ) -> Result<Option<Self>, StoreError> {
        tx.first(
            &select(
                "WHERE license_id = $1 AND instance_kind = $2 AND instance_value = $3 \
                 AND released_at IS NULL",
            ),
            &[
                license_id.into(),
                instance.kind().into(),
                instance.value().into(),
            ],
            Self::read,
        )
    }

    pub(crate) fn by_id(
        tx: &mut dyn Tx,
        license_id: &str,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        tx.first(
            &select("WHERE license_id = $1 AND id = $2"),
            &[license_id.into(), id.into()],
            Self::read,
        )
    }

    /// The seats held longest, oldest first.
    pub(crate) fn oldest_held(
        tx: &mut dyn Tx,
        license_id: &str,
        count: i64,
    ) -> Result<Vec<Self>, StoreError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        tx.all(
            &select(
                "WHERE license_id = $1 AND released_at IS NULL ORDER BY activated_at, id LIMIT $2",
            ),
            &[license_id.into(), count.into()],
            Self::read,
        )
    }

    /// Floating seats that are held no longer at `now`.
    pub(crate) fn floated(
        tx: &mut dyn Tx,
        license_id: &str,
        now: Moment,
    ) -> Result<Vec<Self>, StoreError> {
        tx.all(
            &select("WHERE license_id = $1 AND released_at IS NULL AND held_until <= $2"),
            &[license_id.into(), now.into()],
            Self::read,
        )
    }

    /// How many floating seats are held no longer at `now`, and not let go yet.
    pub(crate) fn count_floated(
        tx: &mut dyn Tx,
        license_id: &str,
        now: Moment,
    ) -> Result<i64, StoreError> {
        let count = tx.first(
            "SELECT COUNT(*) FROM activations \
             WHERE license_id = $1 AND released_at IS NULL AND held_until <= $2",
            &[license_id.into(), now.into()],
            |row| row.get(0),
        )?;
        Ok(count.unwrap_or(0))
    }

    /// Licenses with such seats, by the ids of their brand and their own, at most `limit`.
    pub(crate) fn floated_licenses(
        tx: &mut dyn Tx,
        now: Moment,
        limit: i64,
    ) -> Result<Vec<(String, String)>, StoreError> {
        tx.all(
            "SELECT DISTINCT brand_id, license_id FROM activations \
             WHERE released_at IS NULL AND held_until IS NOT NULL AND held_until <= $1 LIMIT $2",
            &[now.into(), limit.into()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// When the first floating seat is let go; `None` where none floats.
    pub(crate) fn first_floats_at(
        tx: &mut dyn Tx,
        license_id: &str,
    ) -> Result<Option<Moment>, StoreError> {
        let first = tx.first(
            "SELECT MIN(held_until) FROM activations \
             WHERE license_id = $1 AND released_at IS NULL AND held_until IS NOT NULL",
            &[license_id.into()],
            |row| row.get::<Option<Moment>>(0),
        )?;
        Ok(first.flatten())
    }

    /// Writes when an instance asked last, unless it is known to have asked later.
    pub(crate) fn note_checked(
        tx: &mut dyn Tx,
        id: &str,
        checked_at: Moment,
    ) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE activations SET last_checked_at = $2 \
             WHERE id = $1 AND (last_checked_at IS NULL OR last_checked_at < $2)",
            &[id.into(), checked_at.into()],
        )?;
        Ok(())
    }

    /// The seat that an instance holds, and how many others hold none but a lease that still
    /// runs.
    pub(crate) fn held_and_passing(
        tx: &mut dyn Tx,
        license_id: &str,
        mine: &Instance,
        now: Moment,
    ) -> Result<(Option<Self>, i64), StoreError> {
        let found = tx.first(
            held_and_passing!("$1", "(SELECT 1 AS one) one_row", ""),
            &[
                license_id.into(),
                now.into(),
                mine.kind().into(),
                mine.value().into(),
            ],
            Self::read_held_and_passing,
        )?;
        Ok(found.unwrap_or((None, 0)))
    }

    /// A row of [`held_and_passing`], which ends with the license's id.
    pub(super) fn read_held_and_passing(row: &dyn Row) -> Result<(Option<Self>, i64), StoreError> {
        let mine = match row.get::<Option<String>>(0)? {
            Some(_) => Some(Self::read(row)?),
            None => None,
        };
        Ok((mine, row.get(16)?))
    }

    /// When the leases end that were given out and whose instances hold no seat, earliest first.
    pub(crate) fn passing_ends(
        tx: &mut dyn Tx,
        license_id: &str,
        mine: &Instance,
        now: Moment,
    ) -> Result<Vec<Moment>, StoreError> {
        tx.all(
            "SELECT MAX(gone.lease_ends_at) AS ends_at FROM activations gone \
             WHERE gone.license_id = $1 AND gone.released_at IS NOT NULL \
             AND gone.lease_ends_at > $2 \
             AND NOT (gone.instance_kind = $3 AND gone.instance_value = $4) \
             AND NOT EXISTS (SELECT 1 FROM activations held WHERE held.license_id = $1 \
             AND held.instance_kind = gone.instance_kind \
             AND held.instance_value = gone.instance_value AND held.released_at IS NULL) \
             GROUP BY gone.instance_kind, gone.instance_value ORDER BY ends_at",
            &[
                license_id.into(),
                now.into(),
                mine.kind().into(),
                mine.value().into(),
            ],
            |row| row.get(0),
        )
    }

    /// The activations of a license, newest first: those before the one of the id `before`, where
    /// one is stated.
    pub(crate) fn of_license(
        tx: &mut dyn Tx,
        license_id: &str,
        before: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Self>, StoreError> {
        let (order, license_id) = ("ORDER BY id DESC LIMIT", license_id.into());
        match before {
            Some(before) => tx.all(
                &select(&format!("WHERE license_id = $1 AND id < $2 {order} $3")),
                &[license_id, before.into(), limit.into()],
                Self::read,
            ),
            None => tx.all(
                &select(&format!("WHERE license_id = $1 {order} $2")),
                &[license_id, limit.into()],
                Self::read,
            ),
        }
    }

    /// Writes what the product states of itself.
    pub(crate) fn update_stated(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE activations SET metadata = $3, address = $4 \
             WHERE brand_id = $1 AND id = $2",
            &[
                (&self.brand_id).into(),
                (&self.id).into(),
                self.metadata.as_ref().into(),
                self.address.as_ref().into(),
            ],
        )?;
        Ok(())
    }

    /// Lets every held seat of a license float until a moment or, without one, float no longer.
    pub(crate) fn hold_all(
        tx: &mut dyn Tx,
        license_id: &str,
        held_until: Option<Moment>,
    ) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE activations SET held_until = $2 WHERE license_id = $1 AND released_at IS NULL",
            &[license_id.into(), held_until.into()],
        )?;
        Ok(())
    }

    /// Removes every activation of a license.
    pub(crate) fn delete_all(tx: &mut dyn Tx, license_id: &str) -> Result<(), StoreError> {
        tx.execute(
            "DELETE FROM activations WHERE license_id = $1",
            &[license_id.into()],
        )?;
        Ok(())
    }

    pub(crate) fn release(&mut self, tx: &mut dyn Tx, now: Moment) -> Result<(), StoreError> {
        self.released_at = Some(now);
        tx.send(
            "UPDATE activations SET released_at = $2 WHERE id = $1",
            &[(&self.id).into(), now.into()],
        )
    }

    /// Writes what a lease, or asking again, changes.
    pub(crate) fn update_lease(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.send(
            "UPDATE activations SET held_until = $2, lease_id = $3, previous_lease_id = $4, \
             lease_presented = $5, lease_ends_at = $6 WHERE id = $1",
            &[
                (&self.id).into(),
                self.held_until.into(),
                self.lease_id.as_ref().into(),
                self.previous_lease_id.as_ref().into(),
                self.lease_presented.into(),
                self.lease_ends_at.into(),
            ],
        )
    }

    /// Notes that there are two copies of the seat's state; whether that is news since the lease in
    /// use was given out.
    pub(crate) fn note_shared(&self, tx: &mut dyn Tx) -> Result<bool, StoreError> {
        let noted = tx.execute(
            "UPDATE activations SET shared_lease_id = COALESCE(lease_id, '') \
             WHERE brand_id = $1 AND id = $2 \
             AND (shared_lease_id IS NULL OR shared_lease_id <> COALESCE(lease_id, ''))",
            &[(&self.brand_id).into(), (&self.id).into()],
        )?;
        Ok(noted > 0)
    }

    fn read(row: &dyn Row) -> Result<Self, StoreError> {
        let (kind, value): (String, String) = (row.get(3)?, row.get(4)?);
        Ok(Self {
            id: row.get(0)?,
            brand_id: row.get(1)?,
            license_id: row.get(2)?,
            instance: Instance::parse(&kind, &value).map_err(|_| StoreError::Damaged {
                what: "an instance",
            })?,
            activated_at: row.get(5)?,
            released_at: row.get(6)?,
            held_until: row.get(7)?,
            fence: row.get(8)?,
            lease_id: row.get(9)?,
            previous_lease_id: row.get(10)?,
            lease_presented: row.get(11)?,
            lease_ends_at: row.get(12)?,
            metadata: row.get(13)?,
            address: row.get(14)?,
            last_checked_at: row.get(15)?,
        })
    }
}

fn select(which: &str) -> String {
    format!(
        "SELECT id, brand_id, license_id, instance_kind, instance_value, activated_at, released_at, \
         held_until, fence, lease_id, previous_lease_id, lease_presented, lease_ends_at, metadata, \
         address, last_checked_at FROM activations {which}"
    )
}

/// The statement that asks for the seat that an instance holds of a license, and for how many others
/// hold none but a lease that still runs: `$2` is the moment, `$3` and `$4` are the instance. `$license`
/// is the license's id, of the tables `$from`, under the condition `$which`.
macro_rules! held_and_passing {
    ($license:literal, $from:literal, $which:literal) => {
        concat!(
            "SELECT mine.id, mine.brand_id, mine.license_id, mine.instance_kind, \
             mine.instance_value, mine.activated_at, mine.released_at, mine.held_until, mine.fence, \
             mine.lease_id, mine.previous_lease_id, mine.lease_presented, mine.lease_ends_at, \
             mine.metadata, mine.address, mine.last_checked_at, \
             (SELECT COUNT(*) FROM (SELECT DISTINCT gone.instance_kind, gone.instance_value \
             FROM activations gone WHERE gone.license_id = ",
            $license,
            " AND gone.released_at IS NOT NULL AND gone.lease_ends_at > $2 \
             AND NOT (gone.instance_kind = $3 AND gone.instance_value = $4) \
             AND NOT EXISTS (SELECT 1 FROM activations held WHERE held.license_id = gone.license_id \
             AND held.instance_kind = gone.instance_kind \
             AND held.instance_value = gone.instance_value AND held.released_at IS NULL)) passing), ",
            $license,
            " FROM ",
            $from,
            " LEFT JOIN activations mine ON mine.license_id = ",
            $license,
            " AND mine.instance_kind = $3 AND mine.instance_value = $4 \
             AND mine.released_at IS NULL",
            $which
        )
    };
}
pub(super) use held_and_passing;
