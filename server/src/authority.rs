//! The authority: every use case is a method of [`Authority`], each one transaction with its event.
//! HTTP and the command line only translate.

mod activations;
mod actor;
mod api_keys;
mod brand_settings;
mod brands;
mod bundles;
mod caution;
mod checks;
mod customers;
mod deactivations;
mod event;
mod examination;
mod floating;
mod idempotency;
mod keys;
mod known;
mod licenses;
mod memory;
mod operators;
mod page;
mod patch;
mod products;
mod pruning;
mod public_url;
mod rates;
mod refusal;
mod renewals;
mod signers;
mod status_lists;
mod terms;
mod view;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, OnceLock};

use countersign::Moment;

use crate::clock::{Clock, Stopwatch};
use crate::config::without_password;
use crate::metrics::{Metrics, Queue};
use crate::secret::{SECRET_LENGTH, Secret};
use crate::store::{Change, Location, Scope, Store, StoreError, Tx, settings};

use api_keys::KeyUses;
use memory::Memory;
use rates::Rates;
use signers::Signers;

pub(crate) use actor::{Actor, Scopes};
pub(crate) use api_keys::{ApiKeyList, ApiKeyOrder, ApiKeyPatch, ApiKeyView, Rotation};
pub(crate) use brand_settings::BrandSettings;
pub(crate) use brands::{BrandList, BrandOrder, BrandPatch, BrandView};
pub(crate) use bundles::{BundleList, BundleOrder, BundlePatch, BundleView};
pub(crate) use caution::{invisible_text, is_invisible, public_suffix};
pub(crate) use customers::{CustomerList, CustomerOrder, CustomerPatch, CustomerView};
pub(crate) use deactivations::{Given, PresentedLease};
pub(crate) use examination::{Finding, Health, Thoroughness};
pub(crate) use idempotency::Idempotency;
pub(crate) use keys::{KeyList, SealableKey, StandbyKey};
pub(crate) use licenses::{
    ActivationList, ActivationQuery, ChangedLicense, LicenseChange, LicenseDocument, LicenseList,
    LicenseQuery, Order, Provisioned, Transfer, Verdict,
};
pub(crate) use page::PageParams;
pub(crate) use products::{ProductList, ProductOrder, ProductPatch, ProductView};
pub(crate) use public_url::PublicUrl;
pub(crate) use rates::Counted;
pub(crate) use refusal::{FieldFault, Reason, Refusal};
pub(crate) use status_lists::SignedList;
pub(crate) use terms::Terms;
pub(crate) use view::{ActivationView, LicenseView};

/// Issues licenses, counts seats and answers products. Clones share everything.
#[derive(Clone)]
pub struct Authority {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Clock,
    secret: Secret,
    signers: Signers,
    key_uses: KeyUses,
    /// In which hour old requests were forgotten last, since 1970.
    forgot_in_hour: AtomicI64,
    memory: Memory,
    rates: Rates,
    /// Held by who searches lists: one at a time, since a part of a name has no index, and others
    /// wait for the database as well.
    searching: tokio::sync::Semaphore,
    /// When the database answered last to who asked only for that.
    answered: tokio::sync::Mutex<Option<Stopwatch>>,
    metrics: Arc<Metrics>,
}

/// What an authority is opened with.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Where the database is: a folder for SQLite, in which `countersign.db` is made, or the URL of
    /// a PostgreSQL database.
    pub database: Database,
    /// The file that keeps the authority's secret: 32 random bytes in hexadecimal. Made, for its
    /// owner only, with a database that is new.
    pub secret: PathBuf,
    /// Under which products reach the authority. Kept in a database that is new, and the same for
    /// ever after: addresses that begin with it are signed into licenses.
    pub public_url: String,
    /// Where it takes the time from.
    pub clock: Clock,
}

/// Which database keeps the rows.
#[derive(Clone)]
pub enum Database {
    /// SQLite, in this file.
    Sqlite(PathBuf),
    /// PostgreSQL, at this URL.
    Postgres(String),
}

/// Shows no password.
impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(file) => write!(f, "Sqlite({})", file.display()),
            Self::Postgres(url) => write!(f, "Postgres({})", without_password(url)),
        }
    }
}

/// An authority cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database cannot be opened.
    #[error("the database cannot be opened")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The file of the secret cannot be read or made.
    #[error("the secret in `{}` cannot be read or made", file.display())]
    Secret {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database was made with a secret, and it is not in its file.
    #[error("the secret that the database was made with is not in `{}`: put it back from your backup", file.display())]
    NoSecret {
        /// The file.
        file: PathBuf,
    },
    /// The authority has another public URL than the one that is stated.
    #[error("the authority's public URL is `{kept}`, and `{stated}` is stated")]
    OtherPublicUrl {
        /// The one that the database keeps.
        kept: String,
        /// The other.
        stated: String,
    },
    /// The database was made with another secret: nothing that is sealed in it would open.
    #[error("the secret in `{}` is not the one that the database was made with", file.display())]
    OtherSecret {
        /// The file.
        file: PathBuf,
    },
}

impl OpenError {
    /// Whether the database is what could not be reached, so that it may be there later.
    pub(crate) fn is_unreachable(&self) -> bool {
        match self {
            Self::Database(error) => matches!(
                error.downcast_ref::<StoreError>(),
                Some(StoreError::Unreachable(_))
            ),
            _ => false,
        }
    }
}

impl Authority {
    /// Opens an authority, and brings its tables up to date.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn open(opening: &Opening) -> Result<Self, OpenError> {
        Self::open_at(opening, &PublicUrl::Stated(opening.public_url.clone()))
    }

    /// The same, with `public_url` in place of the opening's.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub(crate) fn open_at(opening: &Opening, public_url: &PublicUrl) -> Result<Self, OpenError> {
        let location = match &opening.database {
            Database::Sqlite(file) => Location::Sqlite(file.clone()),
            Database::Postgres(url) => Location::Postgres(url.clone()),
        };
        // What is kept in memory is made after the store, which tells it what changes.
        let observing = Arc::new(OnceLock::<std::sync::Weak<Inner>>::new());
        let observer = {
            let observing = observing.clone();
            Arc::new(move |changes: &[Change]| {
                if let Some(inner) = observing.get().and_then(std::sync::Weak::upgrade) {
                    inner.observe(changes);
                }
            })
        };
        let metrics = Arc::new(Metrics::default());
        let store = Store::open(&location, observer, &metrics)?;
        let secret = secret_of(&store, &opening.secret)?;
        let inner = Arc::new(Inner {
            store,
            clock: opening.clock.clone(),
            secret,
            signers: Signers::new(opening.clock.clone()),
            key_uses: KeyUses::default(),
            forgot_in_hour: AtomicI64::new(0),
            memory: Memory::default(),
            rates: Rates::default(),
            searching: tokio::sync::Semaphore::new(1),
            answered: tokio::sync::Mutex::default(),
            metrics,
        });
        let _ = observing.set(Arc::downgrade(&inner));
        let authority = Self { inner };
        match authority.is_own_database() {
            Ok(true) => {
                authority.settle_public_url(public_url)?;
                Ok(authority)
            }
            Ok(false) => Err(OpenError::OtherSecret {
                file: opening.secret.clone(),
            }),
            Err(Refusal::Store(error)) => Err(error.into()),
            Err(refusal) => Err(OpenError::Database(format!("{refusal:?}").into())),
        }
    }

    /// Makes an operator's API key: the first, with which all others are made over HTTP.
    ///
    /// # Errors
    ///
    /// If the database does not keep it.
    pub async fn create_operator_key(&self) -> Result<String, OpenError> {
        let made = self
            .create_api_key(&Actor::command(), ApiKeyOrder::default(), None)
            .await;
        match made {
            Ok(view) => Ok(view.key.unwrap_or_default()),
            Err(refusal) => Err(OpenError::Database(format!("{refusal:?}").into())),
        }
    }

    /// What is counted.
    pub(crate) fn metrics(&self) -> &Arc<Metrics> {
        &self.inner.metrics
    }

    /// What is counted, for Prometheus.
    pub(crate) fn metrics_text(&self) -> String {
        let metrics = &self.inner.metrics;
        for (queue, length) in self.inner.store.waiting() {
            let length = i64::try_from(length).unwrap_or(i64::MAX);
            metrics.waiting.get_or_create(&Queue { queue }).set(length);
        }
        metrics.to_text()
    }

    /// What it counts the time by.
    pub(crate) fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The present moment, as the authority counts it.
    pub(crate) fn now(&self) -> Moment {
        self.inner.clock.now()
    }

    /// Whether the database answers. Who asks at once, or soon after it did, is told the same.
    ///
    /// # Errors
    ///
    /// [`Refusal::Store`].
    pub(crate) async fn ping(&self) -> Result<(), Refusal> {
        let mut answered = self.inner.answered.lock().await;
        if answered.is_some_and(|since| since.seconds() < ANSWERS_FOR) {
            return Ok(());
        }
        let asked = Stopwatch::start();
        let use_case = |tx: &mut dyn Tx| {
            let sql = "SELECT CAST(1 AS BIGINT)";
            Ok(tx.first(sql, &[], |row| row.get::<i64>(0))?)
        };
        self.inner.store.read(Scope::All, use_case).await?;
        *answered = Some(asked);
        Ok(())
    }
}

impl Authority {
    /// Whether what is put into memory is found there and counts: it does not where nobody can learn
    /// whether another process has written.
    pub(crate) fn remembers(&self) -> bool {
        let memory = &self.inner.memory;
        (0..TRIES).any(|_| {
            let put = self.inner.begin();
            memory.keep_seat(PROBE.to_owned(), None, put);
            let asked = self.inner.begin();
            memory.seat(PROBE, PROBE, &asked).is_some()
        })
    }
}

impl Inner {
    /// Forgets what is kept in memory of what has changed.
    fn observe(&self, changes: &[Change]) {
        for change in changes {
            self.memory.observe(change);
            if let Change::Brand(id) = change {
                self.signers.forget(id);
                self.rates.forget();
            }
        }
    }
}

/// The secret of the authority whose rows a store keeps: a new one only where it keeps none yet.
fn secret_of(store: &Store, file: &Path) -> Result<Secret, OpenError> {
    let stored = store.write_now(Scope::All, |tx: &mut dyn Tx| Ok(settings::secret_hash(tx)?));
    let is_new = match stored {
        Ok(stored) => stored.is_none(),
        Err(Refusal::Store(error)) => return Err(error.into()),
        Err(refusal) => return Err(OpenError::Database(format!("{refusal:?}").into())),
    };
    match read_secret(file, is_new) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_new => {
            Err(OpenError::NoSecret {
                file: file.to_owned(),
            })
        }
        read => read.map_err(|source| OpenError::Secret {
            file: file.to_owned(),
            source,
        }),
    }
}

fn read_secret(file: &Path, is_new: bool) -> std::io::Result<Secret> {
    let text = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && is_new => make_secret(file)?,
        read => read?,
    };
    parse_secret(text.trim()).ok_or_else(|| {
        std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            "it is not 64 hexadecimal digits",
        )
    })
}

fn parse_secret(text: &str) -> Option<Secret> {
    let mut bytes = [0; SECRET_LENGTH];
    if text.len() != 2 * SECRET_LENGTH || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Secret::from_bytes(&bytes)
}

/// Makes a secret, unless another process is faster: then its secret is read.
fn make_secret(file: &Path) -> std::io::Result<String> {
    let bytes = crate::entropy::draw::<SECRET_LENGTH>()?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match crate::file::create_private(file, &format!("{text}\n"))? {
        true => Ok(text),
        false => std::fs::read_to_string(file),
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        Self::Database(Box::new(error))
    }
}

/// For how long it is believed that the database answers, in seconds.
const ANSWERS_FOR: f64 = 0.5;
/// The name of a seat that no license has.
const PROBE: &str = "probe";
/// How often memory is asked: another process may write in between.
const TRIES: usize = 5;
