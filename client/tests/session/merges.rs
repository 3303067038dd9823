//! What a process could not save, and what another one saved meanwhile.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use countersign::TrustedKey;
use countersign_client::{FileStorage, ImportError, MemoryStorage, Session, Storage, StorageLock};

use crate::authority::*;

const NOW: &str = "2025-07-01";

/// What a process does.
type Deed<'a, S> = &'a dyn Fn(&Session<S>);

/// A storage that others share, and write for too long when they are told to.
#[derive(Clone, Default)]
struct Shared {
    kept: Arc<MemoryStorage>,
    is_busy: Arc<AtomicBool>,
}

impl Shared {
    fn is_busy(&self, is_busy: bool) {
        self.is_busy.store(is_busy, Ordering::SeqCst);
    }
}

impl Storage for Shared {
    fn load(&self, name: &str) -> io::Result<Option<String>> {
        self.kept.load(name)
    }

    fn save(&self, name: &str, text: &str) -> io::Result<()> {
        self.kept.save(name, text)
    }

    fn lock(&self) -> io::Result<StorageLock> {
        match self.is_busy.load(Ordering::SeqCst) {
            true => Err(io::ErrorKind::WouldBlock.into()),
            false => Ok(StorageLock::none()),
        }
    }
}

/// Two processes with a seat: the first does its part and cannot save it, the second does its own, and
/// then the first is saved. That one, and the next run.
fn after(
    host: &Host,
    authority: &Authority,
    unsaved: impl FnOnce(&Session<Shared>),
    saved: impl FnOnce(&Session<Arc<MemoryStorage>>),
) -> (Session<Shared>, Session<Arc<MemoryStorage>>) {
    let shared = Shared::default();
    let one = host.open(shared.clone());
    run(one.activating(license_key()), authority).unwrap();
    let other = host.open(shared.kept.clone());
    host.pass(authority, HOUR);
    shared.is_busy(true);
    unsaved(&one);
    assert!(!one.is_kept());
    saved(&other);
    shared.is_busy(false);
    one.save().unwrap();
    drop(other);
    (one, host.open(shared.kept))
}

fn imports<S: Storage>(session: &Session<S>, text: &str) {
    session.import(text).unwrap();
}

fn activates<S: Storage>(session: &Session<S>, authority: &Authority) {
    let given = run(session.activating(license_key()), authority);
    assert!(given.unwrap().activated);
}

fn at_present() -> (Authority, Host) {
    (Authority::at(moment(NOW)), Host::at(moment(NOW)))
}

#[test]
fn keys_that_were_imported_are_trusted_still() {
    let (authority, host) = at_present();
    let update = trust_update(1, 2, [retired(1), trust_key(2), trust_key(3)]);
    let (one, next) = after(
        &host,
        &authority,
        |one| imports(one, &update),
        |other| imports(other, authority.list().as_str()),
    );
    for session in [one.import(&update), next.import(&update)] {
        let ImportError::Document(refused) = session.unwrap_err() else {
            panic!("imported twice");
        };
        assert_eq!(refused.code(), "outdated");
    }
}

#[test]
fn what_a_key_signed_that_another_process_took_away_is_not_brought_back() {
    let (authority, host) = at_present();
    let update = trust_update(
        1,
        2,
        [TrustedKey::from(key(4).verifying_key()), trust_key(2)],
    );
    let (one, next) = after(
        &host,
        &authority,
        |one| assert!(run(one.refreshing_now(), &authority).unwrap().renewed),
        |other| imports(other, &update),
    );
    assert_eq!(denials(&one), ["not_activated"]);
    assert_eq!(denials(&next), ["not_activated"]);
}

#[test]
fn a_request_that_was_drawn_up_can_be_answered_still() {
    let (authority, host) = at_present();
    let mut request = String::new();
    let (_, next) = after(
        &host,
        &authority,
        |one| request = one.activation_request(license_key()).unwrap().to_string(),
        |other| imports(other, authority.list().as_str()),
    );
    let answer = authority.answer_by_hand(&request);
    next.import(&answer).unwrap();
}

#[test]
fn a_seat_that_is_not_to_be_had_again_is_not_asked_for_at_once() {
    let (authority, host) = at_present();
    let (_, next) = after(
        &host,
        &authority,
        |one| {
            host.pass(&authority, DAY * 6);
            authority.refuse_next(409, "seat_lost");
            authority.refuse_next(422, "seat_limit_exceeded");
            run(one.refreshing_now(), &authority).unwrap_err();
        },
        |other| imports(other, authority.list().as_str()),
    );
    authority.asked();
    run(next.refreshing(), &authority).unwrap();
    assert_eq!(authority.asked(), [""; 0]);
    host.pass(&authority, HOUR * 2);
    assert!(run(next.refreshing(), &authority).unwrap().renewed);
}

#[test]
fn a_seat_that_another_process_gave_up_stays_so() {
    let (authority, host) = at_present();
    let unsaved: [Deed<'_, Shared>; 2] = [&|one| imports(one, authority.list().as_str()), &|one| {
        assert!(run(one.refreshing_now(), &authority).unwrap().renewed)
    }];
    for unsaved in unsaved {
        let (one, next) = after(&host, &authority, unsaved, |other| {
            run(other.deactivating(), &authority).unwrap();
        });
        authority.asked();
        assert_eq!(denials(&one), ["not_activated"]);
        assert_eq!(denials(&next), ["not_activated"]);
        host.pass(&authority, DAY * 6);
        for due in [one.refreshing(), one.refreshing_now()] {
            run(due, &authority).unwrap();
        }
        run(next.refreshing_now(), &authority).unwrap();
        assert!(authority.asked().iter().all(|asked| asked == "1"));
    }
}

#[test]
fn a_seat_that_was_given_up_stays_so() {
    let (authority, host) = at_present();
    let saved: [Deed<'_, Arc<MemoryStorage>>; 2] = [
        &|other| imports(other, authority.list().as_str()),
        &|other| assert!(run(other.refreshing_now(), &authority).unwrap().renewed),
    ];
    for saved in saved {
        let shared = Shared::default();
        let one = host.open(shared.clone());
        activates(&one, &authority);
        let other = host.open(shared.kept.clone());
        host.pass(&authority, HOUR);
        // What is asked can be saved, and the answer cannot.
        let given_up = one.deactivating();
        shared.is_busy(true);
        assert!(run(given_up, &authority).unwrap_err().is_unsaved());
        assert!(!one.is_kept());
        saved(&other);
        shared.is_busy(false);
        one.save().unwrap();
        drop(other);
        let next = host.open(shared.kept);
        authority.asked();
        assert_eq!(denials(&one), ["not_activated"]);
        assert_eq!(denials(&next), ["not_activated"]);
        run(next.refreshing_now(), &authority).unwrap();
        assert_eq!(authority.asked(), ["1"]);
    }
}

#[test]
fn a_license_that_was_activated_is_held_still() {
    let (authority, host) = at_present();
    let other_license: countersign::LicenseId = "lic-2".parse().unwrap();
    let (one, next) = after(
        &host,
        &authority,
        |one| {
            authority.license.lock().unwrap().id = other_license.clone();
            activates(one, &authority);
        },
        |other| imports(other, authority.list().as_str()),
    );
    assert_eq!(one.license().unwrap().id, other_license);
    assert_eq!(next.license().unwrap().id, other_license);
    assert_eq!(denials(&next), [""; 0]);
}

#[test]
fn a_seat_of_a_license_that_another_one_took_the_place_of_is_given_back() {
    let (of_a, host) = at_present();
    let of_b = Authority::at(moment(NOW));
    for (authority, id) in [(&of_a, "lic-a"), (&of_b, "lic-b")] {
        authority.license.lock().unwrap().id = id.parse().unwrap();
    }
    let shared = Shared::default();
    let pod = |name: &str| {
        let instance = countersign::Instance::parse("machine", name).unwrap();
        host.builder().instance(instance)
    };
    let a = pod("pod-a").open(shared.clone()).unwrap();
    let b = pod("pod-b").open(shared.kept.clone()).unwrap();
    shared.is_busy(true);
    activates(&a, &of_a);
    activates(&b, &of_b);
    shared.is_busy(false);
    a.save().unwrap();
    assert_eq!(a.license().unwrap().id.as_str(), "lic-b");
    drop(a);
    of_a.license.lock().unwrap().id = "lic-b".parse().unwrap();
    of_a.asked();
    // The next run does so, and asks until there is an answer.
    let a = pod("pod-a").open(shared.kept.clone()).unwrap();
    assert!(a.wait() <= std::time::Duration::from_secs(1));
    let mut round = a.refreshing();
    let mut deactivated = 0;
    while round.asks() {
        let answer = round.question().and_then(|exchange| {
            if exchange.request().path.ends_with("/deactivate") {
                deactivated += 1;
                of_a.refuse_next(503, "unavailable");
            }
            let response = of_a.answer(exchange.request());
            exchange.read(&response)
        });
        round.answered(answer);
    }
    assert!(round.finish().unwrap().activated);
    assert_eq!(deactivated, 1);
    host.pass(&of_a, DAY);
    of_a.asked();
    run(a.refreshing(), &of_a).unwrap();
    assert!(of_a.asked().contains(&"deactivate".to_owned()));
    run(a.refreshing_now(), &of_a).unwrap();
    assert!(!of_a.asked().contains(&"deactivate".to_owned()));
    b.save().unwrap();
    assert_eq!((denials(&a), denials(&b)), (vec![], vec![]));
}

#[test]
fn a_seat_that_was_to_be_given_back_and_is_held_again_stays() {
    let (authority, host) = at_present();
    let other_license = {
        let mut license = authority.license.lock().unwrap().clone();
        license.id = "lic-2".parse().unwrap();
        key(1).sign(&license).unwrap()
    };
    let shared = Shared::default();
    let one = host.open(shared.clone());
    let other = host.open(shared.kept.clone());
    shared.is_busy(true);
    activates(&one, &authority);
    other.activation_request(license_key()).unwrap();
    imports(&other, other_license.as_str());
    shared.is_busy(false);
    one.save().unwrap();
    assert_eq!(one.license().unwrap().id.as_str(), "lic-2");
    authority.asked();
    // The license key brings the former license back, and its seat.
    assert!(run(one.refreshing(), &authority).unwrap().activated);
    run(one.refreshing_now(), &authority).unwrap();
    let asked = authority.asked();
    assert_eq!(asked[0], "activate");
    assert!(!asked.contains(&"deactivate".to_owned()), "{asked:?}");
    assert_eq!(denials(&one), [""; 0]);
}

#[test]
fn the_revisions_that_either_saw_are_remembered() {
    let (authority, host) = at_present();
    let first = authority.signed_license();
    let raised = |id: &str| {
        let mut license = authority.license.lock().unwrap().clone();
        license.id = id.parse().unwrap();
        let older = key(1).sign(&license).unwrap();
        license.revision = license.revision.next().unwrap();
        [older, key(1).sign(&license).unwrap()]
    };
    let ([old_a, new_a], [old_b, new_b]) = (raised("lic-a"), raised("lic-b"));
    authority.raise_revision();
    let (one, next) = after(
        &host,
        &authority,
        |one| imports(one, new_a.as_str()),
        |other| imports(other, new_b.as_str()),
    );
    for session in [&one.import(old_a.as_str()), &next.import(old_b.as_str())] {
        assert!(matches!(session, Err(ImportError::Superseded { .. })));
    }
    for old in [&old_a, &old_b, &first] {
        assert!(matches!(
            next.import(old.as_str()),
            Err(ImportError::Superseded { .. })
        ));
    }
    assert_eq!(next.license().unwrap().as_str(), new_b.as_str());
}

#[test]
fn a_first_start_that_could_not_save_takes_the_instance_of_the_other() {
    let (authority, host) = at_present();
    let shared = Shared::default();
    shared.is_busy(true);
    let one = host.open(shared.clone());
    assert!(!one.is_kept());
    let other = host.open(shared.kept.clone());
    activates(&other, &authority);
    assert_ne!(one.instance(), other.instance());
    shared.is_busy(false);
    one.save().unwrap();
    assert!(one.is_kept());
    assert_eq!(one.instance(), other.instance());
    assert_eq!(denials(&one), [""; 0], "it holds the seat");
    other.save().unwrap();
}

#[test]
fn what_a_first_start_was_given_that_could_not_save_is_kept_but_for_its_seat() {
    let (authority, host) = at_present();
    let shared = Shared::default();
    shared.is_busy(true);
    let one = host.open(shared.clone());
    activates(&one, &authority);
    let other = host.open(shared.kept.clone());
    shared.is_busy(false);
    one.save().unwrap();
    assert_eq!(one.instance(), other.instance());
    assert_eq!(denials(&one), ["not_activated"]);
    authority.asked();
    assert!(run(one.refreshing(), &authority).unwrap().activated);
    // Nobody is the instance any more that the seat was given to.
    assert_eq!(authority.asked(), ["activate", "deactivate"]);
    other.save().unwrap();
    assert_eq!(denials(&other), [""; 0]);
}

/// A storage without locks, in which nothing is found until both have looked.
struct AtOnce<S> {
    kept: S,
    both: Arc<Barrier>,
    looked: AtomicBool,
}

impl<S: Storage> Storage for AtOnce<S> {
    fn load(&self, name: &str) -> io::Result<Option<String>> {
        let found = self.kept.load(name);
        if !self.looked.swap(true, Ordering::SeqCst) {
            self.both.wait();
        }
        found
    }

    fn save(&self, name: &str, text: &str) -> io::Result<()> {
        self.kept.save(name, text)
    }

    fn save_first(&self, name: &str, text: &str) -> io::Result<bool> {
        self.kept.save_first(name, text)
    }
}

fn start_at_once<S: Storage>(storages: [S; 2]) {
    let (authority, host) = at_present();
    let both = Arc::new(Barrier::new(2));
    let [one, other] = storages.map(|kept| AtOnce {
        kept,
        both: both.clone(),
        looked: AtomicBool::new(false),
    });
    let [one, other] = thread::scope(|scope| {
        let starting = [one, other].map(|storage| scope.spawn(|| host.open(storage)));
        starting.map(|session| session.join().unwrap())
    });
    assert_eq!(one.instance(), other.instance());
    activates(&one, &authority);
    other.save().unwrap();
    assert_eq!(denials(&other), [""; 0]);
}

#[test]
fn two_first_starts_at_once_are_one_instance() {
    let kept = Arc::new(MemoryStorage::new());
    start_at_once([kept.clone(), kept]);
    let folder = tempfile::tempdir().unwrap();
    start_at_once([folder.path(), folder.path()].map(FileStorage::at));
}

#[test]
fn of_two_leases_the_newer_one_is_held() {
    let (authority, host) = at_present();
    let newest = |session: &Session<Arc<MemoryStorage>>| {
        authority.asked();
        run(session.refreshing_now(), &authority).unwrap();
        assert_eq!(authority.asked(), ["renew-lease", "1"]);
    };
    let (_, next) = after(
        &host,
        &authority,
        |one| activates(one, &authority),
        |other| {
            host.pass(&authority, HOUR);
            activates(other, &authority);
        },
    );
    newest(&next);
    let (_, next) = after(
        &host,
        &authority,
        |one| {
            host.pass(&authority, HOUR);
            activates(one, &authority);
        },
        |other| imports(other, authority.list().as_str()),
    );
    newest(&next);
}
