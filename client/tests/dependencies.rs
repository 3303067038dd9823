//! What a product takes in with the features that it states.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::Command;

/// The names of the packages that a product gets with these features of the client.
fn packages(features: &str) -> Vec<String> {
    let told = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--edges", "normal"])
        .args(["--package", "countersign-client", "--no-default-features"])
        .args([
            "--features",
            features,
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let lines = String::from_utf8(told.stdout).unwrap();
    assert!(
        told.status.success(),
        "{}",
        String::from_utf8_lossy(&told.stderr)
    );
    let name = |line: &str| line.split(' ').next().map(str::to_owned);
    lines.lines().filter_map(name).collect()
}

#[test]
fn a_client_without_async_takes_in_no_tokio() {
    for features in [
        "",
        "blocking,webpki-roots",
        "blocking,native-roots,machine,qr",
    ] {
        let packages = packages(features);
        let has = |name: &str| packages.iter().any(|package| package == name);
        let found = ["tokio", "hyper", "aws-lc-rs"].map(has);
        assert_eq!(found, [false; 3], "{features}");
        let expected = features.contains("blocking");
        assert_eq!(
            (has("countersign"), has("ureq")),
            (true, expected),
            "{features}"
        );
    }
}

#[test]
fn all_tls_is_by_ring() {
    let packages = packages("async,blocking,native-roots,webpki-roots");
    let has = |name: &str| packages.iter().any(|package| package == name);
    let found = ["tokio", "hyper", "ureq", "rustls", "ring"].map(has);
    assert_eq!(found, [true; 5]);
    assert_eq!(
        ["aws-lc-rs", "openssl", "native-tls", "h2"].map(has),
        [false; 4]
    );
}
