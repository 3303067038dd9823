use countersign::{Code, Moment};

use super::bundles::StoredBundle;
use super::{Locked, Page, Row, StoreError, Tx};

/// A row of `products`.
#[derive(Clone, Debug)]
pub(crate) struct StoredProduct {
    pub(crate) id: String,
    pub(crate) brand_id: String,
    pub(crate) slug: Code,
    pub(crate) name: String,
    pub(crate) key_prefix: String,
    pub(crate) active: bool,
    /// JSON: terms, as claims.
    pub(crate) defaults: String,
    pub(crate) created_at: Moment,
}

impl StoredProduct {
    pub(crate) fn insert(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "INSERT INTO products \
             (id, brand_id, slug, name, key_prefix, active, defaults, created_at, search) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &[
                (&self.id).into(),
                (&self.brand_id).into(),
                self.slug.as_str().into(),
                (&self.name).into(),
                (&self.key_prefix).into(),
                self.active.into(),
                (&self.defaults).into(),
                self.created_at.into(),
                (&self.search_text()).into(),
            ],
        )?;
        Ok(())
    }

    /// The product of a brand by its id or its code.
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

    /// Takes the product's lock until the end of the transaction, and reads it as it is then; by its id
    /// or its code.
    pub(crate) fn lock(
        tx: &mut dyn Tx,
        brand_id: &str,
        name: &str,
    ) -> Result<Option<Locked<Self>>, StoreError> {
        tx.first(
            &format!(
                "UPDATE products SET name = name WHERE brand_id = $1 AND (id = $2 OR slug = $2) \
                 RETURNING {COLUMNS}"
            ),
            &[brand_id.into(), name.into()],
            |row| Self::read(row).map(Locked),
        )
    }

    /// A part of the products of a brand, newest first.
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

    /// Whether licenses or bundles name the product.
    pub(crate) fn is_in_use(&self, tx: &mut dyn Tx) -> Result<bool, StoreError> {
        let quoted = format!("%\"{}\"%", self.id);
        let found = tx.first(
            "SELECT 1 FROM licenses WHERE product_id = $2 AND brand_id = $1 \
             UNION ALL SELECT 1 FROM bundles WHERE brand_id = $1 AND products LIKE $3 LIMIT 1",
            &[(&self.brand_id).into(), (&self.id).into(), (&quoted).into()],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// The products of a bundle, by the bundle's id or code and in its order; `None` if there is no
    /// such bundle.
    pub(crate) fn of_bundle(
        tx: &mut dyn Tx,
        brand_id: &str,
        name: &str,
    ) -> Result<Option<Vec<Self>>, StoreError> {
        let Some(bundle) = StoredBundle::by_name(tx, brand_id, name)? else {
            return Ok(None);
        };
        let mut products = Vec::new();
        for id in &bundle.products {
            let Some(product) = Self::by_name(tx, brand_id, id)? else {
                // A bundle that has changed meanwhile may have let go of it: the next try sees.
                let bundle_now = StoredBundle::by_name(tx, brand_id, name)?;
                let is_same = bundle_now.is_some_and(|now| now.products == bundle.products);
                return Err(match is_same {
                    true => StoreError::Damaged { what: "a bundle" },
                    false => StoreError::Collision,
                });
            };
            products.push(product);
        }
        Ok(Some(products))
    }

    /// What a search looks for parts of.
    fn search_text(&self) -> String {
        super::search_text([self.slug.as_str(), &self.name])
    }

    pub(super) fn read(row: &dyn Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            brand_id: row.get(1)?,
            slug: super::code(row, 2)?,
            name: row.get(3)?,
            key_prefix: row.get(4)?,
            active: row.get(5)?,
            defaults: row.get(6)?,
            created_at: row.get(7)?,
        })
    }
}

impl Locked<StoredProduct> {
    /// Writes what may change of a product: all but its code, which is signed into licenses.
    pub(crate) fn update(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE products SET name = $3, key_prefix = $4, active = $5, defaults = $6, search = $7 \
             WHERE brand_id = $1 AND id = $2",
            &[
                (&self.brand_id).into(),
                (&self.id).into(),
                (&self.name).into(),
                (&self.key_prefix).into(),
                self.active.into(),
                (&self.defaults).into(),
                (&self.search_text()).into(),
            ],
        )?;
        Ok(())
    }

    pub(crate) fn delete(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "DELETE FROM products WHERE brand_id = $1 AND id = $2",
            &[(&self.brand_id).into(), (&self.id).into()],
        )?;
        Ok(())
    }
}

fn select(which: &str) -> String {
    format!("SELECT {COLUMNS} FROM products {which}")
}

const COLUMNS: &str = "id, brand_id, slug, name, key_prefix, active, defaults, created_at";
