use std::fs;

use countersign_server::Database;
use serde_json::json;
use tempfile::TempDir;

use crate::harness::{App, Db};

#[test]
fn a_backup_that_is_restored_answers_as_the_original_did() {
    let app = App::start(Db::Sqlite);
    let (key, _) = app.brand("acme").provision(json!({"max_seats": 1}));
    let ask = json!({"license_key": key, "instance_identifier": "a.example.com"});
    let seat = app.product("/licenses/activate", &ask);
    assert_eq!(seat.status, 201);
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("countersign.db");
    let (status, said) = app.command(&["backup", "--out", file.to_str().unwrap()]);
    assert_eq!(status, Some(0), "{said}");
    // What happens after the backup is not in it.
    let other = json!({"license_key": key, "instance_identifier": "b.example.com"});
    assert_eq!(app.product("/licenses/activate", &other).status, 422);
    app.brand("later");

    let names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, ["countersign.db"]);
    let secret = folder.path().join("secret");
    fs::copy(app.folder.path().join("secret"), &secret).unwrap();
    let restored = App::open(folder, Database::Sqlite(file), secret, app.clock.clone());
    let again = restored.product("/licenses/activate", &ask);
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(again.body["activation_id"], seat.body["activation_id"]);
    let path = "/api/v1/admin/brands/later";
    assert_eq!(restored.get(path, Some(&restored.operator)).status, 404);
    let (status, said) = restored.command(&["doctor"]);
    assert_eq!(status, Some(0), "{said}");
}

#[test]
fn a_backup_is_private_and_never_written_over() {
    let app = App::start(Db::Sqlite);
    let file = app.folder.path().join("copy.db");
    let backup = ["backup", "--out", file.to_str().unwrap()];
    assert_eq!(app.command(&backup).0, Some(0));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    fs::write(&file, "something else").unwrap();
    let (status, said) = app.command(&backup);
    assert_eq!(status, Some(73));
    assert!(said.contains("never written over it"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "something else");
}

#[test]
fn postgresql_is_backed_up_by_its_own_means() {
    let app = App::start(Db::Postgres);
    let file = app.folder.path().join("copy.db");
    let (status, said) = app.command(&["backup", "--out", file.to_str().unwrap()]);
    assert_eq!(
        (status, said.as_str()),
        (
            Some(64),
            "error: PostgreSQL is backed up by its own means: pg_dump [usage]\n"
        )
    );
    assert!(!file.exists());
}
