use countersign::{Code, Moment};

use super::{Locked, Page, Row, StoreError, Tx};

/// A row of `brands`.
#[derive(Clone, Debug)]
pub(crate) struct Brand {
    pub(crate) id: String,
    pub(crate) slug: Code,
    pub(crate) name: String,
    /// JSON.
    pub(crate) settings: String,
    pub(crate) created_at: Moment,
}

impl Brand {
    pub(crate) fn insert(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "INSERT INTO brands (id, slug, name, settings, created_at) VALUES ($1, $2, $3, $4, $5)",
            &[
                (&self.id).into(),
                self.slug.as_str().into(),
                (&self.name).into(),
                (&self.settings).into(),
                self.created_at.into(),
            ],
        )?;
        Ok(())
    }

    pub(crate) fn by_id(tx: &mut dyn Tx, id: &str) -> Result<Option<Self>, StoreError> {
        tx.first(&select("WHERE id = $1"), &[id.into()], Self::read)
    }

    pub(crate) fn by_slug(tx: &mut dyn Tx, slug: &str) -> Result<Option<Self>, StoreError> {
        tx.first(&select("WHERE slug = $1"), &[slug.into()], Self::read)
    }

    /// The brand by its id or its code.
    pub(crate) fn by_name(tx: &mut dyn Tx, name: &str) -> Result<Option<Self>, StoreError> {
        tx.first(
            &select("WHERE id = $1 OR slug = $1"),
            &[name.into()],
            Self::read,
        )
    }

    /// Takes the brand's lock until the end of the transaction, and reads it as it is then.
    pub(crate) fn lock(tx: &mut dyn Tx, id: &str) -> Result<Option<Locked<Self>>, StoreError> {
        tx.first(
            &format!("UPDATE brands SET name = name WHERE id = $1 RETURNING {COLUMNS}"),
            &[id.into()],
            |row| Self::read(row).map(Locked),
        )
    }

    /// A part of the brands, newest first.
    pub(crate) fn page(tx: &mut dyn Tx, page: &Page) -> Result<Vec<Self>, StoreError> {
        tx.all(
            &select("WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3"),
            &[
                page.before.into(),
                (&page.before_id).into(),
                page.rows().into(),
            ],
            Self::read,
        )
    }

    /// Whether the brand has licenses.
    pub(crate) fn is_in_use(&self, tx: &mut dyn Tx) -> Result<bool, StoreError> {
        let found = tx.first(
            "SELECT 1 FROM licenses WHERE brand_id = $1 LIMIT 1",
            &[(&self.id).into()],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// The id and settings of every brand that has set something.
    pub(crate) fn all_settings(tx: &mut dyn Tx) -> Result<Vec<(String, String)>, StoreError> {
        tx.all(
            "SELECT id, settings FROM brands WHERE settings <> '{}'",
            &[],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    fn read(row: &dyn Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            slug: super::code(row, 1)?,
            name: row.get(2)?,
            settings: row.get(3)?,
            created_at: row.get(4)?,
        })
    }
}

impl Locked<Brand> {
    /// Writes what may change of a brand: all but its code, which is signed into licenses.
    pub(crate) fn update(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE brands SET name = $2, settings = $3 WHERE id = $1",
            &[
                (&self.id).into(),
                (&self.name).into(),
                (&self.settings).into(),
            ],
        )?;
        Ok(())
    }

    /// Deletes the brand and every row of it but its events, which are the audit log.
    pub(crate) fn delete(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        for sql in DELETE {
            tx.execute(sql, &[(&self.id).into()])?;
        }
        Ok(())
    }
}

fn select(which: &str) -> String {
    format!("SELECT {COLUMNS} FROM brands {which}")
}

/// Rows before those that they hang on.
const DELETE: [&str; 10] = [
    "DELETE FROM idempotency_keys WHERE brand_id = $1",
    "DELETE FROM status_entries WHERE brand_id = $1",
    "DELETE FROM former_lists WHERE brand_id = $1",
    "DELETE FROM license_keys WHERE brand_id = $1",
    "DELETE FROM customers WHERE brand_id = $1",
    "DELETE FROM bundles WHERE brand_id = $1",
    "DELETE FROM products WHERE brand_id = $1",
    "DELETE FROM api_keys WHERE brand_id = $1",
    "DELETE FROM signing_keys WHERE brand_id = $1",
    "DELETE FROM brands WHERE id = $1",
];

const COLUMNS: &str = "id, slug, name, settings, created_at";
