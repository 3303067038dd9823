#![no_main]

use countersign_fuzz::parsers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| parsers::activation(text));
