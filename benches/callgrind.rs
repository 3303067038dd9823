//! How many instructions each row takes, counted by valgrind's callgrind.
//!
//! The program runs itself once more, under valgrind, which counts within one function and writes
//! its total after each call of it.

use std::error::Error;
use std::fs;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

use crate::measure::Row;

/// With it the program does what is counted, and prints nothing.
const ARGUMENT: &str = "--counted";

/// Whether this is the run that is counted.
pub fn is_counted() -> bool {
    std::env::args().any(|argument| argument == ARGUMENT)
}

/// The instructions of each row, or nothing where there is no valgrind.
pub fn instructions(rows: usize) -> Result<Option<Vec<u64>>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let function = format!("*{COUNTED}");
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--zero-before={function}"))
        .arg(format!("--dump-after={function}"))
        .arg(format!("--callgrind-out-file={}/out", folder.display()))
        .arg(std::env::current_exe()?)
        .arg(ARGUMENT)
        .stdout(Stdio::null())
        .status();
    match status {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
        Ok(status) if !status.success() => return Err("the program fails in valgrind".into()),
        Ok(_) => {}
    }
    let total = |dump: usize| -> Result<u64, Box<dyn Error>> {
        let text = fs::read_to_string(folder.join(format!("out.{dump}")))?;
        let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
        Ok(total.ok_or("callgrind gave no total")?.trim().parse()?)
    };
    // Each row is counted twice, once and twice as often: the difference leaves out the call.
    let of_row = |row: usize| Ok((total(2 * row + 2)? - total(2 * row + 1)?) / u64::from(TIMES));
    (0..rows).map(of_row).collect::<Result<_, _>>().map(Some)
}

/// Does what `instructions` counts.
pub fn run_counted(rows: &mut [Row]) {
    for row in rows {
        // What is done only once, such as looking what the processor can do, does not count.
        (row.repeat)(TIMES);
        counted_by_callgrind(&mut row.repeat, TIMES);
        counted_by_callgrind(&mut row.repeat, 2 * TIMES);
    }
}

#[inline(never)]
fn counted_by_callgrind(repeat: &mut dyn FnMut(u32), times: u32) {
    repeat(times);
}

/// The name of the function, which has more around it in the program.
const COUNTED: &str = "counted_by_callgrind";
/// As often as the rows need that do one thing after another in a circle.
const TIMES: u32 = 10;
