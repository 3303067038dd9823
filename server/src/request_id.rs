//! Which request something is done for: said to the caller, in logs, traces and the audit log.

use std::cell::RefCell;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign::{InvalidLicenseKey, LicenseKey};

use crate::entropy;

tokio::task_local! {
    /// The request that this task answers.
    static OF_TASK: String;
}

thread_local! {
    /// The request that this thread of the database works for.
    static OF_THREAD: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Answers a request of this id: what the future does is known by it.
pub(crate) async fn of_task<F: Future>(id: String, answer: F) -> F::Output {
    OF_TASK.scope(id, answer).await
}

/// Works for the request of this id, if for any.
pub(crate) fn of_thread<T>(id: Option<&str>, work: impl FnOnce() -> T) -> T {
    OF_THREAD.set(id.map(str::to_owned));
    let done = work();
    OF_THREAD.set(None);
    done
}

/// The request that this task answers, or this thread works for.
pub(crate) fn current() -> Option<String> {
    OF_TASK
        .try_with(String::clone)
        .ok()
        .or_else(|| OF_THREAD.with_borrow(Option::clone))
}

/// Makes ids: a few random bytes of the process, and a number.
pub(crate) struct RequestIds {
    process: u64,
    made: AtomicU64,
}

impl RequestIds {
    /// # Errors
    ///
    /// As [`entropy::draw`].
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            process: u64::from_be_bytes(entropy::draw()?),
            made: AtomicU64::new(0),
        })
    }

    /// The caller's own id where it is sane, else one that is made.
    pub(crate) fn of(&self, stated: Option<&str>) -> String {
        match stated.filter(|id| is_sane(id)) {
            Some(id) => id.to_owned(),
            None => {
                let number = self.made.fetch_add(1, Ordering::Relaxed);
                format!("{:016x}-{number:x}", self.process)
            }
        }
    }
}

/// Whether an id of a caller may stand in logs: short, plain, and no secret put there by mistake.
fn is_sane(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    (1..=LONGEST).contains(&id.len())
        && id.bytes().all(is_plain)
        && !SECRETS.iter().any(|start| id.starts_with(start))
        && !is_like_a_license_key(id)
        && !is_like_base64(id)
}

/// Whether it is a license key that is generated, or one mistyped: what has its dashes, since what
/// counts requests may have as many letters.
fn is_like_a_license_key(id: &str) -> bool {
    match id.parse::<LicenseKey>() {
        Ok(key) => key.is_generated(),
        Err(error) => error == InvalidLicenseKey::Mistyped && id.contains('-'),
    }
}

/// Whether it is long and of letters of both cases, as the random part of an API key is, and what
/// counts or names requests is not.
fn is_like_base64(id: &str) -> bool {
    id.len() >= SHORTEST_RANDOM
        && id.bytes().any(|byte| byte.is_ascii_lowercase())
        && id.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// In bytes: a UUID with room for a prefix.
const LONGEST: usize = 64;
/// In bytes: what is shorter could be tried out.
const SHORTEST_RANDOM: usize = 20;
/// How API keys, leases and licenses begin.
const SECRETS: [&str; 2] = ["cs_", "eyJ"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_id_is_kept_and_any_other_replaced() {
        let ids = RequestIds {
            process: 1,
            made: AtomicU64::new(0),
        };
        assert_eq!(ids.of(Some("abc-1:2_3.4")), "abc-1:2_3.4");
        for kept in [
            "shop-4711",
            "550e8400-e29b-41d4-a716-446655440000",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "4bf92f3577b34da6a3ce929d0e0e4736",
        ] {
            assert_eq!(ids.of(Some(kept)), kept);
        }
        let long = "a".repeat(65);
        let prefix = "ACME".parse().unwrap();
        let key = LicenseKey::generate(&prefix, [7; 12]);
        let typed = key.as_str().to_lowercase().replace('-', "");
        let mistyped = key.as_str().replace('7', "8");
        for stated in [
            "",
            "a b",
            "a\"b",
            "cs_op_AAAA",
            "eyJhbGciOi",
            &long,
            key.as_str(),
            &typed,
            &mistyped,
            "q3Zx0pLw8vBn5tYr2sKd7fGh1jMc4eUa",
        ] {
            assert!(
                ids.of(Some(stated)).starts_with("0000000000000001-"),
                "{stated}"
            );
        }
        assert_eq!(ids.of(None), "0000000000000001-a");
    }
}
