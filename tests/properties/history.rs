//! The clock guard against a model that knows the true time: docs/rules.md, section 4, at its end.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what is generated is valid, or the generator is wrong"
)]

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::*;
use proptest::prelude::*;

use crate::cases;
use crate::parsers::MACHINE;
use crate::terms::{at, verified};

proptest! {
    #![proptest_config(cases(150))]

    /// The first bound, and what it rests on.
    #[test]
    fn license_whose_end_was_seen_is_not_allowed_beyond_the_budget(
        ends_after in -2 * DAY..12 * DAY,
        history in prop::collection::vec(deed(), 1..40),
    ) {
        let mut host = Host::started(0);
        let mut ending = Ending::of(at(T + ends_after));
        for deed in history {
            host.does(deed, &mut |moment| ending.observe(moment));
        }
    }

    /// The second bound.
    #[test]
    fn nobody_is_denied_once_a_clock_is_right_that_was_wrong_within_one_day(
        begins_right in prop::option::of(prop::collection::vec(honest(), 0..12)),
        spans in prop::collection::vec((wrong(), prop::collection::vec(honest(), 0..8)), 1..4),
    ) {
        let mut host = match &begins_right {
            Some(_) => Host::started(0),
            None => Host::started(spans[0].0.origin),
        };
        for deed in begins_right.into_iter().flatten() {
            host.does(deed, &mut allows_the_honest);
        }
        for (span, honest) in spans {
            for (within, deed) in span.deeds {
                let lasts = deed.lasts();
                host.set(span.origin + within % (DAY - lasts));
                host.does(deed, &mut |_| ());
            }
            host.set_right();
            host.reads(&mut allows_the_honest);
            // A start drops what a start read while the clock was wrong.
            host.does(Deed::Restart { saves: true, off: 1, to: None }, &mut allows_the_honest);
            for deed in honest {
                host.does(deed, &mut allows_the_honest);
            }
        }
    }
}

/// With the clock right, now is the true time, and nothing is suspect.
fn allows_the_honest(moment: Observed<'_>) {
    let (now, true_now) = (moment.reading.now(), moment.host.true_now());
    let Host { lags, .. } = moment.host;
    assert!(
        now <= true_now && true_now.since(now) <= seconds(*lags),
        "{now} at {true_now}"
    );
    let end = true_now.saturating_add(seconds(1));
    let mut license = terms();
    license.validity = Window::new(None, Some(end)).unwrap();
    let license = verified(&license);
    let decision = license.evaluate(
        &Run::of(license.product.clone()),
        &Context::at(moment.reading),
    );
    assert_eq!(decision.denials(), [], "at {true_now}");
    assert_eq!(moment.reading.behind(), seconds(0));
}

/// Follows a license with an end, and a perpetual one.
struct Ending {
    ends_at: Moment,
    license: Verified<License>,
    perpetual: Verified<License>,
    /// Running time in which the first was allowed since the end was seen.
    allowed_beyond: i64,
    /// Running time in which a suspect clock was put up with, since the budget was whole.
    suspect: i64,
    /// What of it may have been forgotten by runs that were killed.
    forgotten: i64,
}

impl Ending {
    fn of(ends_at: Moment) -> Self {
        let mut license = terms();
        license.validity = Window::new(None, Some(ends_at)).unwrap();
        Self {
            ends_at,
            license: verified(&license),
            perpetual: verified(&terms()),
            allowed_beyond: 0,
            suspect: 0,
            forgotten: 0,
        }
    }

    fn observe(&mut self, moment: Observed<'_>) {
        let reading = moment.reading;
        let seen = moment.host.kept_seen();
        match moment.event {
            Event::Healed => {
                // Trusted time is the true time: what was seen before it counts no more.
                (self.allowed_beyond, self.suspect, self.forgotten) = (0, 0, 0);
            }
            Event::Killed => self.forgotten += SAVED_EVERY,
            Event::Refilled => (self.suspect, self.forgotten) = (0, 0),
            Event::Read => {}
        }
        assert!(
            Some(reading.now()) >= seen || moment.host.is_healed,
            "rules apply below what was seen"
        );
        let run = Run::of(self.license.product.clone());
        let context = Context::at(reading);
        // A host asks again where its decision ends.
        let allowed_for = |decision: Decision<'_>| {
            let lasts = decision
                .holds_until()
                .map(|until| until.since(reading.now()));
            let lasts = lasts.map_or(moment.until_next, |lasts| {
                seconds_of(lasts).min(moment.until_next)
            });
            if decision.is_allowed() { lasts } else { 0 }
        };
        if seen >= Some(self.ends_at) {
            self.allowed_beyond += allowed_for(self.license.evaluate(&run, &context));
            assert!(self.allowed_beyond <= BUDGET, "allowed beyond its end");
        }
        if reading.behind() > seconds(0) {
            self.suspect += allowed_for(self.perpetual.evaluate(&run, &context));
            assert!(
                self.suspect <= BUDGET + self.forgotten,
                "suspect for {}",
                self.suspect
            );
        }
    }
}

/// What a host comes upon.
struct Observed<'a> {
    host: &'a Host,
    reading: ClockReading,
    event: Event,
    /// Running time until the next reading.
    until_next: i64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Read,
    /// Trusted time has come.
    Healed,
    /// The run before ended without saving.
    Killed,
    /// An hour without a suspect reading has passed.
    Refilled,
}

/// What happens to a host, its process and its clock.
#[derive(Clone, Debug)]
enum Deed {
    /// The process runs.
    Run(i64),
    /// The machine sleeps, and its monotonic clock goes on or stops.
    Sleep { lasts: i64, is_counted: bool },
    /// Somebody sets the clock, so much before or after what it shows.
    Move(i64),
    /// Somebody sets the clock to 2099.
    Jump,
    /// The clock becomes right.
    Right,
    /// The process ends, saving its state or not, and starts when the machine was off for a while;
    /// in between somebody may set the clock.
    Restart {
        saves: bool,
        off: i64,
        to: Option<i64>,
    },
    /// The process saves its state.
    Save,
    /// Another process starts on what is saved, may be told the time, and saves; this one takes that up.
    Join { is_told: bool },
    /// The authority signs a document, which the host holds from now on.
    Anchor,
    /// A higher revision, signed so much earlier, takes the place of a license.
    Revise(i64),
    /// The authority answers, so much after it was asked.
    Heal(i64),
}

impl Deed {
    /// The longest that it takes.
    fn lasts(&self) -> i64 {
        match self {
            Self::Run(lasts) | Self::Heal(lasts) | Self::Sleep { lasts, .. } => *lasts,
            Self::Restart { off, .. } => *off,
            _ => 0,
        }
    }
}

fn deed() -> impl Strategy<Value = Deed> {
    let day = || {
        prop_oneof![
            -2 * DAY..2 * DAY,
            Just(-DAY),
            Just(DAY),
            Just(-301),
            Just(-300)
        ]
    };
    prop_oneof![
        4 => running(),
        1 => sleeping(),
        3 => prop_oneof![day(), -40 * DAY..40 * DAY, Just(-T)].prop_map(Deed::Move),
        1 => Just(Deed::Jump),
        1 => Just(Deed::Right),
        3 => (any::<bool>(), 0..2 * DAY, prop::option::of(prop_oneof![day(), Just(-T)]))
            .prop_map(|(saves, off, to)| Deed::Restart { saves, off, to }),
        1 => Just(Deed::Save),
        2 => any::<bool>().prop_map(|is_told| Deed::Join { is_told }),
        1 => Just(Deed::Anchor),
        1 => (0..5 * DAY).prop_map(Deed::Revise),
        1 => (0..=60_i64).prop_map(Deed::Heal),
    ]
}

/// What happens where nobody touches the clock.
fn honest() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => running(),
        1 => sleeping(),
        3 => (any::<bool>(), prop_oneof![0..2 * DAY, Just(DAY)])
            .prop_map(|(saves, off)| Deed::Restart { saves, off, to: None }),
        1 => Just(Deed::Save),
        2 => any::<bool>().prop_map(|is_told| Deed::Join { is_told }),
        1 => Just(Deed::Anchor),
        1 => (0..5 * DAY).prop_map(Deed::Revise),
        1 => (0..=60_i64).prop_map(Deed::Heal),
    ]
}

fn running() -> impl Strategy<Value = Deed> {
    prop_oneof![4 => 0..2 * HOUR, 2 => 0..20 * HOUR, 1 => Just(HOUR), 1 => Just(599)]
        .prop_map(Deed::Run)
}

fn sleeping() -> impl Strategy<Value = Deed> {
    (0..20 * HOUR, any::<bool>()).prop_map(|(lasts, is_counted)| Deed::Sleep { lasts, is_counted })
}

/// A span in which the clock shows what lies within 24 hours of `origin`, which is told in seconds
/// from the true time at the beginning.
#[derive(Clone, Debug)]
struct Wrong {
    origin: i64,
    /// What the clock is set to, after the origin, before each deed.
    deeds: Vec<(i64, Deed)>,
}

fn wrong() -> impl Strategy<Value = Wrong> {
    let origin = prop_oneof![
        Just(30_000 * DAY),
        Just(-T),
        -60 * DAY..60 * DAY,
        -2 * DAY..2 * DAY,
    ];
    let deeds = prop::collection::vec((0..DAY, honest()), 1..12);
    (origin, deeds).prop_map(|(origin, deeds)| {
        let deeds = deeds
            .into_iter()
            .filter(|(_, deed)| deed.lasts() < DAY - 1)
            .collect();
        Wrong { origin, deeds }
    })
}

/// A host with its process, the model of it, and the true time.
struct Host {
    guard: ClockGuard,
    /// What it has on disk.
    saved: String,
    /// The true time, in seconds since the history began.
    elapsed: i64,
    /// How much later the clock shows.
    offset: i64,
    monotonic: i64,
    saved_at: i64,
    /// When the documents held were signed.
    held: Option<Moment>,
    /// Whether this process has trusted time.
    is_healed: bool,
    /// For how long it slept since, with a monotonic clock that did not count it.
    lags: i64,
    /// Running time without a suspect reading: of this run, and as it was when it was saved.
    plausible: i64,
    plausible_saved: i64,
    last_was_suspect: Option<bool>,
}

impl Host {
    fn started(offset: i64) -> Self {
        let tick = Tick {
            wall: Moment::nearest(T + offset),
            monotonic: seconds(0),
        };
        let mut host = Self {
            guard: ClockGuard::new(tick),
            saved: String::new(),
            elapsed: 0,
            offset,
            monotonic: 0,
            saved_at: 0,
            held: None,
            is_healed: false,
            lags: 0,
            plausible: 0,
            plausible_saved: 0,
            last_was_suspect: None,
        };
        host.guard.read(tick);
        host.save();
        host
    }

    fn true_now(&self) -> Moment {
        at(T + self.elapsed)
    }

    fn tick(&self) -> Tick {
        Tick {
            wall: Moment::nearest(T + self.elapsed + self.offset),
            monotonic: seconds(self.monotonic),
        }
    }

    /// Sets the clock to so many seconds after the history began.
    fn set(&mut self, shown: i64) {
        self.offset = shown - self.elapsed;
    }

    fn set_right(&mut self) {
        self.offset = 0;
    }

    fn pass(&mut self, time: i64) {
        self.elapsed += time;
        self.monotonic += time;
    }

    fn save(&mut self) {
        self.saved = self.guard.save(MACHINE);
        (self.saved_at, self.plausible_saved) = (self.monotonic, self.plausible);
    }

    fn does(&mut self, deed: Deed, observe: &mut impl FnMut(Observed<'_>)) {
        match deed {
            Deed::Run(lasts) => {
                let mut left = lasts;
                loop {
                    let due = (self.saved_at + SAVED_EVERY - self.monotonic).max(0);
                    let step = if due == 0 { SAVED_EVERY } else { due }.min(left);
                    self.reads_and_goes_on(Event::Read, step, observe);
                    left -= step;
                    if left == 0 {
                        break;
                    }
                }
            }
            Deed::Sleep { lasts, is_counted } => {
                self.elapsed += lasts;
                if is_counted {
                    self.monotonic += lasts;
                } else {
                    self.lags += lasts;
                }
                self.reads(observe);
            }
            Deed::Move(by) => {
                let shown = self.tick().wall.unix() + by;
                self.set(Moment::nearest(shown).unix() - T);
            }
            Deed::Jump => self.set(27_000 * DAY),
            Deed::Right => self.set_right(),
            Deed::Restart { saves, off, to } => {
                let event = if saves { Event::Read } else { Event::Killed };
                if saves {
                    self.guard.read(self.tick());
                    self.save();
                }
                self.elapsed += off;
                if let Some(by) = to {
                    self.does(Deed::Move(by), observe);
                }
                (self.monotonic, self.saved_at) = (off % 1000, off % 1000);
                (self.is_healed, self.lags) = (false, 0);
                (self.plausible, self.last_was_suspect) = (self.plausible_saved, None);
                self.guard = ClockGuard::restore(&self.saved, MACHINE, self.tick()).unwrap();
                self.guard.hold(self.held, self.tick());
                self.reads_and_goes_on(event, 0, observe);
                self.save();
            }
            Deed::Save => {
                self.reads(observe);
                self.save();
            }
            Deed::Join { is_told } => {
                let now = self.tick();
                let mut other = ClockGuard::restore(&self.saved, MACHINE, now).unwrap();
                other.hold(self.held, now);
                if is_told {
                    let challenge = Challenge::new(NONCE, now.monotonic);
                    let answer = answer(self.true_now());
                    assert_eq!(other.heal(challenge, &answer, now), Ok(()));
                    self.plausible = 0;
                }
                other.read(now);
                let state = other.save(MACHINE);
                assert_eq!(self.guard.take_over(&state, MACHINE, now), Ok(()));
                self.guard.hold(self.held, now);
                self.save();
                let event = if is_told { Event::Healed } else { Event::Read };
                self.reads_and_goes_on(event, 0, observe);
            }
            Deed::Anchor => {
                self.held = self.held.max(Some(self.true_now()));
                self.guard.hold(self.held, self.tick());
                self.reads(observe);
            }
            Deed::Revise(earlier) => {
                self.held = self.held.map(|held| held.saturating_sub(seconds(earlier)));
                self.guard.hold(self.held, self.tick());
                self.reads(observe);
            }
            Deed::Heal(latency) => {
                self.reads_and_goes_on(Event::Read, latency / 2, observe);
                let sent = seconds(self.monotonic - latency / 2);
                let answer = answer(self.true_now());
                self.pass(latency - latency / 2);
                let challenge = Challenge::new(NONCE, sent);
                assert_eq!(self.guard.heal(challenge, &answer, self.tick()), Ok(()));
                (self.is_healed, self.lags) = (true, latency);
                (self.plausible, self.last_was_suspect) = (0, Some(false));
                self.save();
                self.reads_and_goes_on(Event::Healed, 0, observe);
            }
        }
    }

    fn reads(&mut self, observe: &mut impl FnMut(Observed<'_>)) {
        self.reads_and_goes_on(Event::Read, 0, observe);
    }

    /// Reads the clock, saves where that is due, and runs for that long.
    fn reads_and_goes_on(
        &mut self,
        event: Event,
        until_next: i64,
        observe: &mut impl FnMut(Observed<'_>),
    ) {
        let reading = self.guard.read(self.tick());
        let is_suspect = reading.behind() > seconds(0);
        let refilled = self.plausible >= HOUR;
        if is_suspect || refilled {
            self.plausible = 0;
        }
        if self.monotonic - self.saved_at >= SAVED_EVERY {
            self.save();
        }
        let event = if refilled && event == Event::Read {
            Event::Refilled
        } else {
            event
        };
        observe(Observed {
            host: self,
            reading,
            event,
            until_next,
        });
        if !is_suspect {
            self.plausible += until_next;
        }
        self.last_was_suspect = Some(is_suspect);
        self.pass(until_next);
    }

    /// The latest wall reading believed, as the state on disk has it.
    fn kept_seen(&self) -> Option<Moment> {
        let (state, _) = self.saved.split_once('.').unwrap();
        let state = URL_SAFE_NO_PAD.decode(state).unwrap();
        let state: serde_json::Value = serde_json::from_slice(&state).unwrap();
        Some(at(state["seen"].as_i64()?))
    }
}

fn terms() -> License {
    License::new("l".parse().unwrap(), "acme/editor".parse().unwrap(), at(0))
}

fn answer(issued_at: Moment) -> Verified<Lease> {
    verified(&Lease::new(
        "lease".into(),
        "activation".into(),
        ("acme/editor".parse().unwrap(), "l".parse().unwrap()),
        Instance::parse("machine", "m").unwrap(),
        (issued_at, issued_at.saturating_add(seconds(DAY))),
        NONCE,
    ))
}

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(seconds.unsigned_abs())
}

fn seconds_of(length: Duration) -> i64 {
    i64::try_from(length.as_secs()).unwrap()
}

const NONCE: Nonce = Nonce::from_bytes([3; 16]);
const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;
/// The true time when a history begins.
const T: i64 = 1_800_000_000;
/// For how long a suspect clock is put up with.
const BUDGET: i64 = 72 * HOUR;
/// How often a host saves the state.
const SAVED_EVERY: i64 = 10 * 60;
