use std::fmt;
use std::str::FromStr;

use serde_json::json;

use crate::carrier;
use crate::code::Code;
use crate::error::Error;
use crate::fault::{Fault, Flaw};
use crate::instance::Instance;
use crate::json;
use crate::keys;
use crate::lease::Nonce;
use crate::license_key::LicenseKey;
use crate::must::read_version;
use crate::signed::decode_part;

/// What a product without a network asks the authority, carried there by a person: docs/format.md.
///
/// Not signed, since a product holds no key: it asks, and grants nothing. As text it holds the
/// license key, and is kept as carefully.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActivationRequest {
    /// The brand of the product.
    pub brand: Code,
    /// The product, by its own code.
    pub product: Code,
    /// What the customer typed.
    pub license_key: LicenseKey,
    /// The instance that asks for a seat.
    pub instance: Instance,
    /// What the lease is to echo.
    pub nonce: Nonce,
}

impl ActivationRequest {
    /// The longest text that is read, in bytes, before and after the armour is stripped.
    pub const MAX_SIZE: usize = 64 * 1024;

    /// Asks for a seat of a product, which is the pair of its brand's code and its own.
    pub fn new(
        (brand, product): (Code, Code),
        license_key: LicenseKey,
        instance: Instance,
        nonce: Nonce,
    ) -> Self {
        Self {
            brand,
            product,
            license_key,
            instance,
            nonce,
        }
    }

    fn read(reader: &mut json::Reader<'_>) -> Result<Self, Fault> {
        let (mut version, mut brand, mut product) = (None, None, None);
        let (mut license_key, mut instance, mut nonce) = (None, None, None);
        reader.object(|reader, name| {
            match name {
                "ver" => version = Some(read_version(reader)?),
                "brand" => brand = Some(reader.parsed()?),
                "product" => product = Some(reader.parsed()?),
                "license_key" => license_key = Some(reader.parsed()?),
                "instance" => instance = Some(Instance::read(reader)?),
                "nonce" => nonce = Some(Nonce::read(reader)?),
                _ => return Err(Fault::new(Flaw::UnknownMember)),
            }
            Ok(())
        })?;
        let missing = |name| move || Fault::new(Flaw::Missing).within(name);
        version.ok_or_else(missing("ver"))?;
        Ok(Self {
            brand: brand.ok_or_else(missing("brand"))?,
            product: product.ok_or_else(missing("product"))?,
            license_key: license_key.ok_or_else(missing("license_key"))?,
            instance: instance.ok_or_else(missing("instance"))?,
            nonce: nonce.ok_or_else(missing("nonce"))?,
        })
    }
}

impl FromStr for ActivationRequest {
    type Err = Error;

    /// Reads a request, armoured or bare.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() > Self::MAX_SIZE {
            return Err(Flaw::TooLong.into());
        }
        let token = carrier::unwrap(text)?;
        let within = |fault: Fault| fault.within("request");
        let bytes = decode_part(&token).map_err(within)?;
        Ok(json::read(&bytes, Self::read).map_err(within)?)
    }
}

/// In armour.
impl fmt::Display for ActivationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = json!({
            "ver": 1,
            "brand": self.brand.as_str(),
            "product": self.product.as_str(),
            "license_key": self.license_key.as_str(),
            "instance": { "kind": self.instance.kind(), "value": self.instance.value() },
            "nonce": self.nonce.to_string(),
        });
        let token = keys::encode(members.to_string().as_bytes());
        f.write_str(&carrier::wrap("ACTIVATION REQUEST", &[], &token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBERS: &str = r#""brand":"acme","product":"editor","license_key":"ACME-1","instance":{"kind":"machine","value":"m 1"},"nonce":"AAAAAAAAAAAAAAAAAAAAAA""#;

    fn request() -> ActivationRequest {
        ActivationRequest::new(
            ("acme".parse().unwrap(), "editor".parse().unwrap()),
            "ACME-1".parse().unwrap(),
            Instance::Machine("m 1".parse().unwrap()),
            Nonce::from_bytes([0; 16]),
        )
    }

    fn token(json: &str) -> String {
        keys::encode(json.as_bytes())
    }

    #[test]
    fn a_request_is_read_from_what_it_is_written_as() {
        let armored = request().to_string();
        assert_eq!(
            armored.lines().next(),
            Some("-----BEGIN ACTIVATION REQUEST-----")
        );
        let mailed = format!("Dear vendor,\r\n> {}", armored.replace('\n', "\r\n> "));
        let bare = token(&format!(r#"{{"ver":1,{MEMBERS}}}"#));
        for text in [armored, mailed, bare] {
            assert_eq!(text.parse(), Ok(request()), "{text}");
        }
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let cases = [
            // The carrier.
            (String::new(), Flaw::Empty, ""),
            (
                "A".repeat(ActivationRequest::MAX_SIZE + 1),
                Flaw::TooLong,
                "",
            ),
            (
                "-----BEGIN ACTIVATION REQUEST-----\ne30".into(),
                Flaw::Unclosed,
                "",
            ),
            ("e30!".into(), Flaw::ForeignCharacter, ""),
            // The encoding.
            ("e30=".into(), Flaw::NotBase64Url, "request"),
            ("e30.e30.AA".into(), Flaw::NotBase64Url, "request"),
            ("e31".into(), Flaw::TrailingBits, "request"),
            ("e30aa".into(), Flaw::PartLength, "request"),
            (keys::encode(&[0xff]), Flaw::NotUtf8, "request"),
            // The members.
            (token("[]"), Flaw::WrongType, "request"),
            (token("{}"), Flaw::Missing, "request.ver"),
            (
                token(&format!("{{{MEMBERS}}}")),
                Flaw::Missing,
                "request.ver",
            ),
            (
                token(&format!(r#"{{"ver":2,{MEMBERS}}}"#)),
                Flaw::Version,
                "request.ver",
            ),
            (
                token(&format!(r#"{{"ver":1,"ver":1,{MEMBERS}}}"#)),
                Flaw::Duplicate,
                "request.ver",
            ),
            (
                token(&format!(r#"{{"ver":1,{MEMBERS},"x":1}}"#)),
                Flaw::UnknownMember,
                "request.x",
            ),
            (
                token(&format!(r#"{{"ver":1,{MEMBERS}}} x"#)),
                Flaw::Syntax,
                "request",
            ),
            (
                token(r#"{"ver":1,"brand":"A b"}"#),
                Flaw::Text,
                "request.brand",
            ),
            (
                token(r#"{"ver":1,"brand":7}"#),
                Flaw::WrongType,
                "request.brand",
            ),
            (
                token(r#"{"ver":1,"license_key":""}"#),
                Flaw::Text,
                "request.license_key",
            ),
            (
                token(r#"{"ver":1,"license_key":"a\u0000"}"#),
                Flaw::Nul,
                "request.license_key",
            ),
            (
                token(r#"{"ver":1,"nonce":"AA"}"#),
                Flaw::Nonce,
                "request.nonce",
            ),
            (
                token(r#"{"ver":1,"instance":{"kind":"robot","value":"a"}}"#),
                Flaw::UnknownValue,
                "request.instance.kind",
            ),
            (
                token(r#"{"ver":1,"instance":{"kind":"host"}}"#),
                Flaw::Missing,
                "request.instance.value",
            ),
        ];
        for (text, flaw, at) in cases {
            let refused = text.parse::<ActivationRequest>();
            let (Err(Error::Malformed(fault)) | Err(Error::Unsupported(fault))) = refused else {
                panic!("{text}: {refused:?}");
            };
            assert_eq!((fault.flaw(), fault.at()), (flaw, at), "{text}");
        }
    }
}
