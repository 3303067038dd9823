use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What is wrong with a file or a folder.
#[derive(Debug)]
pub(super) enum Fault {
    Failed(io::Error),
    /// A folder, a named pipe, a device or a socket.
    NoFile,
    /// A link to what is not there.
    Dangling,
    TooLong,
    Locked,
}

impl Fault {
    /// The error that names where it is, of the kind of what went wrong.
    pub(super) fn at(self, path: &Path) -> io::Error {
        let kind = match &self {
            Self::Failed(error) => error.kind(),
            Self::NoFile => io::ErrorKind::Other,
            Self::Dangling => io::ErrorKind::NotFound,
            Self::TooLong => io::ErrorKind::InvalidData,
            Self::Locked => io::ErrorKind::WouldBlock,
        };
        let path = path.to_owned();
        io::Error::new(kind, Located { path, fault: self })
    }
}

#[derive(Debug)]
struct Located {
    path: PathBuf,
    fault: Fault,
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.fault {
            Fault::Failed(_) => write!(f, "`{path}` cannot be used"),
            Fault::NoFile => write!(f, "`{path}` is no file: see what it is, and remove it"),
            Fault::Dangling => write!(f, "`{path}` is a link to what is not there"),
            Fault::TooLong => write!(f, "`{path}` is longer than any state"),
            Fault::Locked => write!(
                f,
                "another process writes the state for too long, and holds `{path}`"
            ),
        }
    }
}

impl Error for Located {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.fault {
            Fault::Failed(error) => Some(error),
            _ => None,
        }
    }
}
