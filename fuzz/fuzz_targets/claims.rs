#![no_main]

use countersign_fuzz::parsers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| parsers::claims(bytes));
