use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, KeyProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::SigningKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use crate::error::{Kind, Peer};
use crate::settings::InvalidSettings;

mod feature_roots;

pub(crate) use feature_roots::FeatureRoots;

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

/// Whose certificates are accepted.
#[derive(Clone)]
pub(crate) enum Roots {
    /// The system's, or Mozilla's.
    OfFeatures(FeatureRoots),
    Only(Vec<CertificateDer<'static>>),
    /// Those that pins name, whoever signed them.
    Pinned(Vec<Pin>),
    None,
}

pub(crate) fn config(roots: Roots) -> Result<ClientConfig, InvalidSettings> {
    let provider = provider();
    let verifier: Arc<dyn ServerCertVerifier> = match roots {
        Roots::None => Verifier::shared(Accepted::Pinned(Vec::new()), &provider),
        Roots::Pinned(pins) => Verifier::shared(Accepted::Pinned(pins), &provider),
        Roots::Only(certificates) => {
            let mut store = RootCertStore::empty();
            for certificate in certificates {
                let added = store.add(certificate);
                added.map_err(|_| InvalidSettings::Certificates)?;
            }
            signed_by(store, &provider).map_err(unusable)?
        }
        Roots::OfFeatures(roots) => Verifier::shared(Accepted::OfFeatures(roots), &provider),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(config)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        key_provider: &NoKeys,
        ..rustls::crypto::ring::default_provider()
    })
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

/// Who does not prove to be who it is, where TLS is what failed.
pub(crate) fn unproven(error: &(dyn StdError + 'static)) -> Option<Kind> {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<UnprovenProxy>() {
            return Some(Kind::Unproven { by: Peer::Proxy });
        }
        if error.is::<rustls::Error>() {
            let by = Peer::Authority;
            return Some(Kind::Unproven { by });
        }
        // The source of an I/O error is its inner error's source, not the inner error.
        let io = error.downcast_ref::<io::Error>();
        next = match io.and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// What a proxy fails with under TLS, told from what the authority behind it fails with.
#[derive(Debug, thiserror::Error)]
#[error("the proxy cannot be verified")]
pub(crate) struct UnprovenProxy(#[source] io::Error);

impl UnprovenProxy {
    /// `error` of a handshake with a proxy. One of the network stays as it is.
    pub(crate) fn told(error: io::Error) -> io::Error {
        match unproven(&error) {
            Some(_) => io::Error::other(Self(error)),
            None => error,
        }
    }
}

fn signed_by(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, VerifierBuilderError> {
    let roots = Arc::new(roots);
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone());
    Ok(verifier.build()?)
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
    OfFeatures(FeatureRoots),
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
            Accepted::OfFeatures(roots) => roots.load()?,
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
