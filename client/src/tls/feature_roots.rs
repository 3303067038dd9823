use std::sync::{Arc, OnceLock};

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;

/// What the features have clients trust: the system's certificates, Mozilla's, or either.
///
/// A system may have none, and be given some while a product runs.
#[derive(Clone, Debug)]
pub(crate) struct FeatureRoots(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    provider: Arc<CryptoProvider>,
    verifiers: OnceLock<Vec<Arc<dyn ServerCertVerifier>>>,
}

impl FeatureRoots {
    /// Whether there is a feature that brings any.
    pub(crate) const ARE_BUILT_IN: bool =
        cfg!(any(feature = "native-roots", feature = "webpki-roots"));

    pub(crate) fn new() -> Self {
        let (provider, verifiers) = (super::provider(), OnceLock::new());
        Self(Arc::new(Inner {
            provider,
            verifiers,
        }))
    }

    #[cfg(feature = "async")]
    pub(crate) fn are_loaded(&self) -> bool {
        self.0.verifiers.get().is_some()
    }

    /// What verifies by them; read once there is something to read, and then kept.
    pub(crate) fn load(&self) -> Result<&[Arc<dyn ServerCertVerifier>], rustls::Error> {
        if let Some(verifiers) = self.0.verifiers.get() {
            return Ok(verifiers);
        }
        let verifiers = verifiers(&self.0.provider)?;
        Ok(self.0.verifiers.get_or_init(|| verifiers))
    }
}

#[cfg_attr(
    not(any(feature = "native-roots", feature = "webpki-roots")),
    expect(unused_mut, unused_variables, reason = "no feature adds a verifier")
)]
fn verifiers(
    provider: &Arc<CryptoProvider>,
) -> Result<Vec<Arc<dyn ServerCertVerifier>>, rustls::Error> {
    let mut verifiers: Vec<Arc<dyn ServerCertVerifier>> = Vec::new();
    let mut missing = rustls::Error::General("no feature brings certificates".to_owned());
    #[cfg(feature = "native-roots")]
    match rustls_platform_verifier::Verifier::new(provider.clone()) {
        Ok(verifier) => verifiers.push(Arc::new(verifier)),
        Err(error) => missing = error,
    }
    #[cfg(feature = "webpki-roots")]
    match super::signed_by(
        webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect(),
        provider,
    ) {
        Ok(verifier) => verifiers.push(verifier),
        Err(error) => missing = rustls::Error::Other(rustls::OtherError(Arc::new(error))),
    }
    match verifiers.is_empty() {
        true => Err(missing),
        false => Ok(verifiers),
    }
}
