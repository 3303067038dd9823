//! What the core and a session cost, in one table: each row beside bare verification by `ring` of the same bytes,
//! measured in the same run.
//!
//! `make bench` runs it. Rows are measured in turns, so that what the machine does besides hits all
//! of them alike, and the fastest turn counts. Instructions are counted by valgrind, where it is
//! installed, and repeat exactly. A missed limit is shown and fails nothing: machines differ.

mod callgrind;
mod measure;
#[cfg(feature = "peers")]
mod peers;
mod rows;
mod session;
mod subject;
mod table;

use std::error::Error;

use crate::subject::Subject;

fn main() -> Result<(), Box<dyn Error>> {
    let mut rows = rows::all(&Subject::new()?)?;
    rows.extend(session::rows()?);
    #[cfg(feature = "peers")]
    rows.extend(peers::rows(&Subject::new()?)?);
    if std::env::args().any(|argument| argument == callgrind::ARGUMENT) {
        callgrind::run_counted(&mut rows);
        return Ok(());
    }
    let times = measure::nanoseconds(&mut rows);
    let counts = callgrind::instructions(rows.len())?;
    table::print(&rows, &times, counts.as_deref());
    session::print_scaling()
}
