//! Parsers on random bytes, on texts of what matters to them, and on mutated vectors.

use std::net::Ipv4Addr;

use countersign::TrustStore;
use proptest::prelude::*;

use crate::vectors::{mutated, texts};
use crate::{cases, parsers};

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn any_bytes_are_a_document_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        parsers::document(&bytes);
    }

    #[test]
    fn any_carrier_has_a_document_or_none(text in tokens(&[
        "-----BEGIN ", "-----END ", "LICENSE", "LEASE", "STATUS LIST", "-----", "\n", "\r\n", "> ",
        "Customer: ACME", "a.b.c", "eyJh", ".", "\u{feff}", "\u{200b}", "\u{201c}", "\"", "=", "é",
        ":",
    ])) {
        parsers::document(text.as_bytes());
    }

    #[test]
    fn any_text_is_an_activation_request_or_answer_or_none(text in prop_oneof![
        any_text(),
        tokens(&[
            "{", "}", "\"", ":", ",", "\"ver\":1", "\"brand\":\"acme\"", "\"product\":\"editor\"",
            "\"license_key\":\"ACME-1\"", "\"instance\":", "{\"kind\":\"host\",\"value\":\"a\"}",
            "\"nonce\":\"AAAAAAAAAAAAAAAAAAAAAA\"", "-----BEGIN ", "-----END ",
            "ACTIVATION REQUEST", "ACTIVATION ANSWER", "-----", "\n", "e30", ".",
        ]),
    ]) {
        parsers::activation(&text);
    }

    #[test]
    fn any_text_is_a_key_set_or_none(text in any_text()) {
        parsers::key_set(&text);
    }

    #[test]
    fn any_text_is_a_domain_or_none(text in prop_oneof![any_text(), tokens(DOMAIN_PARTS)]) {
        parsers::domain(&text);
    }

    #[test]
    fn any_text_is_a_list_of_domain_patterns_or_none(
        text in prop_oneof![any_text(), tokens(DOMAIN_PARTS)]
    ) {
        parsers::domain_patterns(&text);
    }

    #[test]
    fn patterns_match_what_the_rules_say(
        text in "([ab*]{1,3}\\.){1,2}a\\.com\n([ab]{1,3}\\.){1,2}a\\.com"
    ) {
        parsers::domain_patterns(&text);
    }

    #[test]
    fn any_text_is_a_list_of_addresses_or_none(
        text in prop_oneof![any_text(), tokens(ADDRESS_PARTS)]
    ) {
        parsers::addresses(&text);
    }

    #[test]
    fn prefixes_match_what_the_rules_say(
        bits in any::<u32>(),
        prefixes in prop::collection::vec((0..=32_u32, 0..32_u32, any::<bool>()), 1..5),
        flipped in 0..32_u32,
    ) {
        // All around one address, so that they lie within and beside each other.
        let mut text = String::new();
        for (length, flipped, is_mapped) in prefixes {
            let near = (bits ^ (1 << flipped)) & !u32::MAX.checked_shr(length).unwrap_or(0);
            let network = Ipv4Addr::from(near);
            text += &match is_mapped {
                true => format!("::ffff:{network}/{}\n", length + 96),
                false => format!("{network}/{length}\n"),
            };
        }
        parsers::addresses(&format!("{text}{}", Ipv4Addr::from(bits ^ (1 << flipped))));
    }

    #[test]
    fn any_text_is_a_license_key_or_none(text in prop_oneof![
        any_text(),
        "[A-Za-z0-9]{20,32}",
        "[A-Z]{2,10}(-[0-9A-HJKMNP-TV-Z]{5}){4}",
    ]) {
        parsers::license_key(&text);
    }

    #[test]
    fn any_entries_are_a_status_list_or_none(
        bits in 0..4_u8, packed in prop::collection::vec(any::<u8>(), 0..100)
    ) {
        parsers::status_list(&[&[bits], &*packed].concat());
    }

    #[test]
    fn any_compressed_bytes_are_a_status_list_or_none(
        bits in 0..5_u8, rest in prop::collection::vec(any::<u8>(), 0..60), is_zlib in any::<bool>()
    ) {
        let begin: &[u8] = if is_zlib { &[0x78, 0xda] } else { &[] };
        parsers::status_list(&[&[0x82 + bits], begin, &rest].concat());
    }

    #[test]
    fn any_bytes_are_the_state_of_a_clock_or_none(
        state in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            clock_state().prop_map(String::into_bytes),
        ],
        operations in prop::collection::vec((0..4_u8, edge(), edge()), 0..8),
    ) {
        let mut bytes = [&*state, b"\n"].concat();
        for (operation, wall, monotonic) in operations {
            bytes.push(operation);
            bytes.extend(wall.to_le_bytes());
            bytes.extend(monotonic.to_le_bytes());
        }
        parsers::clock_state(&bytes);
    }

    #[test]
    fn mutated_documents_are_read_or_refused(
        bytes in mutated([
            texts("rules", &["license", "lease", "statuses"]),
            texts("signed", &["text"]),
        ].concat())
    ) {
        parsers::document(&bytes);
    }

    #[test]
    fn mutated_claims_are_read_or_refused(bytes in mutated(claims())) {
        parsers::claims(&bytes);
    }

    #[test]
    fn mutated_key_sets_are_read_or_refused(bytes in mutated(key_sets())) {
        parsers::key_set(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn mutated_domains_are_read_or_refused(bytes in mutated(texts("names", &["text", "domain"]))) {
        parsers::domain(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn mutated_patterns_are_read_or_refused(
        bytes in mutated(texts("names", &["pattern", "normal"])),
        name in prop::sample::select(texts("names", &["domain", "address"])),
    ) {
        let text = format!("{}\n{name}", String::from_utf8_lossy(&bytes));
        parsers::domain_patterns(&text);
        parsers::addresses(&text);
    }

    #[test]
    fn mutated_license_keys_are_read_or_refused(
        bytes in mutated(texts("names", &["text", "shown"]))
    ) {
        parsers::license_key(&String::from_utf8_lossy(&bytes));
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,40}",
        "\\PC{0,20}",
        prop::collection::vec(any::<char>(), 0..20).prop_map(String::from_iter),
    ]
}

/// A few of `tokens`, one after the other.
fn tokens(tokens: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(tokens), 0..12).prop_map(|some| some.concat())
}

fn clock_state() -> impl Strategy<Value = String> {
    let names = [
        "seen",
        "candidate",
        "documents",
        "documents_advanced",
        "ignored",
        "trusted",
    ];
    let names = [&names[..], &["suspect", "plausible"]].concat();
    prop::collection::btree_map(prop::sample::select(names), edge(), 0..8).prop_map(|members| {
        let members = members
            .into_iter()
            .map(|(name, number)| format!(r#","{name}":{number}"#));
        format!(r#"{{"ver":1{}}}"#, members.collect::<String>())
    })
}

/// Numbers of seconds, among them those at which something ends.
fn edge() -> impl Strategy<Value = u64> {
    const DAY: u64 = 86_400;
    prop_oneof![
        4 => 0..4 * DAY,
        2 => prop::sample::select(vec![0, 300, 301, DAY - 1, DAY, 3 * DAY - 1, 3 * DAY, u64::MAX]),
        1 => Just((1 << 53) - 1),
        1 => Just(253_402_300_799),
        1 => any::<u64>(),
    ]
}

/// The claims of every document of the vectors that has some.
fn claims() -> Vec<String> {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let documents = texts("rules", &["license", "lease", "statuses"]).into_iter();
    let claims = documents.filter_map(|text| {
        let claims = text.split('.').nth(1)?;
        String::from_utf8(URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    });
    claims.collect()
}

fn key_sets() -> Vec<String> {
    parsers::TRUST.iter().map(TrustStore::to_jwks).collect()
}

const DOMAIN_PARTS: &[&str] = &[
    "a", "b-", "com", "www", "www.", "WWW.", ".", ".", "..", "*", "*.", "\n", "xn--", "xn--tda",
    "ü", "ß", "\u{200d}", "。", "1", "0x", "0xf", "10.0.0.1", "[::1]", ":", ":80", "http://",
    "HTTPS://", "/", "\\", "@", "?", "#", "%41", " ", "\t", "_", "--", "א", "\u{ad}", "\u{ff0a}",
    "١", "é",
];
const ADDRESS_PARTS: &[&str] = &[
    "1", "10", "0", "01", "255", "256", ".", ".", "*", ".*", "/", "/8", "/0", "/32", "/96", "/128",
    "/129", ":", "::", "ffff", "::ffff:", "2001:db8", "fe80::", "%eth0", "\n", "\n", " ", "+", "-",
    "10.0.0.0", "[",
];
