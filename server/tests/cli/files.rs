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
