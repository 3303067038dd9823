//! A million installations and one authority: what arrives there in two weeks, second by second.
//!
//! Every moment at which an installation asks is drawn by the client's own [`Pace`]; what is simulated
//! is the rest of it: time, the authority that answers or does not, and the release that starts all
//! installations anew. Installations do not wait for each other, so each is followed by itself. The
//! same seed gives the same figures each time. `make bench` runs it; docs/scale.md draws conclusions.

#![expect(
    clippy::indexing_slicing,
    reason = "a bench that cannot go on has failed"
)]

use std::error::Error;
use std::ops::Range;
use std::thread;
use std::time::Duration;

use countersign::{Instance, Lease, License, Moment, Nonce, StatusList, StatusTerms, Statuses};
use countersign_client::Pace;

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "{SESSIONS} sessions, activated within an hour ({:.0} a second), leases of 7 days, two weeks\n",
        f64::from(SESSIONS) / f64::from(HOUR)
    );
    println!(
        "{:<52} {:>7} {:>8} {:>8} {:>6}  {:<12} {:>7} {:>8}",
        "questions a second at the authority",
        "mean",
        "busiest",
        "busiest",
        "peak/",
        "aim",
        "denied",
        "in vain"
    );
    println!(
        "{:<52} {:>7} {:>8} {:>8} {:>6}  {:<12} {:>7} {:>8}",
        "", "", "minute", "second", "mean", "below 3", "", "a second"
    );
    for (asks, lists) in [
        ("a seat alone", Lists::None),
        ("a seat, and a status list each day", Lists::Daily),
    ] {
        println!("{asks}");
        let quiet = World {
            lists,
            outage: 0..0,
            restart: None,
        };
        let seen = quiet.run()?;
        print("  nothing happens", &seen);
        // The worst time to be gone: until most of them ask.
        let until = seen.busiest_minute() * MINUTE;
        let gone = World {
            outage: until - 6 * HOUR..until,
            ..quiet
        };
        print(
            "  no answer for six hours, until the busiest minute",
            &gone.run()?,
        );
        let restarted = World {
            restart: Some(until - 30 * MINUTE),
            ..gone
        };
        print(
            "  and all are started anew in the hour around it",
            &restarted.run()?,
        );
    }
    println!("\npeak: the busiest minute. In a second alone, chance brings more together.");
    println!(
        "in vain: questions in the busiest minute of the outage; a client sends each up to three times."
    );
    Ok(())
}

fn print(what: &str, seen: &Seen) {
    let (mean, minute) = (seen.mean(), seen.minutes()[seen.busiest_minute() as usize]);
    let minute = f64::from(minute) / f64::from(MINUTE);
    let second = seen.answered.iter().max().copied().unwrap_or(0);
    let ratio = minute / mean;
    let aim = if ratio < 3.0 { "met" } else { "MISSED" };
    let in_vain = per_minute(&seen.in_vain).into_iter().max().unwrap_or(0);
    let in_vain = f64::from(in_vain) / f64::from(MINUTE);
    println!(
        "{what:<52} {mean:>7.2} {minute:>8.2} {second:>8} {ratio:>6.2}  {aim:<12} {:>7} {in_vain:>8.2}",
        seen.denied
    );
}

/// What happens to all of them.
#[derive(Clone)]
struct World {
    lists: Lists,
    /// When the authority does not answer, in seconds from the first activation on.
    outage: Range<u32>,
    /// When the hour begins in which all are started anew.
    restart: Option<u32>,
}

#[derive(Clone, Copy)]
enum Lists {
    None,
    Daily,
}

impl World {
    /// Follows all installations, on two threads.
    fn run(&self) -> Result<Seen, Box<dyn Error>> {
        let half = SESSIONS / 2;
        let halves = [0..half, half..SESSIONS];
        let seen = thread::scope(|scope| {
            let threads = halves.map(|half| {
                scope.spawn(move || {
                    let mut seen = Seen::new();
                    let mut papers = Papers::new().map_err(|error| error.to_string())?;
                    for number in half {
                        self.follow(number, &mut papers, &mut seen);
                    }
                    Ok::<Seen, String>(seen)
                })
            });
            threads.map(|thread| thread.join())
        });
        let mut whole = Seen::new();
        for half in seen {
            whole.add(&half.map_err(|_| "a thread panicked")??);
        }
        Ok(whole)
    }

    /// One installation from its activation to the end of the two weeks.
    fn follow(&self, number: u32, papers: &mut Papers, seen: &mut Seen) {
        let mut chance = Chance::of(number);
        let mut installation = [0; 16];
        for part in installation.chunks_exact_mut(4) {
            part.copy_from_slice(&chance.draw().to_be_bytes());
        }
        let pace = Pace::of(Nonce::from_bytes(installation));
        let activated_at = chance.within(HOUR);
        let restarts_after = chance.within(HOUR);
        let mut restart = self.restart.map(|begins| begins + restarts_after);
        let mut session = Asking {
            renewal_at: papers.lease(number, activated_at, &pace),
            lease_ends_at: activated_at + LEASE,
            list_at: self.list_at(activated_at, papers, &pace),
            failures: 0,
            held_back: 0,
        };
        let mut denied = false;
        loop {
            let due_at = session.renewal_at.min(session.list_at);
            let mut now = due_at.max(session.held_back);
            if let Some(restarts_at) = restart.filter(|restarts_at| *restarts_at <= now) {
                // It takes up its state, the hold included, and asks for what is due then.
                restart = None;
                now = restarts_at;
                if now < due_at || now < session.held_back {
                    continue;
                }
            }
            if now >= END {
                break;
            }
            denied |= now >= session.lease_ends_at;
            if self.outage.contains(&now) {
                seen.in_vain[now as usize] += 1;
                session.failures += 1;
                let left = seconds(session.lease_ends_at.saturating_sub(now));
                let wait = Pace::retry_after(session.failures, left, None, chance.draw());
                session.held_back = now + 1 + u32::try_from(wait.as_secs()).unwrap_or(END);
                continue;
            }
            (session.failures, session.held_back) = (0, 0);
            if now >= session.renewal_at {
                seen.answered[now as usize] += 1;
                session.renewal_at = papers.lease(number, now, &pace);
                session.lease_ends_at = now + LEASE;
            }
            if now >= session.list_at {
                seen.answered[now as usize] += 1;
                session.list_at = self.list_at(now, papers, &pace);
            }
        }
        seen.denied += u32::from(denied);
    }

    fn list_at(&self, now: u32, papers: &mut Papers, pace: &Pace) -> u32 {
        match self.lists {
            Lists::None => END,
            Lists::Daily => papers.list(now, pace),
        }
    }
}

/// What an installation knows of when to ask.
struct Asking {
    renewal_at: u32,
    lease_ends_at: u32,
    list_at: u32,
    failures: u32,
    held_back: u32,
}

/// The documents that a [`Pace`] draws by, made over for each installation.
struct Papers {
    lease: Lease,
    list: StatusList,
    license: License,
}

impl Papers {
    fn new() -> Result<Self, Box<dyn Error>> {
        let product: countersign::Product = "acme/editor".parse()?;
        let id: countersign::LicenseId = "license".parse()?;
        let uri = "https://licenses.acme.example/.well-known/acme/status/0";
        let mut license = License::new(id.clone(), product.clone(), at(0));
        let mut terms = StatusTerms::new(0, uri.into());
        terms.freshness = Some(seconds(30 * DAY));
        license.status = Some(terms);
        let entries = Statuses::valid(8);
        let mut list = StatusList::new(product.brand.clone(), uri.into(), at(0), entries);
        list.refresh_after = Some(seconds(DAY));
        let lease = Lease::new(
            String::new(),
            "seat".into(),
            (product, id),
            Instance::parse("machine", "any")?,
            (at(0), at(LEASE)),
            Nonce::from_bytes([0; 16]),
        );
        Ok(Self {
            lease,
            list,
            license,
        })
    }

    /// When a lease of that moment is renewed.
    fn lease(&mut self, number: u32, now: u32, pace: &Pace) -> u32 {
        let lease = &mut self.lease;
        lease.id = format!("{number}-{now}");
        lease.issued_at = at(now);
        lease.ends_at = at(now + LEASE);
        lease.renew_at = at(now + LEASE / 2);
        since_start(pace.renewal_at(lease))
    }

    /// When the list is fetched that follows the one of that moment, signed anew every 20 seconds.
    fn list(&mut self, now: u32, pace: &Pace) -> u32 {
        self.list.issued_at = at(now - now % 20);
        since_start(pace.refresh_at(&self.list, &self.license)).max(now + 1)
    }
}

/// What arrived, second by second.
struct Seen {
    answered: Vec<u32>,
    in_vain: Vec<u32>,
    denied: u32,
}

impl Seen {
    fn new() -> Self {
        let seconds = vec![0; END as usize];
        Self {
            answered: seconds.clone(),
            in_vain: seconds,
            denied: 0,
        }
    }

    fn add(&mut self, other: &Self) {
        let sum = |ours: &mut Vec<u32>, theirs: &[u32]| {
            ours.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
        };
        sum(&mut self.answered, &other.answered);
        sum(&mut self.in_vain, &other.in_vain);
        self.denied += other.denied;
    }

    fn mean(&self) -> f64 {
        let all: u64 = self.answered.iter().copied().map(u64::from).sum();
        all as f64 / f64::from(END)
    }

    fn minutes(&self) -> Vec<u32> {
        per_minute(&self.answered)
    }

    fn busiest_minute(&self) -> u32 {
        let minutes = self.minutes();
        let busiest = minutes.iter().enumerate().max_by_key(|(_, count)| **count);
        busiest.map_or(0, |(minute, _)| u32::try_from(minute).unwrap_or(0))
    }
}

fn per_minute(seconds: &[u32]) -> Vec<u32> {
    let minutes = seconds.chunks(MINUTE as usize);
    minutes.map(|minute| minute.iter().sum()).collect()
}

/// What the client draws from the operating system, here the same each time (SplitMix64).
struct Chance(u64);

impl Chance {
    fn of(number: u32) -> Self {
        Self(u64::from(number).wrapping_mul(0x2545_f491_4f6c_dd1d) ^ SEED)
    }

    fn draw(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.0;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((drawn ^ (drawn >> 31)) >> 32).unwrap_or(0)
    }

    fn within(&mut self, span: u32) -> u32 {
        u32::try_from((u64::from(self.draw()) * u64::from(span)) >> 32).unwrap_or(0)
    }
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}

fn at(second: u32) -> Moment {
    Moment::nearest(START + i64::from(second))
}

fn since_start(moment: Moment) -> u32 {
    u32::try_from(moment.unix() - START).unwrap_or(END)
}

const SESSIONS: u32 = 1_000_000;
const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;
const LEASE: u32 = 7 * DAY;
const END: u32 = 14 * DAY;
/// 2026-01-01.
const START: i64 = 1_767_225_600;
const SEED: u64 = 0x636f_756e_7465_7273;
