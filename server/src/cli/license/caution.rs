//! What an operator hardly means: terms that could be signed, and would do harm.

use countersign::{License, Phase, Window};

use crate::authority::{invisible_text, is_invisible, public_suffix};
use crate::cli::error::Error;
use crate::cli::screen;

/// Refuses a domain pattern that covers everybody below a public suffix.
pub(crate) fn check_domains(license: &License) -> Result<(), Error> {
    match public_suffix(license) {
        Some((pattern, suffix)) => Err(Error::PublicSuffix { pattern, suffix }),
        None => Ok(()),
    }
}

/// Refuses characters without a form of their own in what is shown to people: by products, and in
/// the lines beside a document.
pub(crate) fn check_texts(license: &License) -> Result<(), Error> {
    let uri = license.status.as_ref().map_or("", |status| &status.uri);
    match invisible_text(license) {
        Some(claim) => Err(Error::Invisible { claim }),
        None => check_names(&[("jti", license.id.as_str()), ("status", uri)]),
    }
}

/// Refuses such characters in any of these claims.
pub(crate) fn check_names(claims: &[(&'static str, &str)]) -> Result<(), Error> {
    let mut claims = claims.iter();
    match claims.find(|(_, text)| text.chars().any(is_invisible)) {
        Some((claim, _)) => Err(Error::Invisible { claim }),
        None => Ok(()),
    }
}

/// Refuses what cannot be the address of a status list, since it begins with no scheme (RFC 3986,
/// section 3.1). It is compared as it stands, so that a product would ask for the list in vain.
pub(crate) fn check_uri(flag: &'static str, uri: &str) -> Result<(), Error> {
    let (scheme, rest) = uri.split_once(':').unwrap_or_default();
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    match is_scheme && !rest.is_empty() {
        true => Ok(()),
        false => Err(Error::NoUri { flag }),
    }
}

/// Says what ends before it begins, or before the license is signed.
pub(crate) fn warn_of_ends(license: &License) {
    let (validity, now) = (&license.validity, license.issued_at);
    if let Phase::Grace { ended_at, .. } | Phase::After { ended_at } = validity.phase(now) {
        screen::warn(format_args!(
            "the license ended at {ended_at}, before it is signed"
        ));
    }
    let starts_at = validity.starts_at();
    let ends = [
        ("updates", license.updates_until),
        ("support", license.support_until),
    ];
    for (what, ends_at) in ends {
        if let (Some(ends_at), true) = (ends_at, Window::new(starts_at, ends_at).is_err()) {
            screen::warn(format_args!(
                "the end of {what}, {ends_at}, lies before the license begins"
            ));
        }
    }
    let starts_at = starts_at.unwrap_or(now);
    for (code, entitlement) in &license.entitlements {
        if let Some(until) = entitlement.until
            && Window::new(Some(starts_at), Some(until)).is_err()
        {
            screen::warn(format_args!(
                "the entitlement `{code}` ends at {until}, before it begins"
            ));
        }
    }
}
