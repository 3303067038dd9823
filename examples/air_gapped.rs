//! A machine that has no network and never will: its request is carried to the authority by hand, as
//! text or as a QR code, and the answer back. It goes on for as long as its lease lasts, says so
//! beforehand, and is activated anew the same way.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use countersign::{Moment, Product, TrustStore};
use countersign_client::machine::Signals;
use countersign_client::{
    Client, Clock, FileStorage, FixedClock, Imported, Qr, Session, SessionBuilder,
};
use countersign_server::{Authority, Database, Opening, Server};
use serde_json::{Value, json};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a machine without a network keeps its seat without being asked.
const LEASE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    #[expect(
        clippy::disallowed_methods,
        reason = "an example is a host: it reads the clock"
    )]
    let now = Moment::from(SystemTime::now());
    let folder = tempfile::tempdir()?;

    // The vendor, who has a network: an authority, and a license whose leases last a year.
    let clock = countersign_server::Clock::fixed(now);
    let authority = Authority::open(&Opening {
        database: Database::Sqlite(folder.path().join("countersign.db")),
        secret: folder.path().join("secret"),
        public_url: "https://licenses.acme.example".to_owned(),
        clock: clock.clone(),
    })?;
    let operator = authority.create_operator_key().await?;
    let server = Server::start(authority, "127.0.0.1:0".parse()?).await?;
    let url = format!("http://{}", server.address());
    let shop = url.clone();
    let sold = tokio::task::spawn_blocking(move || {
        sell(&shop, &operator).map_err(|error| error.to_string())
    });
    let (license_key, keys) = sold.await??;
    // Whoever carries the texts asks the authority; `countersign activation answer` does the same.
    let trust = TrustStore::from_jwks(&keys)?;
    let carrier = Client::builder(url.parse()?, trust.clone()).build()?;

    // The machine: the keys that the product came with, a folder, a clock of its own.
    let machine = Machine {
        trust,
        clock: FixedClock::at(now),
    };
    let here = folder.path().join("machine");
    let session = machine.open(&here)?;
    println!();
    show("the first start", &session);
    let request = session.activation_request(license_key.parse()?)?;
    let text = request.to_string();
    println!(
        "\nThe machine draws up a request, {} bytes, to be typed, saved or photographed:\n",
        text.len()
    );
    println!("{}\n{}", text.trim_end(), Qr::of(&text)?.to_terminal());

    let answer = carrier.answer(&request).await?.to_string();
    let code = folder.path().join("answer.svg");
    fs::write(&code, Qr::of(&answer)?.to_svg())?;
    println!(
        "The authority answers with {} bytes, license, lease and status list, of 2,953 that one QR\n\
         code takes; as SVG it has {} bytes.\n",
        answer.len(),
        fs::metadata(&code)?.len()
    );
    match session.import(&answer)? {
        Imported::Activation => show("the answer is imported", &session),
        other => return Err(format!("the answer held {other:?}").into()),
    }

    // It is for this machine alone, and for this request.
    let other = machine.open(&folder.path().join("another machine"))?;
    other.activation_request(license_key.parse()?)?;
    match other.import(&answer) {
        Err(refused) => println!("{:<36} refused  {refused}", "on another machine"),
        Ok(_) => return Err("another machine took the answer".into()),
    }
    drop(other);
    drop(session);
    server.stop().await?;

    // A year without a network, and the authority is stopped as well.
    let mut day = 0;
    for until in [1, 180, 200, 364, 366] {
        machine.clock.pass(DAY * (until - day));
        day = until;
        let session = machine.open(&here)?;
        show(&format!("day {until}, started anew"), &session);
        let decision = session.decide(&session.run());
        if decision.is_allowed() != (until < 365) || !decision.stays_on("reading") {
            return Err(format!("day {until}: {:?}", decision.denials()).into());
        }
    }

    // The same way again.
    clock.set(now.saturating_add(DAY * day));
    let authority = Authority::open(&Opening {
        database: Database::Sqlite(folder.path().join("countersign.db")),
        secret: folder.path().join("secret"),
        public_url: "https://licenses.acme.example".to_owned(),
        clock,
    })?;
    let server = Server::start(authority, "127.0.0.1:0".parse()?).await?;
    let url = format!("http://{}", server.address());
    let carrier = Client::builder(url.parse()?, machine.trust.clone()).build()?;
    let session = machine.open(&here)?;
    let request = session.activation_request(license_key.parse()?)?;
    session.import(&carrier.answer(&request).await?.to_string())?;
    show("a new answer is imported", &session);
    server.stop().await?;
    match session.decide(&session.run()).is_allowed() {
        true => Ok(()),
        false => Err("the machine is not activated anew".into()),
    }
}

/// What the product is built with, and the clock that it runs by.
struct Machine {
    trust: TrustStore,
    clock: FixedClock,
}

impl Machine {
    fn open(&self, folder: &Path) -> Result<Session<FileStorage>, Box<dyn Error>> {
        let product: Product = "acme/editor".parse()?;
        let signals = Signals::of_this_machine(&product);
        let session = SessionBuilder::new(self.trust.clone(), product)
            .clock(Clock::Fixed(self.clock.clone()))
            .signals(signals)
            .open(FileStorage::at(folder))?;
        Ok(session)
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
        "activation": {"lease": LEASE.as_secs()},
        "entitlements": {"reading": {}},
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
    let lapses = !decision.is_allowed() && decision.stays_on("reading");
    let stays_on = lapses.then(|| "what was bought to read stays readable".to_owned());
    let told: Vec<String> = stays_on.into_iter().chain(denials.chain(notices)).collect();
    println!("{what:<36} {outcome:<8} {}", told.join("; "));
}
