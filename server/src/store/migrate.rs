//! The tables, and how older ones become the present ones.

use super::error::StoreError;
use super::tx::Tx;

/// One step from a version of the tables to the next.
pub(super) struct Migration {
    /// The version that it makes, from 1.
    pub(super) version: i64,
    /// Statements that both databases understand; `BYTES` stands for the type of byte strings.
    pub(super) portable: &'static str,
    /// What PostgreSQL needs besides.
    pub(super) postgres: &'static str,
}

/// Every step, in order. What was released is never edited.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        portable: include_str!("../../migrations/0001_tables.sql"),
        postgres: include_str!("../../migrations/0001_tables.postgres.sql"),
    },
    Migration {
        version: 2,
        portable: include_str!("../../migrations/0002_shared_seats.sql"),
        postgres: "",
    },
    Migration {
        version: 3,
        portable: include_str!("../../migrations/0003_lists.sql"),
        postgres: "",
    },
    Migration {
        version: 4,
        portable: include_str!("../../migrations/0004_public_url.sql"),
        postgres: include_str!("../../migrations/0004_public_url.postgres.sql"),
    },
    Migration {
        version: 5,
        portable: include_str!("../../migrations/0005_floating.sql"),
        postgres: "",
    },
    Migration {
        version: 6,
        portable: include_str!("../../migrations/0006_search.sql"),
        postgres: include_str!("../../migrations/0006_search.postgres.sql"),
    },
    Migration {
        version: 7,
        portable: include_str!("../../migrations/0007_row_lock.sql"),
        postgres: "",
    },
];

/// The version that all steps lead to.
pub(super) fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

/// Runs the steps that are missing, in a transaction that holds the database's lock.
///
/// `run` runs statements in bulk.
pub(super) fn migrate(
    tx: &mut dyn Tx,
    statements_of: impl Fn(&Migration) -> String,
) -> Result<(), StoreError> {
    tx.execute(VERSIONS, &[])?;
    let found = tx
        .first("SELECT MAX(version) FROM schema_versions", &[], |row| {
            row.get::<Option<i64>>(0)
        })?
        .flatten()
        .unwrap_or(0);
    let known = newest();
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    for migration in MIGRATIONS {
        if migration.version <= found {
            continue;
        }
        for statement in statements(&statements_of(migration)) {
            tx.execute(statement, &[])?;
        }
        tx.execute(
            "INSERT INTO schema_versions (version) VALUES ($1)",
            &[migration.version.into()],
        )?;
    }
    Ok(())
}

/// The statements of a migration: each ends with a semicolon at the end of a line.
fn statements(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(";\n")
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
}

const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY)";
