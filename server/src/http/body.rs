//! Bodies and queries, read strictly: what is wrong is said by member.

use axum::body::Bytes;
use axum::body::HttpBody as _;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::authority::{FieldFault, PageParams, Refusal};

use super::problem::Problem;

/// A JSON body.
pub(crate) struct Json<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        check_type(request.headers())?;
        let bytes = read(request, state).await?;
        parse(&bytes).map(Self)
    }
}

/// A JSON body, or none: then what `T` is by default.
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_typed = request.headers().contains_key(header::CONTENT_TYPE);
        if !is_typed && request.body().is_end_stream() {
            return Ok(Self(T::default()));
        }
        let (parts, body) = request.into_parts();
        let bytes = read(Request::new(body), state).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        check_type(&parts.headers)?;
        parse(&bytes).map(Self)
    }
}

/// The id, code or reference in a path. What no name could be is not found.
pub(crate) struct Name(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(name)) if name.len() <= LONGEST_NAME && !name.contains('\0') => Ok(Self(name)),
            _ => Err(Problem::new(
                404,
                "not_found",
                "there is nothing of that name",
            )),
        }
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// The most that is shown [default: 50; at most 500].
    #[serde(default)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

impl From<PageQuery> for PageParams {
    fn from(query: PageQuery) -> Self {
        Self {
            limit: query.limit,
            cursor: query.cursor,
        }
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let read = Bytes::from_request(request, state).await;
    read.map_err(|error| match error.status().as_u16() {
        413 => Problem::new(413, "too_large", "the body is too large"),
        _ => Problem::new(400, "malformed", "the body cannot be read"),
    })
}

fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE);
    match kind
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(is_json)
    {
        true => Ok(()),
        false => {
            let detail = "the body is to be `application/json`";
            Err(Problem::new(415, "unsupported_media_type", detail))
        }
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
    refuse_nul(bytes)?;
    Ok(value)
}

/// Refuses a NUL in any text: PostgreSQL keeps none.
fn refuse_nul(bytes: &[u8]) -> Result<(), Problem> {
    if !bytes
        .windows(ESCAPED_NUL.len())
        .any(|part| part == ESCAPED_NUL)
    {
        return Ok(());
    }
    // It may be an escaped backslash before `u0000`.
    let value: Value = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
    match path_of_nul(&value) {
        None => Ok(()),
        Some(path) => {
            let field = path.trim_start_matches('.').to_owned();
            Err(Refusal::field(field, "invalid_text", "it holds a NUL").into())
        }
    }
}

/// Where a text with a NUL stands.
fn path_of_nul(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(values) => {
            let mut values = values.iter().enumerate();
            values.find_map(|(index, value)| Some(format!("[{index}]{}", path_of_nul(value)?)))
        }
        Value::Object(members) => {
            members
                .iter()
                .find_map(|(name, value)| match name.contains('\0') {
                    true => Some(String::new()),
                    false => Some(format!(".{name}{}", path_of_nul(value)?)),
                })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
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

/// The longest name in a path, in bytes: an id, a code or a reference.
const LONGEST_NAME: usize = 255;
/// How JSON spells a NUL.
const ESCAPED_NUL: &[u8] = b"\\u0000";
