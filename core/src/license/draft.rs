//! How the claims of a license are read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::address::AddressPatterns;
use crate::code::{Amount, Code, LicenseId, Product};
use crate::fault::{Fault, Flaw};
use crate::json::{AsWritten, Names, Reader};
use crate::moment::Moment;
use crate::must::{Must, read_version};
use crate::seat::SeatRule;
use crate::site::DomainPatterns;
use crate::window::Window;

use super::{ActivationTerms, Exemption, License, LicenseIndex, StatusTerms};

/// Reads the claims of a license, and what is looked up in it.
pub(super) fn read(reader: &mut Reader<'_>, index: &mut LicenseIndex) -> Result<License, Fault> {
    let start = reader.clone();
    let mut draft = Draft::new();
    if !matches!(draft.read_as_written(reader), Ok(true)) {
        *reader = start;
        draft = Draft::new();
        draft.read_in_any_order(reader)?;
    }
    index.first_entitlement_end = draft.first_entitlement_end;
    draft.complete()?;
    Ok(draft.license)
}

/// A license whose claims are being read, each to where it stays, before what no single one of them can
/// show.
struct Draft {
    license: License,
    first_entitlement_end: Option<Moment>,
    required: Required,
    valid_from: Option<Moment>,
    valid_until: Option<Moment>,
    grace: Option<Duration>,
    freshness: Option<Duration>,
    must: Must,
}

/// Which of the claims that a license must have were read: a bit each.
#[derive(Default)]
struct Required(u8);

impl Required {
    /// The first is looked for before anything else.
    const NAMES: [&str; 6] = ["ver", "jti", "iss", "aud", "rev", "iat"];

    /// Notes that the claim of that number was read.
    fn note(&mut self, number: u8) {
        self.0 |= 1 << number;
    }

    /// Refuses a license that lacks one of the first so many.
    fn check(&self, most: usize) -> Result<(), Fault> {
        let first = self.0.trailing_ones() as usize;
        match Self::NAMES.get(first) {
            Some(name) if first < most => Err(Fault::new(Flaw::Missing).within(name)),
            _ => Ok(()),
        }
    }
}

/// Reads a claim that stands in a license, into a draft of it.
type ReadClaim = fn(&mut Draft, &mut Reader<'_>) -> Result<(), Fault>;

/// Declares what reads each claim, in the order of their names. A license must have those with a number,
/// which is their place in [`Required::NAMES`].
macro_rules! claims {
    ($($name:literal $(($required:literal))? => $read:expr,)*) => {
        #[cfg(all(test, feature = "issue"))]
        const NAMES: &[&str] = &[$($name),*];

        impl Draft {
            /// Reads the claims as this crate writes them, if they are so: in the order of their names.
            /// Nearly all are, and what each is called need not be found out then. Any other outcome, a
            /// fault as well, means that they are to be read in any order.
            fn read_as_written(&mut self, reader: &mut Reader<'_>) -> Result<bool, Fault> {
                let mut claims = AsWritten::of(reader);
                $(
                    if claims.comes(concat!("\"", $name, "\":")) {
                        let read: ReadClaim = $read;
                        read(self, claims.reader)?;
                        $(self.required.note($required);)?
                    }
                )*
                Ok(claims.end())
            }

            fn read_claim(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
                let read: ReadClaim = match name {
                    $($name => {
                        $(self.required.note($required);)?
                        $read
                    })*
                    "exp" | "nbf" => return Err(Fault::new(Flaw::JwtWindow)),
                    _ => return self.must.read_other(reader, name),
                };
                read(self, reader)
            }
        }
    };
}

claims! {
    "activation" => |draft, reader| read_activation(reader, &mut draft.license.activation),
    "addresses" => |draft, reader| read_addresses(reader, &mut draft.license.addresses),
    "aud" (3) => |draft, reader| reader.parsed_to(&mut draft.license.product.code),
    "domains" => |draft, reader| read_domains(reader, &mut draft.license.domains),
    "edition" => |draft, reader| reader.string_into(&mut draft.license.edition),
    "entitlements" => Draft::read_entitlements,
    "exempt" => |draft, reader| read_exempt(reader, &mut draft.license.exempt),
    "freshness" => |draft, reader| reader.length_into(&mut draft.freshness),
    "grace" => |draft, reader| reader.length_into(&mut draft.grace),
    "iat" (5) => |draft, reader| reader.moment_to(&mut draft.license.issued_at),
    "iss" (2) => |draft, reader| reader.parsed_to(&mut draft.license.product.brand),
    "jti" (1) => |draft, reader| reader.parsed_to(&mut draft.license.id),
    "limits" => |draft, reader| read_limits(reader, &mut draft.license.limits),
    "meta" => |draft, reader| read_meta(reader, &mut draft.license.meta),
    "rev" (4) => |draft, reader| reader.number_to(&mut draft.license.revision),
    "seats" => |draft, reader| read_seats(reader, &mut draft.license.seats),
    "status" => |draft, reader| read_status(reader, &mut draft.license.status),
    "sub" => |draft, reader| reader.string_into(&mut draft.license.customer),
    "support_until" => |draft, reader| reader.moment_into(&mut draft.license.support_until),
    "type" => |draft, reader| reader.string_into(&mut draft.license.label),
    "updates_until" => |draft, reader| reader.moment_into(&mut draft.license.updates_until),
    "valid_from" => |draft, reader| reader.moment_into(&mut draft.valid_from),
    "valid_until" => |draft, reader| reader.moment_into(&mut draft.valid_until),
    "ver" (0) => |_, reader| read_version(reader),
}

impl Draft {
    fn new() -> Self {
        let product = Product {
            brand: Code::unread(),
            code: Code::unread(),
        };
        Self {
            license: License::new(LicenseId::unread(), product, Moment::MIN),
            first_entitlement_end: None,
            required: Required::default(),
            valid_from: None,
            valid_until: None,
            grace: None,
            freshness: None,
            must: Must::default(),
        }
    }

    #[inline(never)]
    fn read_in_any_order(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let mut claims = Names::of(reader);
        reader.claims(&mut claims, |reader, name| self.read_claim(reader, name))?;
        self.must.check(&claims)
    }

    #[inline(never)]
    fn read_entitlements(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let first = &mut self.first_entitlement_end;
        let entitlements = &mut self.license.entitlements;
        read_map(reader, entitlements, |reader, entitlement| {
            entitlement.read_into(reader)?;
            let until = entitlement.until;
            if until.is_some_and(|until| first.is_none_or(|first| until < first)) {
                *first = until;
            }
            Ok(())
        })
    }

    /// Refuses what no single claim shows, and adds what several say together. In place: a license is
    /// large.
    fn complete(&mut self) -> Result<(), Fault> {
        let license = &mut self.license;
        self.required.check(1)?;
        let validity = Window::new(self.valid_from, self.valid_until)
            .map_err(|_| Fault::new(Flaw::EmptyWindow).within("valid_until"))?;
        if self.grace.is_some() && self.valid_until.is_none() {
            return Err(Fault::new(Flaw::GraceWithoutEnd).within("grace"));
        }
        match (&mut license.status, self.freshness) {
            (None, Some(_)) => {
                return Err(Fault::new(Flaw::FreshnessWithoutStatus).within("freshness"));
            }
            (Some(status), freshness) => status.freshness = freshness,
            (None, None) => {}
        }
        self.required.check(Required::NAMES.len())?;
        license.validity = validity.with_grace(self.grace.unwrap_or_default());
        Ok(())
    }
}

#[inline(never)]
fn read_domains(
    reader: &mut Reader<'_>,
    domains: &mut Option<DomainPatterns>,
) -> Result<(), Fault> {
    let patterns = reader.parsed_list()?;
    *domains = DomainPatterns::new(patterns);
    Ok(())
}

#[inline(never)]
fn read_addresses(
    reader: &mut Reader<'_>,
    addresses: &mut Option<AddressPatterns>,
) -> Result<(), Fault> {
    let patterns = reader.parsed_list()?;
    *addresses = AddressPatterns::new(patterns);
    Ok(())
}

#[inline(never)]
fn read_exempt(reader: &mut Reader<'_>, exempt: &mut BTreeSet<Exemption>) -> Result<(), Fault> {
    *exempt = reader.list(Exemption::read)?.into_iter().collect();
    Ok(())
}

#[inline(never)]
fn read_seats(reader: &mut Reader<'_>, seats: &mut SeatRule) -> Result<(), Fault> {
    *seats = SeatRule::read(reader)?;
    Ok(())
}

#[inline(never)]
fn read_activation(
    reader: &mut Reader<'_>,
    activation: &mut Option<ActivationTerms>,
) -> Result<(), Fault> {
    *activation = Some(ActivationTerms::read(reader)?);
    Ok(())
}

#[inline(never)]
fn read_status(reader: &mut Reader<'_>, status: &mut Option<StatusTerms>) -> Result<(), Fault> {
    *status = Some(StatusTerms::read(reader)?);
    Ok(())
}

#[inline(never)]
fn read_limits(reader: &mut Reader<'_>, limits: &mut BTreeMap<Code, Amount>) -> Result<(), Fault> {
    read_map(reader, limits, Reader::number_to)
}

/// Reads an object whose members are named by codes into `map`; `value` reads each to its place there.
fn read_map<'a, T: Default>(
    reader: &mut Reader<'a>,
    map: &mut BTreeMap<Code, T>,
    mut value: impl FnMut(&mut Reader<'a>, &mut T) -> Result<(), Fault>,
) -> Result<(), Fault> {
    reader.object(|reader, name| {
        let code = name
            .parse()
            .map_err(|error| Fault::because(Flaw::Text, error))?;
        value(reader, map.entry(code).or_default())
    })
}

#[inline(never)]
fn read_meta(reader: &mut Reader<'_>, meta: &mut BTreeMap<String, String>) -> Result<(), Fault> {
    let mut size = 0;
    reader.object(|reader, name| {
        let value = reader.string()?;
        size += name.len() + value.len();
        meta.insert(name.to_owned(), value.into_owned());
        Ok(())
    })?;
    if size > MAX_META_SIZE {
        Err(Fault::new(Flaw::MetaTooLong))
    } else {
        Ok(())
    }
}

/// The longest `meta`, in bytes of names and values.
const MAX_META_SIZE: usize = 4096;

#[cfg(test)]
#[cfg(feature = "issue")]
mod tests {
    use super::*;
    use crate::issue::Issuable as _;
    use crate::json;
    use crate::signed::sealed::Sealed as _;

    /// A license that has every claim.
    fn with_every_claim() -> License {
        let claims = serde_json::json!({
            "ver": 1, "jti": "0197a2b4", "iss": "acme", "aud": "editor", "sub": "Müller",
            "iat": 1_000, "rev": 3, "valid_from": 1_000, "valid_until": 9_000, "grace": 60,
            "updates_until": 8_000, "support_until": 7_000, "type": "trial", "edition": "cloud",
            "domains": ["acme.example", "*.acme.example"], "addresses": ["203.0.113.0/24"],
            "exempt": ["development"], "seats": { "limit": 5, "hold": "while_leased" },
            "activation": { "lease": 600, "renew": 60 },
            "entitlements": { "export.pdf": { "until": 8_500, "value": "a" }, "plugins": {} },
            "limits": { "services": 40 },
            "status": { "status_list": { "idx": 7, "uri": "https://acme.example/1" } },
            "freshness": 90, "meta": { "order": "17" },
        });
        License::from_claims(&claims).unwrap()
    }

    /// Whether claims are as this crate writes them, and what is read of them, with its fault as text. What
    /// is read in any order alone is the same.
    fn read(claims: &str) -> (bool, Result<License, (Flaw, String)>) {
        let read = |read: fn(&mut Reader<'_>) -> Result<License, Fault>| {
            let license = json::read(claims.as_bytes(), read);
            license.map_err(|fault| (fault.flaw(), fault.to_string()))
        };
        let as_written = read(|reader| {
            let mut draft = Draft::new();
            match draft.read_as_written(reader)? {
                true => draft.complete().map(|()| draft.license),
                false => Err(Fault::new(Flaw::UnknownMember)),
            }
        });
        let in_any_order = read(|reader| {
            let mut draft = Draft::new();
            draft.read_in_any_order(reader)?;
            draft.complete().map(|()| draft.license)
        });
        let license = read(|reader| License::read(reader, &mut LicenseIndex::default()));
        assert_eq!(license, in_any_order, "{claims}");
        if as_written.is_ok() {
            assert_eq!(license, as_written, "{claims}");
        }
        (as_written.is_ok(), license)
    }

    #[test]
    fn what_this_crate_writes_is_read_as_written() {
        let mut license = with_every_claim();
        let claims = license.to_claims().to_string();
        let names: Vec<_> = license
            .to_claims()
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        assert_eq!(
            names, NAMES,
            "each claim is one that is read, and the other way round"
        );
        assert_eq!(read(&claims), (true, Ok(license.clone())));
        license = License::new(license.id, license.product, license.issued_at);
        assert_eq!(read(&license.to_claims().to_string()), (true, Ok(license)));
    }

    #[test]
    fn what_is_written_otherwise_is_read_alike() {
        let license = with_every_claim();
        let claims = license.to_claims();
        let members: Vec<String> = claims
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        let object = |members: &[String]| format!("{{{}}}", members.join(","));
        let mut turned = members.clone();
        turned.reverse();
        let written = object(&members);
        let otherwise = [
            object(&turned),
            written.replace("\"ver\":", "\"ver\" : "),
            written.replace("\"aud\":", "\"\\u0061ud\":"),
            written.replace("\"sub\":", "\"a.b\":null,\"sub\":"),
            claims.to_string().replace(",\"", ", \""),
        ];
        for claims in otherwise {
            assert_eq!(read(&claims), (false, Ok(license.clone())), "{claims}");
        }
    }

    #[test]
    fn what_no_single_claim_shows_is_told_in_one_order() {
        let mut claims = serde_json::json!({
            "must": ["floating"], "floating": true, "grace": 60,
            "iss": "acme", "aud": "editor", "iat": 1_000, "rev": 3,
        });
        let mut mend = |name: &str, value: Option<serde_json::Value>| {
            let flaw = read(&claims.to_string()).1.map_err(|(flaw, _)| flaw).err();
            let claims = claims.as_object_mut().unwrap();
            match value {
                Some(value) => claims.insert(name.to_owned(), value),
                None => claims.remove(name),
            };
            flaw
        };
        assert_eq!(mend("must", None), Some(Flaw::MustUnknown));
        assert_eq!(mend("ver", Some(1.into())), Some(Flaw::Missing));
        assert_eq!(mend("grace", None), Some(Flaw::GraceWithoutEnd));
        assert_eq!(mend("jti", Some("0197a2b4".into())), Some(Flaw::Missing));
        assert_eq!(mend("", None), None);
    }

    #[test]
    fn what_is_nearly_as_written_is_refused_as_in_any_order() {
        let written = with_every_claim().to_claims().to_string();
        let twice = written.replace("\"sub\":", "\"sub\":\"a\",\"sub\":");
        // Beside the list, in the object of a claim in the object of all claims.
        let within_status = |depth: usize| {
            let deep = "[".repeat(depth) + &"]".repeat(depth);
            written.replace(
                "{\"status_list\":",
                &format!("{{\"x\":{deep},\"status_list\":"),
            )
        };
        let rows = [
            (twice, Flaw::Duplicate),
            (written.replace("\"aud\":\"editor\",", ""), Flaw::Missing),
            (written.replace(",\"ver\":1", ""), Flaw::Missing),
            (written.replace("\"grace\":60", "\"grace\":-1"), Flaw::Range),
            (written.replace(",\"iat\"", "\"iat\""), Flaw::Syntax),
            (written.replace(",\"iat\"", "{\"iat\""), Flaw::Syntax),
            (written.replace(",\"ver\":1}", ",\"ver\":1,}"), Flaw::Syntax),
            (written.replace(",\"ver\":1}", ",\"ver\":1"), Flaw::Syntax),
            (format!("{written}}}"), Flaw::Syntax),
            (within_status(15), Flaw::Depth),
            (
                written.replace("\"rev\":3", "\"rev\":-0.5"),
                Flaw::NotInteger,
            ),
            (
                written.replace("\"lease\":600", "\"lease\":6"),
                Flaw::RenewAfterEnd,
            ),
            (written.replace("9000", "1000"), Flaw::EmptyWindow),
            ("{}".to_owned(), Flaw::Missing),
            ("".to_owned(), Flaw::Syntax),
        ];
        for (claims, flaw) in rows {
            let (is_as_written, license) = read(&claims);
            assert!(!is_as_written, "{claims}");
            assert_eq!(license.map_err(|(flaw, _)| flaw), Err(flaw), "{claims}");
        }
        assert!(read(&within_status(14)).0, "that deep is as deep as may be");
    }
}
