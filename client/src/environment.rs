use crate::error::{Error, Kind, Peer};
use crate::proxy::MisnamedProxy;
use crate::tls::FeatureRoots;

/// What a client takes from the environment that can be missing or wrong there. A product starts all the
/// same: each call says it, in place of asking.
#[derive(Clone)]
pub(crate) struct Environment {
    /// Who is verified by the roots of the features, and these.
    roots: Option<(Peer, FeatureRoots)>,
    misnamed: Option<MisnamedProxy>,
}

impl Environment {
    /// Reads the roots, where there are any now.
    pub(crate) fn new(
        roots: Option<(Peer, FeatureRoots)>,
        misnamed: Option<MisnamedProxy>,
    ) -> Self {
        if let Some((_, roots)) = &roots {
            // What is missing is read anew with the next call, which tells the error.
            let _ = roots.load();
        }
        Self { roots, misnamed }
    }

    /// Whether nothing keeps a call from being made, as far as can be told without a disk.
    #[cfg(feature = "async")]
    pub(crate) fn is_ready(&self) -> bool {
        let roots = self.roots.as_ref();
        self.misnamed.is_none() && roots.is_none_or(|(_, roots)| roots.are_loaded())
    }

    /// Reads what was missing so far.
    ///
    /// # Errors
    ///
    /// What keeps a call from being made.
    pub(crate) fn make_ready(&self) -> Result<(), Error> {
        if let Some(misnamed) = self.misnamed {
            let variable = misnamed.variable;
            return Err(Error::because(Kind::NoProxy { variable }, misnamed));
        }
        if let Some((of, roots)) = &self.roots {
            let loaded = roots.load();
            loaded.map_err(|error| Error::because(Kind::NoRoots { of: *of }, error))?;
        }
        Ok(())
    }
}
