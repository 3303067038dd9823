use std::process::ExitCode;

/// How a command ended that did what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// What was asked for is done, or the license allows it.
    Done,
    /// A genuine license says no.
    Denied,
    /// A document was shown that is not genuine.
    NotGenuine,
}

impl From<Answer> for ExitCode {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Done => Self::SUCCESS,
            Answer::Denied => Self::from(1),
            Answer::NotGenuine => Self::from(2),
        }
    }
}
