//! How values cross into other languages (feature `uniffi`).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::address::parse_address;
use crate::code::{Amount, Code, LicenseId, Product, Revision};
use crate::context::{Purpose, Run};
use crate::error::Error;
use crate::instance::{HostName, Instance, MachineId};
use crate::keys::KeyId;
use crate::moment::Moment;
use crate::site::Domain;

/// What UniFFI's macros hang implementations on.
// `uniffi::setup_scaffolding!` would define it, and a module of its own in each language besides.
// There is to be one, that of the package which exports these types: docs/decisions/0012.
#[doc(hidden)]
#[derive(Debug)]
pub struct UniFfiTag;

/// Text or bytes from outside are not what they claim to be.
///
/// That a genuine license does not allow a run is no error but a denial.
// `Error` as other languages see it. As a flat error of UniFFI it would be its text and no code; and
// what it carries, nested errors and unsigned numbers, is not to cross.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum LicenseError {
    /// They are not, for the reason that the code names.
    #[error("{text}")]
    Invalid {
        /// The stable name of what is wrong, in snake case, the same in every language.
        code: String,
        /// The number under which docs/format.md, section 6, lists this refusal of a document;
        /// absent for a value that is no document.
        refusal: Option<i32>,
        /// What is wrong, in one line for people. It may change between versions.
        text: String,
    },
}

impl<E: Into<Error>> From<E> for LicenseError {
    fn from(error: E) -> Self {
        let error = error.into();
        Self::Invalid {
            code: error.code().into(),
            refusal: error.refusal().map(i32::from),
            text: error.to_string(),
        }
    }
}

impl Run {
    // One that is made by `of`, and then changed, is moved once more when it is done.
    #[doc(hidden)]
    #[expect(
        clippy::too_many_arguments,
        reason = "they are what there is to state of a run"
    )]
    pub fn stated(
        product: Product,
        purpose: Purpose,
        domain: Option<Domain>,
        address: Option<IpAddr>,
        instance: Option<Instance>,
        requires: BTreeSet<Code>,
        counts: BTreeMap<Code, Amount>,
        released_at: Option<Moment>,
    ) -> Self {
        Self {
            product,
            purpose,
            domain,
            address,
            instance,
            requires,
            counts,
            released_at,
        }
    }
}

// What is no such text fails with `LicenseError` itself: UniFFI raises that in a function which
// returns it, and panics with any other.
macro_rules! as_text {
    ($($(#[doc = $doc:tt])* $name:ident)*) => {$(
        uniffi::custom_type!(
            $(#[doc = $doc])*
            $name, String, {
                lower: |value| value.to_string(),
                try_lift: |text| Ok(text.parse::<$name>().map_err(LicenseError::from)?),
            }
        );
    )*};
}

as_text! {
    /// The name of a brand, product, entitlement or limit: 1 to 64 of `a-z`, `0-9`, `.`, `_` and
    /// `-`; the first is a letter or digit.
    Code
    /// The code of a brand and that of its product, as `acme/editor`.
    Product
    /// The authority's identifier of a license. Not the license key that a customer types.
    LicenseId
    /// A domain: a host name, with a port or without, or an http(s) URL. Given back in the form
    /// that names are compared in.
    Domain
    /// The name of a computer: 1 to 253 bytes without blanks and control characters.
    HostName
    /// A value that a host derives from its machine: 1 to 255 bytes without control characters.
    MachineId
    /// The name of a key that documents are verified with: its RFC 7638 thumbprint.
    KeyId
}

uniffi::custom_type!(
    /// An IPv4 or IPv6 address.
    IpAddr, String, {
        remote,
        lower: |address| address.to_string(),
        try_lift: |text| Ok(parse_address(&text).map_err(LicenseError::from)?),
    }
);

uniffi::custom_type!(
    /// Seconds since the start of 1970, UTC, up to the end of the year 9999.
    Moment, i64, {
        lower: |moment| moment.unix(),
        try_lift: |seconds| Ok(Moment::from_unix(seconds).map_err(LicenseError::from)?),
    }
);

uniffi::custom_type!(
    /// How much of a limit is allowed or in use: 0 to 2^53 - 1.
    Amount, i64, {
        // `Amount::MAX` fits.
        lower: |amount| i64::try_from(amount.get()).unwrap_or(i64::MAX),
        try_lift: |number| Ok(Amount::try_from(number).map_err(LicenseError::from)?),
    }
);

uniffi::custom_type!(
    /// Which edit of a license's terms a document states, from 1.
    Revision, i64, {
        lower: |revision| revision.get().into(),
        try_lift: |number| Ok(Revision::try_from(number).map_err(LicenseError::from)?),
    }
);
