//! What is shown is read as the same: every type that has a text form.

#![expect(
    clippy::unwrap_used,
    reason = "what is generated is valid, or the generator is wrong"
)]

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, FixedOffset, Utc};
use countersign::*;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::terms::{at, instance, moment};
use crate::{cases, parsers};

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn moment_is_read_as_it_is_shown(moment in moment(), offset in -1439..1440_i32) {
        reads_back(&moment);
        crosses_json(&moment);
        prop_assert_eq!(Moment::from_unix(moment.unix()), Ok(moment));
        prop_assert_eq!(Moment::try_from(DateTime::<Utc>::from(moment)), Ok(moment));
        let offset = FixedOffset::east_opt(offset * 60).unwrap();
        let elsewhere = DateTime::<Utc>::from(moment).with_timezone(&offset);
        // RFC 3339 has no year 10000.
        if elsewhere.year() < 10_000 {
            prop_assert_eq!(elsewhere.to_rfc3339().parse(), Ok(moment));
        }
        prop_assert_eq!(Moment::from_start(&moment.to_string()), Ok(moment));
    }

    #[test]
    fn any_text_is_a_moment_or_none((date, time, offset) in (
        "[0-9]{1,5}-[01][0-9]-[0-3][0-9]",
        "([Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,9})?)?",
        "(Z|z|[+-][0-2][0-9]:[0-6][0-9])?",
    )) {
        let text = date + &time + &offset;
        let read = [text.parse(), Moment::from_start(&text), Moment::from_end(&text)];
        for moment in read.into_iter().flatten() {
            reads_back::<Moment>(&moment);
        }
    }

    #[test]
    fn bare_date_is_from_its_first_to_its_last_second(days in 0..2_932_897_i64) {
        let date = at(days * 86_400).to_string();
        let date = date.split('T').next().unwrap();
        prop_assert_eq!(Moment::from_start(date), Ok(at(days * 86_400)));
        prop_assert_eq!(Moment::from_end(date), Ok(at(days * 86_400 + 86_399)));
    }

    #[test]
    fn moments_and_lengths_saturate_as_numbers_do(moment in moment(), seconds in any::<u64>()) {
        let length = std::time::Duration::from_secs(seconds);
        let number = |sum: i128| at(i64::try_from(sum.clamp(0, 253_402_300_799)).unwrap());
        let (exact, by) = (i128::from(moment.unix()), i128::from(seconds));
        prop_assert_eq!(moment.saturating_add(length), number(exact + by));
        prop_assert_eq!(moment.saturating_sub(length), number(exact - by));
    }

    #[test]
    fn code_is_read_as_it_is_shown(text in "[a-z0-9][a-z0-9._-]{0,63}") {
        let code: Code = text.parse().unwrap();
        prop_assert_eq!(code.as_str(), &text);
        reads_back(&code);
        crosses_json(&code);
    }

    #[test]
    fn any_text_is_a_code_exactly_if_it_has_the_form(text in "[a-zA-Z0-9._ é-]{0,66}") {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let first = text.bytes().next().is_some_and(is_plain);
        let all = text.bytes().all(|byte| is_plain(byte) || b"._-".contains(&byte));
        prop_assert_eq!(text.parse::<Code>().is_ok(), first && all && text.len() <= 64);
    }

    #[test]
    fn product_is_read_as_it_is_shown(
        text in "[a-z0-9][a-z0-9._-]{0,63}/[a-z0-9][a-z0-9._-]{0,63}"
    ) {
        let product: Product = text.parse().unwrap();
        prop_assert_eq!(product.to_string(), text);
        reads_back(&product);
        crosses_json(&product);
    }

    #[test]
    fn any_text_is_a_license_id_exactly_if_it_has_the_form(
        text in "[ -~]{0,300}|[ ~a\u{7f}\u{80}\u{85}\u{9f}\u{a0}\n\té]{0,8}"
    ) {
        let has_form = (1..=255).contains(&text.len()) && !text.contains(char::is_control);
        prop_assert_eq!(text.parse::<LicenseId>().is_ok(), has_form);
    }

    #[test]
    fn license_id_is_read_as_it_is_shown(text in "[^\\p{Cc}]{1,63}") {
        let id: LicenseId = text.parse().unwrap();
        prop_assert_eq!(id.as_str(), &text);
        reads_back(&id);
        crosses_json(&id);
    }

    #[test]
    fn domain_is_read_as_it_is_shown((labels, end) in (
        "((WWW|www|[a-zA-Z0-9_-]{1,9}|[\\p{Ll}]{1,4})\\.){0,4}",
        "[a-zA-Z]{2,6}\\.?(:[0-9]{1,4})?",
    )) {
        let text = labels + &end;
        parsers::domain(&text);
        if let Ok(domain) = text.parse::<Domain>() {
            reads_back(&domain);
            crosses_json(&domain);
        }
    }

    #[test]
    fn domain_pattern_is_read_as_it_is_shown(
        text in "((\\*|[a-zA-Z0-9*-]{1,5}|[\\p{Ll}]{1,3})\\.){1,4}[a-zA-Z]{2,6}\\.[a-z]{2}"
    ) {
        parsers::domain_patterns(&text);
        if let Ok(pattern) = text.parse::<DomainPattern>() {
            reads_back(&pattern);
        }
    }

    #[test]
    fn address_pattern_is_read_as_it_is_shown(
        address in any::<std::net::IpAddr>(), length in 0..=128_u8
    ) {
        reads_back(&address.to_string().parse::<AddressPattern>().unwrap());
        let octets: Vec<String> = match address.to_canonical() {
            std::net::IpAddr::V4(v4) => v4.octets().iter().map(u8::to_string).collect(),
            std::net::IpAddr::V6(_) => vec!["10".into(); 4],
        };
        for fixed in 1..4 {
            let wildcards = vec!["*".to_owned(); 4 - fixed];
            let text = [&octets[..fixed], &wildcards].concat().join(".");
            reads_back(&text.parse::<AddressPattern>().unwrap());
        }
        // With host bits it is refused, and the pattern that was meant is named.
        let meant = match format!("{address}/{length}").parse::<AddressPattern>() {
            Ok(pattern) => pattern,
            Err(InvalidAddress::HostBits { network, .. }) => network,
            Err(error) => {
                prop_assert!(length > 32, "{}", error);
                return Ok(());
            }
        };
        reads_back(&meant);
        // A prefix of IPv6 that holds all the mapped addresses means none of them.
        let is_mapped = address != address.to_canonical();
        prop_assert_eq!(meant.matches(address), !is_mapped || length >= 96);
    }

    #[test]
    fn license_key_is_read_as_it_is_shown(
        prefix in "[A-Za-z0-9]{2,10}", entropy in any::<[u8; 12]>()
    ) {
        let key = LicenseKey::generate(&prefix.parse().unwrap(), entropy);
        parsers::license_key(key.as_str());
        prop_assert_eq!(key.as_str().parse(), Ok(key.clone()));
        crosses_json(&key);
    }

    #[test]
    fn two_neighbours_that_changed_places_are_a_mistyped_key(
        entropy in any::<[u8; 12]>(), at in 0..19_usize
    ) {
        let key = LicenseKey::generate(&"ACME".parse().unwrap(), entropy);
        let mut typed: Vec<char> = key.as_str().chars().filter(|c| *c != '-').collect();
        typed.swap(4 + at, 5 + at);
        let typed = String::from_iter(typed);
        let is_same = typed == key.as_str().replace('-', "");
        let expected = if is_same { Ok(key) } else { Err(InvalidLicenseKey::Mistyped) };
        prop_assert_eq!(typed.parse(), expected);
    }

    #[test]
    fn custom_code_is_read_as_it_is_shown(text in "[!-~]{1,128}") {
        parsers::license_key(&text);
    }

    #[test]
    fn verifying_key_is_read_in_each_form(seed in any::<[u8; 32]>()) {
        let signing = SigningKey::from_seed(&seed).unwrap();
        let key = signing.verifying_key();
        prop_assert_eq!(key.to_pem().parse(), Ok(key));
        prop_assert_eq!(key.to_base64().parse(), Ok(key));
        prop_assert_eq!(key.id().to_string().parse(), Ok(key.id()));
        let store = TrustStore::new([key.into()]);
        prop_assert_eq!(TrustStore::from_jwks(&store.to_jwks()), Ok(store));
        let read = SigningKey::from_pem(&SigningKey::pem_of_seed(&seed)).unwrap();
        prop_assert_eq!(read.verifying_key(), key);
    }

    #[test]
    fn any_bytes_are_a_verifying_key_or_none(bytes in any::<[u8; 32]>()) {
        if let Ok(key) = VerifyingKey::from_bytes(bytes) {
            prop_assert_eq!(key.as_bytes(), &bytes);
            parsers::key_set(&key.to_pem());
            parsers::key_set(&key.to_base64());
        }
    }

    #[test]
    fn nonce_is_read_as_it_is_shown(bytes in any::<[u8; 16]>()) {
        let nonce = Nonce::from_bytes(bytes);
        prop_assert_eq!(nonce.to_string().len(), 22);
        prop_assert_eq!(nonce.to_string().parse(), Ok(nonce));
    }

    #[test]
    fn instance_is_read_as_it_is_shown(
        instance in instance(), host in "[.A-Z]{0,4}\\PC{0,8}\\.{0,2}", machine in "\\PC{1,60}"
    ) {
        prop_assert_eq!(Instance::parse(instance.kind(), instance.value()), Ok(instance));
        for (kind, value) in [("host", host), ("machine", machine)] {
            if let Ok(instance) = Instance::parse(kind, &value) {
                prop_assert_eq!(Instance::parse(kind, instance.value()), Ok(instance.clone()));
                prop_assert_eq!(instance.kind(), kind);
            }
        }
    }
}

#[test]
fn every_name_of_a_choice_is_read_as_it_is_shown() {
    let standings = [Standing::Active, Standing::Suspended, Standing::Cancelled];
    let transitions = [
        Transition::Suspend,
        Transition::Resume,
        Transition::Cancel,
        Transition::Renew,
    ];
    let purposes = [Purpose::Run, Purpose::Update, Purpose::Support];
    for standing in standings {
        reads_back(&standing);
        crosses_json(&standing);
    }
    for transition in transitions {
        reads_back(&transition);
        crosses_json(&transition);
    }
    purposes.iter().for_each(reads_back);
    let kinds = [
        Kind::License,
        Kind::Lease,
        Kind::StatusList,
        Kind::TrustUpdate,
        Kind::Delegation,
    ];
    for kind in kinds {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
    let names: BTreeSet<&str> = kinds.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), kinds.len());
    for number in 0..=u8::MAX {
        assert_eq!(Status::from(number).number(), number);
    }
}

fn reads_back<T>(value: &T)
where
    T: Display + FromStr + PartialEq + Debug,
    T::Err: Debug + PartialEq,
{
    assert_eq!(value.to_string().parse().as_ref(), Ok(value));
}

fn crosses_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), *value, "{json}");
}
