use std::path::Path;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use super::StoreError;

/// Copies a SQLite database as it is at one moment, while others read and write it.
///
/// # Errors
///
/// [`StoreError`], where either cannot be opened, or the copy cannot be written.
pub(crate) fn backup(from: &Path, to: &Path) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, flags)?;
    source.busy_timeout(PATIENCE)?;
    let mut copy = Connection::open(to)?;
    // All pages in one step, under one read transaction: writers go on in the log meanwhile, and
    // nothing that they write makes the copy begin anew.
    Backup::new(&source, &mut copy)?.run_to_completion(EVERY_PAGE, PAUSE, None)?;
    // The copy is one file, whatever the log of the original held.
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    Ok(())
}

/// How many pages one step copies: all.
const EVERY_PAGE: i32 = i32::MAX;
/// How long to wait where the database is locked.
const PAUSE: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(5);
