//! All that an offline product needs: text to decision.

use std::ffi::{CStr, c_char};

use countersign::{ClockReading, Context, License, Moment, Run, Signed, TrustStore};

/// Whether the license in `text`, signed by a key in `jwks`, allows `product` on `domain` at `now`.
///
/// # Safety
///
/// Every pointer is to a text that ends with NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn decide(
    text: *const c_char,
    jwks: *const c_char,
    product: *const c_char,
    domain: *const c_char,
    now: i64,
) -> bool {
    // SAFETY: the caller promises it for each of them.
    let [text, jwks, product, domain] =
        unsafe { [text, jwks, product, domain].map(|text| CStr::from_ptr(text).to_str()) };
    let (Ok(text), Ok(jwks), Ok(product), Ok(domain)) = (text, jwks, product, domain) else {
        return false;
    };
    let (Ok(trust), Ok(product), Ok(domain)) =
        (TrustStore::from_jwks(jwks), product.parse(), domain.parse())
    else {
        return false;
    };
    let license = Signed::<License>::parse(text).and_then(|signed| signed.verify(&trust));
    license.is_ok_and(|license| {
        let mut run = Run::of(product);
        run.domain = Some(domain);
        let context = Context::at(ClockReading::trusted(Moment::nearest(now)));
        license.evaluate(&run, &context).is_allowed()
    })
}
