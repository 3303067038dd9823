//! How commands refuse: what no transcript can type.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{countersign, folder, text};

#[cfg(unix)]
#[test]
fn arguments_that_are_not_utf8_are_refused_in_json_as_well() {
    use std::os::unix::ffi::OsStrExt;

    let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(["license", "verify", "a", "--trust", "b", "--json"])
        .arg("--domain")
        .arg(std::ffi::OsStr::from_bytes(b"a\xff.example"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(64));
    let expected =
        r#"{"error":{"code":"usage","refusal":null,"detail":"an argument is not UTF-8"}}"#;
    assert_eq!(text(&output.stdout), format!("{expected}\n"));
}

#[test]
fn what_stands_after_two_dashes_asks_for_no_json() {
    let output = countersign(&folder(), &["license", "verify", "a", "--", "--json"]);
    assert_eq!(output.status.code(), Some(64));
    assert_eq!(text(&output.stdout), "");
}

#[test]
fn arguments_drive_no_terminal_and_take_one_line() {
    for argument in ["\u{1b}[31m", "a\nb", "--\u{202e}moc"] {
        let output = countersign(&folder(), &["license", "verify", "a", "b", argument]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{said}");
        let unfit = |c: char| c.is_control() || c == '\u{202e}';
        assert_eq!(said.trim_end().chars().find(|&c| unfit(c)), None, "{said}");
    }
}

#[test]
fn what_people_are_shown_holds_nothing_invisible() {
    let folder = folder();
    let license = "license sign --key acme.pem --product acme/editor";
    let lease = "lease sign --key acme.pem --product acme/editor --days 1 --instance a \
                 --instance-type machine_id";
    let list = "statuses sign --key acme.pem --brand acme --length 4";
    let rows = [
        (license, "jti", "--id lic\u{202e}1"),
        (
            license,
            "status",
            "--status-index 1 --status-uri a:\u{202e}",
        ),
        (lease, "license", "--license lic\u{202e}1"),
        (lease, "jti", "--license lic_1 --id a\u{202e}"),
        (
            lease,
            "activation",
            "--license lic_1 --activation a\u{202e}",
        ),
        (list, "sub", "--uri a:\u{202e}"),
    ];
    for (command, claim, flags) in rows {
        let arguments: Vec<&str> = command.split_whitespace().chain(flags.split(' ')).collect();
        let refused = countersign(&folder, &arguments);
        let expected = format!(
            "error: `{claim}` holds a control character, or one that hides or turns the text \
             around it [usage]\n"
        );
        assert_eq!(text(&refused.stderr), expected);
        assert_eq!(refused.status.code(), Some(64));
        assert_eq!(text(&refused.stdout), "");
    }
}

/// Nobody is asked who signed them, and all the same nothing that a reader refuses looks genuine.
#[test]
fn inspecting_is_as_strict_as_verifying() {
    let folder = folder();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/signed/json.json");
    let rows: serde_json::Value = serde_json::from_slice(&fs::read(vectors).unwrap()).unwrap();
    for row in rows["rows"].as_array().unwrap() {
        fs::write(
            folder.path().join("row.license"),
            row["text"].as_str().unwrap(),
        )
        .unwrap();
        let output = countersign(&folder, &["license", "inspect", "row.license", "--json"]);
        let shown: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let refusal = row.get("refusal").and_then(serde_json::Value::as_u64);
        assert_eq!(
            shown["error"]["refusal"].as_u64(),
            refusal,
            "{}",
            row["name"]
        );
        let status = if refusal.is_some() { 2 } else { 0 };
        assert_eq!(output.status.code(), Some(status), "{}", row["name"]);
        let is_json = refusal.is_none_or(|refusal| refusal >= 20);
        assert_eq!(!shown["claims"].is_null(), is_json && row["name"] != "null");
    }
}
