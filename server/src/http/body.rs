//! Bodies and queries, read strictly: what is wrong is said by member.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::header;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::authority::{FieldFault, Refusal};

use super::problem::Problem;

/// A JSON body.
pub(crate) struct Json<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(is_json);
        if !is_json {
            let detail = "the body is to be `application/json`";
            return Err(Problem::new(415, "unsupported_media_type", detail));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|error| {
            match error.status().as_u16() {
                413 => Problem::new(413, "too_large", "the body is too large"),
                _ => Problem::new(400, "malformed", "the body cannot be read"),
            }
        })?;
        parse(&bytes).map(Self)
    }
}

/// Reads JSON, and says which member is wrong.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        match error.classify() {
            serde_json::error::Category::Data => {
                let fault = FieldFault {
                    field: if path == "." { String::new() } else { path },
                    code: "invalid_request",
                    detail: without_place(&error),
                };
                Refusal::Fields(vec![fault]).into()
            }
            _ => malformed(&error),
        }
    })?;
    reader.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

/// A query, read into `T`.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(query)| Self(query)).map_err(|error| {
            Problem::new(422, "invalid_request", without_value(&error.body_text()))
        })
    }
}

fn malformed(error: &serde_json::Error) -> Problem {
    let detail = format!(
        "the body is no JSON: line {}, column {}",
        error.line(),
        error.column()
    );
    Problem::new(400, "malformed", detail)
}

/// The text of serde_json without the place, which is said by path.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or_default().to_owned(),
        None => text,
    }
}

/// What axum says of a query, without its own preface.
fn without_value(text: &str) -> String {
    text.rsplit_once("query string: ")
        .map_or(text, |(_, reason)| reason)
        .to_owned()
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}
