//! What a folder may hold in place of a state, and disks that take no more.

use std::error::Error;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use countersign_client::{FileStorage, OpenError, Session, Storage};

use crate::authority::*;

const NOW: &str = "2025-07-01";

/// A folder with a state, whose license is held.
fn activated() -> (tempfile::TempDir, Authority, Host) {
    let folder = tempfile::tempdir().unwrap();
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = host.open(FileStorage::at(folder.path()));
    run(session.activating(license_key()), &authority).unwrap();
    drop(session);
    (folder, authority, host)
}

/// An error with its causes, on one line.
fn told(error: &dyn Error) -> String {
    let cause = error.source().map(told);
    cause.map_or(error.to_string(), |cause| format!("{error}: {cause}"))
}

fn opened(host: &Host, folder: &Path) -> Result<Session<FileStorage>, OpenError> {
    host.builder().open(FileStorage::at(folder))
}

fn make_pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

type Made = fn(&Path);

#[test]
fn what_is_no_file_in_place_of_a_state_is_named_and_left_alone() {
    let cases: [(Made, &str); 6] = [
        (|path| fs::create_dir(path).unwrap(), "is no file"),
        (make_pipe, "is no file"),
        (|path| symlink("/dev/zero", path).unwrap(), "is no file"),
        (
            |path| drop(std::os::unix::net::UnixListener::bind(path).unwrap()),
            "is no file",
        ),
        (
            |path| symlink("/not/there", path).unwrap(),
            "is a link to what is not there",
        ),
        (|path| symlink(path, path).unwrap(), "cannot be used"),
    ];
    for (make, cause) in cases {
        let (folder, _, host) = activated();
        let path = folder.path().join("session");
        fs::remove_file(&path).unwrap();
        make(&path);
        let before = path.symlink_metadata().unwrap().file_type();
        for begins_anew in [false, true] {
            let builder = match begins_anew {
                true => host.builder().begin_anew(),
                false => host.builder(),
            };
            let Err(error) = builder.open(FileStorage::at(folder.path())) else {
                panic!("{cause}: opened");
            };
            assert!(matches!(error, OpenError::Storage(_)), "{error:?}");
            let told = told(&error);
            let expected = format!("what is kept cannot be read: `{}` {cause}", path.display());
            assert!(told.starts_with(&expected), "{told}");
            assert_eq!(path.symlink_metadata().unwrap().file_type(), before);
        }
    }
}

#[test]
fn a_folder_that_is_out_of_reach_is_not_taken_for_one_without_a_license() {
    let (folder, _, host) = activated();
    let above = tempfile::tempdir().unwrap();
    let link = above.path().join("volume");
    symlink(folder.path(), &link).unwrap();
    let state = link.join("acme");
    fs::rename(folder.path(), folder.path().with_extension("gone")).unwrap();
    let Err(error) = opened(&host, &state) else {
        panic!("opened");
    };
    let told = told(&error);
    let expected = format!("`{}` is a link to what is not there", link.display());
    assert!(told.contains(&expected), "{told}");
    fs::rename(folder.path().with_extension("gone"), folder.path()).unwrap();
    assert_eq!(denials(&opened(&host, &link).unwrap()), [""; 0]);
}

#[test]
fn a_state_that_is_a_link_is_read() {
    let (folder, _, host) = activated();
    let path = folder.path().join("session");
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    symlink(&elsewhere, &path).unwrap();
    assert_eq!(denials(&opened(&host, folder.path()).unwrap()), [""; 0]);
}

#[test]
fn a_state_that_is_too_long_is_damaged() {
    let (folder, _, host) = activated();
    let path = folder.path().join("session");
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(10 << 30)
        .unwrap();
    let Err(error) = opened(&host, folder.path()) else {
        panic!("opened");
    };
    assert!(matches!(
        error,
        OpenError::Damaged {
            name: "session",
            ..
        }
    ));
    let expected = format!("`{}` is longer than any state", path.display());
    assert!(told(&error).ends_with(&expected), "{}", told(&error));
    let session = host
        .builder()
        .begin_anew()
        .open(FileStorage::at(folder.path()))
        .unwrap();
    assert!(session.is_kept());
}

#[test]
fn a_lock_or_a_folder_that_is_none_is_named_and_the_license_counts() {
    let (folder, _, host) = activated();
    let lock = folder.path().join("lock");
    for make in [make_pipe, |path: &Path| fs::create_dir(path).unwrap()] {
        let _ = fs::remove_file(&lock);
        make(&lock);
        let session = opened(&host, folder.path()).unwrap();
        assert_eq!(
            (denials(&session), notices(&session)),
            (vec![], vec!["clock_unguarded"])
        );
        let told = told(&session.save().unwrap_err());
        assert!(
            told.starts_with(&format!("`{}` is no file", lock.display())),
            "{told}"
        );
    }
}

#[test]
fn another_state_that_takes_the_place_of_one_that_is_open_is_not_overwritten() {
    let (folder, authority, host) = activated();
    let path = folder.path().join("session");
    let session = opened(&host, folder.path()).unwrap();
    let other = tempfile::tempdir().unwrap();
    for product in ["acme/viewer", "acme/editor"] {
        let other = other.path().join(product);
        let built = countersign_client::SessionBuilder::new(trust(), product.parse().unwrap());
        drop(built.open(FileStorage::at(&other)).unwrap());
        fs::copy(other.join("session"), &path).unwrap();
        let text = fs::read(&path).unwrap();
        let refused = session.save().unwrap_err().to_string();
        let expected = match product {
            "acme/viewer" => "the state is of another product by now",
            _ => "the state was begun anew by another process",
        };
        assert_eq!(refused, expected);
        run(session.refreshing_now(), &authority).unwrap();
        assert_eq!(fs::read(&path).unwrap(), text);
        assert_eq!(denials(&session), [""; 0]);
    }
    // What is no state at all is written anew, and what was deleted, with its list.
    fs::write(&path, "no state").unwrap();
    session.save().unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    session.save().unwrap();
    drop(session);
    let session = opened(&host, folder.path()).unwrap();
    assert_eq!((denials(&session), session.lost_list()), (vec![], None));
}

/// Where a process of these tests works.
const PLACE: &str = "COUNTERSIGN_TEST_PLACE";

/// This test alone, as a process of its own.
fn process(name: &str, place: &Path) -> Command {
    let mut command = Command::new("sh");
    let program = std::env::current_exe().unwrap();
    command.args([
        "-c",
        "trap '' XFSZ; [ -z \"$BLOCKS\" ] || ulimit -f $BLOCKS; exec \"$@\"",
        "sh",
    ]);
    command.arg(program).args(["--exact", name, "--nocapture"]);
    command.env(PLACE, place).stdout(Stdio::null());
    command
}

#[expect(
    clippy::disallowed_methods,
    reason = "how the test speaks to its processes"
)]
fn place() -> Option<std::path::PathBuf> {
    std::env::var_os(PLACE).map(Into::into)
}

#[test]
fn a_disk_that_takes_no_more_leaves_the_state_as_it_was() {
    let (folder, ..) = activated();
    let path = folder.path().join("session");
    let before = fs::read(&path).unwrap();
    let mut command = process("files::on_a_disk_that_takes_no_more", folder.path());
    assert!(command.env("BLOCKS", "0").status().unwrap().success());
    assert_eq!(fs::read(&path).unwrap(), before);
    let names = fs::read_dir(folder.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(
        names
            .into_iter()
            .all(|name| !name.starts_with(".unfinished"))
    );
}

/// What the process of the test above does; by itself it does nothing.
#[test]
fn on_a_disk_that_takes_no_more() {
    let Some(folder) = place() else {
        return;
    };
    let (authority, host) = (Authority::at(moment(NOW)), Host::at(moment(NOW)));
    let session = opened(&host, &folder).unwrap();
    assert_eq!((denials(&session), session.is_kept()), (vec![], false));
    let error = session.save().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    assert!(told(&error).starts_with(&format!("`{}` cannot be used", folder.display())));
    run(session.activating(license_key()), &authority).unwrap();
    assert!(
        run(session.deactivating(), &authority)
            .unwrap_err()
            .is_unreachable()
    );
    assert_eq!(denials(&session), [""; 0]);
}

#[test]
fn a_folder_of_another_user_is_told_and_one_to_read_is_read() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    let (folder, ..) = activated();
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    let file = folder.path().join("session");
    let is_root = fs::metadata(folder.path()).is_ok_and(|it| {
        use std::os::unix::fs::MetadataExt as _;
        it.uid() == 0
    });
    // To read; the state is not; nothing is.
    for (folder_mode, file_mode) in [(0o555, 0o444), (0o555, 0o000), (0o000, 0o444)] {
        mode(&file, file_mode).unwrap();
        mode(&folder.path().join("statuses"), 0o444).unwrap();
        mode(folder.path(), folder_mode).unwrap();
        let name = match (folder_mode, file_mode) {
            (0o555, 0o444) => "files::in_a_folder_to_read",
            _ => "files::in_a_folder_that_is_not_to_be_read",
        };
        let mut command = process(name, folder.path());
        if is_root {
            // To root nothing is forbidden.
            command.uid(65534);
        }
        let done = command.status().unwrap();
        mode(folder.path(), 0o700).unwrap();
        assert!(done.success(), "{folder_mode:o} {file_mode:o}");
    }
}

/// What a process of the test above does; by itself it does nothing.
#[test]
fn in_a_folder_to_read() {
    let Some(folder) = place() else {
        return;
    };
    let host = Host::at(moment(NOW));
    let session = opened(&host, &folder).unwrap();
    assert_eq!(
        (denials(&session), notices(&session)),
        (vec![], vec!["clock_unguarded"])
    );
    assert_eq!((session.is_kept(), session.lost_list()), (false, None));
    let error = session.save().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    let lock = folder.join("lock");
    assert!(told(&error).starts_with(&format!("`{}` cannot be used", lock.display())));
}

/// What a process of the test above does; by itself it does nothing.
#[test]
fn in_a_folder_that_is_not_to_be_read() {
    let Some(folder) = place() else {
        return;
    };
    let host = Host::at(moment(NOW));
    let Err(error) = opened(&host, &folder) else {
        panic!("opened");
    };
    let OpenError::Storage(cause) = &error else {
        panic!("{error}");
    };
    assert_eq!(cause.kind(), io::ErrorKind::PermissionDenied);
    let path = folder.join("session");
    let expected = format!(
        "what is kept cannot be read: `{}` cannot be used: ",
        path.display()
    );
    assert!(told(&error).starts_with(&expected), "{}", told(&error));
    let load = FileStorage::at(&folder).load("session").unwrap_err();
    assert_eq!(load.kind(), io::ErrorKind::PermissionDenied);
}
