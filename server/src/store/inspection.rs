//! What is asked of a database to see whether it is sound.

use countersign::{Moment, Standing};

use super::{Row, StoreError, Tx};

/// The version of the tables.
pub(crate) fn version(tx: &mut dyn Tx) -> Result<i64, StoreError> {
    let sql = "SELECT MAX(version) FROM schema_versions";
    let version = tx.first(sql, &[], |row| row.get::<Option<i64>>(0))?;
    Ok(version.flatten().unwrap_or(0))
}

/// What SQLite finds wrong with its file; nothing if it is sound.
pub(crate) fn quick_check(tx: &mut dyn Tx) -> Result<Vec<String>, StoreError> {
    let mut said = tx.all("PRAGMA quick_check(10)", &[], |row| row.get::<String>(0))?;
    said.retain(|line| line != "ok");
    Ok(said)
}

/// How many licenses there are.
pub(crate) fn count_licenses(tx: &mut dyn Tx) -> Result<i64, StoreError> {
    let count = tx.first("SELECT COUNT(*) FROM licenses", &[], |row| row.get(0))?;
    Ok(count.unwrap_or(0))
}

/// A license whose row counts other seats than there are.
#[derive(Clone, Debug)]
pub(crate) struct Miscount {
    pub(crate) id: String,
    /// What its row says.
    pub(crate) counted: i64,
    /// How many activations hold a seat.
    pub(crate) held: i64,
}

/// The first licenses whose seats are miscounted.
pub(crate) fn miscounts(tx: &mut dyn Tx, limit: i64) -> Result<Vec<Miscount>, StoreError> {
    tx.all(
        "SELECT id, seats_held, held FROM (SELECT id, seats_held, \
         (SELECT COUNT(*) FROM activations \
         WHERE license_id = licenses.id AND released_at IS NULL) AS held FROM licenses) seats \
         WHERE held <> seats_held ORDER BY id LIMIT $1",
        &[limit.into()],
        |row| {
            Ok(Miscount {
                id: row.get(0)?,
                counted: row.get(1)?,
                held: row.get(2)?,
            })
        },
    )
}

/// Licenses of one standing, and what the status lists say of them.
#[derive(Clone, Debug)]
pub(crate) struct Stated {
    pub(crate) standing: Standing,
    pub(crate) blocked: bool,
    /// The number on the list; nothing where the entry is missing.
    pub(crate) status: Option<i64>,
    pub(crate) count: i64,
    /// The id of one of them.
    pub(crate) example: String,
}

/// Every combination of standing and status that there is.
pub(crate) fn stated(tx: &mut dyn Tx) -> Result<Vec<Stated>, StoreError> {
    tx.all(
        "SELECT standing, blocked, status, COUNT(*), MIN(id) FROM licenses \
         LEFT JOIN status_entries ON status_entries.brand_id = licenses.brand_id \
         AND list = status_list AND entry = status_index GROUP BY standing, blocked, status",
        &[],
        |row| {
            let standing: String = row.get(0)?;
            Ok(Stated {
                standing: standing
                    .parse()
                    .map_err(|_| StoreError::Damaged { what: "a standing" })?,
                blocked: row.get(1)?,
                status: row.get(2)?,
                count: row.get(3)?,
                example: row.get(4)?,
            })
        },
    )
}

/// A license, and the columns that repeat what its document says.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) id: String,
    pub(crate) brand_id: String,
    pub(crate) document: String,
    pub(crate) revision: i64,
    pub(crate) valid_until: Option<Moment>,
    pub(crate) seat_limit: Option<i64>,
    pub(crate) status_list: i64,
    pub(crate) status_index: i64,
    /// The public URL under which its status list began.
    pub(crate) public_url: Option<String>,
}

/// Licenses in the order of their ids: `limit` of them after the first `skipped`.
pub(crate) fn issued(tx: &mut dyn Tx, skipped: i64, limit: i64) -> Result<Vec<Issued>, StoreError> {
    tx.all(
        "SELECT id, brand_id, document, revision, valid_until, seat_limit, status_list, \
         status_index, COALESCE((SELECT public_url FROM former_lists \
         WHERE former_lists.brand_id = licenses.brand_id AND list = status_list), \
         (SELECT public_url FROM authority)) FROM licenses \
         WHERE id IN (SELECT id FROM licenses ORDER BY id LIMIT $1 OFFSET $2) ORDER BY id",
        &[limit.into(), skipped.into()],
        |row| {
            Ok(Issued {
                id: row.get(0)?,
                brand_id: row.get(1)?,
                document: row.get(2)?,
                revision: row.get(3)?,
                valid_until: row.get(4)?,
                seat_limit: row.get(5)?,
                status_list: row.get(6)?,
                status_index: row.get(7)?,
                public_url: row.get(8)?,
            })
        },
    )
}

/// A product or a bundle, as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) brand_id: String,
    pub(crate) slug: String,
    /// JSON: the defaults of a product, the products of a bundle.
    pub(crate) contents: String,
}

impl Listed {
    fn read(row: &dyn Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            brand_id: row.get(1)?,
            slug: row.get(2)?,
            contents: row.get(3)?,
        })
    }
}

/// Every product.
pub(crate) fn products(tx: &mut dyn Tx) -> Result<Vec<Listed>, StoreError> {
    let sql = "SELECT id, brand_id, slug, defaults FROM products ORDER BY id";
    tx.all(sql, &[], Listed::read)
}

/// Every bundle.
pub(crate) fn bundles(tx: &mut dyn Tx) -> Result<Vec<Listed>, StoreError> {
    let sql = "SELECT id, brand_id, slug, products FROM bundles ORDER BY id";
    tx.all(sql, &[], Listed::read)
}

/// The newest moment that anything was written at; nothing in a new database.
pub(crate) fn newest_moment(tx: &mut dyn Tx) -> Result<Option<Moment>, StoreError> {
    let newest = tx.first(
        "SELECT MAX(moment) FROM (SELECT MAX(created_at) AS moment FROM events \
         UNION ALL SELECT MAX(created_at) FROM licenses \
         UNION ALL SELECT MAX(activated_at) FROM activations \
         UNION ALL SELECT MAX(created_at) FROM api_keys) moments",
        &[],
        |row| row.get::<Option<Moment>>(0),
    )?;
    Ok(newest.flatten())
}

/// The id and code of every brand.
pub(crate) fn brands(tx: &mut dyn Tx) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT id, slug FROM brands ORDER BY slug";
    tx.all(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))
}
