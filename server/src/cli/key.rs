//! `countersign key`: makes keys, shows their public halves, and changes what a brand signs with.

mod rotation;

use std::collections::BTreeSet;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use countersign::{
    Amount, Code, EmptyWindow, KeyState, Kind, Moment, SigningKey, TrustStore, TrustedKey,
    VerifyingKey, Window,
};

use crate::clock::Clock;
use crate::entropy;

use super::answer::Answer;
use super::error::Error;
use super::file::{Input, Output};
use super::key_file::{self, KeyFile};
use super::screen;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a private key, in a file that only its owner can read.
    ///
    /// The key is drawn from the randomness of the operating system and written as PEM (PKCS #8),
    /// which openssl reads. A file that exists is never overwritten. Keep it where products and
    /// customers are not: whoever has it can sign licenses.
    #[command(after_help = GENERATE_EXAMPLES)]
    Generate {
        /// The file to write, with mode 0600.
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        out: Output,
    },
    /// Prints the public halves of keys.
    ///
    /// A JWK set is what products embed and `--trust` reads. Flags state in it what each of the keys
    /// is trusted for, and when. Of keys that differ in that, make a set each, and join the sets: a
    /// set among the files keeps what it states.
    #[command(after_help = SHOW_EXAMPLES)]
    Show(Show),
    /// Lists the keys that an authority signs with for a brand, the one in use first.
    List(rotation::List),
    /// Signs with the standby key from now on, retires the one before, and makes a new standby.
    ///
    /// Nothing is issued anew: licenses that exist verify as before. An authority that runs beside
    /// signs with the new key within a minute.
    Rotate(rotation::Rotate),
    /// Takes a key back that somebody else may have. It is not the one in use: rotate first.
    ///
    /// Key sets say that it is revoked, and licenses that it signed are signed anew, as new revisions.
    /// Tell your products by a trust update.
    Revoke(rotation::Revoke),
    /// Replaces the standby key of a brand: by a new one, or by one that is stated.
    ///
    /// Products learn it with the next set of keys. Whoever keeps its private half away from the
    /// authority can sign on after the authority was broken into.
    Standby(rotation::Standby),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// A key, private or public, as PEM or, if public, as base64; or a JWK set, whose keys keep what
    /// it states of them. May be repeated.
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    files: Vec<Input>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Jwks)]
    format: Format,
    /// A brand that it may sign for [default: any]. May be repeated.
    #[arg(long = "brand", value_name = "CODE")]
    brands: Vec<Code>,
    /// A product that it may sign for, by its own code without the brand [default: any]. May be
    /// repeated.
    #[arg(long = "product", value_name = "CODE")]
    products: Vec<Code>,
    /// A kind of document that it may sign [default: license, lease and statuslist]. May be
    /// repeated.
    #[arg(long = "document", value_name = "KIND", value_parser = kind())]
    documents: Vec<Kind>,
    /// How the authority uses it [default: active].
    #[arg(long, value_parser = state())]
    state: Option<KeyState>,
    /// What it signed earlier is refused: RFC 3339, or a date for its first second, UTC.
    #[arg(long, value_name = "MOMENT", value_parser = Moment::from_start)]
    from: Option<Moment>,
    /// What it signed at that moment or later is refused: RFC 3339, or a date for its last second,
    /// UTC.
    #[arg(long, value_name = "MOMENT", value_parser = Moment::from_end)]
    until: Option<Moment>,
    /// How many trust updates came before the set: 0 to 2^53-1 [default: the most that a set among
    /// the files states].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=Amount::MAX.get()))]
    seq: Option<u64>,
}

/// How a public key is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A JWK set (RFC 7517).
    Jwks,
    /// SubjectPublicKeyInfo, as `openssl pkey -pubout` prints it, one after the other.
    Pem,
    /// The base64 of its 32 bytes; of one key.
    Base64,
}

impl Command {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        match self {
            Self::Generate { out } => generate(&out),
            Self::Show(show) => show.run(),
            Self::List(list) => list.run(clock),
            Self::Rotate(rotate) => rotate.run(clock),
            Self::Revoke(revoke) => revoke.run(clock),
            Self::Standby(standby) => standby.run(clock),
        }
    }
}

fn generate(out: &Output) -> Result<Answer, Error> {
    let seed = entropy::draw::<32>().map_err(|source| Error::Entropy { source })?;
    let key = SigningKey::from_seed(&seed).map_err(|source| Error::Value {
        flag: "--out",
        source: source.into(),
    })?;
    out.write_private_key(&SigningKey::pem_of_seed(&seed))?;
    screen::print_facts(&[
        ("key id", key.verifying_key().id().to_string()),
        ("private key", out.to_string()),
    ])
    .map_err(|error| error.after_writing(out))?;
    Ok(Answer::Done)
}

impl Show {
    fn run(self) -> Result<Answer, Error> {
        let member = self.first_member();
        let seq = self.seq.map(|_| "--seq");
        if let (true, Some(flag)) = (self.format != Format::Jwks, member.or(seq)) {
            return Err(Error::FormatWithoutMembers { flag });
        }
        Window::new(self.from, self.until).map_err(|EmptyWindow| Error::EmptySpan)?;
        let sets = self.files.iter().map(|file| {
            let set = match (KeyFile::read(file)?, member) {
                (KeyFile::Key(key), _) => TrustStore::new([self.trusted(key)]),
                (KeyFile::Set(set), None) => set,
                (KeyFile::Set(_), Some(flag)) => {
                    let file = file.clone();
                    return Err(Error::SetKeepsMembers { file, flag });
                }
            };
            Ok((file, set))
        });
        let mut set = key_file::join(sets)?;
        if let Some(seq) = self.seq {
            set = set.at_sequence(seq);
        }
        screen::print(&self.format.text(&set)?)?;
        Ok(Answer::Done)
    }

    /// The first flag that states something of keys.
    fn first_member(&self) -> Option<&'static str> {
        let members = [
            ("--brand", !self.brands.is_empty()),
            ("--product", !self.products.is_empty()),
            ("--document", !self.documents.is_empty()),
            ("--state", self.state.is_some()),
            ("--from", self.from.is_some()),
            ("--until", self.until.is_some()),
        ];
        let mut stated = members.into_iter().filter(|(_, is_stated)| *is_stated);
        stated.next().map(|(flag, _)| flag)
    }

    /// A key, and what the flags state of it.
    fn trusted(&self, key: VerifyingKey) -> TrustedKey {
        let mut trusted = TrustedKey::from(key);
        trusted.brands = stated(&self.brands);
        trusted.products = stated(&self.products);
        trusted.documents = stated(&self.documents);
        trusted.state = self.state.unwrap_or_default();
        trusted.not_before = self.from;
        trusted.ends_at = self.until;
        trusted
    }
}

impl Format {
    fn text(self, set: &TrustStore) -> Result<String, Error> {
        let has_members = |trusted: &TrustedKey| *trusted != trusted.key.into();
        if self != Self::Jwks && set.keys().any(has_members) {
            return Err(Error::MembersLost);
        }
        let keys = || set.keys().map(|trusted| trusted.key);
        Ok(match self {
            Self::Jwks => set.to_jwks() + "\n",
            Self::Pem => keys().map(|key| key.to_pem()).collect(),
            Self::Base64 if keys().count() > 1 => {
                let count = keys().count();
                return Err(Error::OneKeyOnly { count });
            }
            Self::Base64 => keys().map(|key| key.to_base64() + "\n").collect(),
        })
    }
}

fn stated<T: Ord + Clone>(values: &[T]) -> Option<BTreeSet<T>> {
    (!values.is_empty()).then(|| values.iter().cloned().collect())
}

fn state() -> impl TypedValueParser<Value = KeyState> {
    const STATES: [KeyState; 4] = [
        KeyState::Active,
        KeyState::Standby,
        KeyState::Retired,
        KeyState::Revoked,
    ];
    PossibleValuesParser::new(STATES.map(KeyState::name)).map(|name| {
        let known = STATES.into_iter().find(|state| state.name() == name);
        // The parser before has let known names through only.
        known.unwrap_or_default()
    })
}

fn kind() -> impl TypedValueParser<Value = Kind> {
    let names = [
        Kind::License,
        Kind::Lease,
        Kind::StatusList,
        Kind::TrustUpdate,
        Kind::Delegation,
    ];
    PossibleValuesParser::new(names.map(Kind::name)).try_map(|name| name.parse::<Kind>())
}

const GENERATE_EXAMPLES: &str = "\
Examples:
  countersign key generate --out acme.pem
  countersign key show acme.pem --brand acme > trust.jwks";

const SHOW_EXAMPLES: &str = "\
Examples:
  countersign key show acme.pem --format jwks --brand acme --document license > trust.jwks
  countersign key show standby.pub --state standby --brand acme > standby.jwks
  countersign key show trust.jwks standby.jwks > both.jwks
  countersign key show acme.pem --format pem > acme.pub";
