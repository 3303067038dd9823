//! What an operator hardly means: terms that could be signed, and would do harm.

use countersign::License;

use crate::authority::{invisible_text, public_suffix};
use crate::cli::error::Error;

/// Refuses a domain pattern that covers everybody below a public suffix.
pub(crate) fn check_domains(license: &License) -> Result<(), Error> {
    match public_suffix(license) {
        Some((pattern, suffix)) => Err(Error::PublicSuffix { pattern, suffix }),
        None => Ok(()),
    }
}

/// Refuses characters without a form of their own in what products show to people.
pub(crate) fn check_texts(license: &License) -> Result<(), Error> {
    match invisible_text(license) {
        Some(claim) => Err(Error::Invisible { claim }),
        None => Ok(()),
    }
}
