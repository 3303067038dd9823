use std::io;

use countersign::InvalidKey;

use super::file::{Input, Output};

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file is not there, or not to be read.
    #[error("{file} cannot be read")]
    Read { file: Input, source: io::Error },
    /// A file cannot be written, or not as a whole. Nothing of it is left behind.
    #[error("{file} cannot be written")]
    Create { file: Output, source: io::Error },
    /// A private key stands where one was to be written.
    #[error("{file} exists, and a private key is never overwritten")]
    KeyExists { file: Output },
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
    /// The claims of a document do not read, and so have nothing to be inspected.
    #[error("{file} is not a genuine document: its claims are not JSON")]
    NoClaims { file: Input },
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
    #[error("what is stated cannot be signed")]
    Terms { source: countersign::Error },
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
            Self::Document { .. } | Self::NoClaims { .. } => 2,
            Self::Read { .. } => 66,
            Self::Create { .. }
            | Self::KeyExists { .. }
            | Self::Exists { .. }
            | Self::NotReplaceable { .. } => 73,
            // `EX_OSERR`.
            Self::Entropy { .. } => 71,
            _ => Self::USAGE,
        }
    }
}
