//! One thing that is measured, and how long it takes.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// A line of the table: something that can be done again and again.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) limit: Option<Limit>,
    /// Does it that many times.
    pub(crate) repeat: Box<dyn FnMut(u32)>,
}

/// What a row may cost at most.
pub(crate) enum Limit {
    /// Times the first row, which is bare verification.
    OfRing(f64),
    /// Times the row of that name.
    Of(&'static str, f64),
    Nanoseconds(f64),
}

impl Row {
    /// A row that does `once`, if its outcome is what it should be: work that goes wrong must not
    /// be measured.
    pub(crate) fn new<T>(
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

/// How long each row takes once, in nanoseconds: in its fastest turn.
pub(crate) fn nanoseconds(rows: &mut [Row]) -> Vec<f64> {
    let times: Vec<u32> = rows.iter_mut().map(times_in_a_turn).collect();
    let mut fastest = vec![Duration::MAX; rows.len()];
    for _ in 0..TURNS {
        for ((row, &times), fastest) in rows.iter_mut().zip(&times).zip(&mut fastest) {
            *fastest = turn(row, times).min(*fastest);
        }
    }
    let each =
        |(fastest, times): (&Duration, &u32)| fastest.as_secs_f64() * 1e9 / f64::from(*times);
    fastest.iter().zip(&times).map(each).collect()
}

/// How often a row fits in a turn.
fn times_in_a_turn(row: &mut Row) -> u32 {
    let mut times = 1;
    while turn(row, times) < TURN && times < MOST_TIMES {
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

/// Short, so that some turns are not interrupted; long enough for the clock.
const TURN: Duration = Duration::from_micros(150);
const TURNS: u32 = 1_000;
const WARM_UP: u32 = 2;
const MOST_TIMES: u32 = 1 << 20;
