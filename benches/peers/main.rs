//! What other libraries take to verify the same license: rows of the table of `costs`, a program of their
//! own.
//!
//! `costs` runs it and reads what it prints: a line for each row, with its name, nanoseconds and
//! instructions, of which the first is bare verification by `ring` in this program. Linked beside the
//! core, what two hundred crates bring would move its code about, and cost it more than any peer.

mod rows;

use std::error::Error;

use countersign_bench::measure::{self, Row};
use countersign_bench::{callgrind, subject::Subject};

fn main() -> Result<(), Box<dyn Error>> {
    let subject = Subject::new()?;
    let mut rows = vec![Row::bare_ring(&subject)?];
    rows.extend(rows::all(&subject)?);
    if callgrind::is_counted() {
        callgrind::run_counted(&mut rows);
        return Ok(());
    }
    let times = measure::nanoseconds(&mut rows);
    let counts = callgrind::instructions(rows.len())?.unwrap_or_default();
    for (at, (row, time)) in rows.iter().zip(times).enumerate() {
        let count = counts.get(at).map(u64::to_string).unwrap_or_default();
        println!("{}\t{time}\t{count}", row.name);
    }
    Ok(())
}
