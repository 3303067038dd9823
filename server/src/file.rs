//! Files that are made whole or not at all, and never take the place of another.

use std::io::{self, Write};
use std::path::Path;

/// Writes a secret to a file that is not there yet, readable by its owner only. `false` where there
/// is a file of that name, which stays as it is.
///
/// # Errors
///
/// Whatever keeps the file from being written; then nothing is left of it.
pub(crate) fn create_private(path: &Path, text: &str) -> io::Result<bool> {
    create(path, text, OWNER_ONLY)
}

/// Writes a file that is not there yet, with these permissions less the umask. `false` where there
/// is a file of that name, which stays as it is.
///
/// Where the system has files without a name it is made as one, so that nothing is left of it
/// however the process ends.
///
/// # Errors
///
/// As [`create_private`].
pub(crate) fn create(path: &Path, text: &str, mode: u32) -> io::Result<bool> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    #[cfg(target_os = "linux")]
    if let Some(file) = nameless(folder, mode) {
        return link(file, path, text);
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".countersign-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(mode));
    }
    let mut file = builder.tempfile_in(folder)?;
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

/// A file without a name; nothing where the file system knows none, or no way to name it later.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path, mode: u32) -> Option<std::fs::File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = rustix::fs::open(folder, flags, Mode::from_raw_mode(mode)).ok()?;
    let file = std::fs::File::from(file);
    Path::new(&name_of(&file)).exists().then_some(file)
}

/// Writes a file that has no name, and then gives it one (`man 2 open`, `O_TMPFILE`).
#[cfg(target_os = "linux")]
fn link(mut file: std::fs::File, path: &Path, text: &str) -> io::Result<bool> {
    use rustix::fs::{AtFlags, CWD};
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let name = name_of(&file);
    match rustix::fs::linkat(CWD, name.as_str(), CWD, path, AtFlags::SYMLINK_FOLLOW) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::EXIST) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(target_os = "linux")]
fn name_of(file: &std::fs::File) -> String {
    use std::os::fd::AsRawFd;
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Permissions of a file that only its owner reads.
pub(crate) const OWNER_ONLY: u32 = 0o600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_made_once_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        assert!(create_private(&path, "first").unwrap());
        assert!(!create_private(&path, "second").unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
        let files = std::fs::read_dir(folder.path()).unwrap();
        assert_eq!(files.count(), 1);
        assert!(create_private(&folder.path().join("none/secret"), "x").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_is_its_owners_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        create_private(&path, "x").unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
