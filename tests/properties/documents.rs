//! What is signed reads back the same, and what was changed does not read at all.

#![expect(
    clippy::unwrap_used,
    reason = "what is generated is valid, or the generator is wrong"
)]

use std::collections::BTreeSet;
use std::fmt::Debug;

use countersign::*;
use proptest::prelude::*;

use crate::cases;
use crate::terms::{
    KEY, TRUST, at, code, lease, license, moment, status_list, text, trust_update, trusted_key,
};
use crate::vectors::Change;

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn license_is_read_as_it_was_signed(license in license()) {
        signed_reads_back(&license);
    }

    #[test]
    fn lease_is_read_as_it_was_signed(lease in lease()) {
        signed_reads_back(&lease);
    }

    #[test]
    fn status_list_is_read_as_it_was_signed(list in status_list()) {
        signed_reads_back(&list);
    }

    #[test]
    fn trust_update_is_read_as_it_was_signed(update in trust_update()) {
        signed_reads_back(&update);
    }

    #[test]
    fn trust_store_is_read_as_it_is_shown(keys in prop::collection::vec(trusted_key(), 1..5)) {
        let store = TrustStore::new(keys);
        prop_assert_eq!(TrustStore::from_jwks(&store.to_jwks()), Ok(store));
    }

    #[test]
    fn trust_is_updated_exactly_by_what_is_newer(mut update in trust_update(), held in 0..4_u64) {
        update.sequence %= 4;
        let set = TRUST.to_jwks();
        let set = set.trim_end_matches('}');
        let store = TrustStore::from_jwks(&format!(r#"{set},"seq":{held}}}"#)).unwrap();
        let verified = KEY.sign(&update).unwrap().verify(&store).unwrap();
        match store.updated(&verified) {
            Ok(updated) => {
                prop_assert!(update.sequence > held);
                prop_assert_eq!(updated.sequence(), update.sequence);
                prop_assert!(updated.keys().eq(update.keys.values()));
            }
            Err(error) => prop_assert_eq!(
                (error, update.sequence <= held),
                (Error::OutdatedTrustUpdate { sequence: update.sequence, held }, true)
            ),
        }
    }

    #[test]
    fn confined_key_updates_trust_in_no_key_that_reaches_further(
        mut update in trust_update(),
        brands in prop::option::of(prop::collection::btree_set(code(), 1..4)),
        products in prop::option::of(prop::collection::btree_set(code(), 1..4)),
    ) {
        let mut signer = TRUST.keys().next().unwrap().clone();
        (signer.brands, signer.products) = (brands, products);
        if let Some(brands) = &signer.brands {
            update.brand = brands.first().unwrap().clone();
        }
        update.sequence = update.sequence.max(1);
        update.keys.insert(signer.key.id(), signer.clone());
        let store = TrustStore::new([signer.clone()]);
        let reaches = |mine: &Option<BTreeSet<Code>>, other: &Option<BTreeSet<Code>>| {
            let other = other.clone().unwrap_or_else(|| BTreeSet::from(["beyond".parse().unwrap()]));
            mine.as_ref().is_some_and(|mine| !other.is_subset(mine))
        };
        let reaches_further = update.keys.values().any(|key| {
            reaches(&signer.brands, &key.brands) || reaches(&signer.products, &key.products)
        });
        let verified = KEY.sign(&update).unwrap().verify(&store).unwrap();
        let outcome = store.updated(&verified).err().and_then(|error| error.refusal());
        prop_assert_eq!(outcome, reaches_further.then_some(57));
    }

    #[test]
    fn key_signs_only_what_it_is_confined_to(
        mut license in license(), mut trusted in trusted_key(), issued_at in moment()
    ) {
        trusted.key = KEY.verifying_key();
        license.issued_at = issued_at;
        license.product.brand = "a".parse().unwrap();
        license.product.code = "b".parse().unwrap();
        let outcome = KEY.sign(&license).unwrap().verify(&TrustStore::new([trusted.clone()]));
        let lacks = |codes: &Option<BTreeSet<Code>>, code: &str| {
            codes.as_ref().is_some_and(|codes| !codes.contains(code))
        };
        let expected = if trusted.state == KeyState::Revoked {
            Some("key_revoked")
        } else if !trusted.may_sign(Kind::License) {
            Some("key_not_for_document")
        } else if lacks(&trusted.brands, "a") || lacks(&trusted.products, "b") {
            Some("key_not_for_product")
        } else if trusted.not_before.is_some_and(|from| issued_at < from)
            || trusted.ends_at.is_some_and(|end| issued_at >= end)
        {
            Some("key_outside_validity")
        } else {
            None
        };
        prop_assert_eq!(outcome.err().map(|error| error.code()), expected);
    }

    #[test]
    fn armor_is_read_whatever_its_lines_for_people_say(
        license in license(), names in prop::collection::vec((line(), line()), 0..4)
    ) {
        let signed = KEY.sign(&license).unwrap();
        let names: Vec<(&str, &str)> =
            names.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let armored = signed.to_armor(&names);
        let read = Signed::<License>::parse(&armored).map(|signed| signed.as_str().to_owned());
        prop_assert_eq!(read.as_deref(), Ok(signed.as_str()), "{}", armored);
    }

    #[test]
    fn changed_document_never_verifies(
        license in license(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<Change>()), 1..4),
        is_armored in any::<bool>(),
    ) {
        let signed = KEY.sign(&license).unwrap();
        let armored = signed.to_armor(&[("Customer", "ACME Corp"), ("Product", "acme/editor")]);
        let mut bytes = if is_armored { armored } else { signed.as_str().to_owned() }.into_bytes();
        for (at, change) in changes {
            change.apply(&mut bytes, at);
        }
        refused_or_same::<License>(&bytes, signed.as_str());
    }
}

#[test]
fn document_with_any_bit_flipped_never_verifies() {
    let license = License::new(
        "lic-1".parse().unwrap(),
        "acme/editor".parse().unwrap(),
        at(7),
    );
    let signed = KEY.sign(&license).unwrap();
    for carrier in [
        signed.as_str().to_owned(),
        signed.to_armor(&[("Customer", "ACME Corp")]),
    ] {
        for index in 0..carrier.len() * 8 {
            let mut bytes = carrier.clone().into_bytes();
            bytes[index / 8] ^= 1 << (index % 8);
            refused_or_same::<License>(&bytes, signed.as_str());
        }
    }
}

#[test]
fn document_with_any_byte_removed_or_doubled_never_verifies() {
    let license = License::new(
        "lic-1".parse().unwrap(),
        "acme/editor".parse().unwrap(),
        at(7),
    );
    let signed = KEY.sign(&license).unwrap();
    for index in 0..signed.as_str().len() {
        let mut removed = signed.as_str().to_owned();
        let byte = removed.remove(index);
        refused_or_same::<License>(removed.as_bytes(), signed.as_str());
        let mut doubled = signed.as_str().to_owned();
        doubled.insert(index, byte);
        refused_or_same::<License>(doubled.as_bytes(), signed.as_str());
    }
}

fn signed_reads_back<D: Issuable + PartialEq + Debug>(document: &D) {
    let signed = KEY.sign(document).unwrap();
    assert_eq!(KEY.sign(document).unwrap().as_str(), signed.as_str());
    let armored = signed.to_armor(&[("Customer", "ACME Corp")]);
    for carrier in [signed.as_str(), &armored] {
        let read = Signed::<D>::parse(carrier).unwrap();
        assert_eq!(read.as_str(), signed.as_str());
        assert_eq!(Kind::of(carrier), Ok(D::KIND));
        let verified = read.verify(&TRUST).unwrap();
        assert_eq!(*verified, *document);
        assert_eq!(verified.as_str(), signed.as_str());
        assert_eq!(verified.signed_by(), KEY.verifying_key().id());
    }
    assert_eq!(D::from_claims(&document.to_claims()).as_ref(), Ok(document));
}

/// A changed text is refused, unless the change was to the carrier alone.
fn refused_or_same<D: Issuable>(bytes: &[u8], token: &str) {
    let Ok(read) = Signed::<D>::parse_bytes(bytes) else {
        return;
    };
    let genuine = read.verify(&TRUST).is_ok();
    assert_eq!(
        genuine,
        read.as_str() == token,
        "{}",
        String::from_utf8_lossy(bytes)
    );
}

/// A line for people, or what pretends to be the armour.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => text(),
        1 => prop::sample::select(vec![
            "-----END LICENSE-----", "-----BEGIN LICENSE-----", "-----", "-----END ", ":", "",
            "\n", "----------",
        ]).prop_map(str::to_owned),
    ]
}
