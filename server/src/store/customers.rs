use countersign::Moment;

use super::{Row, StoreError, Tx};

/// A row of `customers`.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) brand_id: String,
    pub(crate) email: Option<String>,
    /// The brand's own name for the customer.
    pub(crate) reference: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) created_at: Moment,
}

impl Customer {
    pub(crate) fn insert(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let folded = self.email.as_deref().map(fold);
        tx.execute(
            "INSERT INTO customers \
             (id, brand_id, email, email_folded, reference, name, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                (&self.id).into(),
                (&self.brand_id).into(),
                self.email.as_ref().into(),
                folded.as_ref().into(),
                self.reference.as_ref().into(),
                self.name.as_ref().into(),
                self.created_at.into(),
            ],
        )?;
        Ok(())
    }

    pub(crate) fn by_email(
        tx: &mut dyn Tx,
        brand_id: &str,
        email: &str,
    ) -> Result<Option<Self>, StoreError> {
        tx.first(
            &select("WHERE brand_id = $1 AND email_folded = $2"),
            &[brand_id.into(), (&fold(email)).into()],
            Self::read,
        )
    }

    pub(crate) fn by_reference(
        tx: &mut dyn Tx,
        brand_id: &str,
        reference: &str,
    ) -> Result<Option<Self>, StoreError> {
        tx.first(
            &select("WHERE brand_id = $1 AND reference = $2"),
            &[brand_id.into(), reference.into()],
            Self::read,
        )
    }

    pub(crate) fn by_id(
        tx: &mut dyn Tx,
        brand_id: &str,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        tx.first(
            &select("WHERE brand_id = $1 AND id = $2"),
            &[brand_id.into(), id.into()],
            Self::read,
        )
    }

    fn read(row: &dyn Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            brand_id: row.get(1)?,
            email: row.get(2)?,
            reference: row.get(3)?,
            name: row.get(4)?,
            created_at: row.get(5)?,
        })
    }
}

/// The form in which e-mail addresses are compared.
pub(crate) fn fold(email: &str) -> String {
    email.to_lowercase()
}

fn select(which: &str) -> String {
    format!("SELECT id, brand_id, email, reference, name, created_at FROM customers {which}")
}
