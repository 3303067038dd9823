//! What holds for all inputs, tried on random ones: parsers, documents, decisions and the clock.
//!
//! The cases are the same ones in every run. `PROPTEST_CASES=2560` tries ten times as many, and
//! `PROPTEST_RNG_SEED=7` others.

mod bytes;
mod clock;
mod decisions;
mod documents;
mod history;
mod json;
pub mod parsers;
pub mod strict_json;
mod terms;
mod texts;
mod vectors;

use proptest::test_runner::{Config, RngSeed};

/// So many cases, the same ones each time.
fn cases(number: u32) -> Config {
    let environment = Config::default();
    Config {
        // 256 is what it is where the environment says nothing.
        cases: (number * environment.cases / 256).max(1),
        rng_seed: match environment.rng_seed {
            RngSeed::Random => RngSeed::Fixed(1),
            fixed => fixed,
        },
        failure_persistence: None,
        ..environment
    }
}
