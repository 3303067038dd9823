use countersign::{Code, Moment};

use super::{Locked, Page, Row, StoreError, Tx};

/// A row of `bundles`.
#[derive(Clone, Debug)]
pub(crate) struct StoredBundle {
    pub(crate) id: String,
    pub(crate) brand_id: String,
    pub(crate) slug: Code,
    pub(crate) name: String,
    /// The ids of its products, in the order in which they were named.
    pub(crate) products: Vec<String>,
    pub(crate) created_at: Moment,
}

impl StoredBundle {
    pub(crate) fn insert(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "INSERT INTO bundles (id, brand_id, slug, name, products, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                (&self.id).into(),
                (&self.brand_id).into(),
                self.slug.as_str().into(),
                (&self.name).into(),
                (&self.products_text()).into(),
                self.created_at.into(),
            ],
        )?;
        Ok(())
    }

    /// The bundle of a brand by its id or its code.
    pub(crate) fn by_name(
        tx: &mut dyn Tx,
        brand_id: &str,
        name: &str,
    ) -> Result<Option<Self>, StoreError> {
        tx.first(
            &select("WHERE brand_id = $1 AND (id = $2 OR slug = $2)"),
            &[brand_id.into(), name.into()],
            Self::read,
        )
    }

    /// Takes the bundle's lock until the end of the transaction, and reads it as it is then; by its id
    /// or its code.
    pub(crate) fn lock(
        tx: &mut dyn Tx,
        brand_id: &str,
        name: &str,
    ) -> Result<Option<Locked<Self>>, StoreError> {
        tx.first(
            &format!(
                "UPDATE bundles SET name = name WHERE brand_id = $1 AND (id = $2 OR slug = $2) \
                 RETURNING {COLUMNS}"
            ),
            &[brand_id.into(), name.into()],
            |row| Self::read(row).map(Locked),
        )
    }

    /// A part of the bundles of a brand, newest first.
    pub(crate) fn page(
        tx: &mut dyn Tx,
        brand_id: &str,
        page: &Page,
    ) -> Result<Vec<Self>, StoreError> {
        tx.all(
            &select(
                "WHERE brand_id = $1 AND (created_at, id) < ($2, $3) \
                 ORDER BY created_at DESC, id DESC LIMIT $4",
            ),
            &[
                brand_id.into(),
                page.before.into(),
                (&page.before_id).into(),
                page.rows().into(),
            ],
            Self::read,
        )
    }

    fn products_text(&self) -> String {
        serde_json::Value::from(self.products.as_slice()).to_string()
    }

    fn read(row: &dyn Row) -> Result<Self, StoreError> {
        let products: String = row.get(4)?;
        Ok(Self {
            id: row.get(0)?,
            brand_id: row.get(1)?,
            slug: super::code(row, 2)?,
            name: row.get(3)?,
            products: serde_json::from_str(&products)
                .map_err(|_| StoreError::Damaged { what: "a bundle" })?,
            created_at: row.get(5)?,
        })
    }
}

impl Locked<StoredBundle> {
    /// Writes what may change of a bundle: all but its code.
    pub(crate) fn update(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE bundles SET name = $3, products = $4 WHERE brand_id = $1 AND id = $2",
            &[
                (&self.brand_id).into(),
                (&self.id).into(),
                (&self.name).into(),
                (&self.products_text()).into(),
            ],
        )?;
        Ok(())
    }

    pub(crate) fn delete(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "DELETE FROM bundles WHERE brand_id = $1 AND id = $2",
            &[(&self.brand_id).into(), (&self.id).into()],
        )?;
        Ok(())
    }
}

fn select(which: &str) -> String {
    format!("SELECT {COLUMNS} FROM bundles {which}")
}

const COLUMNS: &str = "id, brand_id, slug, name, products, created_at";
