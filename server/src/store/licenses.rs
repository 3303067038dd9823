use countersign::protocol::LicenseStatus;
use countersign::{Code, Moment, Standing};

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
             seats_held, fence, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
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
                "SELECT {COLUMNS} FROM licenses WHERE brand_id = $1 AND id = $2 \
                 FOR NO KEY UPDATE"
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

    /// Some licenses of a brand, oldest first, after one that is named by when it was made and its id.
    pub(crate) fn after(
        tx: &mut dyn Tx,
        brand_id: &str,
        (created_at, id): &(Moment, String),
        limit: i64,
    ) -> Result<Vec<Self>, StoreError> {
        tx.all(
            &format!(
                "SELECT {COLUMNS} FROM licenses \
                 WHERE brand_id = $1 AND (created_at, id) > ($2, $3) \
                 ORDER BY created_at, id LIMIT $4"
            ),
            &[
                brand_id.into(),
                (*created_at).into(),
                id.into(),
                limit.into(),
            ],
            Self::read,
        )
    }

    /// Whether it is the license for a product under its license key: one that is cancelled is not,
    /// and the product can be sold again.
    pub(crate) fn is_for(&self, product_id: &str) -> bool {
        self.product_id == product_id && self.standing != Standing::Cancelled
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
        tx.send(
            "UPDATE licenses SET seats_held = $2, fence = $3 WHERE id = $1",
            &values,
        )
    }

    /// Removes a license whose activations are removed already.
    pub(crate) fn delete(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.execute(
            "DELETE FROM licenses WHERE brand_id = $1 AND id = $2",
            &[(&self.brand_id).into(), (&self.id).into()],
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

/// A license beside what it hangs on, as lists show it.
#[derive(Clone, Debug)]
pub(crate) struct ListedLicense {
    pub(crate) license: StoredLicense,
    /// The license key, sealed.
    pub(crate) sealed_key: Vec<u8>,
    pub(crate) customer_email: Option<String>,
    pub(crate) product_name: String,
    pub(crate) product_slug: Code,
    pub(crate) brand_slug: Code,
}

/// Which licenses are listed: those that are all that is stated.
#[derive(Clone, Debug, Default)]
pub(crate) struct LicenseFilter {
    pub(crate) brand_id: Option<String>,
    pub(crate) id: Option<String>,
    /// Of their customer, compared without case.
    pub(crate) email: Option<String>,
    /// By id or code.
    pub(crate) product: Option<String>,
    /// How they stand at that moment.
    pub(crate) status: Option<(LicenseStatus, Moment)>,
    /// A part of what their customer or product is called, in any case; or their id.
    pub(crate) search: Option<String>,
    /// Of their license key.
    pub(crate) key_hash: Option<Vec<u8>>,
    /// Only those that come after this one, by when it was made and its id.
    pub(crate) after: Option<(Moment, String)>,
}

impl ListedLicense {
    /// The licenses of a filter, newest first.
    pub(crate) fn list(
        tx: &mut dyn Tx,
        filter: &LicenseFilter,
        limit: i64,
    ) -> Result<Vec<Self>, StoreError> {
        filter.asked(limit, |sql, values| tx.all(sql, values, Self::read))
    }

    fn read(row: &dyn Row) -> Result<Self, StoreError> {
        Ok(Self {
            license: StoredLicense::read(row)?,
            sealed_key: row.get(16)?,
            customer_email: row.get(17)?,
            product_name: row.get(18)?,
            product_slug: super::code(row, 19)?,
            brand_slug: super::code(row, 20)?,
        })
    }
}

impl LicenseFilter {
    /// The statement that lists what is asked for, and its values.
    ///
    /// What is looked for is found in its own table first, and licenses from there by an index, or
    /// else in the order in which they are shown. What they hang on is read for the page alone: the
    /// planner of PostgreSQL takes row-level security to leave few rows of each table.
    pub(super) fn asked<T>(
        &self,
        limit: i64,
        ask: impl FnOnce(&str, &[Value<'_>]) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let folded = self.email.as_deref().map(super::customers::fold);
        let part = self.search.as_deref().map(part_of);
        let mut values: Vec<Value<'_>> = Vec::new();
        let mut conditions = vec!["1 = 1".to_owned()];
        let mut place = |value| {
            values.push(value);
            format!("${}", values.len())
        };
        let brand = self.brand_id.as_ref().map(|id| place(id.into()));
        let of_brand = match &brand {
            Some(brand) => format!("brand_id = {brand} AND "),
            None => String::new(),
        };
        if let Some(brand) = &brand {
            let is_narrow = [&self.id, &self.email, &self.product, &self.search]
                .into_iter()
                .any(Option::is_some);
            // SQLite knows nothing of how many rows there are. Where what else is stated has an index,
            // it is kept from taking that of the whole brand.
            conditions.push(match is_narrow || self.key_hash.is_some() {
                true => format!("l.brand_id || '' = {brand}"),
                false => format!("l.brand_id = {brand}"),
            });
        }
        if let Some(id) = &self.id {
            conditions.push(format!("l.id = {}", place(id.into())));
        }
        if let Some(email) = &folded {
            let email = place(email.into());
            conditions.push(match &brand {
                // A brand has one customer of an address.
                Some(brand) => format!(
                    "l.customer_id = (SELECT id FROM customers \
                     WHERE brand_id = {brand} AND email_folded = {email})"
                ),
                None => format!(
                    "l.customer_id IN (SELECT id FROM customers WHERE email_folded = {email})"
                ),
            });
        }
        if let Some(name) = &self.product {
            let name = place(name.into());
            conditions.push(match &brand {
                Some(brand) => format!(
                    "l.product_id = (SELECT MIN(id) FROM products \
                     WHERE brand_id = {brand} AND (id = {name} OR slug = {name}))"
                ),
                None => format!(
                    "l.product_id IN (SELECT id FROM products WHERE id = {name} OR slug = {name})"
                ),
            });
        }
        if let Some((status, now)) = self.status {
            conditions.push(match status {
                LicenseStatus::Valid => {
                    let now = place(now.into());
                    format!("{IN_FORCE} AND (l.valid_until IS NULL OR l.valid_until > {now})")
                }
                LicenseStatus::Expired => {
                    format!("{IN_FORCE} AND l.valid_until <= {}", place(now.into()))
                }
                LicenseStatus::Suspended => {
                    "(l.standing = 'suspended' OR (l.standing = 'active' AND l.blocked <> 0))"
                        .to_owned()
                }
                LicenseStatus::Cancelled => "l.standing = 'cancelled'".to_owned(),
                _ => "1 = 0".to_owned(),
            });
        }
        if let (Some(text), Some(part)) = (&self.search, &part) {
            let (text, part) = (place(text.into()), place(part.into()));
            let like = format!("search LIKE {part} ESCAPE '!'");
            let (customer, product) = (&like, &like);
            conditions.push(format!(
                "l.id IN (SELECT id FROM licenses WHERE {of_brand}id = {text} \
                 UNION ALL SELECT id FROM licenses WHERE customer_id IN \
                 (SELECT id FROM customers WHERE {of_brand}({customer})) \
                 UNION ALL SELECT id FROM licenses WHERE product_id IN \
                 (SELECT id FROM products WHERE {of_brand}({product})))"
            ));
        }
        if let Some(hash) = &self.key_hash {
            conditions.push(format!(
                "l.license_key_id = (SELECT id FROM license_keys WHERE {of_brand}hash = {})",
                place(hash.into())
            ));
        }
        if let Some((created_at, id)) = &self.after {
            let (created_at, id) = (place((*created_at).into()), place(id.into()));
            conditions.push(format!("(l.created_at, l.id) < ({created_at}, {id})"));
        }
        let columns = COLUMNS.replace(", ", ", page.");
        let limit = place(limit.into());
        let sql = format!(
            "SELECT page.{columns}, k.sealed, c.email, p.name, p.slug, b.slug \
             FROM (SELECT {COLUMNS} FROM licenses l WHERE {} \
             ORDER BY l.created_at DESC, l.id DESC LIMIT {limit}) page \
             JOIN license_keys k ON k.id = page.license_key_id \
             JOIN customers c ON c.id = page.customer_id \
             JOIN products p ON p.id = page.product_id \
             JOIN brands b ON b.id = page.brand_id \
             ORDER BY page.created_at DESC, page.id DESC",
            conditions.join(" AND ")
        );
        ask(&sql, &values)
    }
}

/// The pattern of `LIKE` that finds a text anywhere, `!` before what would be special.
fn part_of(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for character in text.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Licenses that are neither taken back nor blocked.
const IN_FORCE: &str = "l.standing = 'active' AND l.blocked = 0";
const COLUMNS: &str = "id, brand_id, license_key_id, product_id, customer_id, standing, blocked, \
    document, revision, valid_until, seat_limit, status_list, status_index, seats_held, fence, \
    created_at";
