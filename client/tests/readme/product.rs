use std::error::Error;
use std::sync::Arc;

use countersign::{Denial, TrustStore};
use countersign_client::{Client, FileStorage, Session};

/// Asks the authority at `url`, such as <https://licenses.acme.example>, trusts the `keys` that the
/// product ships, and takes what the customer `typed`, once.
pub async fn run(url: &str, keys: &str, typed: &str) -> Result<(), Box<dyn Error>> {
    let product = "acme/editor".parse()?;
    let trust = TrustStore::from_jwks(keys)?;
    let client = Client::builder(url.parse()?, trust.clone()).build()?;

    // At start: what the last run left. Waits for no network.
    let storage = FileStorage::of_user(&product).ok_or("no home")?;
    let session = Arc::new(Session::open(storage, trust, product)?);
    tokio::spawn(session.background(client.clone())); // or `session.refresh(&client)` now and then

    // Once, and once more on another machine: what the customer typed.
    let run = session.run();
    let at_start = session.decide(&run);
    if at_start.denials().contains(&Denial::NotActivated) {
        match session.activate(&client, typed.parse()?).await {
            Ok(_) => println!("activated"),
            Err(error) => println!("{error}"), // `refusal` says why, `is_unreachable` not now
        }
    }

    // On every use: no disk, no network, no lock.
    let decision = session.decide(&run);
    for notice in decision.notices() {
        println!("{notice}"); // an end that is near, long before it comes
    }
    for denial in decision.denials() {
        println!("{}: {denial}", denial.code());
    }
    if decision.entitled("export") {
        println!("exports");
    }
    Ok(())
}
