use std::fmt;
use std::str::FromStr;

use crate::carrier;
use crate::error::Error;
use crate::fault::{Fault, Flaw};
use crate::lease::Lease;
use crate::license::License;
use crate::signed::{Document, Kind, Signed};
use crate::status::StatusList;

/// What the authority answers an [`ActivationRequest`](crate::ActivationRequest), carried back by a
/// person: docs/format.md.
///
/// Nothing in it is verified yet. It holds a lease, and is kept as carefully as one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ActivationAnswer {
    /// The license.
    pub license: Signed<License>,
    /// The lease; `None` for an instance that needs no seat.
    pub lease: Option<Signed<Lease>>,
    /// The status list that the license stands on; `None` where it stands on none.
    pub statuses: Option<Signed<StatusList>>,
}

impl ActivationAnswer {
    /// The longest text that is read, in bytes: a license, a lease and a status list of the greatest
    /// sizes, and the armour around them.
    pub const MAX_SIZE: usize = 6 * 1024 * 1024;

    /// An answer that holds the license alone.
    pub fn new(license: Signed<License>) -> Self {
        Self {
            license,
            lease: None,
            statuses: None,
        }
    }
}

impl FromStr for ActivationAnswer {
    type Err = Error;

    /// Reads an answer, armoured or bare: documents of different kinds in any order.
    ///
    /// A mail program may break lines anywhere, so where one document ends is told by the length of
    /// its signature.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() > Self::MAX_SIZE {
            return Err(Flaw::TooLong.into());
        }
        let token = carrier::unwrap(text)?;
        let (mut license, mut lease, mut statuses) = (None, None, None);
        let mut rest = &*token;
        while !rest.is_empty() {
            let document;
            (document, rest) = split_first(rest);
            match Kind::of(document)? {
                Kind::License => put(&mut license, "license", document)?,
                Kind::Lease => put(&mut lease, "lease", document)?,
                Kind::StatusList => put(&mut statuses, "statuslist", document)?,
                other => {
                    return Err(Error::WrongDocument {
                        expected: Kind::License,
                        found: other.to_string(),
                    });
                }
            }
        }
        Ok(Self {
            license: license.ok_or_else(|| Fault::new(Flaw::Missing).within("license"))?,
            lease,
            statuses,
        })
    }
}

/// In armour, one document a line.
impl fmt::Display for ActivationAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "-----BEGIN ACTIVATION ANSWER-----")?;
        writeln!(f, "{}", self.license.as_str())?;
        if let Some(lease) = &self.lease {
            writeln!(f, "{}", lease.as_str())?;
        }
        if let Some(statuses) = &self.statuses {
            writeln!(f, "{}", statuses.as_str())?;
        }
        writeln!(f, "-----END ACTIVATION ANSWER-----")
    }
}

/// The first document of several that stand one behind the other, and what follows it.
fn split_first(token: &str) -> (&str, &str) {
    let mut dots = token.match_indices('.').map(|(at, _)| at);
    dots.nth(1)
        .and_then(|dot| token.split_at_checked(dot + 1 + SIGNATURE_CHARACTERS))
        .unwrap_or((token, ""))
}

fn put<D: Document>(
    place: &mut Option<Signed<D>>,
    name: &str,
    document: &str,
) -> Result<(), Error> {
    if place.is_some() {
        return Err(Fault::new(Flaw::Duplicate).within(name).into());
    }
    *place = Some(Signed::parse(document)?);
    Ok(())
}

/// Characters of a signature: the base64url of 64 bytes.
const SIGNATURE_CHARACTERS: usize = 86;

#[cfg(test)]
#[cfg(feature = "issue")]
mod tests {
    use super::*;
    use crate::{
        ActivationTerms, Instance, LicenseId, Moment, Nonce, Product, SigningKey, Statuses,
    };

    fn key() -> SigningKey {
        SigningKey::from_seed(&[7; 32]).unwrap()
    }

    fn answer() -> ActivationAnswer {
        let product = Product {
            brand: "acme".parse().unwrap(),
            code: "editor".parse().unwrap(),
        };
        let id: LicenseId = "l1".parse().unwrap();
        let (now, end) = (Moment::nearest(1_000), Moment::nearest(2_000));
        let mut license = crate::License::new(id.clone(), product.clone(), now);
        license.activation = Some(ActivationTerms::default());
        let lease = Lease::new(
            "n1".to_owned(),
            "a1".to_owned(),
            (product.clone(), id),
            Instance::Machine("m1".parse().unwrap()),
            (now, end),
            Nonce::from_bytes([0; 16]),
        );
        let uri = "https://licenses.example/status/0".to_owned();
        let list = StatusList::new(product.brand, uri, now, Statuses::valid(8));
        ActivationAnswer {
            license: key().sign(&license).unwrap(),
            lease: Some(key().sign(&lease).unwrap()),
            statuses: Some(key().sign(&list).unwrap()),
        }
    }

    fn texts(answer: &ActivationAnswer) -> [Option<&str>; 3] {
        [
            Some(answer.license.as_str()),
            answer.lease.as_ref().map(Signed::as_str),
            answer.statuses.as_ref().map(Signed::as_str),
        ]
    }

    #[test]
    fn an_answer_is_read_from_what_it_is_written_as_and_from_what_mail_makes_of_it() {
        let answer = answer();
        let armored = answer.to_string();
        assert_eq!(armored.lines().count(), 5);
        let [license, lease, statuses] = texts(&answer).map(Option::unwrap);
        let tokens = [statuses, license, lease].concat();
        let wrapped = carrier::wrap("ACTIVATION ANSWER", &[("For", "ACME")], &tokens);
        for text in [armored, tokens, wrapped] {
            let read: ActivationAnswer = text.parse().unwrap();
            assert_eq!(texts(&read), texts(&answer), "{text}");
        }
        let alone = ActivationAnswer::new(answer.license.clone());
        let read: ActivationAnswer = alone.to_string().parse().unwrap();
        assert_eq!(texts(&read), [Some(license), None, None]);
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        let answer = answer();
        let [license, lease, statuses] = texts(&answer).map(Option::unwrap);
        let cases = [
            (String::new(), "malformed", Some(2)),
            (
                "a".repeat(ActivationAnswer::MAX_SIZE + 1),
                "malformed",
                Some(1),
            ),
            ("abc".to_owned(), "malformed", Some(7)),
            ([lease, statuses].concat(), "malformed", Some(30)),
            ([license, lease, license].concat(), "malformed", Some(15)),
            (format!("{license}.{lease}"), "malformed", None),
            (
                license[..license.len() - 2].to_owned(),
                "malformed",
                Some(11),
            ),
        ];
        for (text, code, number) in cases {
            let error = text.parse::<ActivationAnswer>().unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            if number.is_some() {
                assert_eq!(error.refusal(), number, "{error}");
            }
        }
    }
}
