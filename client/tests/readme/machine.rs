use std::error::Error;

use countersign::TrustStore;
use countersign_client::{FileStorage, Session, SessionBuilder, machine::Signals};

/// The session of this product on this machine.
pub fn open(trust: TrustStore) -> Result<Session<FileStorage>, Box<dyn Error>> {
    let product = "acme/editor".parse()?;
    let storage = FileStorage::of_user(&product).ok_or("no home")?;
    let signals = Signals::of_this_machine(&product);
    Ok(SessionBuilder::new(trust, product)
        .signals(signals)
        .open(storage)?)
}
