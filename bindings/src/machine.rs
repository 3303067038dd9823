use std::collections::HashMap;
use std::path::Path;

use countersign::{Instance, LicenseError, Product};
use countersign_client::machine::{self, NoInstance};

use crate::client_error::chain;

/// What a machine is known by: keyed hashes, which never leave it.
///
/// A session that is opened with them notices where its state was copied to another machine.
#[derive(Debug, uniffi::Object)]
pub struct Signals(pub(crate) machine::Signals);

#[uniffi::export]
impl Signals {
    /// Signals of the host's own choice: names, and values that never leave the machine. Empty ones
    /// are left out.
    #[uniffi::constructor]
    pub fn new(product: Product, values: HashMap<String, String>) -> Result<Self, LicenseError> {
        let values = values.iter();
        let values = values.map(|(name, value)| (name.as_str(), value.clone()));
        Ok(Self(machine::Signals::new(&product, values)))
    }

    /// What this machine is known by, as far as this process may read it. Nothing on a phone.
    #[uniffi::constructor]
    pub fn of_this_machine(product: Product) -> Result<Self, LicenseError> {
        #[cfg(not(any(target_os = "android", target_os = "ios")))]
        let signals = machine::Signals::of_this_machine(&product);
        #[cfg(any(target_os = "android", target_os = "ios"))]
        let signals = machine::Signals::new(&product, []);
        Ok(Self(signals))
    }
}

/// The instance that an environment variable names, as of a container or a pod.
#[uniffi::export]
pub fn instance_of_variable(name: &str) -> Result<Instance, InstanceError> {
    Ok(machine::instance_of_variable(name)?)
}

/// The instance that a file names, as it is mounted into a container: its first line.
#[uniffi::export]
pub fn instance_of_file(path: &str) -> Result<Instance, InstanceError> {
    Ok(machine::instance_of_file(Path::new(path))?)
}

/// Nothing names the instance.
#[derive(Clone, Debug, thiserror::Error, uniffi::Error)]
pub enum InstanceError {
    /// The variable is not set, the file cannot be read, or the value is no instance's.
    #[error("{text}")]
    Unnamed {
        /// `instance_unset`, `instance_unread` or `invalid_instance`.
        code: String,
        /// What is wrong, in one line for people.
        text: String,
    },
}

impl From<NoInstance> for InstanceError {
    fn from(error: NoInstance) -> Self {
        let code = match error {
            NoInstance::Unset => "instance_unset",
            NoInstance::Unread(_) => "instance_unread",
            _ => "invalid_instance",
        };
        Self::Unnamed {
            code: code.into(),
            text: chain(&error),
        }
    }
}
