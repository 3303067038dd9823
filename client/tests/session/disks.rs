//! Disks that are full, or read only, and what keeps nothing.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use countersign::StatusTerms;
use countersign_client::{FileStorage, LostList, MemoryStorage, Storage, StorageLock};

use crate::authority::*;

const NOW: &str = "2025-07-01";

/// A storage on a disk that may be full.
#[derive(Clone, Default)]
struct Disk {
    kept: Arc<MemoryStorage>,
    is_full: Arc<AtomicBool>,
    /// Whether there is no room for a list.
    is_nearly_full: Arc<AtomicBool>,
    /// Whether no list can be read.
    hides_lists: Arc<AtomicBool>,
}

impl Storage for Disk {
    fn load(&self, name: &str) -> io::Result<Option<String>> {
        let is_list = name.starts_with("statuses");
        match is_list && self.hides_lists.load(Ordering::SeqCst) {
            true => Err(io::ErrorKind::PermissionDenied.into()),
            false => self.kept.load(name),
        }
    }

    fn save(&self, name: &str, text: &str) -> io::Result<()> {
        let is_list = name.starts_with("statuses");
        let fits_not = is_list && self.is_nearly_full.load(Ordering::SeqCst);
        match fits_not || self.is_full.load(Ordering::SeqCst) {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => self.kept.save(name, text),
        }
    }
}

#[test]
fn a_seat_that_the_next_run_would_take_again_is_not_given_up() {
    for is_activated in [true, false] {
        let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
        let disk = Disk::default();
        let session = host.open(disk.clone());
        match is_activated {
            true => assert!(
                run(session.activating(license_key()), &authority)
                    .unwrap()
                    .activated
            ),
            false => drop(session.activation_request(license_key()).unwrap()),
        }
        let held = denials(&session);
        authority.asked();
        disk.is_full.store(true, Ordering::SeqCst);
        let refused = run(session.deactivating(), &authority).unwrap_err();
        assert!(refused.is_unreachable());
        let cause = std::error::Error::source(&refused).unwrap();
        let cause: &io::Error = cause.downcast_ref().unwrap();
        assert_eq!(cause.kind(), io::ErrorKind::StorageFull);
        assert_eq!(authority.asked(), [""; 0]);
        assert_eq!(denials(&session), held);

        disk.is_full.store(false, Ordering::SeqCst);
        run(session.deactivating(), &authority).unwrap();
        drop(session);
        let next = host.open(disk);
        assert_eq!(denials(&next), ["not_activated"]);
        authority.asked();
        run(next.refreshing_now(), &authority).unwrap();
        assert!(!authority.asked().contains(&"activate".to_owned()));
    }
}

#[test]
fn a_seat_that_is_given_up_where_the_disk_fills_meanwhile_is_told_and_not_taken_again() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let disk = Disk::default();
    let session = host.open(disk.clone());
    run(session.activating(license_key()), &authority).unwrap();
    let giving_up = session.deactivating();
    assert!(giving_up.asks());
    disk.is_full.store(true, Ordering::SeqCst);
    let unsaved = run(giving_up, &authority).unwrap_err();
    assert!(unsaved.is_unsaved() && !unsaved.is_unreachable());
    let cause = std::error::Error::source(&unsaved).unwrap();
    let cause: &io::Error = cause.downcast_ref().unwrap();
    assert_eq!(cause.kind(), io::ErrorKind::StorageFull);
    assert_eq!(denials(&session), ["not_activated"]);
    // Asked again, it says so again, and asks nobody.
    authority.asked();
    assert!(
        run(session.deactivating(), &authority)
            .unwrap_err()
            .is_unsaved()
    );
    assert_eq!(authority.asked(), [""; 0]);
    assert!(session.wait() <= Duration::from_secs(60), "to save it");

    // The next run, which finds what was saved last, finds out and gives it up as well.
    let copy = Disk::default();
    for name in ["session", "statuses"] {
        let text = disk.load(name).unwrap().unwrap();
        copy.save(name, &text).unwrap();
    }
    let next = host.open(copy.clone());
    assert_eq!(denials(&next), [""; 0], "it does not know yet");
    host.pass(&authority, DAY * 6);
    authority.refuse_next(409, "seat_lost");
    run(next.refreshing(), &authority).unwrap_err();
    assert_eq!(authority.asked(), ["renew-lease", "1"]);
    assert_eq!(denials(&next), ["not_activated"]);
    run(next.refreshing_now(), &authority).unwrap();
    assert!(!authority.asked().contains(&"activate".to_owned()));

    // Once there is room, it is saved by the first tick after a minute.
    disk.is_full.store(false, Ordering::SeqCst);
    host.clock.pass(MINUTE);
    session.tick().unwrap();
    drop(session);
    assert_eq!(denials(&host.open(disk)), ["not_activated"]);
}

#[test]
fn where_a_list_finds_no_room_all_else_is_saved() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let disk = Disk::default();
    run(
        host.open(disk.clone()).activating(license_key()),
        &authority,
    )
    .unwrap();
    let session = host.open(disk.clone());
    disk.is_nearly_full.store(true, Ordering::SeqCst);
    host.pass(&authority, DAY * 6);
    let given = run(session.refreshing(), &authority).unwrap();
    assert!(given.renewed && given.statuses);
    assert!(!session.is_kept());
    assert_eq!(notices(&session), [""; 0], "the clock is guarded");
    let full = session.save().unwrap_err();
    assert_eq!(full.kind(), io::ErrorKind::StorageFull);
    assert!(session.wait() <= Duration::from_secs(60), "to try again");

    // Another process, or the next run, has what was given, and a list that is lost.
    let next = host.open(disk.clone());
    let name = "statuses".to_owned();
    assert_eq!(next.lost_list(), Some(LostList::Outdated { name }));
    host.pass(&authority, DAY * 2);
    assert_eq!((denials(&session), denials(&next)), (vec![], vec![]));

    // What another process saves meanwhile does not make it forget the list.
    next.activation_request(license_key()).unwrap();
    session.save().unwrap_err();
    disk.is_nearly_full.store(false, Ordering::SeqCst);
    host.clock.pass(Duration::from_secs(60));
    session.tick().unwrap();
    assert!(session.is_kept());
    assert_eq!(host.open(disk.clone()).lost_list(), None);

    disk.is_nearly_full.store(true, Ordering::SeqCst);
    session.import(authority.list().as_str()).unwrap();
    run(session.deactivating(), &authority).unwrap();
    drop((session, next));
    assert_eq!(denials(&host.open(disk)), ["not_activated"]);
}

#[test]
fn a_list_that_could_not_be_read_for_a_moment_is_looked_for_again() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let mut terms = StatusTerms::new(3, URI.into());
    terms.freshness = Some(DAY * 30);
    authority.license.lock().unwrap().status = Some(terms);
    let disk = Disk::default();
    let open = || host.open(disk.clone());
    run(open().activating(license_key()), &authority).unwrap();
    disk.hides_lists.store(true, Ordering::SeqCst);
    let session = open();
    assert_eq!(denials(&session), ["status_unknown"]);
    session.save().unwrap();
    let kind = io::ErrorKind::PermissionDenied;
    let name = "statuses".to_owned();
    assert_eq!(
        session.lost_list(),
        Some(LostList::Unreadable { name, kind })
    );
    disk.hides_lists.store(false, Ordering::SeqCst);
    host.clock.pass(Duration::from_secs(10 * 60));
    session.tick().unwrap();
    assert_eq!((session.lost_list(), denials(&session)), (None, vec![]));
}

#[test]
fn a_folder_in_the_place_of_a_list_stops_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let open = || host.open(FileStorage::at(folder.path()));
    run(open().activating(license_key()), &authority).unwrap();
    let path = folder.path().join("statuses");
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir_all(path.join("within")).unwrap();
    let session = open();
    assert!(session.lost_list().is_some());
    host.pass(&authority, DAY * 6);
    for _ in 0..2 {
        // The list that came with the first is still to be written when the second comes.
        assert!(run(session.refreshing_now(), &authority).unwrap().renewed);
        host.pass(&authority, DAY * 6);
    }
    let next = open();
    assert_eq!(denials(&next), [""; 0]);
    run(session.deactivating(), &authority).unwrap();
    drop((session, next));
    assert_eq!(denials(&open()), ["not_activated"]);
}

#[test]
fn a_seat_whose_giving_up_failed_is_held_and_taken_again_as_before() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let disk = Disk::default();
    let session = host.open(disk.clone());
    run(session.activating(license_key()), &authority).unwrap();
    authority.refuse_next(503, "unavailable");
    assert!(
        run(session.deactivating(), &authority)
            .unwrap_err()
            .is_unreachable()
    );
    assert_eq!(denials(&session), [""; 0]);
    drop(session);
    let next = host.open(disk);
    host.pass(&authority, DAY * 6);
    authority.refuse_next(409, "seat_lost");
    assert!(run(next.refreshing(), &authority).unwrap().activated);
}

#[test]
fn a_seat_that_no_run_after_this_one_knows_of_is_given_up() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let disk = Disk::default();
    disk.is_full.store(true, Ordering::SeqCst);
    let session = host.open(disk);
    run(session.activating(license_key()), &authority).unwrap();
    authority.asked();
    run(session.deactivating(), &authority).unwrap();
    assert_eq!(authority.asked(), ["deactivate"]);
    assert_eq!(denials(&session), ["not_activated"]);
}

#[test]
fn what_is_kept_in_memory_does_not_outlive_its_process() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let storage = Arc::new(MemoryStorage::new());
    for _ in 0..2 {
        let session = host.open(storage.clone());
        run(session.activating(license_key()), &authority).unwrap();
        session.save().unwrap();
        assert!(!session.is_kept());
        assert_eq!(notices(&session), ["clock_unguarded"]);
    }
    assert!(
        host.open(Disk::default()).is_kept(),
        "one of a host's own does"
    );
}

#[test]
fn a_clock_is_guarded_again_once_the_state_can_be_written() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let folder = tempfile::tempdir().unwrap();
    let storage = || FileStorage::at(folder.path());
    run(host.open(storage()).activating(license_key()), &authority).unwrap();
    let held = storage().lock().unwrap();
    let session = host.open(storage());
    assert_eq!(
        (denials(&session), notices(&session)),
        (vec![], vec!["clock_unguarded"])
    );
    assert!(!session.is_kept() && session.wait() <= Duration::from_secs(60));
    drop(held);
    host.clock.pass(MINUTE);
    session.tick().unwrap();
    assert!(session.is_kept());
    assert_eq!((denials(&session), notices(&session)), (vec![], vec![]));
    // A save that fails is told as well.
    let held = storage().lock().unwrap();
    session.save().unwrap_err();
    assert_eq!(
        (session.is_kept(), notices(&session)),
        (false, vec!["clock_unguarded"])
    );
    drop(held);
    session.save().unwrap();
    assert_eq!(notices(&session), [""; 0]);
}

#[test]
fn where_nothing_can_be_written_the_clock_is_unguarded_in_every_decision() {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let filled = Arc::new(MemoryStorage::new());
    run(
        host.open(filled.clone()).activating(license_key()),
        &authority,
    )
    .unwrap();
    let session = host.open(ReadOnly(filled));
    assert_eq!(
        (denials(&session), notices(&session)),
        (vec![], vec!["clock_unguarded"])
    );
    assert!(!session.is_kept());
    host.pass(&authority, DAY * 6);
    assert!(
        session
            .tick()
            .is_err_and(|error| error.kind() == io::ErrorKind::ReadOnlyFilesystem)
    );
    assert!(run(session.refreshing(), &authority).unwrap().renewed);
    assert!(session.wait() >= MINUTE, "to try again");
    host.pass(&authority, HOUR * 12);
    assert_eq!(
        (denials(&session), notices(&session)),
        (vec![], vec!["clock_unguarded"])
    );
}

/// Even for root nothing can be made there.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_made_is_no_reason_not_to_open() {
    let host = Host::at(moment(NOW));
    let session = host.open(FileStorage::at("/sys/countersign/state"));
    assert_eq!(denials(&session), ["not_activated"]);
    assert_eq!(notices(&session), ["clock_unguarded"]);
}

#[test]
fn a_state_that_could_not_be_saved_is_tried_again_after_a_minute_and_not_by_each_tick() {
    let host = Host::at(moment(NOW));
    let storage = Arc::new(Counting::default());
    let session = host.open(storage.clone());
    let tried = || storage.tried.swap(0, Ordering::SeqCst);
    assert_eq!(tried(), 1);
    for _ in 0..59 {
        host.clock.pass(Duration::from_secs(1));
        session.tick().unwrap();
    }
    assert_eq!(tried(), 0);
    host.clock.pass(Duration::from_secs(1));
    session.tick().unwrap_err();
    assert_eq!(tried(), 1);
    session.tick().unwrap();
    session.save().unwrap_err();
    assert_eq!(tried(), 1, "by who asks for it");
}

const MINUTE: Duration = Duration::from_secs(60);

/// A storage that another process writes to all the while, and that counts who waited for it.
#[derive(Default)]
struct Counting {
    kept: MemoryStorage,
    tried: AtomicU32,
}

impl Storage for Counting {
    fn load(&self, name: &str) -> io::Result<Option<String>> {
        self.kept.load(name)
    }

    fn save(&self, name: &str, text: &str) -> io::Result<()> {
        self.kept.save(name, text)
    }

    fn lock(&self) -> io::Result<StorageLock> {
        self.tried.fetch_add(1, Ordering::SeqCst);
        Err(io::ErrorKind::WouldBlock.into())
    }
}

/// A storage that can be read and not be written.
struct ReadOnly(Arc<MemoryStorage>);

impl Storage for ReadOnly {
    fn load(&self, name: &str) -> io::Result<Option<String>> {
        self.0.load(name)
    }

    fn save(&self, _: &str, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn lock(&self) -> io::Result<StorageLock> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}
