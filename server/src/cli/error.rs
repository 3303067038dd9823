use std::borrow::Cow;
use std::io;

use countersign::{Error as DocumentError, InvalidKey};
use serde_json::json;

use crate::authority::{OpenError, Refusal};

use super::file::{Input, Output};
use super::misuse::Misuse;
use super::screen;

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The arguments are none that any command takes.
    #[error(transparent)]
    Arguments(#[from] Misuse),
    /// A file is not there, or not to be read.
    #[error("{file} cannot be read")]
    Read { file: Input, source: io::Error },
    /// A file cannot be written, or not as a whole. Nothing of it is left behind.
    #[error("{file} cannot be written")]
    Create { file: Output, source: io::Error },
    /// Standard output takes no more.
    #[error("standard output cannot be written")]
    Print { source: io::Error },
    /// Standard output takes no more, and a file was written before.
    #[error("{file} is written, and standard output cannot be")]
    PrintAfter { file: Output, source: io::Error },
    /// A private key stands where one was to be written.
    #[error("{file} exists, and a private key is never overwritten")]
    KeyExists { file: Output },
    /// Something stands where a license key was to be written.
    #[error("{file} exists, and a license key is never overwritten")]
    LicenseKeyExists { file: Output },
    /// Something stands where a document was to be written.
    #[error("{file} exists; `--force` replaces it")]
    Exists { file: Output },
    /// A directory or device stands where a file was to be written.
    #[error("{file} is no ordinary file, and is not replaced")]
    NotReplaceable { file: Output },
    /// A private key was to be written to standard output.
    #[error("a private key is written to a file only: state its name with `--out`")]
    KeyToStdout,
    /// Standard input was named twice.
    #[error("standard input can be read once only: name files instead of `-`")]
    StdinTwice,
    /// A document that is damaged, or that nobody trusted has signed.
    #[error("{file} is not a genuine document")]
    Document {
        file: Input,
        source: countersign::Error,
    },
    /// What should be a key, or a set of keys, is none.
    #[error("{file} is no key that can be used")]
    Key { file: Input, source: InvalidKey },
    /// What should be TOML is not.
    #[error("{file} is not TOML: line {line}: {reason}")]
    Toml {
        file: Input,
        line: usize,
        reason: String,
    },
    /// The terms name a claim that no license has.
    #[error("`{name}` is no claim of a license")]
    UnknownClaim { name: String },
    /// The terms name a claim that is not theirs to state.
    #[error("`{name}` is not stated in terms: {instead}")]
    NotATerm {
        name: &'static str,
        instead: &'static str,
    },
    /// What flags and terms state together is nothing that could be signed.
    #[error("{}", unsignable(refused, flags))]
    Terms {
        refused: countersign::Error,
        flags: StatedBy,
    },
    /// Neither flag nor terms say what the license is for.
    #[error("the license is for no product: state `--product`, or `iss` and `aud` in the terms")]
    NoProduct,
    /// A pattern would license the sites of everybody below a public suffix.
    #[error(
        "`{pattern}` covers every site below `{suffix}`, whoever owns it: `--insist` if you mean it"
    )]
    PublicSuffix { pattern: String, suffix: String },
    /// A text that products show holds a character that people cannot see.
    #[error("`{claim}` holds a control character, or one that hides or turns the text around it")]
    Invisible { claim: &'static str },
    /// What should be the address of a status list is none.
    #[error("`{flag}` is no URI: it begins with a scheme, such as `https:`")]
    NoUri { flag: &'static str },
    /// A document would have ended before it is signed.
    #[error("`{flag}` is not after the moment of signing")]
    EndsBeforeSigned { flag: &'static str },
    /// A flag makes no sense without others.
    #[error("`{flag}` needs `{}`, or `{claim}` in the terms", needs.join("` and `"))]
    Needs {
        flag: &'static str,
        needs: &'static [&'static str],
        claim: &'static str,
    },
    /// A flag states two things of one name.
    #[error("`{flag}` states `{name}` twice")]
    Twice { flag: &'static str, name: String },
    /// A value of a flag that only its neighbor shows to be wrong.
    #[error("`{flag}` has a value that it cannot have")]
    Value {
        flag: &'static str,
        source: countersign::Error,
    },
    /// A date in the terms that cannot stand where it does.
    #[error("`{at}` in the terms has a value that it cannot have")]
    Term {
        at: String,
        source: countersign::Error,
    },
    /// The entry of a status list lies beyond its end.
    #[error("`{flag}` names the entry {index} of a list of {length}, counted from 0")]
    BeyondTheList {
        flag: &'static str,
        index: usize,
        length: usize,
    },
    /// One entry of a status list was to be two things.
    #[error("the entry {index} cannot be both revoked and suspended")]
    BothStatuses { index: usize },
    /// A member of a JWK was stated for a form that has no members.
    #[error("`{flag}` is kept in a JWK set only: state `--format jwks`")]
    FormatWithoutMembers { flag: &'static str },
    /// What a set states of its keys has no place in the form asked for.
    #[error("what a set states of its keys is kept in a JWK set only: state `--format jwks`")]
    MembersLost,
    /// A flag states something of keys that a set states things of already.
    #[error("{file} is a set, and its keys keep what it states: `{flag}` is for files of one key")]
    SetKeepsMembers { file: Input, flag: &'static str },
    /// Several keys were asked for in a form for one.
    #[error(
        "base64 is for one key, and these are {count}: state `--format jwks` or `--format pem`"
    )]
    OneKeyOnly { count: usize },
    /// The use of a key ends before it begins.
    #[error("`--until` is not after `--from`")]
    EmptySpan,
    /// Nothing says the number of a trust update.
    #[error("a trust update has a number above that of the trust it replaces: state `--seq`")]
    NoSequence,
    /// A setting makes no sense.
    #[error("the configuration makes no sense")]
    Config { source: crate::config::ConfigError },
    /// The authority cannot be opened.
    #[error("the authority cannot be opened")]
    Authority { source: crate::authority::OpenError },
    /// No authority was made there.
    #[error(
        "there is no authority in `{}`: `countersign init` makes one; state `--data` if it is elsewhere",
        folder.display()
    )]
    NoAuthority { folder: std::path::PathBuf },
    /// The public URL was to be changed, and to nothing.
    #[error("`--change-public-url` needs the new one: state `--public-url`")]
    NoPublicUrl,
    /// The folder of the authority cannot be made, or not be written to.
    #[error("the folder `{}` cannot be written to: state another with `--data`", folder.display())]
    DataFolder {
        folder: std::path::PathBuf,
        source: io::Error,
    },
    /// The authority did not do what it was asked for.
    #[error("the authority refuses")]
    Refused { source: Box<Refusal> },
    /// The operating system gave no means to wait.
    #[error("the authority cannot be asked")]
    Runtime { source: io::Error },
    /// An API key stands where one was to be written.
    #[error("{file} exists, and an API key is never written over it")]
    ApiKeyExists { file: Output },
    /// A backup was asked of what keeps its own.
    #[error("PostgreSQL is backed up by its own means: pg_dump")]
    BackupOfPostgres,
    /// Something stands where a backup was to be written.
    #[error("{file} exists, and a backup is never written over it")]
    BackupExists { file: Output },
    /// A backup could not be made.
    #[error("the database cannot be backed up")]
    Backup {
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What should be a license key is none.
    #[error("{file} holds no license key")]
    LicenseKey {
        file: Input,
        source: countersign::InvalidLicenseKey,
    },
    /// The file of the operator's key cannot be read or made.
    #[error("the operator's key in `{}` cannot be read or made", file.display())]
    OperatorKey {
        file: std::path::PathBuf,
        source: io::Error,
    },
    /// The file of the operator's key holds something else.
    #[error("`{}` holds no operator's key: move it away, and one is made", file.display())]
    NoOperatorKey { file: std::path::PathBuf },
    /// The database failed at a command.
    #[error("the database failed")]
    Store {
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The address is taken, or not one of this machine.
    #[error("`{address}` cannot be listened on: state another with `{flag}`")]
    Listen {
        flag: &'static str,
        address: std::net::SocketAddr,
        source: io::Error,
    },
    /// Serving cannot begin, or ended by itself.
    #[error("the authority cannot be served")]
    Serving { source: io::Error },
    /// Logs or traces cannot begin.
    #[error("logs or traces cannot begin")]
    Telemetry {
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file was read, and is nothing that the command could use.
    #[error("{file} {reason}")]
    Unfit { file: Input, reason: String },
    /// The operating system gave no random bytes.
    #[error("no random bytes can be drawn")]
    Entropy { source: io::Error },
}

impl Error {
    /// The exit status for arguments that make no sense, as `EX_USAGE` of sysexits.h.
    pub(crate) const USAGE: u8 = 64;

    /// The status that the process ends with.
    pub(crate) fn exit_status(&self) -> u8 {
        match self {
            Self::Document { .. } => 2,
            Self::Read { .. } => 66,
            Self::Create { .. }
            | Self::KeyExists { .. }
            | Self::LicenseKeyExists { .. }
            | Self::Exists { .. }
            | Self::ApiKeyExists { .. }
            | Self::BackupExists { .. }
            | Self::Backup { .. }
            | Self::DataFolder { .. }
            | Self::OperatorKey { .. }
            | Self::NotReplaceable { .. } => 73,
            // `EX_IOERR`.
            Self::Print { .. } | Self::PrintAfter { .. } => 74,
            Self::Refused { source } => match &**source {
                // `EX_UNAVAILABLE`, and `EX_SOFTWARE`.
                Refusal::Unavailable { .. } => 69,
                Refusal::Store(error) if error.is_temporary() => 69,
                Refusal::Store(_) | Refusal::Internal(_) => 70,
                _ => 1,
            },
            // `EX_OSERR`.
            Self::Entropy { .. } | Self::Runtime { .. } | Self::Serving { .. } => 71,
            // `EX_CONFIG`.
            Self::Config { .. }
            | Self::NoAuthority { .. }
            | Self::Authority {
                source: OpenError::NoSecret { .. } | OpenError::OtherPublicUrl { .. },
            }
            | Self::NoOperatorKey { .. }
            | Self::Telemetry { .. } => 78,
            Self::Authority { .. } | Self::Store { .. } | Self::Listen { .. } => 69,
            _ => Self::USAGE,
        }
    }

    /// The same, told where `file` was written before.
    pub(crate) fn after_writing(self, file: &Output) -> Self {
        match self {
            Self::Print { source } => Self::PrintAfter {
                file: file.clone(),
                source,
            },
            other => other,
        }
    }

    /// What a program reads where it asked for JSON: one object on one line, with what
    /// [`as_json_object`](Self::as_json_object) gives as its member `error`.
    pub(crate) fn to_json(&self) -> String {
        let object = self.as_json_object();
        format!("{{\"error\":{}}}\n", screen::escaped_json(&object))
    }

    /// JSON of `code`, `refusal` (the number of docs/format.md, section 6, or null), `detail` and,
    /// where a file is at fault, `file`, its name as it was given.
    pub(crate) fn as_json_object(&self) -> String {
        let [code, refusal, detail] = [
            json!(self.code()),
            json!(self.refusal()),
            json!(self.detail()),
        ];
        let mut object = format!(r#""code":{code},"refusal":{refusal},"detail":{detail}"#);
        if let Some(name) = self.file().and_then(Input::name) {
            object.push_str(&format!(r#","file":{}"#, json!(name)));
        }
        format!("{{{object}}}")
    }

    /// The stable name of what is wrong: that of the core or of the authority, where they say it.
    pub(crate) fn code(&self) -> Cow<'static, str> {
        let code = match self {
            Self::Document { source, .. }
            | Self::Value { source, .. }
            | Self::Term { source, .. } => source.code(),
            Self::Terms { refused, .. } => refused.code(),
            Self::Key { .. } => "invalid_key",
            Self::LicenseKey { .. } => "invalid_license_key",
            Self::Refused { source } => return source.code(),
            Self::KeyExists { .. }
            | Self::LicenseKeyExists { .. }
            | Self::Exists { .. }
            | Self::ApiKeyExists { .. }
            | Self::BackupExists { .. } => "exists",
            other => match other.exit_status() {
                Self::USAGE => "usage",
                66 => "unreadable",
                69 => "unavailable",
                71 => "system",
                73 => "unwritable",
                74 => "unprintable",
                78 => "configuration",
                _ => "failed",
            },
        };
        code.into()
    }

    fn refusal(&self) -> Option<u16> {
        match self {
            Self::Document { source, .. } => source.refusal(),
            _ => None,
        }
    }

    /// Of a document what the core says of it; else the text, and after it what caused it.
    fn detail(&self) -> String {
        if let Self::Document { source, .. } = self {
            return source.to_string();
        }
        let mut detail = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            detail.push_str(&format!(": {error}"));
            cause = error.source();
        }
        detail
    }

    fn file(&self) -> Option<&Input> {
        match self {
            Self::Document { file, .. }
            | Self::Read { file, .. }
            | Self::Unfit { file, .. }
            | Self::Key { file, .. } => Some(file),
            _ => None,
        }
    }
}

/// Claims, and the flags that state them.
pub(crate) type StatedBy = &'static [(&'static str, &'static str)];

/// What cannot be signed, by its claim and by the flag that states it.
fn unsignable(refused: &DocumentError, flags: StatedBy) -> String {
    let (DocumentError::Malformed(fault) | DocumentError::Unsupported(fault)) = refused else {
        return format!("what is stated cannot be signed: {refused}");
    };
    let text = fault.to_string();
    let reason = text.strip_prefix(&format!("`{}`: ", fault.at()));
    let reason = reason.unwrap_or(&text);
    let Some(at) = fault.at().strip_prefix("claims.") else {
        return format!("what is stated cannot be signed: {reason}");
    };
    let claim = at.split('[').next().unwrap_or(at);
    // A member that its owner named is stated by the flag of what holds it.
    let outer = claim.split_once('.').map(|(outer, _)| format!("{outer}."));
    let is_it = |name: &str| name == claim || Some(name) == outer.as_deref();
    match flags.iter().find(|(name, _)| is_it(name)) {
        Some((_, flag)) => format!("`{at}` (`{flag}`) cannot be signed: {reason}"),
        None => format!("`{at}` cannot be signed: {reason}"),
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused {
            source: Box::new(refusal),
        }
    }
}
