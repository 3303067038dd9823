use std::num::NonZeroU32;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use countersign::{LicenseKey, Moment};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::authority::{Authority, Order, Provisioned, Refusal, Terms};
use crate::http::auth::BrandActor;
use crate::http::body::{Json, without_values};
use crate::http::problem::Problem;

/// Issues one license key, and under it a license for each product.
#[utoipa::path(
    post,
    path = "/licenses/provision",
    tag = "brand",
    request_body(content = ref("#/components/schemas/ProvisionRequest")),
    params(("Idempotency-Key" = Option<String>, Header, description = "the same as the member `idempotency_key`")),
    responses(
        (status = 201, body = Provisioned, description = "what was provisioned"),
        (status = 404, description = "no such license key to add products to"),
        (status = 409, description = "it collides with what is there"),
    ),
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
    let max_seats: Option<NonZeroU32> = take(&mut body, "max_seats")?;
    let terms = take_terms(body)?;
    Ok(Order {
        products,
        customer_email,
        customer_reference,
        license_key,
        custom_key,
        terms,
        max_seats,
        insist: false,
        idempotency,
    })
}

/// Takes a member out of a body; one that is `null` is absent.
pub(super) fn take<T: DeserializeOwned>(
    body: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<T>, Refusal> {
    Ok(take_nullable(body, name)?.flatten())
}

/// Takes a member out of a body, and keeps `null` apart from its absence.
pub(super) fn take_nullable<T: DeserializeOwned>(
    body: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<Option<T>>, Refusal> {
    let value = body.remove(name).map(serde_json::from_value).transpose();
    value.map_err(|error| {
        Refusal::field(name, "invalid_request", without_values(&error.to_string()))
    })
}

/// Reads what is left of a body as terms, among them the end by its other name.
pub(super) fn take_terms(mut body: Map<String, Value>) -> Result<Terms, Refusal> {
    let expiration: Option<Option<String>> = take_nullable(&mut body, "expiration_date")?;
    let mut terms = Terms::from_wire(body, "")?;
    match expiration {
        None => {}
        Some(None) => terms.set("valid_until", Value::Null),
        Some(Some(text)) => {
            let end = Moment::from_end(&text)
                .map_err(|error| Refusal::field("expiration_date", "invalid_moment", error))?;
            terms.set("valid_until", end.unix());
        }
    }
    Ok(terms)
}

/// The longest idempotency key, in bytes.
const LONGEST_IDEMPOTENCY_KEY: usize = 255;
