use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign::Moment;

use crate::authority::Scopes;
use crate::entropy;
use crate::secret::Secret;
use crate::store::api_keys::ApiKey;

/// A new key.
pub(in crate::authority) fn draw(brand_id: Option<&str>) -> std::io::Result<String> {
    let random = BASE64_URL_SAFE_NO_PAD.encode(entropy::draw::<RANDOM_BYTES>()?);
    Ok(format!("{}{random}", start(brand_id)))
}

/// Whether a text has the form of an operator's key.
pub(in crate::authority) fn is_operator_key(text: &str) -> bool {
    text.strip_prefix(start(None))
        .and_then(|random| BASE64_URL_SAFE_NO_PAD.decode(random).ok())
        .is_some_and(|random| random.len() == RANDOM_BYTES)
}

/// The row of a key that may do everything, for ever.
pub(in crate::authority) fn stored(
    secret: &Secret,
    key: &str,
    brand_id: Option<String>,
    now: Moment,
) -> std::io::Result<ApiKey> {
    let shown = start(brand_id.as_deref()).len() + SHOWN;
    Ok(ApiKey {
        id: entropy::id(now)?,
        brand_id,
        prefix: key.chars().take(shown).collect(),
        hash: secret.hash(API_KEY, &[key]).to_vec(),
        scopes: Scopes::ReadWrite.names().join(" "),
        addresses: None,
        name: None,
        created_at: now,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    })
}

/// How keys begin, so that whoever finds one knows what it is.
fn start(brand_id: Option<&str>) -> &'static str {
    match brand_id {
        Some(_) => "cs_",
        None => "cs_op_",
    }
}

/// What API keys are hashed as.
pub(super) const API_KEY: &str = "api key";
const RANDOM_BYTES: usize = 24;
/// Random characters of a key that are shown, to tell keys apart by.
const SHOWN: usize = 5;
