use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::http::Rate;
use crate::store::brands::Brand;

use super::{FieldFault, Refusal};

/// What an operator sets for one brand. What is absent is as for every brand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BrandSettings {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rate_limits: Option<BrandRates>,
    /// How many characters a license key of the brand's own has at least, 1 to 16 [default: 16]. A
    /// short one can be guessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 16)]
    pub(crate) shortest_custom_key: Option<usize>,
}

/// The rates of one brand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BrandRates {
    /// Of requests from one address about licenses of the brand; beside the authority's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<Rate>,
    /// Of requests with one of its license keys, or with leases of one of its licenses; in place of
    /// the authority's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) license_key: Option<Rate>,
    /// Of requests with one of its API keys; in place of the authority's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) api_key: Option<Rate>,
}

impl BrandSettings {
    /// The settings of a brand. What does not read was written by a newer version, or by hand, and
    /// counts as absent.
    pub(super) fn of(brand: &Brand) -> Self {
        Self::from_stored(&brand.settings)
    }

    /// The same of the column.
    pub(super) fn from_stored(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// How many characters a custom key has at least.
    pub(super) fn shortest_custom_key(&self) -> usize {
        self.shortest_custom_key.unwrap_or(SHORTEST_CUSTOM_KEY)
    }

    /// These settings, with those that `changed` states in their place; `null` takes one away. As they
    /// are stored.
    ///
    /// # Errors
    ///
    /// [`Refusal::Fields`].
    pub(super) fn merged(stored: &str, changed: &Map<String, Value>) -> Result<String, Refusal> {
        let mut all: Map<String, Value> = serde_json::from_str(stored).unwrap_or_default();
        for (name, value) in changed {
            match value {
                Value::Null => all.remove(name),
                value => all.insert(name.clone(), value.clone()),
            };
        }
        let settings: Self = serde_path_to_error::deserialize(Value::Object(all))
            .map_err(|error| fault(&error.path().to_string(), error.inner().to_string()))?;
        settings.check()?;
        serde_json::to_string(&settings).map_err(Refusal::internal)
    }

    fn check(&self) -> Result<(), Refusal> {
        let rates = self.rate_limits.unwrap_or_default();
        for (name, rate) in [
            ("address", rates.address),
            ("license_key", rates.license_key),
            ("api_key", rates.api_key),
        ] {
            if rate.is_some_and(|rate| rate.burst == 0) {
                let detail = "it is a number from 1";
                return Err(fault(
                    &format!("rate_limits.{name}.burst"),
                    detail.to_owned(),
                ));
            }
        }
        match self.shortest_custom_key {
            Some(length) if length == 0 || length > SHORTEST_CUSTOM_KEY => {
                let detail = format!("it is a number from 1 to {SHORTEST_CUSTOM_KEY}");
                Err(fault("shortest_custom_key", detail))
            }
            _ => Ok(()),
        }
    }
}

/// What is wrong with the setting at `path`, or with one that serde names in its text.
fn fault(path: &str, detail: String) -> Refusal {
    let named = ["unknown field `", "missing field `"]
        .into_iter()
        .find_map(|preface| detail.strip_prefix(preface)?.split('`').next())
        .filter(|name| path.rsplit('.').next() != Some(name));
    let mut field = match path {
        "." => "settings".to_owned(),
        path => format!("settings.{path}"),
    };
    if let Some(name) = named {
        field = format!("{field}.{name}");
    }
    Refusal::Fields(vec![FieldFault {
        field,
        code: "invalid_request",
        detail,
    }])
}

/// The shortest code of a brand's own that is no invitation to guess, in characters.
const SHORTEST_CUSTOM_KEY: usize = 16;
