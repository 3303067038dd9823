use std::collections::BTreeMap;

use crate::code::Code;
use crate::fault::{Fault, Flaw};
use crate::json::{MAX_INTEGER, Names, Reader};
use crate::keys::KeyId;
use crate::moment::Moment;
use crate::must::{Must, read_version};
use crate::signed::{Kind, Subject, sealed};
use crate::trust::{self, KeyState, TrustedKey};

/// The keys that a host trusts from now on, all of them, in place of those it trusts:
/// [`TrustStore::updated`](crate::TrustStore::updated).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustUpdate {
    /// The brand that signed it.
    pub brand: Code,
    /// When it was signed.
    pub issued_at: Moment,
    /// Grows with each update.
    pub sequence: u64,
    /// The keys, by their names.
    pub keys: BTreeMap<KeyId, TrustedKey>,
}

impl TrustUpdate {
    /// An update of `brand` to exactly `keys`.
    pub fn new(
        brand: Code,
        issued_at: Moment,
        sequence: u64,
        keys: impl IntoIterator<Item = TrustedKey>,
    ) -> Self {
        let keys = keys
            .into_iter()
            .map(|trusted| (trusted.key.id(), trusted))
            .collect();
        Self {
            brand,
            issued_at,
            sequence,
            keys,
        }
    }
}

impl sealed::Sealed for TrustUpdate {
    const KIND: Kind = Kind::TrustUpdate;
    type Index = ();

    fn read(reader: &mut Reader<'_>, (): &mut ()) -> Result<Self, Fault> {
        let (mut version, mut brand, mut issued_at) = (None, None, None);
        let (mut sequence, mut keys) = (None, None);
        let mut must = Must::default();
        let mut claims = Names::of(reader);
        reader.claims(&mut claims, |reader, name| {
            match name {
                "ver" => version = Some(read_version(reader)?),
                "iss" => brand = Some(reader.parsed()?),
                "iat" => issued_at = Some(reader.moment()?),
                "seq" => sequence = Some(reader.integer_in(0..=MAX_INTEGER)?.unsigned_abs()),
                "keys" => keys = Some(trust::read_keys(reader)?),
                _ => return must.read_other(reader, name),
            }
            Ok(())
        })?;
        must.check(&claims)?;
        let missing = |name| move || Fault::new(Flaw::Missing).within(name);
        version.ok_or_else(missing("ver"))?;
        let update = Self {
            brand: brand.ok_or_else(missing("iss"))?,
            issued_at: issued_at.ok_or_else(missing("iat"))?,
            sequence: sequence.ok_or_else(missing("seq"))?,
            keys: keys.ok_or_else(missing("keys"))?,
        };
        let may_update = |key: &TrustedKey| {
            let lasts = key.ends_at.is_none_or(|ends_at| ends_at > update.issued_at);
            lasts && key.state != KeyState::Revoked && key.may_sign(Kind::TrustUpdate)
        };
        if !update.keys.values().any(may_update) {
            return Err(Fault::new(Flaw::NoTrustKey).within("keys"));
        }
        Ok(update)
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            brand: &self.brand,
            product: None,
            issued_at: self.issued_at,
        }
    }
}
