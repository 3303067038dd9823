//! Parameters of operations that take none.

use std::collections::HashSet;

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use serde_json::Value;

use super::body::unknown_parameter;
use super::openapi;
use super::problem::Problem;

/// Every operation that takes parameters in its query, and refuses those that it does not know
/// itself: method and path, as the OpenAPI document has them.
pub(super) struct Queried(HashSet<(String, String)>);

impl Queried {
    pub(super) fn new() -> Self {
        let document = openapi::document();
        let paths = document.get("paths").and_then(Value::as_object);
        let mut queried = HashSet::new();
        for (path, operations) in paths.into_iter().flatten() {
            for (method, operation) in operations.as_object().into_iter().flatten() {
                let parameters = operation.get("parameters").and_then(Value::as_array);
                let is_query = |one: &Value| one.get("in").is_some_and(|place| place == "query");
                if parameters.into_iter().flatten().any(is_query) {
                    queried.insert((method.to_uppercase(), path.clone()));
                }
            }
        }
        Self(queried)
    }

    fn takes(&self, method: &Method, path: &str) -> bool {
        let method = match *method {
            Method::HEAD => Method::GET.as_str(),
            _ => method.as_str(),
        };
        self.0.contains(&(method.to_owned(), path.to_owned()))
    }

    /// Refuses parameters by name where an operation takes none: who states one means something by it.
    pub(super) fn refuse_unknown(&self, request: &Request) -> Result<(), Problem> {
        let query = request.uri().query().filter(|query| !query.is_empty());
        let path = request.extensions().get::<MatchedPath>();
        if let (Some(query), Some(path)) = (query, path)
            && path.as_str().starts_with("/api/v1/")
            && !self.takes(request.method(), path.as_str())
        {
            let name = query.split(['=', '&']).next().unwrap_or_default();
            return Err(unknown_parameter(name));
        }
        Ok(())
    }
}
