//! `countersign trust`: signs trust updates, for vendors without an authority and for tests.

use clap::{Args, Subcommand, ValueHint};
use countersign::{Amount, Code, KeyId, KeyState, Kind, TrustStore, TrustUpdate};

use crate::clock::Clock;

use super::answer::Answer;
use super::error::Error;
use super::file::{Input, Readers};
use super::key_file;
use super::out::OutFlags;
use super::screen;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Signs a trust update: the keys that products trust from now on, all of them.
    ///
    /// A product takes it from a key that it trusts for `trust` documents, and only with a higher
    /// number than the last one. The set must hold such a key again. A key that is left out verifies
    /// nothing any more: keep it as `retired` to spare what it signed.
    #[command(after_help = EXAMPLES)]
    Sign(Box<Sign>),
}

impl Command {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        match self {
            Self::Sign(sign) => sign.run(clock),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The private key to sign with.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    key: Input,
    /// The brand whose products it is for.
    #[arg(long, value_name = "CODE")]
    brand: Code,
    /// The keys to trust: a JWK set, as `key show` prints it. May be repeated.
    #[arg(long = "set", value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    sets: Vec<Input>,
    /// The number of the update, above that of the last one: 1 to 2^53-1 [default: that of the set].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=Amount::MAX.get()))]
    seq: Option<u64>,
    #[command(flatten)]
    out: OutFlags,
}

impl Sign {
    fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let set = key_file::read_trust(&self.sets)?;
        let sequence = self.seq.unwrap_or(set.sequence());
        if sequence == 0 {
            return Err(Error::NoSequence);
        }
        let key = key_file::read_signing_key(&self.key)?;
        let keys = set.keys().cloned();
        let update = TrustUpdate::new(self.brand.clone(), clock.now(), sequence, keys);
        self.out
            .write(&key, &update, &[("keys", "--set")], Readers::Anybody, &[])?;
        self.warn_of_signer(&set, key.verifying_key().id());
        self.out.print_facts(&[
            ("trust update", update.sequence.to_string()),
            ("brand", update.brand.to_string()),
            ("keys", update.keys.len().to_string()),
        ])?;
        Ok(Answer::Done)
    }

    /// Says what the set makes of the key that signs it.
    fn warn_of_signer(&self, set: &TrustStore, key_id: KeyId) {
        let Some(signer) = set.get(key_id) else {
            screen::warn(format_args!(
                "the set leaves out the key that signs, `{key_id}`: products that take the update trust it no more"
            ));
            return;
        };
        if !signer.may_sign(Kind::TrustUpdate) || signer.state == KeyState::Revoked {
            screen::warn(format_args!(
                "by the set, the key that signs, `{key_id}`, signs no further update"
            ));
        }
        let brands = signer.brands.as_ref();
        if brands.is_some_and(|brands| !brands.contains(&self.brand)) {
            screen::warn(format_args!(
                "by the set, the key that signs, `{key_id}`, is not for `{}`: products that trust it so refuse the update",
                self.brand
            ));
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  countersign key show offline.pem --brand acme --document trust > offline.jwks
  countersign key show old.pem --brand acme --state retired > old.jwks
  countersign key show new.pem --brand acme > new.jwks
  countersign trust sign --key offline.pem --brand acme --seq 2 --out acme.trust \\
      --set offline.jwks --set old.jwks --set new.jwks
  countersign license verify acme.license --trust shipped.jwks --trust-update acme.trust";
