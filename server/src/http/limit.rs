//! Turns away requests of products that come too often, before they reach the database.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use countersign::{Code, LicenseKey};
use serde::Deserialize;

use crate::authority::Authority;

use super::body::unreadable;
use super::client::ClientAddress;
use super::problem::{Problem, ProblemCode};
use super::rate::Rates;
use super::shell::Shell;

/// What the product side lets through: by address, and by the license key in the query or body.
pub(super) async fn limit(
    authority: &Authority,
    shell: &Shell,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if shell.options.rates == Rates::UNLIMITED || !request.uri().path().starts_with(PRODUCT) {
        return Ok(next.run(request).await);
    }
    let ClientAddress(address) = ClientAddress::noted(&request);
    shell.gate.address(address)?;
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, shell.options.body_limit)
        .await
        .map_err(|error| unreadable(&error))?;
    if let Some((key, brand)) = named(parts.uri.query(), &bytes) {
        let own = authority.license_key_rate(&key, brand.as_ref()).await?;
        let brand = brand.as_ref().map_or("", Code::as_str);
        let who = format!("{brand}/{}", key.as_str());
        shell.gate.license_key(who.as_bytes(), own)?;
    }
    let answer = next
        .run(Request::from_parts(parts, Body::from(bytes)))
        .await;
    let code = answer.extensions().get::<ProblemCode>();
    if code.is_some_and(|ProblemCode(code)| code == "license_key_not_found") {
        // The answer stands; the next ones may be refused. One request is paid for.
        let _ = shell.gate.unknown_key(address, 1);
    }
    Ok(answer)
}

/// The license key that a request names, and the brand.
fn named(query: Option<&str>, body: &[u8]) -> Option<(LicenseKey, Option<Code>)> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        license_key: Cow<'a, str>,
        #[serde(borrow, default)]
        brand: Option<Cow<'a, str>>,
    }
    let of_query = |name: &str| {
        let mut pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
        percent_decoded(pairs.find(|(other, _)| *other == name)?.1)
    };
    let (key, brand) = match of_query("license_key") {
        Some(key) => (Cow::from(key), of_query("brand").map(Cow::from)),
        None => {
            let named: Named<'_> = serde_json::from_slice(body).ok()?;
            (named.license_key, named.brand)
        }
    };
    let brand = brand.and_then(|brand| brand.parse().ok());
    Some((key.parse().ok()?, brand))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Where the product side begins.
const PRODUCT: &str = "/api/v1/product/";
