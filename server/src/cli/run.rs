use tokio::runtime::Builder;

use crate::authority::Refusal;

use super::error::Error;

/// Runs a use case of the authority to its end.
///
/// # Errors
///
/// [`Error::Refused`] with what the authority says, and [`Error::Runtime`].
pub(crate) fn run<T>(use_case: impl Future<Output = Result<T, Refusal>>) -> Result<T, Error> {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|source| Error::Runtime { source })?;
    let outcome = runtime.block_on(use_case);
    outcome.map_err(|source| Error::Refused {
        source: Box::new(source),
    })
}
