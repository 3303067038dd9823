//! What a call costs that does nothing (feature `bench`): the benches of each language divide by it.

use countersign::LicenseError;

use crate::run::{Context, Run};
use crate::trust::TrustStore;

/// Takes nothing and gives nothing.
#[uniffi::export]
pub fn take_nothing() {}

/// Takes what a decision takes, and decides nothing.
#[uniffi::export]
pub fn take_decision_arguments(run: Run, context: Context) -> Result<(), LicenseError> {
    drop((run, context));
    Ok(())
}

/// Takes what a verification takes, and verifies nothing.
#[uniffi::export]
pub fn take_text(text: &str, trust: &TrustStore) -> Result<(), LicenseError> {
    let _ = (text, trust);
    Ok(())
}
