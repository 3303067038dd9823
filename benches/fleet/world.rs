//! Installations by what they draw alone: each moment by the client's own [`Pace`], and nothing else.

use std::error::Error;
use std::ops::Range;
use std::thread;

use countersign::{Instance, Lease, License, Moment, Nonce, StatusList, StatusTerms, Statuses};
use countersign_client::Pace;

use crate::seen::{Chance, DAY, END, HOUR, LEASE, Seen, at, seconds};

/// What happens to all of them.
#[derive(Clone)]
pub struct World {
    pub sessions: u32,
    pub lists: Lists,
    /// When the authority does not answer, in seconds from the first activation on.
    pub outage: Range<u32>,
    pub draws: Draws,
}

#[derive(Clone, Copy)]
pub enum Lists {
    None,
    Daily,
}

/// How an installation comes to the moments at which it asks.
#[derive(Clone, Copy)]
pub enum Draws {
    /// By its [`Pace`].
    ByPace,
    /// It draws none: it asks when something is due, and after a wait that doubles from a minute on.
    Nothing,
}

impl World {
    /// Follows all installations, on two threads.
    pub fn run(&self) -> Result<Seen, Box<dyn Error>> {
        let half = self.sessions / 2;
        let halves = [0..half, half..self.sessions];
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
        let session = Asking {
            number,
            renewal_at: self.renewal_at(number, activated_at, papers, &pace),
            lease_ends_at: activated_at + LEASE,
            list_at: self.list_at(activated_at, papers, &pace),
            failures: 0,
            held_back: 0,
            pace,
            chance,
        };
        self.go_on(session, papers, seen);
    }

    /// One installation from where it stands to the end of the two weeks.
    pub fn go_on(&self, mut session: Asking, papers: &mut Papers, seen: &mut Seen) {
        let mut denied = false;
        loop {
            let now = session.next_at();
            if now >= END {
                break;
            }
            denied |= now >= session.lease_ends_at;
            if self.outage.contains(&now) {
                seen.in_vain[now as usize] += 1;
                session.failures += 1;
                let left = seconds(session.lease_ends_at.saturating_sub(now));
                let chance = &mut session.chance;
                let wait = match self.draws {
                    Draws::ByPace => Pace::retry_after(session.failures, left, None, chance.draw()),
                    Draws::Nothing => seconds(60 << (session.failures - 1).min(10)),
                };
                session.held_back = now + 1 + u32::try_from(wait.as_secs()).unwrap_or(END);
                continue;
            }
            (session.failures, session.held_back) = (0, 0);
            if now >= session.renewal_at {
                seen.answered[now as usize] += 1;
                session.renewal_at = self.renewal_at(session.number, now, papers, &session.pace);
                session.lease_ends_at = now + LEASE;
            }
            if now >= session.list_at {
                seen.answered[now as usize] += 1;
                session.list_at = self.list_at(now, papers, &session.pace);
            }
        }
        seen.denied += u32::from(denied);
    }

    pub fn renewal_at(&self, number: u32, now: u32, papers: &mut Papers, pace: &Pace) -> u32 {
        match self.draws {
            Draws::ByPace => papers.lease(number, now, pace),
            Draws::Nothing => now + LEASE / 2,
        }
    }

    fn list_at(&self, now: u32, papers: &mut Papers, pace: &Pace) -> u32 {
        match self.lists {
            Lists::None => END,
            Lists::Daily => match self.draws {
                Draws::ByPace => papers.list(now, pace),
                Draws::Nothing => now + DAY,
            },
        }
    }
}

/// What an installation knows of when to ask.
#[derive(Clone)]
pub struct Asking {
    pub number: u32,
    pub pace: Pace,
    pub chance: Chance,
    pub renewal_at: u32,
    pub lease_ends_at: u32,
    pub list_at: u32,
    pub failures: u32,
    pub held_back: u32,
}

impl Asking {
    /// When it asks next.
    pub fn next_at(&self) -> u32 {
        self.renewal_at.min(self.list_at).max(self.held_back)
    }
}

/// The documents that a [`Pace`] draws by, made over for each installation.
pub struct Papers {
    lease: Lease,
    list: StatusList,
    license: License,
}

impl Papers {
    pub fn new() -> Result<Self, Box<dyn Error>> {
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

fn since_start(moment: Moment) -> u32 {
    u32::try_from(moment.unix() - at(0).unix()).unwrap_or(END)
}
