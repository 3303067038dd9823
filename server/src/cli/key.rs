//! `countersign key`: makes keys, and shows their public halves.

use std::collections::BTreeSet;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use countersign::{Code, Kind, SigningKey, TrustStore, TrustedKey};

use crate::entropy;

use super::answer::Answer;
use super::error::Error;
use super::file::{Input, Output};
use super::{key_file, screen};

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
    /// Prints the public half of a key.
    ///
    /// A JWK set is what products embed and `--trust` reads; `--brand`, `--product` and `--document`
    /// confine in it what the key is trusted for.
    #[command(after_help = SHOW_EXAMPLES)]
    Show(Show),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The key, private or public, as PEM or, if public, as base64.
    #[arg(value_hint = ValueHint::FilePath)]
    file: Input,
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
}

/// How a public key is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A JWK set of one key (RFC 7517).
    Jwks,
    /// SubjectPublicKeyInfo, as `openssl pkey -pubout` prints it.
    Pem,
    /// The base64 of its 32 bytes.
    Base64,
}

impl Command {
    pub(crate) fn run(self) -> Result<Answer, Error> {
        match self {
            Self::Generate { out } => generate(&out),
            Self::Show(show) => show.run(),
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
    ])?;
    Ok(Answer::Done)
}

impl Show {
    fn run(self) -> Result<Answer, Error> {
        let members = [
            ("--brand", self.brands.is_empty()),
            ("--product", self.products.is_empty()),
            ("--document", self.documents.is_empty()),
        ];
        if let (true, Some((flag, _))) = (
            self.format != Format::Jwks,
            members.into_iter().find(|(_, is_absent)| !is_absent),
        ) {
            return Err(Error::FormatWithoutMembers { flag });
        }
        let key = key_file::read_verifying_key(&self.file)?;
        let text = match self.format {
            Format::Pem => key.to_pem(),
            Format::Base64 => key.to_base64() + "\n",
            Format::Jwks => {
                let mut trusted = TrustedKey::from(key);
                trusted.brands = stated(self.brands);
                trusted.products = stated(self.products);
                trusted.documents = stated(self.documents);
                TrustStore::new([trusted]).to_jwks() + "\n"
            }
        };
        screen::print(&text)?;
        Ok(Answer::Done)
    }
}

fn stated<T: Ord>(values: Vec<T>) -> Option<BTreeSet<T>> {
    (!values.is_empty()).then(|| values.into_iter().collect())
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
  countersign key show acme.pem --format pem > acme.pub";
