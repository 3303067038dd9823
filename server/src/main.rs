//! The command `countersign`, for operators and vendors: makes keys, signs documents, and says what
//! a license allows.

mod cli;
mod clock;
mod entropy;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
