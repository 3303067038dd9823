use clap::ValueEnum;
use countersign::{Instance, protocol};

use super::error::Error;

/// The types of instances, named as where products talk to an authority.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum InstanceType {
    /// A web site, by its URL or domain.
    Url,
    /// A computer, by its host name.
    Hostname,
    /// A machine, by its fingerprint.
    MachineId,
}

impl InstanceType {
    /// The instance of this type that `value` names.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] for a value that the type cannot have.
    pub(crate) fn instance(self, value: &str) -> Result<Instance, Error> {
        let kind = match self {
            Self::Url => "domain",
            Self::Hostname => "host",
            Self::MachineId => "machine",
        };
        let flag = "--instance";
        Instance::parse(kind, value).map_err(|source| Error::Value { flag, source })
    }
}

impl From<InstanceType> for protocol::InstanceType {
    fn from(kind: InstanceType) -> Self {
        match kind {
            InstanceType::Url => Self::Url,
            InstanceType::Hostname => Self::Hostname,
            InstanceType::MachineId => Self::MachineId,
        }
    }
}
