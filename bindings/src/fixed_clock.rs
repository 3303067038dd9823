use std::time::Duration;

use countersign::{LicenseError, Moment};

/// Clocks that are set by hand, and go on only when they are told to: for tests and simulations.
#[derive(Debug, uniffi::Object)]
pub struct FixedClock(pub(crate) countersign_client::FixedClock);

#[uniffi::export]
impl FixedClock {
    /// Clocks of a machine that was started just now.
    #[uniffi::constructor]
    pub fn new(wall: Moment) -> Result<Self, LicenseError> {
        Ok(Self(countersign_client::FixedClock::at(wall)))
    }

    /// Lets time pass, by both clocks; of the wall clock whole seconds.
    pub fn advance(&self, time: Duration) {
        self.0.pass(time);
    }

    /// Sets the wall clock, as a customer might. The other one does not notice.
    pub fn set_wall(&self, wall: Moment) -> Result<(), LicenseError> {
        self.0.set_wall(wall);
        Ok(())
    }
}
