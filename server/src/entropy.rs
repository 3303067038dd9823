//! The one place that draws random bytes, from the operating system.

use std::io;

/// `N` random bytes, fit for keys.
///
/// # Errors
///
/// If the operating system has none to give.
#[expect(
    clippy::disallowed_methods,
    reason = "keys, identifiers and nonces are drawn here and passed on as values"
)]
pub(crate) fn draw<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// An identifier that is never drawn twice: `prefix`, and 128 random bits in hexadecimal.
///
/// # Errors
///
/// As [`draw`].
pub(crate) fn identifier(prefix: &str) -> io::Result<String> {
    Ok(format!("{prefix}_{:032x}", u128::from_be_bytes(draw()?)))
}
