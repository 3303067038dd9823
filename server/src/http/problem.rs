use std::error::Error;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign::protocol;

use crate::authority::{FieldFault, Reason, Refusal};
use crate::store::StoreError;

/// An answer that is no success: problem details (RFC 9457).
#[derive(Debug)]
pub(crate) struct Problem {
    body: Box<protocol::Problem>,
    /// Seconds after which to ask again.
    retry_after: Option<u32>,
}

/// The code of a problem, in the extensions of its answer: for logs and limits.
#[derive(Clone, Debug)]
pub(super) struct ProblemCode(pub(super) String);

impl Problem {
    /// A problem of a stable name, with one line for people.
    pub(crate) fn new(status: u16, code: &str, detail: impl ToString) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            body: Box::new(protocol::Problem {
                kind: format!("urn:countersign:problem:{code}"),
                title: status.canonical_reason().unwrap_or_default().to_owned(),
                status: status.as_u16(),
                detail: detail.to_string(),
                code: code.to_owned(),
                denials: Vec::new(),
                errors: Default::default(),
            }),
            retry_after: None,
        }
    }

    /// The same, to be asked again after `seconds`.
    pub(crate) fn retry_after(self, seconds: u32) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    fn fields(faults: Vec<FieldFault>) -> Self {
        let mut details = Vec::new();
        let code = match faults.as_slice() {
            [only] => only.code,
            _ => "invalid_request",
        };
        let mut problem = Self::new(422, code, "");
        for fault in faults {
            details.push(match fault.field.is_empty() {
                true => fault.detail.clone(),
                false => format!("`{}`: {}", fault.field, fault.detail),
            });
            let errors = problem.body.errors.entry(fault.field).or_default();
            errors.push(fault.detail);
        }
        problem.body.detail = details.join("; ");
        problem
    }

    fn denied(reasons: Vec<Reason>) -> Self {
        let code = reasons.first().map_or("denied", |reason| reason.code);
        let texts: Vec<&str> = reasons.iter().map(|reason| reason.text.as_str()).collect();
        let mut problem = Self::new(422, code, texts.join("; "));
        problem.body.denials = reasons.into_iter().map(|reason| reason.report).collect();
        problem
    }
}

/// The one table from what a use case refused to what HTTP says.
impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound { what } => Self::new(
                404,
                &format!("{what}_not_found"),
                format_args!("there is no such {}", what.replace('_', " ")),
            ),
            Refusal::Fields(faults) => Self::fields(faults),
            Refusal::Denied(reasons) => Self::denied(reasons),
            Refusal::Unprocessable { code, detail } => Self::new(422, code, detail),
            Refusal::Conflict { code, detail } => Self::new(409, code, detail),
            Refusal::Unauthorized => Self::new(
                401,
                "unauthorized",
                "an API key that is known and in force is needed",
            ),
            Refusal::Forbidden { detail } => Self::new(403, "forbidden", detail),
            Refusal::Unavailable { code, detail } => Self::new(503, code, detail).retry_after(10),
            Refusal::Store(error) if error.is_temporary() => {
                let code = match error {
                    StoreError::Busy => "overloaded",
                    StoreError::OutcomeUnknown => "outcome_unknown",
                    _ => "unavailable",
                };
                Self::new(503, code, error).retry_after(1)
            }
            Refusal::Store(error) => Self::internal(&error),
            Refusal::Internal(error) => Self::internal(&*error),
        }
    }
}

impl Problem {
    fn internal(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error, "a request failed");
        Self::new(500, "internal", "something went wrong that never should")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.body.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.body).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110, section 15.5.2.
            let scheme = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
            .extensions_mut()
            .insert(ProblemCode(self.body.code));
        response
    }
}
