use countersign::Moment;

use crate::store::activations::Activation;
use crate::store::licenses::StoredLicense;
use crate::store::{Change, Scope, Tx};

use super::{Authority, Inner, Refusal};

impl Authority {
    /// Lets go the floating seats whose time is over, of licenses that nobody asks about: those that
    /// are asked about let go of theirs themselves.
    ///
    /// # Errors
    ///
    /// [`Refusal::Store`]; what is left is let go the next time.
    pub(crate) async fn let_go_floated(&self) -> Result<(), Refusal> {
        let now = self.now();
        let due = move |tx: &mut dyn Tx| Ok(Activation::floated_licenses(tx, now, BATCH)?);
        for (brand_id, license_id) in self.inner.store.read(Scope::All, due).await? {
            let (inner, scope) = (self.inner.clone(), Scope::Brand(brand_id.clone()));
            let use_case =
                move |tx: &mut dyn Tx| inner.let_go_of_license(tx, &brand_id, &license_id, now);
            self.inner.store.write(scope, use_case).await?;
        }
        Ok(())
    }
}

impl Inner {
    fn let_go_of_license(
        &self,
        tx: &mut dyn Tx,
        brand_id: &str,
        license_id: &str,
        now: Moment,
    ) -> Result<(), Refusal> {
        let Some(mut row) = StoredLicense::lock(tx, brand_id, license_id)? else {
            return Ok(());
        };
        let license = self.verified(tx, &row)?;
        self.let_go_floating(tx, &license, &mut row, now)?;
        tx.note(Change::LicenseKey(row.license_key_id));
        Ok(())
    }
}

/// Of how many licenses seats are let go at once.
const BATCH: i64 = 1000;
