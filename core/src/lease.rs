use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::code::{LicenseId, Product, Revision};
use crate::fault::{Fault, Flaw};
use crate::instance::Instance;
use crate::json::{MAX_INTEGER, Names, Reader};
use crate::keys;
use crate::moment::Moment;
use crate::must::{Must, read_version};
use crate::signed::{Kind, Subject, sealed};

/// The authority's word that an instance holds a seat, good until `ends_at`.
///
/// It lets a host without a network prove its seat. It is short where the license itself is long:
/// a seat given up or a license suspended takes effect when the last lease runs out.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The identifier of this lease, never used twice.
    pub id: String,
    /// The activation whose seat it is.
    pub activation_id: String,
    /// The product that the license is for.
    pub product: Product,
    /// The license whose seat it is.
    pub license_id: LicenseId,
    /// The revision of the license's terms when the lease was signed.
    pub revision: Revision,
    /// Who holds the seat.
    pub instance: Instance,
    /// When it was signed.
    pub issued_at: Moment,
    /// The first moment it no longer counts.
    pub ends_at: Moment,
    /// When a host should renew it.
    pub renew_at: Moment,
    /// Grows each time any seat of the license changes hands.
    pub fence: u64,
    /// Echo of what the host sent: proof that the authority answered just now.
    pub nonce: Nonce,
}

impl Lease {
    /// A lease of the seat of `instance` from `issued_at` to `ends_at`, to be renewed half-way, of a
    /// license's first revision and with the fence 0.
    pub fn new(
        id: String,
        activation_id: String,
        license: (Product, LicenseId),
        instance: Instance,
        (issued_at, ends_at): (Moment, Moment),
        nonce: Nonce,
    ) -> Self {
        let (product, license_id) = license;
        let renew_at = issued_at.saturating_add(ends_at.since(issued_at) / 2);
        let (revision, fence) = (Revision::FIRST, 0);
        Self {
            id,
            activation_id,
            product,
            license_id,
            revision,
            instance,
            issued_at,
            ends_at,
            renew_at,
            fence,
            nonce,
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("license_id", &self.license_id)
            .field("revision", &self.revision)
            .field("instance", &self.instance)
            .field("issued_at", &self.issued_at)
            .field("ends_at", &self.ends_at)
            .finish_non_exhaustive()
    }
}

impl sealed::Sealed for Lease {
    const KIND: Kind = Kind::Lease;
    type Index = ();

    fn read(reader: &mut Reader<'_>, (): &mut ()) -> Result<Self, Fault> {
        let (mut version, mut id, mut activation_id) = (None, None, None);
        let (mut brand, mut code, mut license_id, mut revision) = (None, None, None, None);
        let (mut instance, mut issued_at, mut ends_at, mut renew_at) = (None, None, None, None);
        let (mut fence, mut nonce) = (None, None);
        let mut must = Must::default();
        let mut claims = Names::of(reader);
        reader.claims(&mut claims, |reader, name| {
            match name {
                "ver" => version = Some(read_version(reader)?),
                "jti" => id = Some(read_id(reader)?),
                "activation" => activation_id = Some(read_id(reader)?),
                "iss" => brand = Some(reader.parsed()?),
                "aud" => code = Some(reader.parsed()?),
                "license" => license_id = Some(reader.parsed()?),
                "rev" => revision = Some(reader.number()?),
                "instance" => instance = Some(Instance::read(reader)?),
                "iat" => issued_at = Some(reader.moment()?),
                "exp" => ends_at = Some(reader.moment()?),
                "renew_at" => renew_at = Some(reader.moment()?),
                "fence" => fence = Some(reader.integer_in(0..=MAX_INTEGER)?.unsigned_abs()),
                "nonce" => nonce = Some(Nonce::read(reader)?),
                _ => return must.read_other(reader, name),
            }
            Ok(())
        })?;
        must.check(&claims)?;
        let missing = |name| move || Fault::new(Flaw::Missing).within(name);
        version.ok_or_else(missing("ver"))?;
        let lease = Self {
            id: id.ok_or_else(missing("jti"))?,
            activation_id: activation_id.ok_or_else(missing("activation"))?,
            product: Product {
                brand: brand.ok_or_else(missing("iss"))?,
                code: code.ok_or_else(missing("aud"))?,
            },
            license_id: license_id.ok_or_else(missing("license"))?,
            revision: revision.ok_or_else(missing("rev"))?,
            instance: instance.ok_or_else(missing("instance"))?,
            issued_at: issued_at.ok_or_else(missing("iat"))?,
            ends_at: ends_at.ok_or_else(missing("exp"))?,
            renew_at: renew_at.ok_or_else(missing("renew_at"))?,
            fence: fence.ok_or_else(missing("fence"))?,
            nonce: nonce.ok_or_else(missing("nonce"))?,
        };
        if lease.ends_at <= lease.issued_at {
            return Err(
                Fault::because(Flaw::LeaseWindow, "the lease does not end after `iat`")
                    .within("exp"),
            );
        }
        if lease.renew_at < lease.issued_at || lease.renew_at > lease.ends_at {
            return Err(Fault::because(
                Flaw::LeaseWindow,
                "the lease does not renew between `iat` and `exp`",
            )
            .within("renew_at"));
        }
        Ok(lease)
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            brand: &self.product.brand,
            product: Some(&self.product.code),
            issued_at: self.issued_at,
        }
    }
}

/// 16 random bytes that a host draws for one request, and a lease echoes.
///
/// Written as base64url without padding, 22 characters.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nonce([u8; NONCE_LENGTH]);

impl Nonce {
    /// The nonce of these bytes, which the caller has drawn at random.
    pub const fn from_bytes(bytes: [u8; NONCE_LENGTH]) -> Self {
        Self(bytes)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        reader
            .string()?
            .parse()
            .map_err(|_| Fault::new(Flaw::Nonce))
    }
}

impl FromStr for Nonce {
    type Err = InvalidNonce;

    fn from_str(text: &str) -> Result<Self, InvalidNonce> {
        let bytes = keys::decode(text).map_err(|_| InvalidNonce)?;
        Ok(Self(bytes.try_into().map_err(|_| InvalidNonce)?))
    }
}

impl TryFrom<String> for Nonce {
    type Error = InvalidNonce;

    fn try_from(text: String) -> Result<Self, InvalidNonce> {
        text.parse()
    }
}

impl From<Nonce> for String {
    fn from(nonce: Nonce) -> Self {
        nonce.to_string()
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&keys::encode(&self.0))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce")
    }
}

/// A text is no nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a nonce is the base64url of 16 bytes")]
pub struct InvalidNonce;

fn read_id(reader: &mut Reader<'_>) -> Result<String, Fault> {
    Ok(reader.parsed::<LicenseId>()?.into())
}

const NONCE_LENGTH: usize = 16;
