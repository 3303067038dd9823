//! The randomness of this crate, drawn from the operating system.

use std::io;

use countersign::Nonce;

use crate::error::{Error, Kind};

/// A nonce for one attempt at one question.
pub(crate) fn nonce() -> Result<Nonce, Error> {
    draw().map_err(|error| Error::because(Kind::Unfit, error))
}

/// What names an installation.
pub(crate) fn draw() -> io::Result<Nonce> {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    Ok(Nonce::from_bytes(bytes))
}

/// A number to draw a wait by. Without randomness it is the greatest: the longest wait.
pub(crate) fn chance() -> u32 {
    let mut bytes = [0; 4];
    fill(&mut bytes).map_or(u32::MAX, |()| u32::from_le_bytes(bytes))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place of this crate that draws entropy"
)]
fn fill(bytes: &mut [u8]) -> io::Result<()> {
    Ok(getrandom::fill(bytes)?)
}
