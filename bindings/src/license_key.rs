use std::sync::Arc;

use countersign::LicenseError;

/// The code that a customer types to activate a product. It names a license and proves nothing.
#[derive(Debug, uniffi::Object)]
pub struct LicenseKey(pub(crate) countersign::LicenseKey);

#[uniffi::export]
impl LicenseKey {
    /// The key as it is shown and stored. Who reads it can use the license: keep it out of logs.
    pub fn text(&self) -> String {
        self.0.as_str().into()
    }

    /// Whether it has the form of generated keys, with a correct check symbol. Else it is a custom
    /// code, which the brand chose.
    pub fn is_generated(&self) -> bool {
        self.0.is_generated()
    }

    /// What stands before the first dash of a generated key: the product's prefix.
    pub fn prefix(&self) -> Option<String> {
        self.0.prefix().map(Into::into)
    }
}

/// Reads what a customer typed. Of a generated key, case, blanks and dashes do not count.
#[uniffi::export]
pub fn parse_license_key(text: &str) -> Result<Arc<LicenseKey>, LicenseError> {
    Ok(Arc::new(LicenseKey(text.parse()?)))
}
