//! The rows of the core, with their limits.

use std::error::Error;
use std::hint::black_box;
use std::rc::Rc;

use countersign::{
    Check, ClockReading, Context, Decision, Domain, DomainPattern, DomainPatterns, License, Run,
    Signed, Status, Statuses, TrustStore,
};

use countersign_bench::measure::{Limit, Row};
use countersign_bench::subject::Subject;

/// Every row of the core. The first is the one that others are compared with.
pub(crate) fn all(subject: &Subject) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = vec![Row::bare_ring(subject)?];
    rows.extend(cold(subject)?);
    rows.extend(warm(subject)?);
    rows.extend(domains()?);
    rows.extend(statuses()?);
    rows.extend(refusals()?);
    Ok(rows)
}

/// From text, nothing known but the trust store and the run.
fn cold(subject: &Subject) -> Result<Vec<Row>, Box<dyn Error>> {
    let token = subject.signed.as_str().to_owned();
    let armor = subject.signed.to_armor(&[("Customer", "ACME Corp")]);
    let limit = || Limit::OfRing(1.05);
    let decide = |text: String| {
        let (trust, run, now) = (subject.trust.clone(), subject.run.clone(), subject.now);
        move || {
            let context = Context::at(ClockReading::trusted(black_box(now)));
            decides(black_box(&text), &trust, black_box(&run), &context)
        }
    };
    let (signed, trust) = (subject.signed.clone(), subject.trust.clone());
    let verify = move || black_box(&signed).verify(&trust);
    let parsed = token.clone();
    let parse = move || Signed::<License>::parse(black_box(&parsed));
    let allows = |allowed: &bool| *allowed;
    Ok(vec![
        Row::new("text to decision, token", limit(), decide(token), allows)?,
        Row::new("text to decision, armour", limit(), decide(armor), allows)?,
        Row::new("  of it: parse", None, parse, Result::is_ok)?,
        Row::new("  of it: verify and decode", None, verify, Result::is_ok)?,
    ])
}

fn decides(text: &str, trust: &TrustStore, run: &Run, context: &Context<'_>) -> bool {
    let license = Signed::<License>::parse(text).and_then(|signed| signed.verify(trust));
    license.is_ok_and(|license| license.evaluate(run, context).is_allowed())
}

/// A license that is verified.
fn warm(subject: &Subject) -> Result<Vec<Row>, Box<dyn Error>> {
    let (license, run, now) = (subject.verified()?, subject.run.clone(), subject.now);
    let at = move || Context::at(ClockReading::trusted(black_box(now)));
    let check = license.prepare(run.clone());
    let evaluate = move || allowed(&black_box(&license).evaluate(black_box(&run), &at()));
    let ask = move || allowed(&black_box::<&Check>(&check).evaluate(&at()));

    let everything = Rc::new(subject.with_everything()?);
    let all = everything.clone();
    let evaluate_all = move || {
        let license = black_box(&all.license);
        allowed(&license.evaluate(black_box(&all.run), &all.context(black_box(now))))
    };
    let check = everything.license.prepare(everything.run.clone());
    let ask_all = move || allowed(&black_box(&check).evaluate(&everything.context(black_box(now))));
    let is_allowed = |allowed: &bool| *allowed;
    let most = |nanoseconds| Limit::Nanoseconds(nanoseconds);
    Ok(vec![
        Row::new("evaluate, allowed", most(60.0), evaluate, is_allowed)?,
        Row::new("prepared check, allowed", most(15.0), ask, is_allowed)?,
        Row::new(
            "evaluate with lease and status list",
            None,
            evaluate_all,
            is_allowed,
        )?,
        Row::new("prepared check with both", None, ask_all, is_allowed)?,
    ])
}

fn allowed(decision: &Decision<'_>) -> bool {
    black_box(decision).is_allowed()
}

/// Look-ups among few patterns and among many, of which half are wildcards. Each list is in memory once, as
/// a product has one.
fn domains() -> Result<Vec<Row>, Box<dyn Error>> {
    let (few, many) = (patterns(10)?, patterns(10_000)?);
    let hits = read((0..10).map(|number| format!("shop.customer-{number}.example")))?;
    let misses = read((0..10).map(|number| format!("shop.stranger-{number}.example")))?;
    // So many names that the first cache does not hold them, each below a name of the list.
    let below = |among: u32| {
        let name = move |n| format!("s{n}.customer-{}.example", (n % among) | 1);
        read::<Domain>((0..10_000).map(name))
    };
    let strangers = read((0..10_000).map(|n| format!("s{n}.stranger-{n}.example")))?;
    let (hit, miss) = ("domain among 10, hit", "domain among 10, miss");
    let (hits_each, misses_each) = (
        "  10,000 names in turn, hits",
        "  10,000 names in turn, misses",
    );
    let (hit_many, miss_many) = ("domain among 10,000, hit", "domain among 10,000, miss");
    let most = |row| Some(Limit::Of(row, 1.2));
    let each = "  among 10,000";
    Ok(vec![
        look_ups(hit, None, &few, &hits, true)?,
        look_ups(miss, None, &few, &misses, false)?,
        look_ups(hit_many, most(hit), &many, &hits, true)?,
        look_ups(miss_many, most(miss), &many, &misses, false)?,
        look_ups(hits_each, None, &few, &below(10)?, true)?,
        look_ups(each, most(hits_each), &many, &below(10_000)?, true)?,
        look_ups(misses_each, None, &few, &strangers, false)?,
        look_ups(each, most(misses_each), &many, &strangers, false)?,
    ])
}

fn patterns(count: u32) -> Result<Rc<DomainPatterns>, Box<dyn Error>> {
    let pattern = |number| match number % 2 {
        0 => format!("shop.customer-{number}.example"),
        _ => format!("*.customer-{number}.example"),
    };
    let patterns: Rc<[DomainPattern]> = read((0..count).map(pattern))?;
    let patterns = DomainPatterns::new(patterns.iter().cloned());
    Ok(Rc::new(patterns.ok_or("no patterns")?))
}

/// The look-up of each name in turn.
fn look_ups(
    name: &str,
    limit: Option<Limit>,
    patterns: &Rc<DomainPatterns>,
    asked: &Rc<[Domain]>,
    expected: bool,
) -> Result<Row, Box<dyn Error>> {
    if !asked
        .iter()
        .all(|domain| patterns.matches(domain) == expected)
    {
        return Err(format!("`{name}` is not what it says").into());
    }
    let (patterns, asked) = (Rc::clone(patterns), Rc::clone(asked));
    let mut at = 0;
    let look_up = move || {
        at = if at + 1 < asked.len() { at + 1 } else { 0 };
        let asked = asked.get(at)?;
        Some(black_box(&*patterns).matches(black_box(asked)))
    };
    let row = Row::new(name, limit, look_up, move |found| *found == Some(expected));
    Ok(row?)
}

fn statuses() -> Result<Vec<Row>, Box<dyn Error>> {
    let mut statuses = Statuses::valid(1_000_000);
    statuses.set(999_999, Status::Revoked)?;
    let mut index = 0;
    let look_up = move || {
        // A number without a factor in common with the length: it comes to each entry.
        index = (index + 377_777) % 1_000_000;
        black_box(&statuses).get(black_box(index))
    };
    let is_there = |status: &Option<Status>| status.is_some();
    Ok(vec![Row::new(
        "status among 1,000,000",
        None,
        look_up,
        is_there,
    )?])
}

/// Texts that are no document at all.
fn refusals() -> Result<Vec<Row>, Box<dyn Error>> {
    let prose = "The quick brown fox jumps over the lazy dog, 12 times. ".repeat(20);
    let foreign = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.\
                   dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    let certificate = format!("-----BEGIN CERTIFICATE-----\n{}\n", "MIIDdzCC".repeat(100));
    let words = "words without a comma ".repeat(50);
    let texts = [
        ("refuse prose of 1 KB", prose),
        ("refuse 1 KB of words alone", words),
        ("refuse a JWT of somebody else", foreign.to_owned()),
        ("refuse a certificate of 800 bytes", certificate),
        ("refuse an empty text", String::new()),
    ];
    let row = |(name, text): (&str, String)| {
        let parse = move || Signed::<License>::parse(black_box(&text));
        Row::new(name, Limit::Nanoseconds(1_000.0), parse, Result::is_err)
    };
    Ok(texts.into_iter().map(row).collect::<Result<_, _>>()?)
}

fn read<T: std::str::FromStr>(texts: impl Iterator<Item = String>) -> Result<Rc<[T]>, T::Err> {
    texts.map(|text| text.parse()).collect()
}
