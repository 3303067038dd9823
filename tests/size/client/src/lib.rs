//! All that a product needs that is activated over HTTP: a session that is kept in a folder, the
//! client that it asks by, and the task that renews it.

use std::ffi::{CStr, c_char};
use std::sync::{Arc, OnceLock};

use countersign::TrustStore;
use countersign_client::{Client, FileStorage, Session};
use tokio::runtime::Runtime;

static LICENSED: OnceLock<Licensed> = OnceLock::new();

struct Licensed {
    runtime: Runtime,
    client: Client,
    session: Arc<Session<FileStorage>>,
}

/// Opens the session of `product` that is kept in `folder`, trusts the keys in `jwks`, and renews it
/// by the authority at `url` from then on. Whether it could be opened.
///
/// # Safety
///
/// Every pointer is to a text that ends with NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(
    url: *const c_char,
    jwks: *const c_char,
    product: *const c_char,
    folder: *const c_char,
) -> bool {
    // SAFETY: the caller promises it for each of them.
    let texts = unsafe { [url, jwks, product, folder].map(|text| CStr::from_ptr(text).to_str()) };
    let [Ok(url), Ok(jwks), Ok(product), Ok(folder)] = texts else {
        return false;
    };
    let licensed = || {
        let trust = TrustStore::from_jwks(jwks).ok()?;
        let client = Client::builder(url.parse().ok()?, trust.clone());
        let storage = FileStorage::at(folder);
        let session = Session::open(storage, trust, product.parse().ok()?).ok()?;
        let (session, client) = (Arc::new(session), client.build().ok()?);
        let runtime = Runtime::new().ok()?;
        runtime.spawn(session.background(client.clone()));
        Some(Licensed {
            runtime,
            client,
            session,
        })
    };
    licensed().is_some_and(|licensed| LICENSED.set(licensed).is_ok())
}

/// Claims a seat with what the customer typed.
///
/// # Safety
///
/// The pointer is to a text that ends with NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn activate(license_key: *const c_char) -> bool {
    // SAFETY: the caller promises it.
    let license_key = unsafe { CStr::from_ptr(license_key) };
    let license_key = license_key.to_str().ok().and_then(|text| text.parse().ok());
    let (Some(licensed), Some(license_key)) = (LICENSED.get(), license_key) else {
        return false;
    };
    let activated = licensed.session.activate(&licensed.client, license_key);
    licensed.runtime.block_on(activated).is_ok()
}

/// Whether the product may run now.
#[unsafe(no_mangle)]
pub extern "C" fn decide() -> bool {
    LICENSED.get().is_some_and(|licensed| {
        let session = &licensed.session;
        session.decide(&session.run()).is_allowed()
    })
}
