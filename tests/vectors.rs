//! Reads every vector of tests/vectors, whose format its README has, and holds docs/format.md and
//! docs/rules.md to them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a vector that does not read fails its test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::*;
use serde_json::{Value, json};

#[test]
fn every_signed_document_has_its_outcome() {
    let trusts = trust_stores();
    let mut refusals = BTreeMap::new();
    for (name, row) in rows("signed") {
        let outcome = read_document(&row, &trusts[text(&row, "trust")]);
        match (&row["claims"], outcome) {
            (Value::Null, Err(error)) => {
                let refusal = error.refusal().unwrap_or_default();
                let expected = (text(&row, "code"), row["refusal"].as_u64().unwrap());
                assert_eq!((error.code(), refusal.into()), expected, "{name}: {error}");
                assert_one_line(&error.to_string());
                refusals.insert(refusal, error.code());
            }
            (Value::Null, Ok(claims)) => panic!("{name}: accepted as {claims}"),
            (_, Err(error)) => panic!("{name}: refused: {error}"),
            (expected, Ok(claims)) => assert_eq!(&claims, expected, "{name}"),
        }
    }
    let documented: BTreeMap<u16, String> = table_rows("docs/format.md", "## 6.")
        .map(|cells| (cells[0].parse().unwrap(), cells[1].clone()))
        .collect();
    let proved: BTreeMap<u16, String> = refusals
        .into_iter()
        .map(|(number, code)| (number, code.to_owned()))
        .collect();
    assert_eq!(
        proved, documented,
        "the refusals of docs/format.md and of the vectors"
    );
}

#[test]
fn every_decision_has_its_report_byte_for_byte() {
    let trusts = trust_stores();
    let mut codes = BTreeSet::new();
    for (name, row) in rows("rules") {
        let trust = &trusts[text(&row, "trust")];
        let license: Verified<License> = verify(text(&row, "license"), trust);
        let lease = row["lease"]
            .as_str()
            .map(|token| verify::<Lease>(token, trust));
        let statuses = row["statuses"]
            .as_str()
            .map(|token| verify::<StatusList>(token, trust));
        let thresholds: Option<Vec<Duration>> = row["notice_before"]
            .as_array()
            .map(|lengths| lengths.iter().map(seconds).collect());
        let mut context = Context::at(read_clock(&row["clock"]));
        if let Some(lease) = &lease {
            context = context.lease(lease);
        }
        if let Some(statuses) = &statuses {
            context = context.statuses(statuses);
        }
        if let Some(revision) = row["highest_revision"].as_i64() {
            context = context.highest_revision(revision.try_into().unwrap());
        }
        if let Some(number) = row["last_status"]["status"].as_u64() {
            let listed_at = text(&row["last_status"], "listed_at").parse().unwrap();
            context = context.last_status(u8::try_from(number).unwrap().into(), listed_at);
        }
        if let Some(moment) = row["last_contact_at"].as_str() {
            context = context.last_contact_at(moment.parse().unwrap());
        }
        if let Some(thresholds) = &thresholds {
            context = context.notice_before(thresholds);
        }
        let run = read_run(&row["run"]);
        let decision = license.evaluate(&run, &context);
        assert_eq!(decision.report(), text(&row, "report"), "{name}");
        assert_eq!(
            serde_json::to_string(&decision).unwrap(),
            text(&row, "report"),
            "{name}, by serde"
        );
        let check = license.prepare(run);
        assert_eq!(
            check.evaluate(&context).report(),
            text(&row, "report"),
            "{name}, prepared"
        );
        for (code, entitled) in row["entitled"].as_object().into_iter().flatten() {
            assert_eq!(
                Some(decision.entitled(code)),
                entitled.as_bool(),
                "{name}: {code}"
            );
        }
        for (code, stays_on) in row["stays_on"].as_object().into_iter().flatten() {
            assert_eq!(
                Some(decision.stays_on(code)),
                stays_on.as_bool(),
                "{name}: {code}"
            );
        }
        codes.extend(decision.denials().iter().map(Denial::code));
        codes.extend(decision.notices().iter().map(Notice::code));
        let denials = decision.denials().iter().map(Denial::to_string);
        denials
            .chain(decision.notices().iter().map(Notice::to_string))
            .for_each(|text| {
                assert_one_line(&text);
            });
        let report: Value = serde_json::from_str(&decision.report()).unwrap();
        let coded = |list: &str| report[list].as_array().cloned().unwrap_or_default();
        for (said, coded) in decision.denials().iter().zip(coded("denials")) {
            assert_eq!(coded["code"], said.code(), "{name}");
        }
        for (said, coded) in decision.notices().iter().zip(coded("notices")) {
            assert_eq!(coded["code"], said.code(), "{name}");
        }
    }
    let documented: BTreeSet<String> = table_rows("docs/rules.md", "## 6.")
        .flat_map(|cells| cells[0].split(", ").map(str::to_owned).collect::<Vec<_>>())
        .filter(|code| !["denial", "notice"].contains(&code.as_str()))
        .collect();
    let proved: BTreeSet<String> = codes.into_iter().map(str::to_owned).collect();
    assert_eq!(
        proved, documented,
        "the codes of docs/rules.md and of the vectors"
    );
}

/// What is decided where there is nothing to evaluate, which no vector can hold.
#[test]
fn without_a_license_nothing_is_activated() {
    let at = "2025-07-01T00:00:00Z".parse().unwrap();
    let context = Context::at(ClockReading::trusted(at));
    let decision = Decision::without_license(&context);
    assert_eq!(decision.denials(), [Denial::NotActivated]);
    assert_eq!(
        decision.report(),
        r#"{"allowed":false,"denials":[{"code":"not_activated"}],"notices":[],"holds_until":null}"#
    );
    let heard = Decision::without_license(&context.last_contact_at(at));
    assert_eq!(
        heard.report(),
        r#"{"allowed":false,"denials":[{"code":"not_activated"}],"notices":[],"holds_until":null,"last_contact_at":"2025-07-01T00:00:00Z"}"#
    );
    assert!(!decision.entitled("export") && !decision.stays_on("export"));
    let tick = Tick {
        wall: at,
        monotonic: Duration::ZERO,
    };
    let unguarded = Decision::without_license(&Context::at(ClockGuard::new(tick).peek(tick)));
    assert_eq!(unguarded.notices(), [Notice::ClockUnguarded]);
}

#[test]
fn every_name_has_its_normal_form_and_its_matches() {
    for (name, row) in rows("names") {
        let (computed, expected) = if let Some(key) = row["text"]
            .as_str()
            .filter(|_| row["shown"].is_string() || row["error"] == "invalid_license_key")
        {
            (license_key(key), member(&row, "shown"))
        } else if let Some(prefix) = row["prefix"].as_str() {
            let entropy = (0..12).map(|at| hex(&text(&row, "entropy")[2 * at..2 * at + 2]));
            let entropy: Vec<u8> = entropy.collect();
            let key = LicenseKey::generate(&prefix.parse().unwrap(), entropy.try_into().unwrap());
            (Ok(json!(key.as_str())), member(&row, "shown"))
        } else if let Some(domain) = row["text"].as_str() {
            (shown(domain.parse::<Domain>()), member(&row, "domain"))
        } else if row["matches"].is_boolean() {
            (Ok(json!(matches(&row))), member(&row, "matches"))
        } else if let Some(pattern) = row["pattern"].as_str() {
            match text(&row, "file") {
                "addresses" => (
                    shown(pattern.parse::<AddressPattern>()),
                    member(&row, "normal"),
                ),
                _ => (
                    shown(pattern.parse::<DomainPattern>()),
                    member(&row, "normal"),
                ),
            }
        } else {
            (
                shown(parse_address(text(&row, "address"))),
                member(&row, "address"),
            )
        };
        match (row["error"].as_str(), computed) {
            (Some(expected), Err(error)) => {
                assert_eq!(error.code(), expected, "{name}");
                assert_one_line(&error.to_string());
            }
            (Some(_), Ok(computed)) => panic!("{name}: accepted as {computed}"),
            (None, Err(error)) => panic!("{name}: refused: {error}"),
            (None, Ok(computed)) => assert_eq!(&computed, expected, "{name}"),
        }
        if row["kind"].is_string() {
            let key: LicenseKey = text(&row, "text").parse().unwrap();
            assert_eq!(key.is_generated(), row["kind"] == "generated", "{name}");
        }
    }
}

#[test]
fn every_seat_claim_and_transition_has_its_outcome() {
    for (name, row) in rows("seats") {
        let (computed, expected) = match row["from"].as_str() {
            Some(from) => {
                let from: Standing = from.parse().unwrap();
                match from.after(text(&row, "transition").parse().unwrap()) {
                    Ok(to) => (json!(to), &row["to"]),
                    Err(_) => (json!("illegal_transition"), &row["error"]),
                }
            }
            None => (claim_seat(&row), &row["claim"]),
        };
        assert_eq!(&computed, expected, "{name}");
    }
}

#[test]
fn there_are_as_many_vectors_as_promised() {
    let in_files = |folder: &str, names: &[&str]| {
        rows(folder)
            .filter(|(_, row)| names.contains(&text(row, "file")))
            .count()
    };
    assert!(rows("signed").count() >= 60);
    assert!(rows("rules").count() >= 80);
    assert!(in_files("names", &["domains", "domain_patterns", "addresses"]) >= 120);
    assert!(in_files("names", &["license_keys"]) >= 30);
    assert!(in_files("seats", &["claims"]) >= 40);
}

/// RFC 8037, appendix A.4: genuine, and yet no document.
#[test]
fn the_token_of_rfc_8037_is_no_document() {
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
                 hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let refused = Signed::<License>::parse(token).unwrap_err();
    assert_eq!(
        refused.refusal(),
        Some(22),
        "its header lacks `kid` and `typ`"
    );
}

/// The rows of all files in a folder, each with its file's name as `file`.
fn rows(folder: &str) -> impl Iterator<Item = (String, Value)> {
    let mut files: Vec<PathBuf> = fs::read_dir(vectors().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.into_iter().flat_map(|path| {
        let file = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let Value::Array(rows) = read_json(&path)["rows"].take() else {
            panic!("{} has no rows", path.display());
        };
        rows.into_iter().map(move |mut row| {
            row["file"] = json!(file);
            (format!("{file}: {}", text(&row, "name")), row)
        })
    })
}

fn trust_stores() -> BTreeMap<String, TrustStore> {
    let keys = read_json(&vectors().join("keys.json"));
    let sets = keys["trust"].as_object().unwrap();
    sets.iter()
        .map(|(name, set)| {
            (
                name.clone(),
                TrustStore::from_jwks(&set.to_string()).unwrap(),
            )
        })
        .collect()
}

/// What a document's reader makes of a row: its claims in normal form.
fn read_document(row: &Value, trust: &TrustStore) -> Result<Value, Error> {
    let bytes = if let Some(text) = row["text"].as_str() {
        text.as_bytes().to_vec()
    } else if let Some(encoded) = row["base64"].as_str() {
        STANDARD.decode(encoded).unwrap()
    } else {
        let repeat = &row["repeat"];
        let unit = text(repeat, "unit").repeat(repeat["times"].as_u64().unwrap() as usize);
        format!("{}{unit}{}", text(repeat, "before"), text(repeat, "after")).into_bytes()
    };
    match text(row, "kind") {
        "license" => {
            let license = Signed::<License>::parse_bytes(&bytes)?.verify(trust)?;
            Ok(in_normal_form(&*license, &row["claims"]))
        }
        "lease" => {
            let lease = Signed::<Lease>::parse_bytes(&bytes)?.verify(trust)?;
            Ok(in_normal_form(&*lease, &row["claims"]))
        }
        "trust" => {
            let update = Signed::<TrustUpdate>::parse_bytes(&bytes)?.verify(trust)?;
            let updated = trust.updated(&update)?;
            assert_eq!(updated.sequence(), update.sequence);
            assert!(updated.keys().eq(update.keys.values()));
            Ok(in_normal_form(&*update, &row["claims"]))
        }
        "statuslist" => {
            let list = Signed::<StatusList>::parse_bytes(&bytes)?.verify(trust)?;
            if let Some(held) = row["held"].as_str() {
                list.check_newer(&verify(held, trust))?;
            }
            Ok(status_list_claims(&list, &row["claims"]))
        }
        kind => panic!("no such kind: {kind}"),
    }
}

/// The expected claims themselves if the document reads from them as it did from its signed ones,
/// else its claims as it would be signed.
fn in_normal_form<D: Issuable + PartialEq>(document: &D, expected: &Value) -> Value {
    match D::from_claims(expected) {
        Ok(same) if same == *document => expected.clone(),
        _ => document.to_claims(),
    }
}

fn status_list_claims(list: &StatusList, expected: &Value) -> Value {
    let mut claims = list.to_claims();
    let entries = claims["status_list"].as_object_mut().unwrap();
    entries.remove("lst");
    if expected["status_list"]["values"].is_string() {
        let numbers: Vec<u8> = (0..list.entries.len())
            .map(|at| list.entries.get(at as u64).unwrap().number())
            .collect();
        entries.insert("values".into(), json!(STANDARD.encode(numbers)));
    } else {
        entries.insert("count".into(), json!(list.entries.len()));
    }
    claims
}

fn read_clock(clock: &Value) -> ClockReading {
    const KEY: &[u8] = b"the machine of the vectors";
    if let Some(moment) = clock["trusted"].as_str() {
        return ClockReading::trusted(moment.parse().unwrap());
    }
    let mut guard = None;
    let mut reading = None;
    let mut saved = String::new();
    let mut shown = None;
    for step in clock["steps"].as_array().unwrap() {
        let (kind, value) = step.as_object().unwrap().iter().next().unwrap();
        let mut ticks = [value, &value["answered"]].into_iter();
        shown = ticks
            .find(|tick| tick["wall"].is_string())
            .map(tick)
            .or(shown);
        let state = guard.as_ref().map(|guard: &ClockGuard| guard.save(KEY));
        let mut start = |new: ClockGuard, tick| reading = Some(guard.insert(new).read(tick));
        match kind.as_str() {
            "start" => start(ClockGuard::new(tick(value)), tick(value)),
            "restart" => {
                let state = state.unwrap();
                start(
                    ClockGuard::restore(&state, KEY, tick(value)).unwrap(),
                    tick(value),
                );
            }
            "restart_unsaved" => {
                start(
                    ClockGuard::restore(&saved, KEY, tick(value)).unwrap(),
                    tick(value),
                );
            }
            "save" => saved = state.unwrap(),
            "documents" => {
                let newest = value.as_str().map(|moment| moment.parse().unwrap());
                guard.as_mut().unwrap().hold(newest, shown.unwrap());
            }
            "read" => reading = Some(guard.as_mut().unwrap().read(tick(value))),
            "heal" => heal(guard.as_mut().unwrap(), value),
            other => panic!("no such step: {other}"),
        }
    }
    reading.unwrap()
}

/// Gives trusted time to a guard, by a lease that is signed for it; one that comes late gives none.
fn heal(guard: &mut ClockGuard, value: &Value) {
    let key = SigningKey::from_seed(&[7; 32]).unwrap();
    let trust = TrustStore::new([key.verifying_key().into()]);
    let nonce = Nonce::from_bytes([1; 16]);
    let issued_at: Moment = text(value, "iat").parse().unwrap();
    let lease = Lease::new(
        "lease".into(),
        "activation".into(),
        ("acme/editor".parse().unwrap(), "license".parse().unwrap()),
        Instance::parse("machine", "m").unwrap(),
        (issued_at, issued_at.saturating_add(Duration::from_secs(60))),
        nonce,
    );
    let lease = key.sign(&lease).unwrap().verify(&trust).unwrap();
    let challenge = Challenge::new(nonce, tick(&value["sent"]).monotonic);
    let outcome = guard.heal(challenge, &lease, tick(&value["answered"]));
    assert!(
        matches!(outcome, Ok(()) | Err(NotFresh::Late)),
        "{outcome:?}"
    );
}

fn tick(value: &Value) -> Tick {
    let wall = text(value, "wall").parse().unwrap();
    Tick {
        wall,
        monotonic: seconds(&value["monotonic"]),
    }
}

fn read_run(value: &Value) -> Run {
    let mut run = Run::of(text(value, "product").parse().unwrap());
    run.purpose = value["purpose"].as_str().unwrap_or("run").parse().unwrap();
    run.domain = value["domain"]
        .as_str()
        .map(|domain| domain.parse().unwrap());
    run.address = value["address"]
        .as_str()
        .map(|address| parse_address(address).unwrap());
    run.instance = value["instance"].as_object().map(|instance| {
        let part = |name: &str| instance[name].as_str().unwrap();
        Instance::parse(part("kind"), part("value")).unwrap()
    });
    let requires = value["requires"].as_array().into_iter().flatten();
    run.requires = requires
        .map(|code| code.as_str().unwrap().parse().unwrap())
        .collect();
    let counts = value["counts"].as_object().into_iter().flatten();
    run.counts = counts
        .map(|(code, count)| {
            (
                code.parse().unwrap(),
                count.as_i64().unwrap().try_into().unwrap(),
            )
        })
        .collect();
    run.released_at = value["released_at"]
        .as_str()
        .map(|moment| moment.parse().unwrap());
    run
}

fn claim_seat(row: &Value) -> Value {
    let claims = json!({
        "ver": 1, "jti": "l", "iss": "acme", "aud": "editor", "iat": 0, "rev": 1,
        "seats": row["rule"],
    });
    let count = |name: &str| row[name].as_u64().unwrap().try_into().unwrap();
    let license = License::from_claims(&claims).unwrap();
    let mine = row["mine"].as_bool().unwrap();
    match license.seats.claim(mine, count("held"), count("passing")) {
        SeatClaim::Held => json!({ "outcome": "held" }),
        SeatClaim::Granted => json!({ "outcome": "granted" }),
        SeatClaim::GrantedFor(seats) => json!({ "outcome": "granted_for", "seats": seats }),
        SeatClaim::Refused { limit, held } => {
            json!({ "outcome": "refused", "limit": limit, "held": held })
        }
        SeatClaim::HandoversExhausted { ends_needed } => {
            json!({ "outcome": "handovers_exhausted", "ends_needed": ends_needed })
        }
    }
}

fn matches(row: &Value) -> bool {
    let patterns = || {
        row["patterns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p.as_str().unwrap())
    };
    if let Some(address) = row["address"].as_str() {
        let patterns = patterns().map(|pattern| pattern.parse::<AddressPattern>().unwrap());
        let address = parse_address(address).unwrap();
        let each = patterns.clone().any(|pattern| pattern.matches(address));
        let set = AddressPatterns::new(patterns).unwrap().matches(address);
        assert_eq!(each, set, "the set agrees with its patterns");
        return set;
    }
    let patterns = patterns().map(|pattern| pattern.parse::<DomainPattern>().unwrap());
    let domain = text(row, "domain").parse().unwrap();
    let each = patterns.clone().any(|pattern| pattern.matches(&domain));
    let set = DomainPatterns::new(patterns).unwrap().matches(&domain);
    assert_eq!(each, set, "the set agrees with its patterns");
    set
}

fn license_key(text: &str) -> Result<Value, Error> {
    let key: LicenseKey = text.parse()?;
    Ok(json!(key.as_str()))
}

fn shown<T: ToString, E: Into<Error>>(parsed: Result<T, E>) -> Result<Value, Error> {
    parsed
        .map(|value| json!(value.to_string()))
        .map_err(Into::into)
}

fn verify<D: Document>(token: &str, trust: &TrustStore) -> Verified<D> {
    Signed::parse(token).unwrap().verify(trust).unwrap()
}

/// The rows of the tables of a page from the heading on, without backticks.
fn table_rows(page: &str, heading: &str) -> impl Iterator<Item = Vec<String>> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
    let (_, section) = page.split_once(&format!("\n{heading}")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let lines: Vec<String> = section
        .lines()
        .filter(|line| {
            line.starts_with("| `")
                || line
                    .strip_prefix("| ")
                    .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
        .map(str::to_owned)
        .collect();
    lines.into_iter().map(|line| {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().replace('`', "")).collect()
    })
}

fn assert_one_line(text: &str) {
    let plain = !text.chars().any(char::is_control) && !text.ends_with('.');
    assert!(plain && text.len() < 400, "not a line: {text:?}");
}

fn member<'a>(row: &'a Value, name: &str) -> &'a Value {
    &row[name]
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name]
        .as_str()
        .unwrap_or_else(|| panic!("no `{name}` in {row}"))
}

fn seconds(value: &Value) -> Duration {
    Duration::from_secs(value.as_u64().unwrap())
}

fn hex(digits: &str) -> u8 {
    u8::from_str_radix(digits, 16).unwrap()
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn read_json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}
