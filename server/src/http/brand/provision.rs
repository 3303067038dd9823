use std::num::NonZeroU32;

use axum::extract::State;
use axum::http::StatusCode;
use countersign::{LicenseKey, Moment};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::authority::{Authority, Idempotency, Order, Provisioned, Refusal, Terms};
use crate::http::auth::BrandActor;
use crate::http::body::{OpenJson, without_values};
use crate::http::idempotency_key::IdempotencyKey;
use crate::http::problem::Problem;

/// Issues one license key, and under it a license for each product.
#[utoipa::path(
    post,
    path = "/licenses/provision",
    tag = "brand",
    request_body(content = ref("#/components/schemas/ProvisionRequest")),
    params(IdempotencyKey),
    responses(
        (status = 201, body = Provisioned, description = "what was provisioned"),
        (status = 404, description = "no such license key to add products to"),
    ),
)]
pub(crate) async fn provision(
    State(authority): State<Authority>,
    BrandActor(actor): BrandActor,
    idempotency: IdempotencyKey,
    OpenJson(body): OpenJson<Map<String, Value>>,
) -> Result<(StatusCode, axum::Json<Provisioned>), Problem> {
    let order = read_order(body, idempotency)?;
    let provisioned = authority.provision(&actor, order).await?;
    Ok((StatusCode::CREATED, axum::Json(provisioned)))
}

/// Reads an order: the members of its own, and any term of a license.
fn read_order(mut body: Map<String, Value>, header: IdempotencyKey) -> Result<Order, Refusal> {
    let member: Option<String> = take(&mut body, "idempotency_key")?;
    let idempotency = match member {
        Some(key) if header.differs_from(&key) => {
            let detail = "the header `Idempotency-Key` states another";
            return Err(Refusal::field("idempotency_key", "invalid_request", detail));
        }
        Some(key) => Some(Idempotency::new("idempotency_key", key, &body)?),
        None => header.of(&body)?,
    };
    let products = take(&mut body, "products")?.unwrap_or_default();
    let customer_email = take(&mut body, "customer_email")?;
    let customer_reference = take(&mut body, "customer_reference")?;
    let license_key = take::<LicenseKey>(&mut body, "license_key")?;
    let custom_key = take::<LicenseKey>(&mut body, "custom_key")?;
    let max_seats: Option<NonZeroU32> = take(&mut body, "max_seats")?;
    let terms = take_terms(body)?;
    refuse_other_seats(max_seats, &terms)?;
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
        Some(None) if terms.states("valid_until") => {
            return Err(contradiction("expiration_date", "valid_until"));
        }
        Some(None) => terms.set("valid_until", Value::Null),
        Some(Some(text)) => {
            let other = terms.get("valid_until").cloned();
            let end = Moment::from_end(&text)
                .map_err(|error| Refusal::field("expiration_date", "invalid_moment", error))?;
            if other.is_some_and(|other| other != end.unix()) {
                return Err(contradiction("expiration_date", "valid_until"));
            }
            terms.set("valid_until", end.unix());
        }
    }
    Ok(terms)
}

/// Refuses a number of seats that is stated by both its names, and differently.
pub(super) fn refuse_other_seats(
    max_seats: Option<NonZeroU32>,
    terms: &Terms,
) -> Result<(), Refusal> {
    let limit = terms.get("seats").and_then(|seats| seats.get("limit"));
    match (max_seats, limit) {
        (Some(most), Some(limit)) if *limit != most.get() => {
            Err(contradiction("max_seats", "seats"))
        }
        _ => Ok(()),
    }
}

fn contradiction(field: &str, other: &str) -> Refusal {
    let detail = format!("`{other}` says something else");
    Refusal::field(field, "contradiction", detail)
}
