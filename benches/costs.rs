//! What the core and a session cost, in one table: each row beside bare verification by `ring` of the same bytes,
//! measured in the same run.
//!
//! `make bench` runs it. Rows are measured in turns, one after the other and so short that what the machine
//! does besides misses some, and the fastest counts (docs/decisions/0042). Instructions are counted by
//! valgrind, where it is installed, and repeat exactly. A missed limit is shown and fails nothing: machines
//! differ.

mod rows;
mod session;
mod table;

use std::error::Error;

use countersign_bench::{callgrind, measure, subject::Subject};

use crate::table::Line;

fn main() -> Result<(), Box<dyn Error>> {
    let mut rows = rows::all(&Subject::new()?)?;
    rows.extend(session::rows()?);
    if callgrind::is_counted() {
        callgrind::run_counted(&mut rows);
        return Ok(());
    }
    let times = measure::nanoseconds(&mut rows);
    let counts = callgrind::instructions(rows.len())?;
    let lines = Line::all(rows, &times, counts.as_deref());
    #[cfg(feature = "peers")]
    let lines: Vec<Line> = lines.into_iter().chain(peers()?).collect();
    table::print(&lines);
    session::print_scaling()
}

/// The lines of other libraries, measured by a program of their own.
#[cfg(feature = "peers")]
fn peers() -> Result<Vec<Line>, Box<dyn Error>> {
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_peers"))
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !printed.status.success() {
        return Err("the program of other libraries fails".into());
    }
    Line::read(std::str::from_utf8(&printed.stdout)?)
}
