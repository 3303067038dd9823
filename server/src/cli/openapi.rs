//! `countersign openapi`: what docs/openapi.json records.

use super::answer::Answer;
use super::error::Error;
use super::screen;

pub(crate) fn run() -> Result<Answer, Error> {
    screen::print_bytes(crate::http::openapi_text().as_bytes())?;
    Ok(Answer::Done)
}
