//! Files that commands read and write: whole or not at all, and private where they hold a secret.

mod private_key;

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::file;

use super::error::Error;
use super::screen;

/// What a command reads.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// Standard input, written `-`.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Input {
    /// The bytes of a document: up to one more than `limit`, so that the reader of documents sees
    /// that it is too long.
    pub(crate) fn read_document(&self, limit: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        let read = match self {
            Self::Stdin if STDIN_TAKEN.swap(true, Ordering::Relaxed) => {
                return Err(Error::StdinTwice);
            }
            Self::Stdin => io::stdin().lock().take(most).read_to_end(&mut bytes),
            Self::File(path) => {
                File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
            }
        };
        match read {
            Ok(_) => Ok(bytes),
            Err(source) => Err(self.unreadable(source)),
        }
    }

    /// The name as it was given, but none of a text that may be a secret.
    pub(crate) fn name(&self) -> Option<String> {
        let name = match self {
            Self::Stdin => "-".into(),
            Self::File(path) => path.to_string_lossy(),
        };
        (!screen::may_be_secret(&name)).then(|| name.into_owned())
    }

    /// The text of anything else, at most `limit` bytes long.
    pub(crate) fn read_text(&self, limit: usize) -> Result<String, Error> {
        let bytes = self.read_document(limit)?;
        if bytes.len() > limit {
            return Err(self.unfit(format!("is longer than {limit} bytes")));
        }
        String::from_utf8(bytes).map_err(|_| self.unfit("is not UTF-8".to_owned()))
    }

    fn unfit(&self, reason: String) -> Error {
        let file = self.clone();
        Error::Unfit { file, reason }
    }

    /// Says so where others than its owner may read the file.
    pub(crate) fn warn_if_shared(&self) {
        #[cfg(unix)]
        if let Self::File(path) = self {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
            if mode & OTHERS != 0 {
                let mode = mode & 0o777;
                screen::warn(format_args!(
                    "{self} holds a private key, and others than its owner may use the file (mode {mode:04o}): chmod 600"
                ));
            }
        }
    }

    fn unreadable(&self, source: io::Error) -> Error {
        let file = self.clone();
        Error::Read { file, source }
    }
}

impl From<OsString> for Input {
    fn from(name: OsString) -> Self {
        match name.to_str() {
            Some("-") => Self::Stdin,
            _ => Self::File(name.into()),
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::File(path) => show(path, f),
        }
    }
}

/// What a command writes.
#[derive(Clone, Debug)]
pub(crate) enum Output {
    /// Standard output, written `-`.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl Output {
    /// Writes a document, for everybody to read or, where it is a secret, for its owner only.
    pub(crate) fn write_document(
        &self,
        text: &str,
        readers: Readers,
        existing: Existing,
    ) -> Result<(), Error> {
        let Self::File(path) = self else {
            return screen::print(text);
        };
        // Neither a device nor a directory is replaced by a file.
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Error::NotReplaceable { file: self.clone() });
        }
        if matches!(existing, Existing::Replaced) {
            let is_key = private_key::is_in(path).map_err(|source| Error::Create {
                file: self.clone(),
                source,
            })?;
            if is_key {
                return Err(Error::KeyExists { file: self.clone() });
            }
        }
        self.create(path, text, readers, existing)?
            .ok_or_else(|| Error::Exists { file: self.clone() })
    }

    /// Writes a private key to a file that is not there yet, for its owner only.
    pub(crate) fn write_private_key(&self, pem: &str) -> Result<(), Error> {
        let Self::File(path) = self else {
            return Err(Error::KeyToStdout);
        };
        self.create(path, pem, Readers::Owner, Existing::Kept)?
            .ok_or_else(|| Error::KeyExists { file: self.clone() })
    }

    /// Writes an API key to a file that is not there yet, for its owner only, or to standard output.
    pub(crate) fn write_api_key(&self, key: &str) -> Result<(), Error> {
        let text = format!("{key}\n");
        let Self::File(path) = self else {
            return screen::print(&text);
        };
        self.create(path, &text, Readers::Owner, Existing::Kept)?
            .ok_or_else(|| Error::ApiKeyExists { file: self.clone() })
    }

    /// Whether a file of that name is there already.
    pub(crate) fn is_taken(&self) -> bool {
        matches!(self, Self::File(path) if fs::symlink_metadata(path).is_ok())
    }

    /// Refuses a name that is taken, before something is done that ends in writing it.
    pub(crate) fn refuse_existing(&self) -> Result<(), Error> {
        match self {
            Self::File(path) if path.exists() => {
                Err(Error::LicenseKeyExists { file: self.clone() })
            }
            Self::File(_) | Self::Stdout => Ok(()),
        }
    }

    /// Writes all of `text` beside `path` and then gives it that name, so that nobody ever sees a
    /// part of it. `None` where there is a file of that name that is to be kept.
    fn create(
        &self,
        path: &Path,
        text: &str,
        readers: Readers,
        existing: Existing,
    ) -> Result<Option<()>, Error> {
        let uncreated = |source| Error::Create {
            file: self.clone(),
            source: without_path(source),
        };
        if let Existing::Kept = existing {
            let created = file::create(path, text, readers.mode()).map_err(uncreated)?;
            return Ok(created.then_some(()));
        }
        // What a link points at is replaced, and the link stays.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let mut file = readers
            .builder()
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(uncreated)?;
        readers
            .keep_mode(&path, file.as_file())
            .and_then(|()| file.as_file_mut().write_all(text.as_bytes()))
            .and_then(|()| file.as_file().sync_all())
            .map_err(uncreated)?;
        match file.persist(&path) {
            Ok(_) => Ok(Some(())),
            Err(error) => Err(uncreated(error.error)),
        }
    }
}

impl From<OsString> for Output {
    fn from(name: OsString) -> Self {
        match name.to_str() {
            Some("-") => Self::Stdout,
            _ => Self::File(name.into()),
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("standard output"),
            Self::File(path) => show(path, f),
        }
    }
}

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Readers {
    /// Its owner, since it is a secret.
    Owner,
    /// Whoever the umask lets.
    Anybody,
}

impl Readers {
    /// The permissions of a file for these readers, before the umask.
    fn mode(self) -> u32 {
        match self {
            Self::Owner => file::OWNER_ONLY,
            Self::Anybody => 0o666,
        }
    }

    /// Gives `file` the permissions of the one that it replaces, as far as these readers go.
    #[cfg(unix)]
    fn keep_mode(self, replaced: &Path, file: &File) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        match fs::metadata(replaced) {
            Ok(metadata) => {
                let mode = metadata.permissions().mode() & self.mode();
                file.set_permissions(fs::Permissions::from_mode(mode))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    #[cfg(not(unix))]
    fn keep_mode(self, _: &Path, _: &File) -> io::Result<()> {
        Ok(())
    }

    fn builder(self) -> tempfile::Builder<'static, 'static> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".countersign-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(self.mode()));
        }
        builder
    }
}

/// What becomes of a file that has the name already.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Existing {
    /// It stays, and nothing is written.
    Kept,
    /// It gives way.
    Replaced,
}

/// The error of the operating system, without the name of the temporary file, which means nothing
/// to the reader.
fn without_path(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path ") {
        Some((reason, _)) => io::Error::new(error.kind(), reason),
        None => error,
    }
}

/// Shows the name of a file, but nothing of a text that is no name and may be a secret.
fn show(path: &Path, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let name = path.to_string_lossy();
    match screen::may_be_secret(&name) {
        true => f.write_str("what stands where the name of a file belongs"),
        false => write!(f, "`{name}`"),
    }
}

/// Whether standard input was given to somebody, who reads it to its end.
static STDIN_TAKEN: AtomicBool = AtomicBool::new(false);
/// The permissions of everybody but the owner of a file.
#[cfg(unix)]
const OTHERS: u32 = 0o077;
