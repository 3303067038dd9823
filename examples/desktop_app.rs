//! A product that is activated once and goes on by itself: its authority stops, its lease runs out on
//! a simulated clock, it says so beforehand, and the authority comes back and heals it.

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};

use countersign::{Moment, Notice, Product, TrustStore};
use countersign_client::machine::Signals;
use countersign_client::{Client, FileStorage, FixedClock, RetryPolicy, Session, SessionBuilder};
use countersign_server::{Authority, Database, Opening, Server};
use serde_json::{Value, json};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    #[expect(
        clippy::disallowed_methods,
        reason = "an example is a host: it reads the clock"
    )]
    let now = Moment::from(SystemTime::now());
    let folder = tempfile::tempdir()?;

    // The vendor: an authority, a product, one license that was sold.
    let site = Site {
        clock: countersign_server::Clock::fixed(now),
        folder: folder.path(),
    };
    let authority = site.open()?;
    let operator = authority.create_operator_key().await?;
    let server = Server::start(authority, "127.0.0.1:0".parse()?).await?;
    let address = server.address();
    let url = format!("http://{address}");
    let shop = url.clone();
    let sold =
        tokio::task::spawn_blocking(move || sell(&shop, &operator).map_err(|e| e.to_string()));
    let (license_key, keys) = sold.await??;

    // The product: the keys that it ships, where its state lies, a clock that can be turned; and what
    // this machine is known by, since each machine takes a seat: a copy of the state elsewhere has none.
    let trust = TrustStore::from_jwks(&keys)?;
    let product: Product = "acme/editor".parse()?;
    let signals = Signals::of_this_machine(&product);
    let client = Client::builder(url.parse()?, trust.clone())
        .retry(RetryPolicy::never(Duration::from_secs(5)))
        .build()?;
    let clock = FixedClock::at(now);
    let open = || {
        let storage = FileStorage::at(folder.path().join("state"));
        let clock = countersign_client::Clock::Fixed(clock.clone());
        SessionBuilder::new(trust.clone(), product.clone())
            .clock(clock)
            .signals(signals.clone())
            .open(storage)
            .map_err(Box::<dyn Error>::from)
    };

    println!(
        "\n{:<46} {:<8} why, or what to tell the user",
        "what happens", "outcome"
    );
    println!("{}", "-".repeat(110));
    let session = open()?;
    show("the first start", &session);
    session.activate(&client, license_key.parse()?).await?;
    show("activated with what the customer typed", &session);
    drop(session);
    let session = open()?;
    show("the next start, from what is kept", &session);

    server.stop().await?;
    let mut was_told = false;
    for _ in 0..MOST_DAYS {
        match session.refresh_now(&client).await {
            Err(error) if error.is_unreachable() => {}
            answered => return Err(format!("the authority is stopped: {answered:?}").into()),
        }
        let passed = site.clock.now().since(now);
        show(
            &format!(
                "the authority is gone, day {}",
                passed.as_secs() / DAY.as_secs()
            ),
            &session,
        );
        let decision = session.decide(&session.run());
        let is_told = |notice: &Notice| matches!(notice, Notice::LeaseRenewalDue { .. });
        was_told |= decision.is_allowed() && decision.notices().iter().any(is_told);
        if !decision.is_allowed() {
            break;
        }
        clock.pass(DAY);
        site.clock.set(now.saturating_add(passed + DAY));
    }

    if !was_told || session.decide(&session.run()).is_allowed() {
        return Err("the lease did not end, or nobody was told beforehand".into());
    }

    let server = site.start_again(address).await?;
    let refresh = session.refresh_now(&client).await?;
    show("the authority is back, and was asked", &session);
    server.stop().await?;
    match (refresh.renewed, session.decide(&session.run()).is_allowed()) {
        (true, true) => Ok(()),
        _ => Err("the session is not healed".into()),
    }
}

/// The vendor's authority, on a clock that can be turned as the product's can.
struct Site<'a> {
    clock: countersign_server::Clock,
    folder: &'a Path,
}

impl Site<'_> {
    fn open(&self) -> Result<Authority, Box<dyn Error>> {
        Ok(Authority::open(&Opening {
            database: Database::Sqlite(self.folder.join("countersign.db")),
            secret: self.folder.join("secret"),
            public_url: "https://licenses.acme.example".to_owned(),
            clock: self.clock.clone(),
        })?)
    }

    async fn start_again(&self, address: SocketAddr) -> Result<Server, Box<dyn Error>> {
        Ok(Server::start(self.open()?, address).await?)
    }
}

/// Sells one seat of the editor: the license key, and the keys that products are to trust.
fn sell(url: &str, operator: &str) -> Result<(String, String), Box<dyn Error>> {
    let post = |path: &str, api_key: &str, body: Value| -> Result<Value, Box<dyn Error>> {
        let request = ureq::post(format!("{url}{path}")).header("x-api-key", api_key);
        Ok(request.send_json(body)?.body_mut().read_json()?)
    };
    let text = |body: &Value, at: &str| {
        let text = body.pointer(at).and_then(Value::as_str);
        text.map(str::to_owned).ok_or(format!("nothing at {at}"))
    };
    let brand = json!({"name": "ACME", "slug": "acme"});
    post("/api/v1/admin/brands", operator, brand)?;
    let wanted = json!({"brand": "acme", "scopes": ["read", "write"]});
    let made = post("/api/v1/admin/api-keys", operator, wanted)?;
    let api_key = text(&made, "/key")?;
    let editor = json!({"name": "ACME Editor", "slug": "editor"});
    post("/api/v1/brand/products", &api_key, editor)?;
    let order = json!({
        "products": ["editor"],
        "customer_email": "ada@example.com",
        "max_seats": 1,
    });
    let sold = post("/api/v1/brand/licenses/provision", &api_key, order)?;
    let mut keys = ureq::get(format!("{url}/.well-known/acme/jwks.json")).call()?;
    Ok((
        text(&sold, "/license_key/key")?,
        keys.body_mut().read_to_string()?,
    ))
}

/// One line: what the product decides now, and all that it tells.
fn show(what: &str, session: &Session<FileStorage>) {
    let decision = session.decide(&session.run());
    let outcome = match decision.is_allowed() {
        true => "allowed",
        false => "denied",
    };
    let denials = decision.denials().iter().map(ToString::to_string);
    let notices = decision.notices().iter().map(ToString::to_string);
    let told: Vec<String> = denials.chain(notices).collect();
    let heard = decision.last_contact_at().filter(|_| !told.is_empty());
    let told: Vec<String> = told
        .into_iter()
        .chain(heard.map(|at| format!("last heard of the authority at {at}")))
        .collect();
    println!("{what:<46} {outcome:<8} {}", told.join("; "));
}

/// No lease is longer.
const MOST_DAYS: u32 = 100;
