//! What holds for whatever bytes a parser of the core is given, beyond that it does not panic. The
//! property tests call these with random and with mutated texts, the targets in fuzz/ with what a
//! fuzzer finds.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what cannot be unwrapped is the failure that is looked for"
)]

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::*;
use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::strict_json;

/// Reads bytes as each kind of document, and verifies what is one with the keys of the vectors.
pub fn document(bytes: &[u8]) {
    let kinds = [
        document_as::<License>(bytes),
        document_as::<Lease>(bytes),
        document_as::<StatusList>(bytes),
        document_as::<TrustUpdate>(bytes),
    ];
    let kinds: Vec<Kind> = kinds.into_iter().flatten().collect();
    assert!(kinds.len() <= 1, "one text is of {kinds:?}");
}

/// Signs bytes as the claims of each kind of document, and reads that.
pub fn claims(bytes: &[u8]) {
    claims_of::<License>(bytes);
    claims_of::<Lease>(bytes);
    claims_of::<StatusList>(bytes);
    claims_of::<TrustUpdate>(bytes);
}

/// Reads a text as an activation request, as what one holds, and as an activation answer.
pub fn activation(text: &str) {
    for request in [text, &URL_SAFE_NO_PAD.encode(text)] {
        match request.parse::<ActivationRequest>() {
            Err(error) => assert!(is_of_a_document(&error), "{error:?}"),
            Ok(request) => assert_eq!(request.to_string().parse(), Ok(request)),
        }
    }
    let texts = |answer: &ActivationAnswer| {
        let lease = answer.lease.as_ref().map(|lease| lease.as_str().to_owned());
        let list = answer
            .statuses
            .as_ref()
            .map(|list| list.as_str().to_owned());
        (answer.license.as_str().to_owned(), lease, list)
    };
    match text.parse::<ActivationAnswer>() {
        Err(error) => assert!(is_of_a_document(&error), "{error:?}"),
        Ok(answer) => {
            let again: ActivationAnswer = answer.to_string().parse().unwrap();
            assert_eq!(texts(&again), texts(&answer));
        }
    }
}

fn is_of_a_document(error: &Error) -> bool {
    ["malformed", "unsupported", "wrong_document"].contains(&error.code())
}

/// Reads a text as a set of keys, and as a key, its identifier and a nonce.
pub fn key_set(text: &str) {
    match TrustStore::from_jwks(text) {
        Err(error) => refused(&error.into(), "invalid_key"),
        Ok(store) => {
            assert!(strict_json::is_strict(text), "not strict: {text}");
            assert_eq!(TrustStore::from_jwks(&store.to_jwks()), Ok(store.clone()));
            for trusted in store.keys() {
                assert_eq!(store.get(trusted.key.id()), Some(trusted));
                verifying_key(trusted.key);
            }
        }
    }
    match text.parse::<VerifyingKey>() {
        Err(error) => refused(&error.into(), "invalid_key"),
        Ok(key) => verifying_key(key),
    }
    match text.parse::<KeyId>() {
        Err(error) => refused(&error.into(), "invalid_key"),
        Ok(id) => assert_eq!(id.to_string(), text),
    }
    if let Ok(nonce) = text.parse::<Nonce>() {
        assert_eq!(nonce.to_string(), text);
    }
}

/// Reads a text as a domain, and as an instance of that kind.
pub fn domain(text: &str) {
    assert_eq!(Domain::try_from(text.to_owned()), text.parse());
    assert_eq!(
        Instance::parse("domain", text).ok(),
        text.parse().ok().map(Instance::Domain)
    );
    let domain: Domain = match text.parse() {
        Err(error) => return refused(&InvalidDomain::into(error), "invalid_domain"),
        Ok(domain) => domain,
    };
    let shown = domain.as_str();
    let labels: Vec<&str> = shown.split('.').collect();
    assert!(shown.is_ascii() && !shown.bytes().any(|byte| byte.is_ascii_uppercase()));
    assert!(
        shown.len() <= 253 && labels.iter().all(|label| (1..=63).contains(&label.len())),
        "{shown}"
    );
    assert!(!(labels[0] == "www" && labels.len() > 2), "{shown}");
    assert!(shown.parse::<IpAddr>().is_err(), "{shown}");
    let mut same = vec![
        shown.to_owned(),
        format!("{shown}."),
        format!("{shown}:443"),
        shown.to_ascii_uppercase(),
        format!("https://{shown}"),
        format!("HTTP://{shown}.:8080/a?b#c"),
    ];
    if labels.len() > 1 {
        same.push(format!("www.{shown}"));
    }
    for other in same {
        assert_eq!(other.parse(), Ok(domain.clone()), "{other}");
    }
    let pattern: DomainPattern = shown.parse().unwrap();
    assert_eq!((pattern.as_str(), pattern.matches(&domain)), (shown, true));
    let is_more_than_a_name = |c: char| "/\\?#@:[]%".contains(c);
    if !text.contains(is_more_than_a_name) {
        let site = url::Url::parse(&format!("http://{text}/")).unwrap();
        let mut reached = site.host_str().unwrap();
        reached = reached.strip_suffix('.').unwrap_or(reached);
        while let Some(rest) = reached.strip_prefix("www.")
            && rest.contains('.')
        {
            reached = rest;
        }
        assert_eq!(reached, shown, "the site that {text} reaches");
    }
}

/// Reads the lines of a text as patterns of domains, but for the last, which is a domain to match.
pub fn domain_patterns(text: &str) {
    let (patterns, name) = text.rsplit_once('\n').unwrap_or((text, ""));
    let mut read = Vec::new();
    for line in patterns.split('\n') {
        match line.parse::<DomainPattern>() {
            Err(error) => refused(&error.into(), "invalid_domain"),
            Ok(pattern) => {
                let shown = pattern.to_string();
                assert_eq!(shown.parse(), Ok(pattern.clone()), "{line}");
                assert!(shown.is_ascii() && shown.len() <= 253, "{shown}");
                let stand_in = shown.replace('*', "x");
                if let Ok(domain) = stand_in.parse::<Domain>() {
                    domain_matches(&pattern, &domain);
                    assert!(pattern.matches(&domain), "{shown} {stand_in}");
                }
                read.push(pattern);
            }
        }
    }
    let Ok(domain) = name.parse::<Domain>() else {
        return;
    };
    for pattern in &read {
        domain_matches(pattern, &domain);
    }
    if let Some(set) = DomainPatterns::new(read.clone()) {
        let one_by_one = read.iter().any(|pattern| pattern.matches(&domain));
        assert_eq!(set.matches(&domain), one_by_one, "{read:?} {domain}");
        assert!(set.iter().eq(&read));
    }
}

/// Reads the lines of a text as patterns of addresses, but for the last, which is an address to
/// match.
pub fn addresses(text: &str) {
    let (patterns, last) = text.rsplit_once('\n').unwrap_or(("", text));
    let read: Vec<AddressPattern> = patterns.split('\n').filter_map(address_pattern).collect();
    address_pattern(last);
    let address = match parse_address(last) {
        Err(error) => return refused(&error.into(), "invalid_address"),
        Ok(address) => address,
    };
    let shown = address.to_string();
    assert_eq!(address, address.to_canonical());
    assert_eq!(parse_address(&shown), Ok(address), "{last}");
    assert_eq!(last.parse::<AddressPattern>().unwrap().to_string(), shown);
    for pattern in &read {
        address_matches(*pattern, address);
        if let IpAddr::V4(v4) = address {
            let mapped = v4.to_ipv6_mapped().into();
            assert_eq!(pattern.matches(mapped), pattern.matches(address));
        }
    }
    if let Some(set) = AddressPatterns::new(read.clone()) {
        let one_by_one = read.iter().any(|pattern| pattern.matches(address));
        assert_eq!(set.matches(address), one_by_one, "{read:?} {address}");
        assert!(set.iter().eq(&read));
    }
}

/// Reads a text as a license key, and as the prefix of one.
pub fn license_key(text: &str) {
    match text.parse::<KeyPrefix>() {
        Err(error) => refused(&error.into(), "invalid_license_key"),
        Ok(prefix) => {
            assert_eq!(prefix.as_str(), text.to_ascii_uppercase());
            let entropy = text.bytes().cycle().scan(0_u8, |sum, byte| {
                *sum = sum.wrapping_mul(31).wrapping_add(byte);
                Some(*sum)
            });
            let entropy: Vec<u8> = entropy.take(12).collect();
            let key = LicenseKey::generate(&prefix, entropy.try_into().unwrap());
            assert_eq!(key.as_str().parse(), Ok(key.clone()));
            assert_eq!(key.prefix(), Some(prefix.as_str()));
        }
    }
    let key: LicenseKey = match text.parse() {
        Err(error) => return refused(&InvalidLicenseKey::into(error), "invalid_license_key"),
        Ok(key) => key,
    };
    let shown = key.as_str();
    assert_eq!(shown.parse(), Ok(key.clone()));
    assert_eq!(
        serde_json::from_value::<LicenseKey>(json!(key)).unwrap(),
        key
    );
    let Some(prefix) = key.prefix() else {
        assert!(!key.is_generated());
        assert_eq!(shown, text.trim());
        assert!((1..=128).contains(&shown.len()) && shown.bytes().all(|b| b.is_ascii_graphic()));
        return;
    };
    assert!(key.is_generated() && prefix.parse::<KeyPrefix>().unwrap().as_str() == prefix);
    let lengths: Vec<usize> = shown.split('-').skip(1).map(str::len).collect();
    assert_eq!(lengths, [5; 4], "{shown}");
    assert_eq!(shown.to_ascii_lowercase().parse(), Ok(key.clone()));
    assert_eq!(shown.replace('-', "\u{2212} ").parse(), Ok(key.clone()));
    // One wrong symbol, at a place and by an amount that the text decides.
    let symbols = shown.len() - 23..shown.len();
    let places: Vec<usize> = symbols.filter(|at| &shown[*at..=*at] != "-").collect();
    let at = places[text.len() % places.len()];
    let right = CROCKFORD.find(&shown[at..=at]).unwrap();
    let wrong = CROCKFORD.chars().nth((right + 1 + text.len() % 31) % 32);
    let mut mistyped = shown.to_owned();
    mistyped.replace_range(at..=at, &wrong.unwrap().to_string());
    assert_eq!(
        mistyped.parse::<LicenseKey>(),
        Err(InvalidLicenseKey::Mistyped)
    );
}

/// Signs a status list, of bytes that are packed entries or, for some first bytes, their compressed
/// form. The first byte says which, and how many bits an entry has.
pub fn status_list(bytes: &[u8]) {
    let Some((form, bytes)) = bytes.split_first() else {
        return;
    };
    let bits = [1, 2, 4, 8, 3][usize::from(form % 5)];
    let is_packed = form & 0x80 == 0;
    let compressed = if is_packed {
        stored(bytes)
    } else {
        bytes.to_vec()
    };
    let claims = json!({
        "iss": "acme", "sub": "https://acme.example/status", "iat": 0,
        "status_list": { "bits": bits, "lst": URL_SAFE_NO_PAD.encode(compressed) },
    });
    let list = match read_claims::<StatusList>(claims.to_string().as_bytes()) {
        None => return,
        Some(Err(error)) => {
            assert!(bits == 3 || !is_packed, "refused: {error}");
            return refused(&error, "malformed");
        }
        Some(Ok(list)) => list,
    };
    assert_ne!(bits, 3);
    let entries = &list.entries;
    assert_eq!(entries.is_empty(), entries.get(0).is_none());
    assert_eq!(entries.get(entries.len() as u64), None);
    if is_packed {
        assert_eq!(entries.len(), bytes.len() * 8 / bits);
        // The first entry of a byte stands in its lowest bits.
        for index in 0..entries.len() {
            let bit = index * bits;
            let number = u32::from(bytes[bit / 8]) >> (bit % 8) & ((1 << bits) - 1);
            let entry = entries.get(index as u64).unwrap();
            assert_eq!(u32::from(entry.number()), number, "entry {index}");
            assert_eq!(entry, Status::from(entry.number()));
        }
    }
    genuine(&list);
}

/// Takes up the state of a clock guard from bytes up to the first line break, as they are and under
/// a MAC, and applies what the rest says, 17 bytes an operation.
pub fn clock_state(bytes: &[u8]) {
    let (state, operations) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, &[][..]),
    };
    let mut tick = Tick {
        wall: Moment::nearest(1_000_000_000),
        monotonic: Duration::ZERO,
    };
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(guard) = ClockGuard::restore(text, MACHINE, tick)
    {
        assert!(ClockGuard::restore(&guard.save(MACHINE), MACHINE, tick).is_ok());
    }
    let Ok(mut guard) = ClockGuard::restore(&sealed_state(state), MACHINE, tick) else {
        return;
    };
    assert!(std::str::from_utf8(state).is_ok_and(strict_json::is_strict));
    for operation in operations.chunks_exact(17) {
        let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
        tick = Tick {
            wall: Moment::nearest(number(&operation[1..9]).cast_signed()),
            monotonic: Duration::from_secs(number(&operation[9..17])),
        };
        match operation[0] % 4 {
            0 => {
                let reading = guard.read(tick);
                assert!(reading.now() >= tick.wall);
                let behind = reading.now().since(tick.wall);
                let is_suspect = behind > Duration::from_secs(300);
                let expected = if is_suspect { behind } else { Duration::ZERO };
                // It stays what it was where the seconds of the clocks differ by one.
                let differs = reading.behind().abs_diff(expected);
                assert!(differs <= Duration::from_secs(u64::from(is_suspect)));
                assert!(guard.accepts(tick.wall, tick), "there is no trusted time");
            }
            1 => guard.hold(Some(tick.wall), tick),
            2 => guard.hold(None, tick),
            _ => {
                guard = ClockGuard::restore(&guard.save(MACHINE), MACHINE, tick).unwrap();
                let saved = guard.save(MACHINE);
                let again = ClockGuard::restore(&saved, MACHINE, tick).unwrap();
                assert_eq!(again.save(MACHINE), saved);
            }
        }
    }
    assert!(ClockGuard::restore(&guard.save(MACHINE), MACHINE, tick).is_ok());
}

/// Reads a text as JSON, in a place where the core reads any value and keeps nothing of it.
pub fn json(text: &str) {
    let set = format!(r#"{{"keys":[{JWK}],"any":{text}}}"#);
    if !strict_json::is_json(text) && strict_json::is_json(&set) {
        // It closes the object and opens another.
        return;
    }
    let outcome = TrustStore::from_jwks(&set);
    if set.len() > 64 * 1024 {
        assert!(outcome.is_err());
        return;
    }
    assert_eq!(outcome.is_ok(), strict_json::is_strict(&set), "{text}");
    if let Err(InvalidKey::Set(fault)) = outcome {
        assert!((13..=19).contains(&fault.flaw().number()), "{fault:?}");
    }
}

/// Signs bytes as claims, and reads that; `None` if they are too long for a document.
pub fn read_claims<D: Issuable>(bytes: &[u8]) -> Option<Result<Verified<D>, Error>> {
    let header = format!(
        r#"{{"alg":"EdDSA","kid":"{}","typ":"{}+jwt"}}"#,
        KEY.trusted.key.id(),
        D::KIND.name()
    );
    let signed = [header.as_bytes(), bytes].map(|part| URL_SAFE_NO_PAD.encode(part));
    let signed = signed.join(".");
    let signature = URL_SAFE_NO_PAD.encode(KEY.pair.sign(signed.as_bytes()));
    let token = format!("{signed}.{signature}");
    let document = match Signed::<D>::parse(&token) {
        Ok(document) => document,
        Err(error) => {
            let is_empty_or_long = bytes.is_empty() || token.len() > D::KIND.max_size();
            assert!(is_empty_or_long, "{error}");
            return None;
        }
    };
    Some(document.verify(&TrustStore::new([KEY.trusted.clone()])))
}

/// The state of a clock guard with a MAC that fits.
pub fn sealed_state(json: &[u8]) -> String {
    let state = URL_SAFE_NO_PAD.encode(json);
    let key = hmac::Key::new(hmac::HMAC_SHA256, MACHINE);
    let tag = hmac::sign(&key, state.as_bytes());
    format!("{state}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// The key that the states of clock guards are saved with.
pub const MACHINE: &[u8] = b"machine";

fn document_as<D: Issuable + PartialEq + Debug>(bytes: &[u8]) -> Option<Kind> {
    let outcome = Signed::<D>::parse_bytes(bytes);
    let token = |signed: Signed<D>| signed.as_str().to_owned();
    let text = std::str::from_utf8(bytes);
    if let Ok(text) = text {
        let parsed = Signed::<D>::parse(text).map(token);
        assert_eq!(parsed, outcome.clone().map(token));
    }
    let signed = match outcome {
        Ok(signed) => signed,
        Err(error) => {
            assert!(matches!(
                error,
                Error::Malformed(_) | Error::WrongDocument { .. }
            ));
            refused(&error, error.code());
            return None;
        }
    };
    assert_eq!(text.map(Kind::of), Ok(Ok(D::KIND)));
    let armored = signed.to_armor(&[("Customer", "ACME Corp")]);
    for same in [signed.as_str(), &armored, &armored.replace('\n', "\r\n> ")] {
        if same.len() <= D::KIND.max_size() {
            let again = Signed::<D>::parse(same).unwrap();
            assert_eq!(again.as_str(), signed.as_str());
            assert_eq!(again.key_id(), signed.key_id());
        }
    }
    let secret = signed.as_str().rsplit_once('.').unwrap().1;
    assert!(!format!("{signed:?}").contains(secret));
    for trust in &*TRUST {
        match signed.verify(trust) {
            Err(error) => refused(&error, error.code()),
            Ok(verified) => {
                assert_eq!(verified.as_str(), signed.as_str());
                assert_eq!(verified.signed_by(), signed.key_id());
                genuine(&verified);
            }
        }
    }
    Some(D::KIND)
}

fn claims_of<D: Issuable + PartialEq + Debug>(bytes: &[u8]) {
    match read_claims::<D>(bytes) {
        None => {}
        Some(Err(error)) => {
            assert!(matches!(error.refusal(), Some(12..=20 | 30..=52)));
            refused(&error, error.code());
        }
        Some(Ok(verified)) => {
            assert!(std::str::from_utf8(bytes).is_ok_and(strict_json::is_strict));
            genuine(&verified);
            if D::KIND == Kind::License {
                decides(&read_claims::<License>(bytes).unwrap().unwrap());
            }
        }
    }
}

/// A verified document has one normal form, which says the same.
fn genuine<D: Issuable + PartialEq + Debug>(document: &Verified<D>) {
    if document.as_str().len() > MAX_RESIGNED {
        return;
    }
    let normal = document.to_claims();
    let read = D::from_claims(&normal).unwrap();
    assert_eq!(read, **document);
    assert_eq!(read.to_claims(), normal);
}

/// A license decides about any run, at any moment, in the same way each time.
fn decides(license: &Verified<License>) {
    let mut moments = BTreeSet::from([Moment::MIN, Moment::MAX, license.issued_at]);
    for purpose in [Purpose::Run, Purpose::Update, Purpose::Support] {
        let mut run = Run::of(license.product.clone());
        run.purpose = purpose;
        run.domain = "shop.example.com".parse().ok();
        run.address = "10.0.0.1".parse().ok();
        run.instance = Instance::parse("machine", "m").ok();
        run.released_at = Some(license.issued_at);
        run.requires = license.entitlements.keys().cloned().collect();
        run.counts = license.limits.clone();
        let check = license.prepare(run.clone());
        // The moments at which decisions change are the interesting ones.
        for _ in 0..2 {
            for now in moments.clone() {
                let context = Context::at(ClockReading::trusted(now));
                let decision = license.evaluate(&run, &context);
                let report = decision.report();
                assert_eq!(check.evaluate(&context).report(), report);
                let read: Value = serde_json::from_str(&report).unwrap();
                assert_eq!(read["allowed"], decision.is_allowed());
                assert!(decision.holds_until().is_none_or(|until| until > now));
                for denial in decision.denials() {
                    one_line(denial);
                }
                moments.extend(decision.holds_until());
                assert_eq!(decision.into_owned().report(), report);
            }
        }
    }
}

fn verifying_key(key: VerifyingKey) {
    assert_eq!(VerifyingKey::from_bytes(*key.as_bytes()), Ok(key));
    for form in [key.to_base64(), key.to_pem()] {
        assert_eq!(form.parse(), Ok(key), "{form}");
    }
    assert_eq!(key.id().to_string().parse(), Ok(key.id()));
    let trust = TrustStore::new([key.into()]);
    assert_eq!(TrustStore::from_jwks(&trust.to_jwks()), Ok(trust));
}

/// A pattern matches what docs/rules.md, section 2, says that it does.
fn domain_matches(pattern: &DomainPattern, domain: &Domain) {
    let (text, name) = (pattern.as_str(), domain.as_str());
    let expected = match text.strip_prefix("*.") {
        _ if text == "*" => true,
        Some(base) if !base.contains('*') => name == base || name.ends_with(&format!(".{base}")),
        _ => {
            let (labels, names) = (text.split('.'), name.split('.'));
            labels.clone().count() == names.clone().count()
                && labels
                    .zip(names)
                    .all(|(label, name)| label_matches(label, name))
        }
    };
    assert_eq!(pattern.matches(domain), expected, "{text} {name}");
}

fn label_matches(pattern: &str, label: &str) -> bool {
    // Where in the label the part of the pattern that was looked at can end.
    let mut ends = BTreeSet::from([0]);
    for wanted in pattern.bytes() {
        ends = match (wanted, ends.first()) {
            (b'*', Some(first)) => (first + 1..=label.len()).collect(),
            _ => {
                let fits = |end: &usize| label.as_bytes().get(*end) == Some(&wanted);
                ends.into_iter().filter(fits).map(|end| end + 1).collect()
            }
        };
    }
    ends.contains(&label.len())
}

fn address_pattern(text: &str) -> Option<AddressPattern> {
    let pattern: AddressPattern = match text.parse() {
        Err(error) => {
            refused(&InvalidAddress::into(error), "invalid_address");
            return None;
        }
        Ok(pattern) => pattern,
    };
    let shown = pattern.to_string();
    assert_eq!(shown.parse(), Ok(pattern), "{text}");
    let (network, _) = shown.split_once('/').unwrap_or((&shown, ""));
    address_matches(pattern, network.parse().unwrap());
    assert!(pattern.matches(network.parse().unwrap()), "{shown}");
    Some(pattern)
}

/// A pattern matches the addresses whose leading bits are its own.
fn address_matches(pattern: AddressPattern, address: IpAddr) {
    let shown = pattern.to_string();
    let (network, length) = match shown.split_once('/') {
        Some((network, length)) => (network, Some(length.parse::<usize>().unwrap())),
        None => (&*shown, None),
    };
    let bits = |address: IpAddr| -> Vec<bool> {
        let octets = match address {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        };
        let bits = octets
            .iter()
            .flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1 == 1));
        bits.collect()
    };
    let network: IpAddr = network.parse().unwrap();
    let (ours, theirs) = (bits(network), bits(address));
    let length = length.unwrap_or(ours.len());
    assert!(!ours[length..].contains(&true), "{shown}");
    let expected = ours.len() == theirs.len() && ours[..length] == theirs[..length];
    assert_eq!(pattern.matches(address), expected, "{shown} {address}");
}

/// An error that the outside sees has a code, a number where it is about a document, and one line.
fn refused(error: &Error, code: &str) {
    assert_eq!(error.code(), code, "{error}");
    let is_value = code.starts_with("invalid_");
    assert_eq!(error.refusal().is_none(), is_value, "{error}");
    assert!(error.refusal().is_none_or(|number| number <= 57));
    one_line(error);
}

fn one_line(text: &dyn Display) {
    let text = text.to_string();
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    assert!(!text.is_empty() && !text.contains(breaks), "{text:?}");
    assert!(
        !text.ends_with('.') && text.chars().count() < 1000,
        "{text:?}"
    );
}

/// A zlib stream that holds `bytes` as they are (RFC 1950, RFC 1951 section 3.2.4).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(0xffff).peekable();
    if blocks.peek().is_none() {
        stream.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap();
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

/// A key that may sign everything.
struct SigningPair {
    pair: Ed25519KeyPair,
    trusted: TrustedKey,
}

static KEY: LazyLock<SigningPair> = LazyLock::new(|| {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let public = pair.public_key().as_ref().try_into().unwrap();
    let mut trusted = TrustedKey::from(VerifyingKey::from_bytes(public).unwrap());
    let every_kind = [
        Kind::License,
        Kind::Lease,
        Kind::StatusList,
        Kind::TrustUpdate,
    ];
    trusted.documents = Some(every_kind.into());
    SigningPair { pair, trusted }
});

/// The trust sets of the vectors.
pub static TRUST: LazyLock<Vec<TrustStore>> = LazyLock::new(|| {
    let keys: Value = serde_json::from_str(include_str!("../vectors/keys.json")).unwrap();
    let sets = keys["trust"].as_object().unwrap().values();
    sets.map(|set| TrustStore::from_jwks(&set.to_string()).unwrap())
        .collect()
});

/// The key of RFC 8037, appendix A.
const JWK: &str =
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const CROCKFORD: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The longest document that is written anew, in bytes: status lists are slow to compress.
const MAX_RESIGNED: usize = 16 * 1024;
