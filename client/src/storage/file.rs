use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use countersign::Product;
use directories::ProjectDirs;
use fs4::TryLockError;
use tempfile::{Builder, NamedTempFile};

use crate::clock::monotonic;
use crate::storage::{LOCKED_WITHIN, Storage, StorageLock};

mod fault;

use fault::Fault;

/// Keeps texts as files of one folder, which several processes may share.
///
/// A file is replaced by renaming, and synced to the disk, its folder too: a crash leaves the old one
/// or the new one. Files are for their owner alone (mode 0600 in a folder of mode 0700).
#[derive(Debug)]
pub struct FileStorage {
    folder: PathBuf,
    /// Whether what killed writers left was removed.
    swept: AtomicBool,
}

impl FileStorage {
    /// Storage in `folder`, which is made when something is first saved.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            swept: AtomicBool::new(false),
        }
    }

    /// Storage where this platform keeps the state of programs, for this user: below
    /// `$XDG_STATE_HOME` or `~/.local/state`, `~/Library/Application Support`, or `%LOCALAPPDATA%`.
    ///
    /// `None` where the platform says of no such folder, as for a service without a home.
    pub fn of_user(product: &Product) -> Option<Self> {
        let brand = product.brand.as_str();
        let dirs = ProjectDirs::from("", brand, product.code.as_str())?;
        let folder = match dirs.state_dir() {
            // Of the brand and the product, as elsewhere: Linux leaves the former out.
            Some(folder) => folder.parent()?.join(brand).join(product.code.as_str()),
            None => dirs.data_local_dir().to_owned(),
        };
        Some(Self::at(folder))
    }

    /// Where the files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder, and those above it, such that each is there after a crash.
    fn make_folder(&self) -> io::Result<()> {
        let made = self.make_folders();
        made.map_err(|error| Fault::Failed(error).at(&self.folder))
    }

    fn make_folders(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        for folder in missing(&self.folder) {
            match builder.create(folder) {
                Err(error) if !folder.is_dir() => return Err(error),
                // Another process was first.
                _ => sync_entry_of(folder)?,
            }
        }
        Ok(())
    }

    /// A file of this folder that has no name of its own yet, for its owner alone, and synced.
    fn write(&self, text: &str) -> io::Result<NamedTempFile> {
        self.make_folder()?;
        let written = self.write_unfinished(text);
        written.map_err(|error| Fault::Failed(error).at(&self.folder))
    }

    fn write_unfinished(&self, text: &str) -> io::Result<NamedTempFile> {
        // `tempfile` makes files of mode 0600.
        let mut file = Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(&self.folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    fn sync(&self) -> io::Result<()> {
        let synced = sync_folder(&self.folder);
        synced.map_err(|error| Fault::Failed(error).at(&self.folder))
    }

    /// Removes what writers left that were killed. Only for who holds the lock.
    fn sweep(&self) {
        if self.swept.swap(true, Ordering::Relaxed) {
            return;
        }
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let is_left = |name: &str| name.starts_with(UNFINISHED);
            if entry.file_name().to_str().is_some_and(is_left) {
                // It is no harm if it stays.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Storage for FileStorage {
    fn load(&self, name: &str) -> io::Result<Option<String>> {
        let path = self.folder.join(name);
        let file = match open(&path, OpenOptions::new().read(true)) {
            Ok(file) => file,
            Err(error) if is_absent(&error) => {
                // What is only out of reach, as where a volume is not mounted, is not absent.
                let is_link =
                    |path: &&Path| path.symlink_metadata().is_ok_and(|it| it.is_symlink());
                let mut links = path.ancestors().filter(is_link);
                return match links.find(|link| link.metadata().is_err()) {
                    Some(link) => Err(Fault::Dangling.at(link)),
                    None => Ok(None),
                };
            }
            Err(error) => return Err(error),
        };
        let mut text = String::new();
        let read = file.take(MAX_BYTES + 1).read_to_string(&mut text);
        match (read, u64::try_from(text.len())) {
            (Ok(_), Ok(length)) if length <= MAX_BYTES => Ok(Some(text)),
            (Ok(_), _) => Err(Fault::TooLong.at(&path)),
            (Err(error), _) => Err(Fault::Failed(error).at(&path)),
        }
    }

    fn save(&self, name: &str, text: &str) -> io::Result<()> {
        let path = self.folder.join(name);
        let file = self.write(text)?;
        let kept = file.persist(&path);
        kept.map_err(|failed| Fault::Failed(failed.error).at(&path))?;
        self.sync()
    }

    fn save_first(&self, name: &str, text: &str) -> io::Result<bool> {
        let path = self.folder.join(name);
        match self.write(text)?.persist_noclobber(&path) {
            Ok(_) => self.sync().map(|()| true),
            Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(failed) => Err(Fault::Failed(failed.error).at(&path)),
        }
    }

    fn lock(&self) -> io::Result<StorageLock> {
        self.lock_within(LOCKED_WITHIN)
    }

    fn lock_within(&self, time: Duration) -> io::Result<StorageLock> {
        let until = monotonic().saturating_add(time);
        self.make_folder()?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let path = self.folder.join(LOCK);
        let file = open(&path, &mut options)?;
        loop {
            match fs4::FileExt::try_lock(&file) {
                Ok(()) => {
                    self.sweep();
                    return Ok(StorageLock::held(file));
                }
                Err(TryLockError::WouldBlock) if monotonic() >= until => {
                    return Err(Fault::Locked.at(&path));
                }
                Err(TryLockError::WouldBlock) => pause(),
                // A file system without locks: whoever writes last wins, and no text is torn.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(StorageLock::none());
                }
                Err(TryLockError::Error(error)) => return Err(Fault::Failed(error).at(&path)),
            }
        }
    }
}

/// Opens a file, and nothing that is none: what others write to, such as a named pipe, is not waited
/// for.
fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A regular file does not mind.
        let flags = rustix::fs::OFlags::NONBLOCK.bits();
        options.custom_flags(i32::try_from(flags).unwrap_or(0));
    }
    let is_file = |file: &File| file.metadata().map(|metadata| metadata.is_file());
    match options.open(path) {
        Ok(file) if is_file(&file).map_err(|error| Fault::Failed(error).at(path))? => Ok(file),
        Ok(_) => Err(Fault::NoFile.at(path)),
        // What cannot be opened so, such as a folder or a socket, is named for what it is.
        Err(_) if path.metadata().is_ok_and(|found| !found.is_file()) => {
            Err(Fault::NoFile.at(path))
        }
        Err(error) => Err(Fault::Failed(error).at(path)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    // A folder above may be a file.
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The folders that are to be made for `folder` to be there, the uppermost first.
fn missing(folder: &Path) -> Vec<&Path> {
    let above = folder.ancestors();
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.is_dir();
    let mut missing: Vec<&Path> = above.take_while(is_missing).collect();
    missing.reverse();
    missing
}

/// A folder that was made lasts once the one that it is in does.
fn sync_entry_of(folder: &Path) -> io::Result<()> {
    let above = match folder.parent() {
        Some(above) if above.as_os_str().is_empty() => Path::new("."),
        Some(above) => above,
        None => return Ok(()),
    };
    match sync_folder(above) {
        // Something may be made in a folder that may not be read.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

/// A renamed file lasts once its folder does.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere folders cannot be synced, and need not be.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a file lock can be waited for without end, or asked for again"
)]
fn pause() {
    std::thread::sleep(BETWEEN);
}

/// What the names of files begin with that are not finished.
const UNFINISHED: &str = ".unfinished-";
/// The file that is locked; nothing is in it.
const LOCK: &str = "lock";
/// The longest file that is read, in bytes: twice what the largest status list needs.
const MAX_BYTES: u64 = 8 << 20;
/// After which time the lock is asked for again.
const BETWEEN: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_and_replaced_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let storage = FileStorage::at(folder.path().join("a/b"));
        assert_eq!(storage.load("session").unwrap(), None);
        storage.save("session", "one").unwrap();
        storage.save("session", "two").unwrap();
        assert_eq!(storage.load("session").unwrap().as_deref(), Some("two"));
        assert_eq!(fs::read_dir(storage.folder()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&storage.folder().join("session")), 0o600);
            assert_eq!(mode(storage.folder()), 0o700);
        }
    }

    #[test]
    fn a_first_text_is_kept_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let storage = FileStorage::at(folder.path().join("a"));
        assert!(storage.save_first("session", "one").unwrap());
        assert!(!storage.save_first("session", "two").unwrap());
        assert_eq!(storage.load("session").unwrap().as_deref(), Some("one"));
        assert_eq!(fs::read_dir(storage.folder()).unwrap().count(), 1);
    }

    #[test]
    fn each_folder_that_is_not_there_is_made_and_lasts() {
        let folder = tempfile::tempdir().unwrap();
        let above = folder.path();
        let (a, b, c) = (above.join("a"), above.join("a/b"), above.join("a/b/c"));
        assert_eq!(missing(&c), [&a, &b, &c]);
        fs::create_dir(&a).unwrap();
        assert_eq!(missing(&c), [&b, &c]);
        FileStorage::at(&c).make_folder().unwrap();
        assert_eq!(missing(&c), [""; 0].map(Path::new));
        assert_eq!(missing(Path::new("not/there")).len(), 2);
        fs::write(above.join("file"), "").unwrap();
        FileStorage::at(above.join("file/a"))
            .make_folder()
            .unwrap_err();
        FileStorage::at(above.join("file"))
            .make_folder()
            .unwrap_err();
    }

    #[test]
    fn a_lock_is_one_writers_and_sweeps_what_others_left() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join(".unfinished-abc");
        fs::write(&left, "half of a te").unwrap();
        let (one, other) = (
            FileStorage::at(folder.path()),
            FileStorage::at(folder.path()),
        );
        let held = one.lock().unwrap();
        assert!(!left.exists());
        let refused = other.lock().unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
        drop(held);
        drop(other.lock().unwrap());
    }

    #[test]
    fn what_is_no_text_or_too_long_is_invalid() {
        let folder = tempfile::tempdir().unwrap();
        let storage = FileStorage::at(folder.path());
        fs::write(folder.path().join("bytes"), [0xff, 0xfe]).unwrap();
        let long = File::create(folder.path().join("long")).unwrap();
        long.set_len(MAX_BYTES + 1).unwrap();
        for name in ["bytes", "long"] {
            let refused = storage.load(name).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::InvalidData, "{name}");
        }
    }
}
