//! The command `countersign`, for operators and vendors: runs an authority, makes keys, signs
//! documents, and says what a license allows.

use std::process::ExitCode;

fn main() -> ExitCode {
    countersign_server::run()
}
