//! A web site that checks its own host name on every request, by a middleware: licensed domains, the
//! developer's own machine, a suspension that ends the session of a running site, and an authority
//! that is gone.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use countersign::{Domain, Instance, TrustStore};
use countersign_client::{Client, MemoryStorage, RetryPolicy, Session, SessionBuilder};
use countersign_server::{Authority, Database, Opening, Server};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The vendor: an authority, a product, a license for one shop with all its subdomains.
    let folder = tempfile::tempdir()?;
    let authority = Authority::open(&Opening {
        database: Database::Sqlite(folder.path().join("countersign.db")),
        secret: folder.path().join("secret"),
        public_url: "https://licenses.acme.example".to_owned(),
        clock: countersign_server::Clock::System,
    })?;
    let operator = authority.create_operator_key().await?;
    let server = Server::start(authority, "127.0.0.1:0".parse()?).await?;
    let url = format!("http://{}", server.address());
    let vendor = wait_for({
        let url = url.clone();
        move || Vendor::open(url, &operator)
    })
    .await?;

    // The site: it knows its own name, as every site does, and is activated under it.
    let trust = TrustStore::from_jwks(&vendor.keys)?;
    let client = Client::builder(url.parse()?, trust.clone())
        .retry(RetryPolicy::never(std::time::Duration::from_secs(5)))
        .build()?;
    let name: Domain = "https://shop.example.com".parse()?;
    let session = SessionBuilder::new(trust, "acme/storefront".parse()?)
        .instance(Instance::Domain(name))
        .open(MemoryStorage::new())?;
    let session = Arc::new(session);
    let site = Site::start(session.clone()).await?;
    println!("\nA shop answers at {}.\n", site.address);
    println!("{:<44} {:<8} what the page says", "what happens", "status");
    println!("{}", "-".repeat(110));

    site.show("before it is activated", "shop.example.com", 402)
        .await?;
    session
        .activate(&client, vendor.license_key.parse()?)
        .await?;
    for (what, host, status) in [
        ("activated, asked by its name", "shop.example.com", 200),
        (
            "with www, a port, in capitals",
            "WWW.Shop.Example.COM:443",
            200,
        ),
        ("a name below it", "de.shop.example.com", 200),
        ("on the developer's machine", "localhost:8080", 200),
        ("copied to another domain", "shop.example.net", 402),
        ("asked by what is no name", "not a name", 400),
    ] {
        site.show(what, host, status).await?;
    }

    let vendor = vendor.does("suspend").await?;
    session.refresh_now(&client).await.err();
    site.show("the vendor suspends the license", "shop.example.com", 402)
        .await?;
    vendor.does("resume").await?;
    session.refresh_now(&client).await?;
    site.show("and resumes it", "shop.example.com", 200).await?;

    server.stop().await?;
    match session.refresh_now(&client).await {
        Err(error) if error.is_unreachable() => {}
        answered => return Err(format!("the authority is stopped: {answered:?}").into()),
    }
    site.show("the authority is gone", "shop.example.com", 200)
        .await
}

type Licensed = Arc<Session<MemoryStorage>>;

/// What a site adds to its routes: no page is shown on a domain that is not licensed.
async fn check_domain(State(session): State<Licensed>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok());
    let Some(domain) = host.and_then(|host| host.parse::<Domain>().ok()) else {
        return (StatusCode::BAD_REQUEST, "this request names no host").into_response();
    };
    let mut run = session.run();
    run.domain = Some(domain);
    let decision = session.decide(&run);
    if !decision.is_allowed() {
        let told: Vec<String> = decision.denials().iter().map(ToString::to_string).collect();
        return (StatusCode::PAYMENT_REQUIRED, told.join("; ")).into_response();
    }
    next.run(request).await
}

/// The site, on a free port of this machine.
struct Site {
    address: SocketAddr,
}

impl Site {
    async fn start(session: Licensed) -> Result<Self, Box<dyn Error>> {
        let pages = Router::new()
            .route("/", get(|| async { "welcome to the shop" }))
            .layer(middleware::from_fn_with_state(session, check_domain));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, pages).await });
        Ok(Self { address })
    }

    /// One line: what a visitor sees who asks for `host`.
    async fn show(
        &self,
        what: &'static str,
        host: &'static str,
        expected: u16,
    ) -> Result<(), Box<dyn Error>> {
        let url = format!("http://{}/", self.address);
        let (status, page) = wait_for(move || {
            let request = ureq::get(url).header("host", host);
            let request = request.config().http_status_as_error(false).build();
            let mut answer = request.call()?;
            Ok((
                answer.status().as_u16(),
                answer.body_mut().read_to_string()?,
            ))
        })
        .await?;
        println!("{what:<44} {status:<8} {page}");
        match status == expected {
            true => Ok(()),
            false => Err(format!("{what}: {status} in place of {expected}").into()),
        }
    }
}

/// The vendor's back end: what it sold, and what becomes of it.
#[derive(Clone)]
struct Vendor {
    url: String,
    api_key: String,
    license: String,
    license_key: String,
    /// What the site trusts.
    keys: String,
}

impl Vendor {
    fn open(url: String, operator: &str) -> Result<Self, Box<dyn Error>> {
        let brand = json!({"name": "ACME", "slug": "acme"});
        post(&url, "/api/v1/admin/brands", operator, brand)?;
        let wanted = json!({"brand": "acme", "scopes": ["read", "write"]});
        let made = post(&url, "/api/v1/admin/api-keys", operator, wanted)?;
        let api_key = text(&made, "/key")?;
        let storefront = json!({"name": "ACME Storefront", "slug": "storefront"});
        post(&url, "/api/v1/brand/products", &api_key, storefront)?;
        let order = json!({
            "products": ["storefront"],
            "customer_email": "ada@example.com",
            "max_seats": 1,
            "domains": ["*.shop.example.com"],
            "exempt": ["development"],
        });
        let sold = post(&url, "/api/v1/brand/licenses/provision", &api_key, order)?;
        let mut keys = ureq::get(format!("{url}/.well-known/acme/jwks.json")).call()?;
        Ok(Self {
            license: text(&sold, "/licenses/0/id")?,
            license_key: text(&sold, "/license_key/key")?,
            keys: keys.body_mut().read_to_string()?,
            url,
            api_key,
        })
    }

    async fn does(self, what: &'static str) -> Result<Self, Box<dyn Error>> {
        wait_for(move || {
            let path = format!("/api/v1/brand/licenses/{}/{what}", self.license);
            post(&self.url, &path, &self.api_key, json!({}))?;
            Ok(self)
        })
        .await
    }
}

fn post(url: &str, path: &str, api_key: &str, body: Value) -> Result<Value, Box<dyn Error>> {
    let request = ureq::post(format!("{url}{path}")).header("x-api-key", api_key);
    Ok(request.send_json(body)?.body_mut().read_json()?)
}

/// The text at a JSON pointer (RFC 6901).
fn text(body: &Value, place: &str) -> Result<String, Box<dyn Error>> {
    let text = body.pointer(place).and_then(Value::as_str);
    Ok(text.ok_or_else(|| format!("no `{place}`"))?.to_owned())
}

/// What blocks, on a thread that may.
async fn wait_for<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Box<dyn Error>> + Send + 'static,
) -> Result<T, Box<dyn Error>> {
    let done = tokio::task::spawn_blocking(move || work().map_err(|error| error.to_string()));
    Ok(done.await??)
}
