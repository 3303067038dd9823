//! What commands do to files that are there already, and to standard output.

use std::fs;

use super::{countersign, folder, text};

const SIGN: [&str; 7] = [
    "license",
    "sign",
    "--key",
    "acme.pem",
    "--product",
    "acme/editor",
    "--force",
];

#[test]
fn no_force_replaces_a_private_key() {
    let folder = folder();
    let pem = fs::read_to_string(folder.path().join("acme.pem")).unwrap();
    let utf16: Vec<u8> = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let keys = [
        ("utf16.pem", [b"\xff\xfe", utf16.as_slice()].concat()),
        (
            "blanks.pem",
            format!("{}{pem}", " ".repeat(70_000)).into_bytes(),
        ),
        (
            "key.jwk",
            fs::read(folder.path().join("private.jwk")).unwrap(),
        ),
    ];
    for (name, key) in keys {
        let path = folder.path().join(name);
        fs::write(&path, &key).unwrap();
        let refused = countersign(&folder, &[&SIGN[..], &["--out", name]].concat());
        assert_eq!(refused.status.code(), Some(73), "{}", text(&refused.stderr));
        assert_eq!(fs::read(&path).unwrap(), key, "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_is_written_is_not_called_uncreated() {
    let folder = folder();
    let rows = [
        "key generate --out new.pem",
        "license sign --key acme.pem --product acme/editor --out new.license",
    ];
    for (command, name) in rows.into_iter().zip(["new.pem", "new.license"]) {
        let refused = super::sh(&folder, &format!("countersign {command} > /dev/full"));
        let expected = format!(
            "error: `{name}` is written, and standard output cannot be: \
             No space left on device (os error 28) [unprintable]\n"
        );
        assert_eq!(text(&refused.stderr), expected);
        assert_eq!(refused.status.code(), Some(74), "{command}");
        assert!(folder.path().join(name).exists(), "{command}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_replaced_keeps_its_link_and_its_permissions() {
    use super::{mode, set_mode};

    let folder = folder();
    let file = folder.path().join("kept.license");
    fs::write(&file, "old").unwrap();
    set_mode(&file, 0o600);
    let link = folder.path().join("current.license");
    std::os::unix::fs::symlink("kept.license", &link).unwrap();
    let signed = countersign(
        &folder,
        &[&SIGN[..], &["--out", "current.license"]].concat(),
    );
    assert_eq!(signed.status.code(), Some(0), "{}", text(&signed.stderr));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&file).unwrap().contains("BEGIN LICENSE"));
    assert_eq!(mode(&file), 0o600);
}
