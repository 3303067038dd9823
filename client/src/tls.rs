use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, KeyProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::SigningKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use crate::settings::InvalidSettings;

/// Names the one certificate that an authority shows: [`ClientBuilder::pin`](crate::ClientBuilder::pin).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pin {
    /// By the SHA-256 of its public key (the DER of `SubjectPublicKeyInfo`), which stays the same
    /// where a certificate is renewed for the same key.
    PublicKey([u8; 32]),
    /// By the SHA-256 of the certificate itself (its DER), as browsers show it.
    Certificate([u8; 32]),
}

/// Whose certificates are trusted.
#[derive(Clone)]
pub(crate) enum Roots {
    /// The system's, or Mozilla's.
    OfFeatures,
    Only(Vec<CertificateDer<'static>>),
    None,
}

pub(crate) fn config(roots: Roots, pins: Vec<Pin>) -> Result<ClientConfig, InvalidSettings> {
    let provider = Arc::new(CryptoProvider {
        key_provider: &NoKeys,
        ..rustls::crypto::ring::default_provider()
    });
    let verifier: Arc<dyn ServerCertVerifier> = match roots {
        Roots::None => Verifier::shared(Accepted::Pinned(Vec::new()), &provider),
        _ if !pins.is_empty() => Verifier::shared(Accepted::Pinned(pins), &provider),
        Roots::Only(certificates) => {
            let mut store = RootCertStore::empty();
            for certificate in certificates {
                let added = store.add(certificate);
                added.map_err(|_| InvalidSettings::Certificates)?;
            }
            signed_by(store, &provider)?
        }
        Roots::OfFeatures => of_features(&provider)?,
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(config)
}

/// A client shows no certificate, so it has no key to sign with. What signs is fifty kilobytes that
/// are linked only where somebody could ask for them.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(
        &self,
        _key: PrivateKeyDer<'static>,
    ) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General("a client has no key".into()))
    }
}

/// Whether TLS is what failed: something answers, and does not prove to be the authority.
pub(crate) fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<rustls::Error>() {
            return true;
        }
        // The source of an I/O error is its inner error's source, not the inner error.
        let io = error.downcast_ref::<io::Error>();
        next = match io.and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}

/// The verifiers that the features bring, where there is something in them.
fn of_features(
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, InvalidSettings> {
    #[cfg_attr(
        not(any(feature = "native-roots", feature = "webpki-roots")),
        expect(unused_mut, reason = "no feature adds a verifier")
    )]
    let mut verifiers: Vec<Arc<dyn ServerCertVerifier>> = Vec::new();
    #[cfg(feature = "native-roots")]
    if let Ok(verifier) = rustls_platform_verifier::Verifier::new(provider.clone()) {
        verifiers.push(Arc::new(verifier));
    }
    #[cfg(feature = "webpki-roots")]
    {
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
        verifiers.push(signed_by(roots.collect(), provider)?);
    }
    if verifiers.is_empty() {
        return Err(InvalidSettings::NoRoots);
    }
    Ok(Verifier::shared(Accepted::ByAny(verifiers), provider))
}

fn signed_by(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, InvalidSettings> {
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
    Ok(verifier.map_err(unusable)?)
}

fn unusable(error: impl StdError + Send + Sync + 'static) -> InvalidSettings {
    InvalidSettings::Http(Box::new(error))
}

#[derive(Debug)]
struct Verifier {
    accepted: Accepted,
    provider: Arc<CryptoProvider>,
}

#[derive(Debug)]
enum Accepted {
    /// What one of these accepts.
    ByAny(Vec<Arc<dyn ServerCertVerifier>>),
    /// These, whoever signed them.
    Pinned(Vec<Pin>),
}

impl Verifier {
    fn shared(accepted: Accepted, provider: &Arc<CryptoProvider>) -> Arc<dyn ServerCertVerifier> {
        let provider = provider.clone();
        Arc::new(Self { accepted, provider })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verifiers = match &self.accepted {
            Accepted::ByAny(verifiers) => verifiers,
            Accepted::Pinned(pins) => return is_pinned(end_entity, pins),
        };
        let unknown = rustls::Error::from(CertificateError::UnknownIssuer);
        let mut refused = unknown.clone();
        for verifier in verifiers {
            match verifier.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            ) {
                Ok(verified) => return Ok(verified),
                // One that knows the issuer has more to say than one that does not.
                Err(error) if refused == unknown => refused = error,
                Err(_) => {}
            }
        }
        Err(refused)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

fn is_pinned(
    certificate: &CertificateDer<'_>,
    pins: &[Pin],
) -> Result<ServerCertVerified, rustls::Error> {
    let parsed = ParsedCertificate::try_from(certificate)?;
    let public_key = parsed.subject_public_key_info();
    let is_pinned = pins.iter().any(|pin| match pin {
        Pin::PublicKey(hash) => digest(&SHA256, &public_key).as_ref() == hash,
        Pin::Certificate(hash) => digest(&SHA256, certificate).as_ref() == hash,
    });
    match is_pinned {
        true => Ok(ServerCertVerified::assertion()),
        false => Err(CertificateError::ApplicationVerificationFailure.into()),
    }
}
