use crate::store::Scope;

use super::Refusal;

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    /// Who it is in the audit log: the id of an API key, `product`, or `command`
    /// for the command line.
    pub(crate) name: String,
    /// The brand whose rows it may reach, by id; nothing for an operator.
    pub(crate) brand: Option<String>,
    pub(crate) scopes: Scopes,
    /// The id of the request.
    pub(crate) request_id: Option<String>,
}

/// What an API key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scopes {
    /// To look.
    Read,
    /// To look and to change.
    ReadWrite,
}

impl Scopes {
    /// As in the database and on the wire.
    pub(crate) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Read => &["read"],
            Self::ReadWrite => &["read", "write"],
        }
    }
}

impl Actor {
    /// The operator at the command line.
    pub(crate) fn command() -> Self {
        Self {
            name: COMMAND.to_owned(),
            brand: None,
            scopes: Scopes::ReadWrite,
            request_id: None,
        }
    }

    /// Whether it is the operator at the command line.
    pub(crate) fn is_command(&self) -> bool {
        self.name == COMMAND
    }

    /// A product in the field.
    pub(crate) fn product() -> Self {
        Self {
            name: "product".to_owned(),
            ..Self::command()
        }
    }

    /// The brand that it acts for.
    ///
    /// # Errors
    ///
    /// [`Refusal::Forbidden`] for an operator that acts for none.
    pub(crate) fn brand(&self) -> Result<&str, Refusal> {
        self.brand.as_deref().ok_or(Refusal::Forbidden {
            detail: "an operator's key acts for no brand; use a key of the brand".into(),
        })
    }

    /// Whose rows its transactions may reach.
    pub(crate) fn scope(&self) -> Scope {
        match &self.brand {
            Some(id) => Scope::Brand(id.clone()),
            None => Scope::All,
        }
    }

    /// The same operator, acting for a brand.
    pub(crate) fn for_brand(self, brand_id: String) -> Self {
        Self {
            brand: Some(brand_id),
            ..self
        }
    }
}

/// The name of the operator at the command line; no API key has such an id.
const COMMAND: &str = "command";
