//! The histories of docs/rules.md, section 4, through sessions and their files. What is not promised
//! is shown as well, and says so in its name.

use std::fs;
use std::path::Path;
use std::time::Duration;

use countersign::Window;
use countersign_client::{FileStorage, MemoryStorage};

use crate::authority::*;

const NOW: &str = "2025-07-01";
const END: &str = "2025-08-01";

/// A product whose license ends in a month, activated, and opened a second time: guarded.
fn guarded(folder: &Path) -> (Authority, Host) {
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    {
        let mut license = authority.license.lock().unwrap();
        license.issued_at = moment(NOW);
        license.activation = None;
        license.status = None;
        license.validity = Window::new(None, Some(moment(END))).unwrap();
    }
    let session = host.open(FileStorage::at(folder));
    session.import(authority.signed_license().as_str()).unwrap();
    drop(session);
    (authority, host)
}

/// One run of that length: what it decided at its start, and at its end.
fn runs(host: &Host, folder: &Path, time: Duration) -> [Vec<&'static str>; 2] {
    let session = host.open(FileStorage::at(folder));
    let at_start = denials(&session);
    let mut left = time;
    while !left.is_zero() {
        let step = left.min(Duration::from_secs(600));
        host.clock.pass(step);
        session.tick().unwrap();
        left -= step;
    }
    [at_start, denials(&session)]
}

#[test]
fn once_the_end_was_seen_a_clock_set_back_does_not_undo_it() {
    let folder = tempfile::tempdir().unwrap();
    let (_, host) = guarded(folder.path());
    for day in ["2025-07-02", "2025-07-20", "2025-08-02", "2025-08-04"] {
        host.clock.set_wall(moment(day));
        runs(&host, folder.path(), HOUR);
    }
    host.clock.set_wall(moment("2025-07-02"));
    assert_eq!(runs(&host, folder.path(), HOUR), [["expired"], ["expired"]]);
}

#[test]
fn a_run_that_passes_the_end_denies_from_there_on_however_the_clock_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let (_, host) = guarded(folder.path());
    host.clock.set_wall(moment("2025-07-31T23:30:00Z"));
    let session = host.open(FileStorage::at(folder.path()));
    assert_eq!(denials(&session), [""; 0]);
    host.clock.pass(HOUR);
    assert_eq!(denials(&session), ["expired"]);
}

#[test]
fn a_clock_set_back_is_put_up_with_for_three_days_of_running() {
    let folder = tempfile::tempdir().unwrap();
    let (_, host) = guarded(folder.path());
    host.clock.set_wall(moment("2025-06-01"));
    let session = host.open(FileStorage::at(folder.path()));
    assert_eq!(
        (denials(&session), notices(&session)),
        (vec![], vec!["clock_suspect"])
    );
    drop(session);
    assert_eq!(runs(&host, folder.path(), HOUR * 71)[1], [""; 0]);
    let [_, at_end] = runs(&host, folder.path(), HOUR * 2);
    assert_eq!(at_end, ["clock_set_back"]);
    // Right again: it heals by itself.
    host.clock.set_wall(moment("2025-07-05"));
    assert_eq!(runs(&host, folder.path(), HOUR)[0], [""; 0]);
}

#[test]
fn an_answer_of_the_authority_heals_a_clock_set_back_for_too_long() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(FileStorage::at(folder.path()));
    run(session.activating(license_key()), &authority).unwrap();
    drop(session);
    host.clock.set_wall(moment("2025-06-01"));
    runs(&host, folder.path(), HOUR * 73);
    authority.pass(HOUR * 73);
    let session = host.open(FileStorage::at(folder.path()));
    assert_eq!(denials(&session), ["clock_set_back"]);
    assert!(
        run(session.refreshing(), &authority).unwrap().renewed,
        "due at once"
    );
    assert_eq!((denials(&session), notices(&session)), (vec![], vec![]));
}

#[test]
fn a_reboot_begins_the_other_clock_anew_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (_, host) = guarded(folder.path());
    for day in ["2025-07-02", "2025-07-20", "2025-08-02", "2025-08-04"] {
        host.clock.set_wall(moment(day));
        runs(&host, folder.path(), HOUR);
    }
    // The clock that only goes on is at zero again, and the other one is set back.
    let rebooted = Host::at(moment("2025-07-02"));
    let folder = folder.path();
    assert_eq!(runs(&rebooted, folder, HOUR), [["expired"], ["expired"]]);
    let set_right = Host::at(moment("2025-08-05"));
    let session = set_right.open(FileStorage::at(folder));
    assert_eq!(
        (denials(&session), notices(&session)),
        (vec!["expired"], vec![])
    );
}

#[test]
fn a_run_in_2099_poisons_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (_, host) = guarded(folder.path());
    runs(&host, folder.path(), HOUR);
    host.clock.set_wall(moment("2099-01-01"));
    assert_eq!(runs(&host, folder.path(), HOUR), [["expired"], ["expired"]]);
    host.clock.set_wall(moment("2025-07-03"));
    assert_eq!(runs(&host, folder.path(), HOUR), [[""; 0], [""; 0]]);
    assert_eq!(
        notices(&host.open(FileStorage::at(folder.path()))),
        ["expires_soon"]
    );
}

#[test]
fn an_answer_came_when_the_authority_says_and_not_when_a_wrong_clock_does() {
    let authority = Authority::at(moment("2025-07-01"));
    authority.license.lock().unwrap().status = None;
    for wrong in ["2025-05-01", "2025-07-20", "2099-01-01"] {
        let host = Host::at(moment(wrong));
        let session = host.open(MemoryStorage::new());
        run(session.activating(license_key()), &authority).unwrap();
        let answered_at = Some(moment("2025-07-01"));
        assert_eq!(session.last_contact_at(), answered_at, "{wrong}");
        assert_eq!(decide(&session).last_contact_at(), answered_at, "{wrong}");
    }
}

#[test]
fn what_one_process_writes_is_no_start_of_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, host) = guarded(folder.path());
    host.clock.set_wall(moment("2099-01-01"));
    let open = || host.open(FileStorage::at(folder.path()));
    let both = [open(), open()];
    for _ in 0..30 {
        host.clock.pass(HOUR);
        for session in &both {
            session.import(authority.signed_license().as_str()).unwrap();
        }
    }
    drop(both);
    host.clock.set_wall(moment("2025-07-03"));
    assert_eq!(runs(&host, folder.path(), HOUR), [[""; 0], [""; 0]]);
}

#[test]
fn processes_that_write_in_turn_use_the_budget_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, host) = guarded(folder.path());
    host.clock.set_wall(moment("2025-06-01"));
    let open = || host.open(FileStorage::at(folder.path()));
    let both = [open(), open()];
    for _ in 0..200 {
        host.clock.pass(Duration::from_secs(60));
        for session in &both {
            session.import(authority.signed_license().as_str()).unwrap();
            assert_eq!(denials(session), [""; 0]);
        }
    }
}

#[test]
fn time_that_one_process_was_told_heals_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, host) = guarded(folder.path());
    for day in ["2099-01-01", "2099-01-02", "2099-01-03", "2099-01-04"] {
        host.clock.set_wall(moment(day));
        runs(&host, folder.path(), HOUR);
    }
    host.clock.set_wall(moment(NOW));
    let open = || host.open(FileStorage::at(folder.path()));
    let [one, other] = [open(), open()];
    assert_eq!(denials(&other), ["expired"]);
    authority.license.lock().unwrap().activation = Some(Default::default());
    authority.raise_revision();
    run(one.activating(license_key()), &authority).unwrap();
    other.save().unwrap();
    assert_eq!(
        (denials(&other), notices(&other).contains(&"clock_suspect")),
        (vec![], false)
    );
}

#[test]
fn a_killed_run_loses_ten_minutes_at_most() {
    let folder = tempfile::tempdir().unwrap();
    let (_, host) = guarded(folder.path());
    let session = host.open(FileStorage::at(folder.path()));
    for _ in 0..31 * 24 * 6 + 1 {
        host.clock.pass(Duration::from_secs(600));
        session.tick().unwrap();
    }
    assert_eq!(denials(&session), ["expired"]);
    // A kill: nothing is dropped.
    std::mem::forget(session);
    host.clock.set_wall(moment("2025-07-31T23:56:00Z"));
    let session = host.open(FileStorage::at(folder.path()));
    assert_eq!(denials(&session), ["expired"]);
}

#[test]
fn a_copy_of_the_files_on_the_same_machine_decides_alike() {
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_, host) = guarded(folder.path());
    for day in ["2025-07-20", "2025-08-02", "2025-08-04"] {
        host.clock.set_wall(moment(day));
        runs(&host, folder.path(), HOUR);
    }
    copy_files(folder.path(), copy.path());
    host.clock.set_wall(moment("2025-07-02"));
    assert_eq!(runs(&host, copy.path(), HOUR)[0], ["expired"]);
}

#[test]
fn not_promised_a_state_restored_from_a_backup_is_believed() {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_, host) = guarded(folder.path());
    copy_files(folder.path(), backup.path());
    for day in ["2025-07-20", "2025-08-02", "2025-08-04"] {
        host.clock.set_wall(moment(day));
        runs(&host, folder.path(), HOUR);
    }
    copy_files(backup.path(), folder.path());
    host.clock.set_wall(moment("2025-07-02"));
    assert_eq!(runs(&host, folder.path(), HOUR)[0], [""; 0]);
}

#[test]
fn not_promised_whoever_deletes_the_state_begins_anew_from_the_license_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, host) = guarded(folder.path());
    for day in ["2025-07-20", "2025-08-02", "2025-08-04"] {
        host.clock.set_wall(moment(day));
        runs(&host, folder.path(), HOUR);
    }
    for entry in fs::read_dir(folder.path()).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    host.clock.set_wall(moment("2025-07-02"));
    let session = host.open(FileStorage::at(folder.path()));
    assert_eq!(denials(&session), ["not_activated"]);
    session.import(authority.signed_license().as_str()).unwrap();
    assert_eq!(
        (denials(&session), notices(&session)),
        (vec![], vec!["clock_unguarded", "expires_soon"])
    );
}

/// The short lease is the answer to what cannot be noticed: it has to be renewed.
#[test]
fn a_seat_restored_from_a_backup_is_taken_again_at_the_next_renewal() {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    run(
        host.open(FileStorage::at(folder.path()))
            .activating(license_key()),
        &authority,
    )
    .unwrap();
    copy_files(folder.path(), backup.path());
    host.pass(&authority, DAY * 6);
    run(
        host.open(FileStorage::at(folder.path())).refreshing(),
        &authority,
    )
    .unwrap();
    copy_files(backup.path(), folder.path());
    authority.asked();
    let session = host.open(FileStorage::at(folder.path()));
    assert!(run(session.refreshing(), &authority).unwrap().activated);
    assert_eq!(authority.asked(), ["renew-lease", "activate", "1"]);
    host.pass(&authority, DAY * 3);
    assert_eq!(denials(&session), [""; 0]);
}

fn copy_files(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
