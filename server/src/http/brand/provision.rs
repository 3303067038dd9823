use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use countersign::{LicenseKey, Moment};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::authority::{Authority, Order, Provisioned, Refusal, Terms};
use crate::http::auth::BrandActor;
use crate::http::body::Json;
use crate::http::problem::Problem;

/// Issues one license key, and under it a license for each product.
#[utoipa::path(
    post,
    path = "/licenses/provision",
    tag = "brand",
    request_body(content = ref("#/components/schemas/ProvisionRequest")),
    responses((status = 201, body = Provisioned, description = "what was provisioned")),
)]
pub(crate) async fn provision(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    headers: HeaderMap,
    Json(body): Json<Map<String, Value>>,
) -> Result<(StatusCode, axum::Json<Provisioned>), Problem> {
    let header = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok());
    let order = read_order(body, header)?;
    let provisioned = authority.provision(&actor, order).await?;
    Ok((StatusCode::CREATED, axum::Json(provisioned)))
}

/// Reads an order: the members of its own, and any term of a license.
fn read_order(mut body: Map<String, Value>, header: Option<&str>) -> Result<Order, Refusal> {
    let key: Option<String> = take(&mut body, "idempotency_key")?;
    let key = key.or_else(|| header.map(str::to_owned));
    let idempotency = match key {
        Some(key) if key.is_empty() || key.len() > LONGEST_IDEMPOTENCY_KEY => {
            let detail = format!("it has 1 to {LONGEST_IDEMPOTENCY_KEY} bytes");
            return Err(Refusal::field("idempotency_key", "invalid_request", detail));
        }
        // `Map` keeps its members in order, so the text is the same for the same request.
        key => key.map(|key| (key, Value::Object(body.clone()).to_string())),
    };
    let products = take(&mut body, "products")?.unwrap_or_default();
    let customer_email = take(&mut body, "customer_email")?;
    let customer_reference = take(&mut body, "customer_reference")?;
    let license_key = take::<LicenseKey>(&mut body, "license_key")?;
    let custom_key = take::<LicenseKey>(&mut body, "custom_key")?;
    let expiration: Option<String> = take(&mut body, "expiration_date")?;
    let max_seats: Option<std::num::NonZeroU32> = take(&mut body, "max_seats")?;
    let mut terms = Terms::from_wire(body, "")?;
    if let Some(text) = expiration {
        let end = Moment::from_end(&text)
            .map_err(|error| Refusal::field("expiration_date", "invalid_moment", error))?;
        terms.set("valid_until", end.unix());
    }
    if let Some(limit) = max_seats {
        terms.set_within("seats", "limit", limit.get());
        if !terms.states("activation") {
            terms.set("activation", Map::new());
        }
    }
    Ok(Order {
        products,
        customer_email,
        customer_reference,
        license_key,
        custom_key,
        terms,
        idempotency,
    })
}

fn take<T: DeserializeOwned>(
    body: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<T>, Refusal> {
    match body.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => serde_json::from_value(value)
            .map(Some)
            .map_err(|error| Refusal::field(name, "invalid_request", error)),
    }
}

/// The longest idempotency key, in bytes.
const LONGEST_IDEMPOTENCY_KEY: usize = 255;
