//! Files that hold secrets: whole or not at all, for their owner only, and never replaced.

use std::io::{self, Write};
use std::path::Path;

/// Writes a secret to a file that is not there yet, readable by its owner only. `false` where there
/// is a file of that name, which stays as it is.
///
/// # Errors
///
/// Whatever keeps the file from being written; then nothing is left of it.
pub(crate) fn create_private(path: &Path, text: &str) -> io::Result<bool> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // `tempfile` makes files of mode 0600.
    let mut file = tempfile::Builder::new()
        .prefix(".countersign-")
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

/// The permissions of a file that others than its owner may use; nothing where they may not, and on
/// platforms that have no such permissions.
///
/// # Errors
///
/// If the file is not there, or cannot be looked at.
pub(crate) fn shared_mode(path: &Path) -> io::Result<Option<u32>> {
    let metadata = std::fs::metadata(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        Ok(Some(mode).filter(|mode| mode & 0o077 != 0))
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        Ok(None)
    }
}
