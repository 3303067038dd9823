//! What arrives at the authority, and the time that passes.

use std::time::Duration;

use countersign::Moment;

/// What arrived, second by second.
#[derive(Clone)]
pub struct Seen {
    pub answered: Vec<u32>,
    pub in_vain: Vec<u32>,
    /// Installations that were denied at any time.
    pub denied: u32,
    /// Questions that were asked since the product was started.
    pub at_start: u32,
}

impl Seen {
    pub fn new() -> Self {
        let seconds = vec![0; END as usize];
        Self {
            answered: seconds.clone(),
            in_vain: seconds,
            denied: 0,
            at_start: 0,
        }
    }

    pub fn add(&mut self, other: &Self) {
        let sum = |ours: &mut Vec<u32>, theirs: &[u32]| {
            ours.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
        };
        sum(&mut self.answered, &other.answered);
        sum(&mut self.in_vain, &other.in_vain);
        self.denied += other.denied;
        self.at_start += other.at_start;
    }

    pub fn mean(&self) -> f64 {
        let all: u64 = self.answered.iter().copied().map(u64::from).sum();
        all as f64 / f64::from(END)
    }

    /// When the busiest part of `span` seconds ends, and how many were answered in it.
    pub fn busiest(&self, span: u32) -> (u32, u32) {
        let (part, count) = busiest(&self.answered, span);
        ((part + 1) * span, count)
    }

    /// The busiest part of `span` seconds over the mean.
    pub fn peak(&self, span: u32) -> f64 {
        let (_, count) = self.busiest(span);
        f64::from(count) / f64::from(span) / self.mean()
    }

    /// What was asked in vain in the busiest part of `span` seconds.
    pub fn busiest_in_vain(&self, span: u32) -> u32 {
        busiest(&self.in_vain, span).1
    }
}

fn busiest(seconds: &[u32], span: u32) -> (u32, u32) {
    let parts = seconds.chunks(span as usize).map(|part| part.iter().sum());
    let busiest = (0..).zip(parts).max_by_key(|(_, count)| *count);
    busiest.unwrap_or_default()
}

/// What the client draws from the operating system, here the same each time (SplitMix64).
#[derive(Clone)]
pub struct Chance(u64);

impl Chance {
    pub fn of(number: u32) -> Self {
        Self(u64::from(number).wrapping_mul(0x2545_f491_4f6c_dd1d) ^ SEED)
    }

    pub fn draw(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.0;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((drawn ^ (drawn >> 31)) >> 32).unwrap_or(0)
    }

    pub fn within(&mut self, span: u32) -> u32 {
        u32::try_from((u64::from(self.draw()) * u64::from(span)) >> 32).unwrap_or(0)
    }
}

pub fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}

pub fn at(second: u32) -> Moment {
    Moment::nearest(START + i64::from(second))
}

pub const MINUTE: u32 = 60;
pub const HOUR: u32 = 60 * MINUTE;
pub const DAY: u32 = 24 * HOUR;
pub const LEASE: u32 = 7 * DAY;
pub const END: u32 = 14 * DAY;
/// 2026-01-01.
const START: i64 = 1_767_225_600;
const SEED: u64 = 0x636f_756e_7465_7273;
