//! The commands as their users see them: transcripts in tests/cli, and beside them what a transcript
//! cannot show.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "cli/files.rs"]
mod files;
#[path = "cli/refusals.rs"]
mod refusals;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use countersign::{License, Moment, SigningKey};
use countersign_server::{Authority, Clock, Database, Opening, Server};
use tempfile::TempDir;

/// The fixtures in a folder of their own, the private keys as private as they should be.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for fixture in fs::read_dir(fixtures()).unwrap() {
        let fixture = fixture.unwrap();
        let copy = folder.path().join(fixture.file_name());
        fs::copy(fixture.path(), &copy).unwrap();
        if copy.extension().is_some_and(|extension| extension == "pem") {
            set_mode(&copy, 0o600);
        }
    }
    folder
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/fixtures")
}

fn countersign(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs the command as a script of sh names it, `countersign`.
#[cfg(unix)]
fn sh(folder: &TempDir, script: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_countersign"))
        .parent()
        .unwrap();
    let path = format!("{}:{}", program.display(), env!("PATH"));
    let mut command = Command::new("sh");
    command
        .current_dir(folder)
        .env("PATH", path)
        .args(["-c", script])
        .output()
        .unwrap()
}

/// An authority in a folder, with the brand `acme` and its products `editor` and `viewer`.
fn make_authority(data: &Path) {
    fs::create_dir(data).unwrap();
    let opening = Opening {
        database: Database::Sqlite(data.join("countersign.db")),
        secret: data.join("secret"),
        public_url: "https://licenses.example".to_owned(),
        clock: Clock::fixed("2026-05-01T00:00:00Z".parse().unwrap()),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let authority = Authority::open(&opening).unwrap();
    let (server, operator) = runtime.block_on(async {
        let operator = authority.create_operator_key().await.unwrap();
        let any = "127.0.0.1:0".parse().unwrap();
        (Server::start(authority, any).await.unwrap(), operator)
    });
    let post = |path: &str, api_key: &str, body: &str| {
        let mut made = ureq::post(format!("http://{}/api/v1{path}", server.address()))
            .header("x-api-key", api_key)
            .header("content-type", "application/json")
            .send(body)
            .unwrap();
        let made = made.body_mut().read_to_string().unwrap();
        serde_json::from_str::<serde_json::Value>(&made).unwrap()
    };
    post(
        "/admin/brands",
        &operator,
        r#"{"name": "ACME", "slug": "acme"}"#,
    );
    let key = post("/admin/api-keys", &operator, r#"{"brand": "acme"}"#);
    let key = key["key"].as_str().unwrap();
    for slug in ["editor", "viewer"] {
        let body = format!(r#"{{"name": "{slug}", "slug": "{slug}"}}"#);
        post("/brand/products", key, &body);
    }
    runtime.block_on(server.stop()).unwrap();
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn names_in(folder: &TempDir) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[cfg(unix)]
fn set_mode(file: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

#[cfg(unix)]
fn mode(file: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

#[test]
fn commands_answer_as_in_the_transcripts() {
    let folder = folder();
    // The one test that depends on where it runs; all others state their folder.
    std::env::set_current_dir(&folder).unwrap();
    for data in ["shop", "seats"] {
        make_authority(&folder.path().join(data));
    }
    fs::write(folder.path().join("short.code"), "CODE-1\n").unwrap();
    trycmd::TestCases::new()
        .env("COLUMNS", "100")
        .case(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/*.trycmd"))
        .run();
}

#[cfg(unix)]
#[test]
fn a_private_key_is_for_its_owner_alone() {
    let folder = folder();
    let made = sh(&folder, "umask 000; countersign key generate --out new.pem");
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    assert_eq!(mode(&folder.path().join("new.pem")), 0o600);
}

/// Runs a command on the authority in `data`, which is to succeed; what it prints.
fn authority(folder: &TempDir, arguments: &[&str]) -> String {
    let output = countersign(folder, &[arguments, &["--data", "data"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[cfg(unix)]
#[test]
fn an_api_key_is_for_its_owner_alone_and_gives_way_to_another() {
    let folder = folder();
    authority(&folder, &["init"]);
    authority(&folder, &["brand", "create", "acme"]);
    let create = ["api-key", "create", "--brand", "acme", "--json"];
    let made = authority(&folder, &[&create[..], &["--out", "shop.key"]].concat());
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let file = folder.path().join("shop.key");
    assert_eq!(mode(&file), 0o600);
    let key = fs::read_to_string(file).unwrap();
    assert!(key.starts_with(made["prefix"].as_str().unwrap()));
    assert_eq!(made.get("key"), None);
    let id = made["id"].as_str().unwrap();
    let rotate = ["api-key", "rotate", id, "--overlap", "2", "--now"];
    let at = ["2026-06-01T12:00:00Z", "--json"];
    let rotated = authority(&folder, &[&rotate[..], &at].concat());
    let rotated: serde_json::Value = serde_json::from_str(&rotated).unwrap();
    assert_ne!(format!("{}\n", rotated["key"].as_str().unwrap()), key);
    let change = [
        "--name",
        "till",
        "--scope",
        "read",
        "--address",
        "192.0.2.0/24",
        "--now",
        "2026-06-01T12:00:00Z",
        "--json",
    ];
    let changed = authority(&folder, &[&["api-key", "change", id][..], &change].concat());
    let changed: serde_json::Value = serde_json::from_str(&changed).unwrap();
    let shown = authority(&folder, &["api-key", "show", id, "--json"]);
    assert_eq!(
        changed,
        serde_json::from_str::<serde_json::Value>(&shown).unwrap()
    );
    let [name, scopes, addresses] = ["name", "scopes", "addresses"].map(|member| &changed[member]);
    assert_eq!((name, &scopes[0]), (&"till".into(), &"read".into()));
    assert_eq!(
        (scopes.get(1), &addresses[0]),
        (None, &"192.0.2.0/24".into())
    );
    let revoke = [
        "api-key",
        "revoke",
        rotated["id"].as_str().unwrap(),
        "--now",
    ];
    let revoked = authority(&folder, &[&revoke[..], &at].concat());
    let revoked: serde_json::Value = serde_json::from_str(&revoked).unwrap();
    assert_eq!(revoked["revoked_at"], "2026-06-01T12:00:00Z");
    let list = authority(&folder, &["api-key", "list", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let keys = list["api_keys"].as_array().unwrap();
    let old = keys.iter().find(|key| key["id"] == id).unwrap();
    assert_eq!(old["expires_at"], "2026-06-01T14:00:00Z");
    let deleted = authority(&folder, &["api-key", "delete", id, "--json"]);
    assert_eq!(deleted, format!("{{\"deleted\":\"{id}\"}}\n"));
    let gone = countersign(&folder, &["api-key", "show", id, "--data", "data"]);
    assert_eq!(gone.status.code(), Some(1));
}

#[test]
fn a_private_key_is_never_overwritten() {
    let folder = folder();
    let before = fs::read(folder.path().join("acme.pem")).unwrap();
    let refused = countersign(&folder, &["key", "generate", "--out", "acme.pem"]);
    assert_eq!(refused.status.code(), Some(73));
    assert_eq!(fs::read(folder.path().join("acme.pem")).unwrap(), before);
}

#[test]
fn a_private_key_gives_way_to_no_document() {
    let folder = folder();
    let before = fs::read(folder.path().join("acme.pem")).unwrap();
    let sign = [
        "license",
        "sign",
        "--key",
        "acme.pem",
        "--product",
        "acme/editor",
    ];
    let refused = countersign(
        &folder,
        &[&sign[..], &["--out", "acme.pem", "--force"]].concat(),
    );
    assert_eq!(refused.status.code(), Some(73), "{}", text(&refused.stderr));
    assert_eq!(fs::read(folder.path().join("acme.pem")).unwrap(), before);
}

#[test]
fn what_was_typed_in_the_wrong_place_is_not_repeated() {
    let folder = folder();
    let key = fs::read_to_string(folder.path().join("acme.pem")).unwrap();
    let body = key.lines().nth(1).unwrap();
    let wrong: [&[&str]; 5] = [
        &["license", "sign", "--key", &key, "--product", "acme/editor"],
        &["license", "sign", "--key", body, "--product", "acme/editor"],
        &["license", "sign", "--key", "acme.pem", "--product", body],
        &["license", "sign", &key],
        &[
            "license",
            "verify",
            "a",
            "--trust",
            "b",
            "--domain",
            "http://me:hunter2@a.example",
        ],
    ];
    for arguments in wrong {
        let output = countersign(&folder, arguments);
        let said = text(&output.stderr);
        assert!(matches!(output.status.code(), Some(64 | 66)), "{said}");
        assert!(!said.contains(body) && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn every_key_is_another() {
    let folder = folder();
    for name in ["one.pem", "two.pem"] {
        countersign(&folder, &["key", "generate", "--out", name]);
    }
    let shown = ["one.pem", "two.pem"].map(|name| {
        let shown = countersign(&folder, &["key", "show", name, "--format", "base64"]);
        text(&shown.stdout)
    });
    assert_ne!(shown[0], shown[1]);
    assert_eq!(shown.map(|key| key.len()), [45, 45]);
}

#[test]
fn identifiers_and_nonces_that_are_not_stated_are_drawn_anew() {
    let folder = folder();
    let lease = "lease sign --key acme.pem --product acme/editor --license lic_1 --days 1 \
                 --instance a --instance-type machine_id --now 2026-01-01";
    let license = "license sign --key acme.pem --product acme/editor --now 2026-01-01";
    for command in [lease, license] {
        let arguments: Vec<&str> = command.split_whitespace().collect();
        let [one, two] = [(); 2].map(|()| countersign(&folder, &arguments).stdout);
        assert_ne!(one, two, "{command}");
    }
}

#[cfg(unix)]
#[test]
fn a_license_is_for_everybody_and_a_lease_for_its_owner() {
    let folder = folder();
    let signed = sh(
        &folder,
        "umask 022
         countersign license sign --key acme.pem --product acme/editor --out new.license
         countersign lease sign --key acme.pem --product acme/editor --license lic_1 --days 1 \
             --instance a --instance-type machine_id --out new.lease",
    );
    assert_eq!(text(&signed.stderr), "");
    assert_eq!(mode(&folder.path().join("new.license")), 0o644);
    assert_eq!(mode(&folder.path().join("new.lease")), 0o600);
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing_behind() {
    let folder = folder();
    let before = names_in(&folder);
    let commands = [
        "key generate --out new.pem",
        "license sign --key acme.pem --product acme/editor --out new.license",
        "license sign --key acme.pem --product acme/editor --out editor.license --force",
    ];
    let license = fs::read(folder.path().join("editor.license")).unwrap();
    for command in commands {
        // A limit of no bytes fails every write to a file, as a full disk does.
        let script = format!("trap '' XFSZ; ulimit -f 0; countersign {command}");
        let refused = sh(&folder, &script);
        assert_eq!(refused.status.code(), Some(73), "{command}");
        assert_eq!(names_in(&folder), before, "{command}");
    }
    assert_eq!(
        fs::read(folder.path().join("editor.license")).unwrap(),
        license
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_an_error() {
    let refused = sh(
        &folder(),
        "countersign license sign --key acme.pem --product acme/editor > /dev/full",
    );
    assert_eq!(refused.status.code(), Some(74));
    let expected = "error: standard output cannot be written: \
                    No space left on device (os error 28) [unprintable]\n";
    assert_eq!(text(&refused.stderr), expected);
}

#[cfg(unix)]
#[test]
fn a_private_key_that_others_may_read_is_warned_of() {
    let folder = folder();
    set_mode(&folder.path().join("acme.pem"), 0o640);
    let signed = sh(
        &folder,
        "countersign license sign --key acme.pem --product acme/editor",
    );
    assert_eq!(signed.status.code(), Some(0));
    let expected = "warning: `acme.pem` holds a private key, and others than its owner may use the \
                    file (mode 0640): chmod 600\n";
    assert_eq!(text(&signed.stderr), expected);
}

#[test]
fn a_document_does_not_drive_the_terminal() {
    let folder = folder();
    let id = "lic\u{202e}\u{200b}1";
    let sign = [
        "license",
        "sign",
        "--key",
        "acme.pem",
        "--product",
        "acme/editor",
        "--id",
        id,
    ];
    let signed = countersign(
        &folder,
        &[&sign[..], &["--customer", "\u{1b}[31m"]].concat(),
    );
    assert_eq!(signed.status.code(), Some(64));
    let refused = "error: `sub` holds a control character, or one that hides or turns the text \
                   around it [usage]\n";
    assert_eq!(text(&signed.stderr), refused);
    // Somebody else may have signed it all the same.
    let key = fs::read_to_string(folder.path().join("acme.pem")).unwrap();
    let mut license = License::new(
        id.parse().unwrap(),
        "acme/editor".parse().unwrap(),
        Moment::MIN,
    );
    license.customer = Some("\u{1b}[31m\u{9b}2J\r\u{e0041}".into());
    let signed_license = SigningKey::from_pem(&key).unwrap().sign(&license).unwrap();
    fs::write(folder.path().join("evil.license"), signed_license.as_str()).unwrap();
    let trust = ["evil.license", "--trust", "trust.jwks"];
    let shown = [
        signed,
        countersign(&folder, &[&["license", "verify"], &trust[..]].concat()),
        countersign(&folder, &[&["license", "inspect"], &trust[..]].concat()),
        countersign(
            &folder,
            &[&["license", "inspect", "--json"], &trust[..]].concat(),
        ),
    ];
    for output in &shown {
        let driving = |c: &char| {
            (c.is_control() && *c != '\n') || matches!(c, '\u{202e}' | '\u{200b}' | '\u{e0041}')
        };
        let text = text(&output.stdout);
        assert_eq!(text.chars().find(driving), None, "{text}");
    }
    // What is escaped is still the same JSON.
    let json: serde_json::Value = serde_json::from_slice(&shown[3].stdout).unwrap();
    assert_eq!(json["claims"]["jti"], id);
    assert_eq!(json["claims"]["sub"], "\u{1b}[31m\u{9b}2J\r\u{e0041}");
}

#[test]
fn no_error_repeats_a_secret() {
    let folder = folder();
    let lease = fs::read_to_string(folder.path().join("editor.lease")).unwrap();
    let lease: String = lease
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let key = fs::read_to_string(folder.path().join("acme.pem")).unwrap();
    let secret = key.lines().nth(1).unwrap();
    fs::write(folder.path().join("broken.lease"), lease.replace('.', "!")).unwrap();
    let verify = [
        "license",
        "verify",
        "editor.license",
        "--trust",
        "trust.jwks",
        "--json",
        "--lease",
    ];
    let sign = ["license", "sign", "--product", "acme/editor", "--key"];
    fs::write(folder.path().join("broken.pem"), key.replace("KEY", "KEE")).unwrap();
    let outputs = [
        countersign(&folder, &[&verify[..], &[&lease]].concat()),
        countersign(&folder, &[&verify[..], &["broken.lease"]].concat()),
        countersign(
            &folder,
            &["license", "verify", "editor.license", "--trust", "acme.pem"],
        ),
        countersign(&folder, &[&sign[..], &["broken.pem"]].concat()),
        countersign(
            &folder,
            &[&sign[..], &["acme.pem", "--terms", "acme.pem"]].concat(),
        ),
    ];
    for (output, status) in outputs.iter().zip([66, 2, 64, 64, 64]) {
        let error = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{error}");
        let (start, _) = lease.split_at(32);
        assert_eq!(
            [error.contains(start), error.contains(&secret[..16])],
            [false; 2],
            "{error}"
        );
    }
}

#[cfg(unix)]
#[test]
fn documents_travel_through_pipes() {
    let piped = sh(
        &folder(),
        "countersign license sign --key - --product acme/editor --now 2026-01-01 < acme.pem |
         countersign license verify - --trust trust.jwks --at 2026-01-01 --json",
    );
    let expected = r#"{"allowed":true,"denials":[],"notices":[],"holds_until":null}"#;
    assert_eq!(
        text(&piped.stdout),
        format!("{expected}\n"),
        "{}",
        text(&piped.stderr)
    );
}

#[cfg(unix)]
#[test]
fn standard_input_is_read_once() {
    let refused = sh(
        &folder(),
        "countersign license verify - --trust - < trust.jwks",
    );
    assert_eq!(refused.status.code(), Some(64));
    let expected =
        "error: standard input can be read once only: name files instead of `-` [usage]\n";
    assert_eq!(text(&refused.stderr), expected);
}

#[cfg(unix)]
#[test]
fn standard_input_that_is_refused_is_named_as_it_was_given() {
    let refused = sh(
        &folder(),
        "countersign license verify - --trust trust.jwks --json < editor.lease",
    );
    let error: serde_json::Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(error["error"]["file"], "-");
    assert_eq!(error["error"]["code"], "wrong_document");
}

#[test]
fn a_reader_that_stops_reading_is_no_error() {
    let folder = folder();
    let closed = std::io::pipe().unwrap().1;
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command
        .current_dir(&folder)
        .args(["license", "inspect", "editor.license"])
        .stdout(closed);
    let output = command.output().unwrap();
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (Some(0), String::new())
    );
}

/// Flags state a run as the vectors do. Rows that need what no flag states (a clock guard, other
/// thresholds, what a session remembers) are the core's to read.
#[test]
fn reports_are_those_of_the_vectors() {
    let folder = folder();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/rules");
    let mut compared = 0;
    for file in fs::read_dir(vectors).unwrap() {
        let rows = fs::read(file.unwrap().path()).unwrap();
        let rows: serde_json::Value = serde_json::from_slice(&rows).unwrap();
        for row in rows["rows"].as_array().unwrap() {
            let has = |name: &str| row.get(name).is_some();
            let in_reach = row["clock"].get("trusted").is_some() && row["trust"] == "acme";
            let of_session = [
                "highest_revision",
                "notice_before",
                "last_contact_at",
                "last_status",
            ];
            if !in_reach || of_session.into_iter().any(has) {
                continue;
            }
            let arguments = arguments_of(row, folder.path());
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let output = countersign(&folder, &arguments);
            let report = row["report"].as_str().unwrap();
            assert_eq!(
                text(&output.stdout),
                format!("{report}\n"),
                "{}",
                row["name"]
            );
            let said = text(&output.stderr);
            let is_warning = |line: &str| line.starts_with("warning: ");
            assert!(said.lines().all(is_warning), "{}: {said}", row["name"]);
            let status = i32::from(!report.starts_with(r#"{"allowed":true"#));
            assert_eq!(output.status.code(), Some(status), "{}", row["name"]);
            compared += 1;
        }
    }
    assert!(compared >= 80, "{compared} rows only");
}

fn arguments_of(row: &serde_json::Value, folder: &Path) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "license",
        "verify",
        "row.license",
        "--trust",
        "acme.pub",
        "--json",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut state = |flag: &str, value: &str| arguments.push(format!("--{flag}={value}"));
    for name in ["license", "lease", "statuses"] {
        if let Some(document) = row[name].as_str() {
            fs::write(folder.join(format!("row.{name}")), document).unwrap();
            if name != "license" {
                state(name, &format!("row.{name}"));
            }
        }
    }
    state("at", row["clock"]["trusted"].as_str().unwrap());
    let run = &row["run"];
    let flags = [
        ("product", "product"),
        ("purpose", "purpose"),
        ("domain", "domain"),
        ("address", "address"),
        ("released", "released_at"),
    ];
    for (flag, member) in flags {
        if let Some(value) = run[member].as_str() {
            state(flag, value);
        }
    }
    if let Some(kind) = run["instance"]["kind"].as_str() {
        state("instance", run["instance"]["value"].as_str().unwrap());
        state(
            "instance-type",
            match kind {
                "domain" => "url",
                "host" => "hostname",
                "machine" => "machine_id",
                other => panic!("{other}"),
            },
        );
    }
    for code in run["requires"].as_array().into_iter().flatten() {
        state("requires", code.as_str().unwrap());
    }
    for (name, count) in run["counts"].as_object().into_iter().flatten() {
        state("count", &format!("{name}={count}"));
    }
    arguments
}
