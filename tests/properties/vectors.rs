//! The texts of the vectors, to be read whole and mutated.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a vector that does not read fails its test"
)]

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

/// Every text of up to 16 KiB that a row in that folder has under one of these names.
pub(crate) fn texts(folder: &str, names: &[&str]) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(folder);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let mut texts = Vec::new();
    for file in files {
        let vectors: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        for row in vectors["rows"].as_array().unwrap() {
            let stated = names.iter().filter_map(|name| row[*name].as_str());
            texts.extend(
                stated
                    .filter(|text| text.len() <= 16 * 1024)
                    .map(str::to_owned),
            );
        }
    }
    texts.sort();
    texts.dedup();
    assert!(!texts.is_empty(), "no vector has {names:?}");
    texts
}

/// One of `texts`, changed in a few places.
pub(crate) fn mutated(texts: Vec<String>) -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<Change>());
    (
        prop::sample::select(texts),
        prop::collection::vec(change, 1..4),
    )
        .prop_map(|(text, changes)| {
            let mut bytes = text.into_bytes();
            for (at, change) in changes {
                change.apply(&mut bytes, at);
            }
            bytes
        })
}

/// A change of one place in a text.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Flip(u8),
    Set(u8),
    Insert(u8),
    Remove,
    Repeat(u8),
    Cut,
}

impl Change {
    pub(crate) fn apply(&self, bytes: &mut Vec<u8>, at: prop::sample::Index) {
        let after = at.index(bytes.len() + 1);
        let Some(within) = (!bytes.is_empty()).then(|| at.index(bytes.len())) else {
            return;
        };
        match self {
            Self::Flip(bit) => bytes[within] ^= 1 << (bit % 8),
            Self::Set(byte) => bytes[within] = *byte,
            Self::Insert(byte) => bytes.insert(after, *byte),
            Self::Remove => drop(bytes.remove(within)),
            Self::Repeat(length) => {
                let end = bytes.len().min(within + usize::from(*length));
                let part = bytes[within..end].to_vec();
                bytes.splice(after..after, part);
            }
            Self::Cut => bytes.truncate(within),
        }
    }
}

impl Arbitrary for Change {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> BoxedStrategy<Self> {
        // Bytes that mean something to one parser or another.
        let telling = prop::sample::select(b" \t\n\0.,:;/\\-_=+*%@#?[]{}\"'0159aAzZxX".to_vec());
        let byte = prop_oneof![telling, any::<u8>()];
        prop_oneof![
            any::<u8>().prop_map(Self::Flip),
            byte.clone().prop_map(Self::Set),
            byte.prop_map(Self::Insert),
            Just(Self::Remove),
            any::<u8>().prop_map(Self::Repeat),
            Just(Self::Cut),
        ]
        .boxed()
    }
}
