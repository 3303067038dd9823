use clap::{Args, ValueHint};
use countersign::ActivationRequest;

use crate::cli::answer::Answer;
use crate::cli::authority::AuthorityFlags;
use crate::cli::error::Error;
use crate::cli::file::{Existing, Input, Output, Readers};
use crate::cli::screen;
use crate::clock::Clock;

/// `countersign activation answer`.
#[derive(Debug, Args)]
pub(crate) struct AnswerRequest {
    #[command(flatten)]
    authority: AuthorityFlags,
    /// The activation request, as the machine wrote it; `-` is standard input.
    #[arg(value_name = "REQUEST", value_hint = ValueHint::FilePath)]
    request: Input,
    /// The file to write the answer to [default: standard output].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<Output>,
    /// Replaces the file where it exists.
    #[arg(long)]
    force: bool,
}

impl AnswerRequest {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let text = self.request.read_text(ActivationRequest::MAX_SIZE)?;
        let request: ActivationRequest = text.parse().map_err(|source| Error::Document {
            file: self.request.clone(),
            source,
        })?;
        let instance = request.instance.value().to_owned();
        let ask = async |authority: &crate::authority::Authority| authority.answer(request).await;
        let answer = self.authority.ask(clock, ask)?.to_string();
        let existing = match self.force {
            true => Existing::Replaced,
            false => Existing::Kept,
        };
        let out = self.out.as_ref().unwrap_or(&Output::Stdout);
        // A lease is a bearer secret, even though it is bound to one instance.
        out.write_document(&answer, Readers::Owner, existing)?;
        if let Output::File(path) = out {
            screen::print_facts(&[
                ("instance", instance),
                ("bytes", answer.len().to_string()),
                ("file", path.display().to_string()),
            ])?;
        }
        Ok(Answer::Done)
    }
}
