//! The strict reader against serde_json, which is held to the strict conditions beside it.

use proptest::prelude::*;

use crate::{cases, parsers, strict_json};

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn json_is_read_exactly_if_it_is_strict(text in value()) {
        parsers::json(&text);
    }

    #[test]
    fn text_of_json_is_read_exactly_if_it_is_strict(
        tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..10)
    ) {
        parsers::json(&tokens.concat());
    }

    #[test]
    fn json_with_a_character_too_many_or_too_few_is_read_exactly_if_it_is_strict(
        text in value(), at in any::<prop::sample::Index>(), token in prop::sample::select(TOKENS)
    ) {
        let at = at.index(text.len() + 1);
        if let Some((before, after)) = text.split_at_checked(at) {
            parsers::json(&format!("{before}{token}{after}"));
            let mut rest = after.chars();
            rest.next();
            parsers::json(&format!("{before}{}", rest.as_str()));
        }
    }

    #[test]
    fn depth_is_counted_from_the_outermost(depth in 0..40_usize, is_object in any::<bool>()) {
        let (open, close) = if is_object { (r#"{"a":"#, "}") } else { ("[", "]") };
        parsers::json(&format!("{}0{}", open.repeat(depth), close.repeat(depth)));
    }
}

/// The oracle itself, on what it must tell apart.
#[test]
fn the_other_reader_is_as_strict_as_documents_want() {
    let deep = |depth| "[".repeat(depth) + &"]".repeat(depth);
    let strict = [
        "-0",
        "0",
        "9007199254740991",
        "-9007199254740991",
        r#""\ud83d\ude00""#,
        r#"{"a":1,"b":1}"#,
        &deep(16),
        r#"["1.5",{"1e5":"\"1.5"}]"#,
    ];
    let loose = [
        "1.0",
        "1e5",
        "-0.0",
        "0e0",
        "9007199254740992",
        "-9007199254740992",
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":1}"#,
        r#""\u0000""#,
        r#"{"\u0000":1}"#,
        &deep(17),
        r#""\ud83d""#,
        r#""\ude00""#,
        "01",
        "\u{feff}0",
        "0 0",
        "",
    ];
    for text in strict {
        assert!(strict_json::is_strict(text), "{text}");
    }
    for text in loose {
        assert!(!strict_json::is_strict(text), "{text}");
    }
}

/// Values that are JSON, but not all of them strict.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => prop::sample::select(PLAIN_LEAVES).prop_map(str::to_owned),
        1 => prop::sample::select(LEAVES).prop_map(str::to_owned),
        1 => "-?(0|[1-9][0-9]{0,17})",
        1 => "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,2})?([eE][+-]?[0-9]{1,2})?",
        1 => "\\PC{0,4}".prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    let blank = prop::sample::select(vec!["", "", "", " ", "\n", "\t", "\r"]);
    leaf.prop_recursive(18, 24, 3, move |element| {
        let element =
            (blank.clone(), element).prop_map(|(blank, value)| format!("{blank}{value}{blank}"));
        let name = prop::sample::select(NAMES);
        let member = (name, element.clone()).prop_map(|(name, value)| format!("{name}:{value}"));
        prop_oneof![
            prop::collection::vec(element, 0..3)
                .prop_map(|elements| format!("[{}]", elements.join(","))),
            prop::collection::vec(member, 0..3)
                .prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

const NAMES: &[&str] = &[
    r#""a""#,
    r#""\u0061""#,
    r#""b""#,
    r#""c""#,
    r#""d""#,
    r#""""#,
    r#""\n""#,
    r#""\u000a""#,
    r#""\u0000""#,
    r#""keys""#,
];
const PLAIN_LEAVES: &[&str] = &["0", "1", "true", "false", "null", r#""""#, r#""a""#];
const LEAVES: &[&str] = &[
    "-0",
    "1.0",
    "1e5",
    "1E-5",
    "9007199254740991",
    "9007199254740992",
    "-9007199254740992",
    "18446744073709551616",
    "1e999",
    r#""\ud83d\ude00""#,
    r#""\ud83d""#,
    r#""\ude00""#,
    r#""\ud83d\u0041""#,
    r#""\ud83d\ue000""#,
    r#""\ud83d\udbff""#,
    r#""\u0000""#,
    r#""\/\b\f\"\\""#,
    r#""\u00e9""#,
    "\"\u{7f}\u{2028}\u{feff}\"",
];
const TOKENS: &[&str] = &[
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\"a\"", "\"b\":1", "0", "1", "-", "+", ".", "e",
    "01", "-0", "\\u", "d800", "\\ud800", "\\u0000", "true", "nul", " ", "\n", "\u{b}", "\u{a0}",
    "\u{feff}", "\0", "\u{1}", "//", "'", "é",
];
