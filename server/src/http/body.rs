//! Bodies and queries, read strictly: what is wrong is said by member.

use std::error::Error;

use axum::body::Bytes;
use axum::body::HttpBody as _;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use countersign::LicenseKey;
use http_body_util::LengthLimitError;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use tower_http::timeout::TimeoutError;

use crate::authority::{FieldFault, PageParams, Refusal};

use super::problem::Problem;
use super::unique::Unique;

/// A JSON body.
pub(crate) struct Json<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        check_type(request.headers(), "application/json")?;
        let bytes = read(request, state).await?;
        parse(&bytes).map(Self)
    }
}

/// A JSON body whose members are not all known, so that what `T` is made of does not refuse one that
/// is stated twice.
pub(crate) struct OpenJson<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for OpenJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        check_type(request.headers(), "application/json")?;
        let bytes = read(request, state).await?;
        parse::<Unique>(&bytes)?;
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
        check_type(&parts.headers, "application/json")?;
        parse(&bytes).map(Self)
    }
}

/// The id, code or reference in a path. What no name could be is not found.
pub(crate) struct Name(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(name)) if is_name(&name) => Ok(Self(name)),
            _ => Err(nothing_named()),
        }
    }
}

/// Several of them, in the order of the path.
pub(crate) struct Names<const N: usize>(pub(crate) [String; N]);

impl<S: Send + Sync, const N: usize> FromRequestParts<S> for Names<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let names = Path::<Vec<String>>::from_request_parts(parts, state).await;
        let names = names.ok().map(|Path(names)| names);
        names
            .filter(|names| names.iter().all(|name| is_name(name)))
            .and_then(|names| <[String; N]>::try_from(names).ok())
            .map(Self)
            .ok_or_else(nothing_named)
    }
}

fn is_name(text: &str) -> bool {
    text.len() <= LONGEST_NAME && !text.contains('\0')
}

fn nothing_named() -> Problem {
    Problem::new(404, "not_found", "there is nothing of that name")
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

/// A body of plain text of at most `SIZE` bytes.
pub(crate) struct Text<const SIZE: usize>(pub(crate) String);

impl<S: Send + Sync, const SIZE: usize> FromRequest<S> for Text<SIZE> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        check_type(request.headers(), "text/plain")?;
        let bytes = read(request, state).await?;
        if bytes.len() > SIZE {
            return Err(too_large());
        }
        String::from_utf8(bytes.into())
            .map(Self)
            .map_err(|_| Problem::new(400, "malformed", "the body is no UTF-8"))
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let read = Bytes::from_request(request, state).await;
    read.map_err(|error| match error.status().as_u16() {
        413 => too_large(),
        _ => unreadable(&error),
    })
}

/// Refuses a body that does not say that it is of that kind.
fn check_type(headers: &HeaderMap, kind: &str) -> Result<(), Problem> {
    let stated = headers.get(header::CONTENT_TYPE);
    let stated = stated.and_then(|stated| stated.to_str().ok());
    let essence = stated.and_then(|stated| stated.split(';').next());
    match essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(kind)) {
        true => Ok(()),
        false => {
            let detail = format!("the body is to be `{kind}`");
            Err(Problem::new(415, "unsupported_media_type", detail))
        }
    }
}

/// Why a body did not arrive: it is too long, or took too long.
pub(super) fn unreadable(error: &(dyn Error + 'static)) -> Problem {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return too_large();
        }
        if error.is::<TimeoutError>() {
            return Problem::new(408, "body_timeout", "the body took too long to arrive");
        }
        cause = error.source();
    }
    Problem::new(400, "malformed", "the body cannot be read")
}

fn too_large() -> Problem {
    Problem::new(413, "too_large", "the body is too large")
}

/// Reads JSON, and says which member is wrong.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // Nearly all that is read is right, and to keep account of the path takes as long as to read.
    if let Ok(value) = serde_json::from_slice(bytes) {
        refuse_nul(bytes)?;
        return Ok(value);
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = shown_path(&error.path().to_string());
        let error = error.into_inner();
        match error.classify() {
            serde_json::error::Category::Data => fault(&path, without_place(&error)),
            // Where a name is expected, other JSON is called no JSON.
            _ if serde_json::from_slice::<IgnoredAny>(bytes).is_ok() => {
                fault(&path, "invalid type".to_owned())
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

/// Refuses a parameter of a query that takes none.
pub(super) fn unknown_parameter(name: &str) -> Problem {
    let detail = format!("unknown field `{name}`, there are no parameters");
    fault(".", detail)
}

/// A query, read into `T`.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(query)| Self(query)).map_err(|error| {
            let text = error.body_text();
            let text = without_preface(&text);
            match text.split_once(": ") {
                Some((path, detail)) if !path.contains(' ') => fault(path, detail.to_owned()),
                _ => fault(".", text.to_owned()),
            }
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
fn without_preface(text: &str) -> &str {
    text.rsplit_once("query string: ")
        .map_or(text, |(_, reason)| reason)
}

/// What serde says, without the value that it found: that may be a secret in the wrong place. A
/// member that nobody knows is named, unless its name may be one as well.
pub(crate) fn without_values(text: &str) -> String {
    for kind in ["invalid type: string", "invalid value: string"] {
        if let Some(rest) = text.strip_prefix(kind)
            && let Some((_, expected)) = rest.rsplit_once("\", expected")
        {
            return in_words(&format!("{kind}, expected{expected}"));
        }
    }
    if let Some(rest) = text.strip_prefix("unknown variant `") {
        let known = rest
            .rsplit_once("`, expected")
            .map_or("", |(_, known)| known);
        return format!("unknown variant, expected{known}");
    }
    if let Some((name, known)) = text
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split_once("`, "))
    {
        return format!("unknown field `{}`, {known}", shown_path(name));
    }
    in_words(text)
}

/// The names of Rust's types, in words.
fn in_words(text: &str) -> String {
    let text = text.replace("a nonzero u32", "a number from 1 to 4294967295");
    let text = text.replace("invalid digit found in string", "it is no such number");
    text.replace("expected u32", "expected a number from 0 to 4294967295")
}

/// The path of a member, where it is no secret itself.
fn shown_path(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.[]".contains(&byte);
    let is_key = |part: &str| {
        part.parse::<LicenseKey>()
            .is_ok_and(|key| key.is_generated())
    };
    let is_secret = |part: &str| part.starts_with("cs_") || part.starts_with("eyJ") || is_key(part);
    let is_shown = path.len() <= LONGEST_SHOWN
        && path.bytes().all(is_plain)
        && !path.split(['.', '[', ']']).any(is_secret);
    match is_shown {
        true => path.to_owned(),
        false => "…".to_owned(),
    }
}

/// What is wrong with the member at `path`, or with one that serde names in its text.
fn fault(path: &str, detail: String) -> Problem {
    let mut field = if path == "." { "" } else { path }.to_owned();
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .into_iter()
        .find_map(|preface| detail.strip_prefix(preface)?.split('`').next());
    if let Some(name) = named
        && field.rsplit('.').next() != Some(name)
    {
        if !field.is_empty() {
            field.push('.');
        }
        field.push_str(name);
    }
    let fault = FieldFault {
        field: shown_path(&field),
        code: "invalid_request",
        detail: without_values(&detail),
    };
    Refusal::Fields(vec![fault]).into()
}

/// The longest name in a path, in bytes: an id, a code or a reference.
const LONGEST_NAME: usize = 255;
/// How JSON spells a NUL.
const ESCAPED_NUL: &[u8] = b"\\u0000";
/// The longest path of a member that is shown, in bytes.
const LONGEST_SHOWN: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serde_says_is_said_without_values() {
        for (text, shown) in [
            ("missing field `a`", "missing field `a`"),
            (
                "invalid type: integer `1`, expected a string",
                "invalid type: integer `1`, expected a string",
            ),
            (
                "invalid type: string \"x\", expected u32",
                "invalid type: string, expected a number from 0 to 4294967295",
            ),
            (
                "invalid type: string \"x\", expected y\", expected u32",
                "invalid type: string, expected a number from 0 to 4294967295",
            ),
            (
                "invalid value: string \"x\", expected u32",
                "invalid value: string, expected a number from 0 to 4294967295",
            ),
            (
                "unknown variant `x`, expected `a` or `b`",
                "unknown variant, expected `a` or `b`",
            ),
            (
                "unknown field `lisence_key`, expected `a`",
                "unknown field `lisence_key`, expected `a`",
            ),
            (
                "unknown field `cs_AAAA`, expected `a`",
                "unknown field `…`, expected `a`",
            ),
            (
                "unknown field `a b`, expected `a`",
                "unknown field `…`, expected `a`",
            ),
        ] {
            assert_eq!(without_values(text), shown);
        }
    }
}
