use std::fmt::Display;
use std::str::FromStr;

use countersign::{
    AddressPattern, AddressPatterns, Domain, DomainPattern, DomainPatterns, LicenseError,
    parse_address,
};

/// A domain in the one form that names are compared in, from a host name, with a port or without,
/// or an http(s) URL.
#[uniffi::export]
pub fn normalize_domain(text: &str) -> Result<String, LicenseError> {
    normalize::<Domain>(text)
}

/// A pattern of domains in the form that licenses state it in.
#[uniffi::export]
pub fn normalize_domain_pattern(text: &str) -> Result<String, LicenseError> {
    normalize::<DomainPattern>(text)
}

/// An IPv4 or IPv6 address in the one form that addresses are compared in.
#[uniffi::export]
pub fn normalize_address(text: &str) -> Result<String, LicenseError> {
    Ok(parse_address(text)?.to_string())
}

/// A pattern of addresses in the form that licenses state it in: an address, or a network with its
/// prefix length.
#[uniffi::export]
pub fn normalize_address_pattern(text: &str) -> Result<String, LicenseError> {
    normalize::<AddressPattern>(text)
}

/// Whether one of the patterns means the domain.
#[uniffi::export]
pub fn match_domain(patterns: Vec<String>, text: &str) -> Result<bool, LicenseError> {
    let domain = text.parse()?;
    Ok(DomainPatterns::new(parse_all(&patterns)?).is_some_and(|all| all.matches(&domain)))
}

/// Whether one of the patterns means the address.
#[uniffi::export]
pub fn match_address(patterns: Vec<String>, text: &str) -> Result<bool, LicenseError> {
    let address = parse_address(text)?;
    Ok(AddressPatterns::new(parse_all(&patterns)?).is_some_and(|all| all.matches(address)))
}

fn normalize<T>(text: &str) -> Result<String, LicenseError>
where
    T: FromStr<Err: Into<LicenseError>> + Display,
{
    let value: T = text.parse().map_err(Into::into)?;
    Ok(value.to_string())
}

fn parse_all<T>(texts: &[String]) -> Result<Vec<T>, LicenseError>
where
    T: FromStr<Err: Into<LicenseError>>,
{
    let values = texts.iter().map(|text| text.parse().map_err(Into::into));
    values.collect()
}
