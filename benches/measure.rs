//! One thing that is measured, and how long it takes.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use ring::signature::{ED25519, UnparsedPublicKey};

use crate::subject::Subject;

/// A line of the table: something that can be done again and again.
pub struct Row {
    /// What the table calls it.
    pub name: String,
    /// What it may cost, where that is stated.
    pub limit: Option<Limit>,
    /// Does it that many times.
    pub repeat: Box<dyn FnMut(u32)>,
}

/// What a row may cost at most.
pub enum Limit {
    /// Times the first row, which is bare verification.
    OfRing(f64),
    /// Times the row of that name.
    Of(&'static str, f64),
    /// So long.
    Nanoseconds(f64),
}

impl Row {
    /// The row that others are compared with: verification of what is signed, and nothing else.
    pub fn bare_ring(subject: &Subject) -> Result<Self, Box<dyn Error>> {
        let (message, signature) = subject.signed_parts()?;
        let key = subject.key.verifying_key();
        let verify = move || {
            let key = UnparsedPublicKey::new(&ED25519, black_box(key.as_bytes()));
            key.verify(black_box(&message), black_box(&signature))
        };
        let name = "ring: Ed25519 over the license's bytes";
        Ok(Self::new(name, None, verify, Result::is_ok)?)
    }

    /// A row that does `once`, if its outcome is what it should be: work that goes wrong must not
    /// be measured.
    pub fn new<T>(
        name: impl Into<String>,
        limit: impl Into<Option<Limit>>,
        mut once: impl FnMut() -> T + 'static,
        is_right: impl Fn(&T) -> bool,
    ) -> Result<Self, String> {
        let name = name.into();
        if !is_right(&once()) {
            return Err(format!("`{name}` does not do what it says"));
        }
        let repeat = move |times| {
            for _ in 0..times {
                black_box(once());
            }
        };
        Ok(Self {
            name,
            limit: limit.into(),
            repeat: Box::new(repeat),
        })
    }
}

/// How long each row takes once, in nanoseconds: the fastest turn at each place of the stack, and the middle
/// of the places. What a row does is fetched from and written to the stack, and one place suits one row
/// better than another, by more than what is to be told apart here. In the middle, since now and then a
/// clock shows a turn that is faster than can be.
pub fn nanoseconds(rows: &mut [Row]) -> Vec<f64> {
    let times: Vec<u32> = rows.iter_mut().map(times_in_a_turn).collect();
    let mut places = vec![Vec::new(); rows.len()];
    for place in 0..PLACES {
        let mut fastest = vec![Duration::MAX; rows.len()];
        for _ in 0..TURNS {
            for ((row, &times), fastest) in rows.iter_mut().zip(&times).zip(&mut fastest) {
                let took = deeper(place, &mut || turn(row, times));
                *fastest = took.min(*fastest);
            }
        }
        for (places, fastest) in places.iter_mut().zip(fastest) {
            places.push(fastest);
        }
    }
    let each = |(places, times): (&mut Vec<Duration>, &u32)| {
        let (_, middle, _) = places.select_nth_unstable(PLACES as usize / 2);
        middle.as_secs_f64() * 1e9 / f64::from(*times)
    };
    places.iter_mut().zip(&times).map(each).collect()
}

/// Does `work` so many frames further down the stack.
#[inline(never)]
fn deeper(frames: u32, work: &mut dyn FnMut() -> Duration) -> Duration {
    let frame = black_box([0_u8; FRAME]);
    let took = match frames.checked_sub(1) {
        Some(frames) => deeper(frames, work),
        None => work(),
    };
    // Not the last call, which would need no frame.
    black_box(&frame);
    took
}

/// How often a row fits in a turn that is not interrupted.
fn times_in_a_turn(row: &mut Row) -> u32 {
    let mut times = 1;
    while (0..TRIES).any(|_| turn(row, times) < TURN) && times < MOST_TIMES {
        times *= 2;
    }
    times
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn turn(row: &mut Row, times: u32) -> Duration {
    // What the row before it left in the caches is not this row's cost.
    (row.repeat)(WARM_UP);
    let start = Instant::now();
    (row.repeat)(times);
    start.elapsed()
}

/// Shorter than what a host leaves a virtual machine undisturbed, so that some turns are: 45 µs where this
/// was measured, and after each interruption every page's address is looked up anew (docs/decisions/0042).
/// Long enough for the clock. A turn takes at least this and about twice as long at most, or one run.
const TURN: Duration = Duration::from_micros(20);
/// So many that some are undisturbed where one in ten is.
const TURNS: u32 = 48;
/// As many frames as pass a page of memory, in which processors tell addresses apart.
const PLACES: u32 = 64;
/// In bytes, beside what every frame has.
const FRAME: usize = 32;
const WARM_UP: u32 = 2;
/// One turn that is interrupted must not pass for a long one.
const TRIES: u32 = 5;
const MOST_TIMES: u32 = 1 << 20;
