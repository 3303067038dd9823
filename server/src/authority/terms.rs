use std::num::NonZeroU32;

use countersign::{Code, Issuable, License, LicenseId, Moment, Product};
use serde_json::{Map, Value};

use crate::store::StoreError;

use super::Refusal;
use super::refusal::FieldFault;

/// Terms of a license, by their names in docs/format.md: what an order states, or a product has by
/// default. On the wire moments are RFC 3339; stored and signed they are Unix seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Terms(Map<String, Value>);

impl Terms {
    /// Reads terms as requests state them, below the member `within`. `null` stays, as the term
    /// that is to be taken away.
    ///
    /// # Errors
    ///
    /// [`Refusal::Fields`] for what is no term, and for moments that are none.
    pub(crate) fn from_wire(wire: Map<String, Value>, within: &str) -> Result<Self, Refusal> {
        let mut terms = Map::new();
        let mut faults = Vec::new();
        for (name, value) in wire {
            let path = match within {
                "" => name.clone(),
                within => format!("{within}.{name}"),
            };
            if !NAMES.contains(&name.as_str()) {
                faults.push(fault(
                    path,
                    "unknown_member",
                    "no term of a license has this name",
                ));
                continue;
            }
            match from_wire(&name, value, &path) {
                Ok(value) => {
                    terms.insert(name, value);
                }
                Err(found) => faults.push(found),
            }
        }
        match faults.is_empty() {
            true => Ok(Self(terms)),
            false => Err(Refusal::Fields(faults)),
        }
    }

    /// Reads terms as a license states them, with moments as Unix seconds. `null` stays.
    ///
    /// # Errors
    ///
    /// [`Refusal::Fields`] for what is no term.
    pub(crate) fn from_claims(claims: Map<String, Value>) -> Result<Self, Refusal> {
        let unknown = claims.keys().find(|name| !NAMES.contains(&name.as_str()));
        match unknown {
            None => Ok(Self(claims)),
            Some(name) => Err(Refusal::Fields(vec![fault(
                name.clone(),
                "unknown_member",
                "no term of a license has this name",
            )])),
        }
    }

    /// The terms of a license that exists.
    pub(crate) fn of(license: &License) -> Self {
        let Value::Object(mut claims) = license.to_claims() else {
            return Self::default();
        };
        claims.retain(|name, _| NAMES.contains(&name.as_str()));
        Self(claims)
    }

    /// Reads terms from the database.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`]: terms that do not read must not become a license without any.
    pub(crate) fn from_stored(text: &str) -> Result<Self, StoreError> {
        let terms: Map<String, Value> = serde_json::from_str(text).map_err(|_| DAMAGED)?;
        match terms.keys().all(|name| NAMES.contains(&name.as_str())) {
            true => Ok(Self(terms)),
            false => Err(DAMAGED),
        }
    }

    /// The terms as the database keeps them.
    pub(crate) fn to_stored(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// The terms as answers state them.
    pub(crate) fn to_wire(&self) -> Value {
        let terms = self
            .0
            .iter()
            .map(|(name, value)| (name.clone(), to_wire(name, value)));
        Value::Object(terms.collect())
    }

    /// Whether a term is stated.
    pub(crate) fn states(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    /// What is stated of a term: `null`, where it is to be taken away.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// States a term, whatever it was before.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// States how many seats there are, and leaves the rest of their rule; `None` for any number.
    pub(crate) fn limit_seats(&mut self, limit: Option<NonZeroU32>) {
        let empty = || Value::Object(Map::new());
        let seats = self.0.entry("seats").or_insert_with(empty);
        if let Value::Object(rule) = seats {
            match limit {
                Some(limit) => rule.insert("limit".to_owned(), limit.get().into()),
                None => rule.remove("limit"),
            };
        }
    }

    /// Sees that an instance must hold a seat where their number is limited: else it would not count
    /// offline. `stated` is what somebody asks for, who may not take that away.
    ///
    /// # Errors
    ///
    /// [`Refusal::Fields`].
    pub(crate) fn enforce_seats(&mut self, stated: &Self) -> Result<(), Refusal> {
        let limit = self.0.get("seats").and_then(|seats| seats.get("limit"));
        if limit.is_none_or(Value::is_null) || self.states("activation") {
            return Ok(());
        }
        if stated.0.get("activation").is_some_and(Value::is_null) {
            let detail = "the number of seats is limited, and without it would not count offline";
            return Err(Refusal::field("activation", "activation_required", detail));
        }
        let empty = Value::Object(Map::new());
        self.0.insert("activation".to_owned(), empty);
        Ok(())
    }

    /// The terms of a license that goes from one product to another: what it has because the one
    /// has it by default it has as the other does, the rest stays.
    pub(crate) fn moved(&self, from: &Self, to: &Self) -> Self {
        let terms = NAMES.iter().filter_map(|name| {
            let own = self.0.get(*name);
            let term = match own == from.0.get(*name) {
                true => to.0.get(*name),
                false => own,
            };
            Some(((*name).to_owned(), term?.clone()))
        });
        Self(terms.collect())
    }

    /// These terms, with each that `other` states in place of the own; `null` takes one away.
    pub(crate) fn with(&self, other: &Self) -> Self {
        let mut terms = self.0.clone();
        for (name, value) in &other.0 {
            match value {
                Value::Null => terms.remove(name),
                value => terms.insert(name.clone(), value.clone()),
            };
        }
        Self(terms)
    }

    /// The license that has these terms and claims, read as strictly as a signed one.
    ///
    /// # Errors
    ///
    /// [`Refusal::Fields`], naming the term.
    pub(crate) fn license(&self, claims: Map<String, Value>) -> Result<License, Refusal> {
        let mut all = self.0.clone();
        all.extend(claims);
        License::from_claims(&Value::Object(all)).map_err(|error| {
            let (countersign::Error::Malformed(fault) | countersign::Error::Unsupported(fault)) =
                &error
            else {
                return Refusal::field("", "invalid_term", error);
            };
            let (at, text) = (fault.at(), fault.to_string());
            let detail = text.strip_prefix(&format!("`{at}`: ")).unwrap_or(&text);
            let field = at.strip_prefix("claims.").unwrap_or(at);
            Refusal::field(field, "invalid_term", detail)
        })
    }

    /// Whether these are terms that some license could have.
    ///
    /// # Errors
    ///
    /// As [`license`](Self::license).
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        self.checked().map(|_| ())
    }

    /// The same terms in the form that a license states them in.
    ///
    /// # Errors
    ///
    /// As [`license`](Self::license).
    pub(crate) fn normal(&self) -> Result<Self, Refusal> {
        self.checked().map(|license| Self::of(&license))
    }

    fn checked(&self) -> Result<License, Refusal> {
        let mut terms = self.clone();
        // Stated without the list they are about: every license gets one when it is issued.
        let freshness = terms.0.remove("freshness");
        let mut claims = Map::new();
        for (name, text) in [("jti", "check"), ("iss", "check"), ("aud", "check")] {
            claims.insert(name.to_owned(), text.into());
        }
        for (name, number) in [("ver", 1), ("iat", 0), ("rev", 1)] {
            claims.insert(name.to_owned(), number.into());
        }
        if let Some(freshness) = freshness {
            let status = serde_json::json!({"status_list": {"idx": 0, "uri": "https://check"}});
            claims.insert("status".to_owned(), status);
            claims.insert("freshness".to_owned(), freshness);
        }
        terms.license(claims)
    }
}

/// The claims that say which license it is.
pub(crate) fn identity(
    id: &LicenseId,
    product: &Product,
    customer: Option<&str>,
    revision: i64,
    now: Moment,
) -> Map<String, Value> {
    let mut claims = Map::new();
    let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    set("ver", 1.into());
    set("jti", id.as_str().into());
    set("iss", code(&product.brand));
    set("aud", code(&product.code));
    set("iat", now.unix().into());
    set("rev", revision.into());
    if let Some(customer) = customer {
        set("sub", customer.into());
    }
    claims
}

fn code(code: &Code) -> Value {
    code.as_str().into()
}

fn from_wire(name: &str, value: Value, path: &str) -> Result<Value, FieldFault> {
    match name {
        _ if value.is_null() => Ok(value),
        "valid_from" => moment(&value, path, Moment::from_start),
        "valid_until" | "updates_until" | "support_until" => moment(&value, path, Moment::from_end),
        "entitlements" => {
            let Value::Object(entitlements) = value else {
                return Ok(value);
            };
            let entitlements = entitlements.into_iter().map(|(code, mut terms)| {
                if let Some(until) = terms.get_mut("until") {
                    let path = format!("{path}.{code}.until");
                    *until = moment(until, &path, Moment::from_end)?;
                }
                Ok((code, terms))
            });
            Ok(Value::Object(entitlements.collect::<Result<_, _>>()?))
        }
        _ => Ok(value),
    }
}

fn moment(
    value: &Value,
    path: &str,
    read: fn(&str) -> Result<Moment, countersign::InvalidMoment>,
) -> Result<Value, FieldFault> {
    let Some(text) = value.as_str() else {
        return Err(fault(
            path.to_owned(),
            "invalid_moment",
            "a moment is a text in RFC 3339, or a date",
        ));
    };
    match read(text) {
        Ok(moment) => Ok(moment.unix().into()),
        Err(error) => Err(fault(path.to_owned(), "invalid_moment", &error.to_string())),
    }
}

fn to_wire(name: &str, value: &Value) -> Value {
    let shown = |value: &Value| {
        let moment = value.as_i64().and_then(|unix| Moment::from_unix(unix).ok());
        moment.map_or_else(|| value.clone(), |moment| moment.to_string().into())
    };
    match (name, value) {
        ("valid_from" | "valid_until" | "updates_until" | "support_until", value) => shown(value),
        ("entitlements", Value::Object(entitlements)) => {
            let entitlements = entitlements.iter().map(|(code, terms)| {
                let mut terms = terms.clone();
                if let Some(until) = terms.get_mut("until") {
                    *until = shown(until);
                }
                (code.clone(), terms)
            });
            Value::Object(entitlements.collect())
        }
        _ => value.clone(),
    }
}

fn fault(field: String, code: &'static str, detail: &str) -> FieldFault {
    FieldFault {
        field,
        code,
        detail: detail.to_owned(),
    }
}

const DAMAGED: StoreError = StoreError::Damaged {
    what: "the defaults of a product",
};
/// What an order may state: the claims that are not the authority's own.
pub(crate) const NAMES: [&str; 16] = [
    "valid_from",
    "valid_until",
    "grace",
    "updates_until",
    "support_until",
    "type",
    "edition",
    "domains",
    "addresses",
    "exempt",
    "seats",
    "activation",
    "entitlements",
    "limits",
    "freshness",
    "meta",
];
