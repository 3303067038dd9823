use crate::bound::Bound;
use crate::context::{Context, Run};
use crate::decision::Decision;
use crate::evaluate;
use crate::license::License;
use crate::signed::Verified;

/// A run bound to a license once, to be asked again and again.
///
/// What depends on the license alone is looked up when it is made: domain, address, entitlements,
/// limits. Asking costs the comparison of a few moments, and the lease and status list where there
/// are any. It decides exactly what [`evaluate`](Verified::evaluate) does.
#[derive(Clone, Debug)]
pub struct Check {
    license: Verified<License>,
    run: Run,
    bound: Bound,
}

impl Check {
    /// Decides anew, in another context.
    #[inline]
    pub fn evaluate(&self, context: &Context<'_>) -> Decision<'_> {
        evaluate::evaluate(&self.license, &self.run, &self.bound, context)
    }

    /// The run.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The license.
    pub fn license(&self) -> &Verified<License> {
        &self.license
    }
}

impl Verified<License> {
    /// Binds `run` to this license, so that asking again at another moment costs the windows alone.
    pub fn prepare(&self, run: Run) -> Check {
        Check {
            bound: Bound::of(self, &run),
            license: self.clone(),
            run,
        }
    }
}
