//! What an operator hardly means: terms that could be signed, and would do harm.

use countersign::License;

use crate::cli::error::Error;
use crate::cli::screen;

/// Refuses a domain pattern that covers everybody below a public suffix, such as `*.co.uk`
/// (docs/rules.md, section 2; the Public Suffix List).
pub(crate) fn check_domains(license: &License) -> Result<(), Error> {
    let patterns = license.domains.iter().flatten();
    for pattern in patterns.filter(|pattern| pattern.as_str().contains('*')) {
        let (_, after) = pattern.as_str().rsplit_once('*').unwrap_or_default();
        let fixed = after.split_once('.').map_or("", |(_, fixed)| fixed);
        let suffix = psl::suffix(fixed.as_bytes()).filter(|suffix| suffix.is_known());
        if suffix.is_some_and(|suffix| suffix.as_bytes() == fixed.as_bytes()) {
            let (pattern, suffix) = (pattern.to_string(), fixed.to_owned());
            return Err(Error::PublicSuffix { pattern, suffix });
        }
    }
    Ok(())
}

/// Refuses characters without a form of their own in what products show to people: they could drive
/// a terminal, or turn the text around them.
pub(crate) fn check_texts(license: &License) -> Result<(), Error> {
    let meta = license
        .meta
        .iter()
        .flat_map(|(name, text)| [("meta", name), ("meta", text)]);
    let labels = [
        ("sub", &license.customer),
        ("type", &license.label),
        ("edition", &license.edition),
    ];
    let labels = labels
        .into_iter()
        .filter_map(|(claim, text)| Some((claim, text.as_ref()?)));
    let values = license.entitlements.values();
    let values =
        values.filter_map(|entitlement| Some(("entitlements", entitlement.value.as_ref()?)));
    let mut texts = labels.chain(meta).chain(values);
    match texts.find(|(_, text)| text.chars().any(screen::is_invisible)) {
        Some((claim, _)) => Err(Error::Invisible { claim }),
        None => Ok(()),
    }
}
