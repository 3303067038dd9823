use countersign::{Code, Moment};

use super::{Row, StoreError, Tx};

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

fn select(which: &str) -> String {
    format!("SELECT id, slug, name, settings, created_at FROM brands {which}")
}
