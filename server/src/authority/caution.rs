//! What an operator hardly means: terms that could be signed, and would do harm.

use countersign::License;

/// A domain pattern that covers everybody below a public suffix, such as `*.co.uk`, and the suffix
/// (docs/rules.md, section 2; the Public Suffix List).
pub(crate) fn public_suffix(license: &License) -> Option<(String, String)> {
    let patterns = license.domains.iter().flatten();
    for pattern in patterns.filter(|pattern| pattern.as_str().contains('*')) {
        let (_, after) = pattern.as_str().rsplit_once('*').unwrap_or_default();
        let fixed = after.split_once('.').map_or("", |(_, fixed)| fixed);
        let suffix = psl::suffix(fixed.as_bytes()).filter(|suffix| suffix.is_known());
        if suffix.is_some_and(|suffix| suffix.as_bytes() == fixed.as_bytes()) {
            return Some((pattern.to_string(), fixed.to_owned()));
        }
    }
    None
}

/// The claim whose text, which products show to people, holds a character without a form of its own:
/// it could drive a terminal, or turn the text around it.
pub(crate) fn invisible_text(license: &License) -> Option<&'static str> {
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
    let (claim, _) = texts.find(|(_, text)| text.chars().any(is_invisible))?;
    Some(claim)
}

/// Whether a character has an effect on a screen and no form of its own.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}
