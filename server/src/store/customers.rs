use countersign::Moment;

use super::{Locked, Page, Row, StoreError, Tx};

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
             (id, brand_id, email, email_folded, reference, name, created_at, search) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                (&self.id).into(),
                (&self.brand_id).into(),
                self.email.as_ref().into(),
                folded.as_ref().into(),
                self.reference.as_ref().into(),
                self.name.as_ref().into(),
                self.created_at.into(),
                (&self.search_text()).into(),
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

    /// The customer of a brand by its id or the brand's own name for it.
    pub(crate) fn by_name(
        tx: &mut dyn Tx,
        brand_id: &str,
        name: &str,
    ) -> Result<Option<Self>, StoreError> {
        match Self::by_id(tx, brand_id, name)? {
            Some(customer) => Ok(Some(customer)),
            None => Self::by_reference(tx, brand_id, name),
        }
    }

    /// Takes the customer's lock until the end of the transaction, and reads it as it is then.
    pub(crate) fn lock(
        tx: &mut dyn Tx,
        brand_id: &str,
        id: &str,
    ) -> Result<Option<Locked<Self>>, StoreError> {
        tx.first(
            &format!(
                "UPDATE customers SET name = name WHERE brand_id = $1 AND id = $2 \
                 RETURNING {COLUMNS}"
            ),
            &[brand_id.into(), id.into()],
            |row| Self::read(row).map(Locked),
        )
    }

    /// A part of the customers of a brand, newest first.
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

    /// Whether the customer has licenses, or license keys with licenses under them.
    pub(crate) fn is_in_use(&self, tx: &mut dyn Tx) -> Result<bool, StoreError> {
        let found = tx.first(
            "SELECT 1 FROM licenses WHERE customer_id = $2 AND brand_id = $1 \
             UNION ALL SELECT 1 FROM license_keys JOIN licenses \
             ON licenses.license_key_id = license_keys.id \
             WHERE license_keys.brand_id = $1 AND license_keys.customer_id = $2 LIMIT 1",
            &[(&self.brand_id).into(), (&self.id).into()],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// What a search looks for parts of: a database folds the case of ASCII alone, if it likes.
    fn search_text(&self) -> String {
        let texts = [&self.email, &self.reference, &self.name];
        super::search_text(texts.into_iter().flatten())
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

impl Locked<Customer> {
    pub(crate) fn update(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let folded = self.email.as_deref().map(fold);
        tx.execute(
            "UPDATE customers SET email = $3, email_folded = $4, reference = $5, name = $6, \
             search = $7 WHERE brand_id = $1 AND id = $2",
            &[
                (&self.brand_id).into(),
                (&self.id).into(),
                self.email.as_ref().into(),
                folded.as_ref().into(),
                self.reference.as_ref().into(),
                self.name.as_ref().into(),
                (&self.search_text()).into(),
            ],
        )?;
        Ok(())
    }

    /// Deletes the customer, with the license keys under which there are no licenses any more.
    pub(crate) fn delete(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let values = [(&self.brand_id).into(), (&self.id).into()];
        tx.execute(
            "DELETE FROM license_keys WHERE brand_id = $1 AND customer_id = $2",
            &values,
        )?;
        tx.execute(
            "DELETE FROM customers WHERE brand_id = $1 AND id = $2",
            &values,
        )?;
        Ok(())
    }
}

/// The form in which e-mail addresses are compared.
pub(crate) fn fold(email: &str) -> String {
    email.to_lowercase()
}

fn select(which: &str) -> String {
    format!("SELECT {COLUMNS} FROM customers {which}")
}

const COLUMNS: &str = "id, brand_id, email, reference, name, created_at";
