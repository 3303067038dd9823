use std::collections::VecDeque;

use countersign::LicenseKey;

use crate::keeper::Keeper;
use crate::round::question::Question;

/// What a round has still to ask. Answers add to it, each kind of addition once.
#[derive(Default)]
pub(super) struct Agenda {
    questions: VecDeque<Question>,
    took_again: bool,
    fetched_list: bool,
}

impl Agenda {
    pub(super) fn of(questions: impl Into<VecDeque<Question>>) -> Self {
        Self {
            questions: questions.into(),
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.questions.len()
    }

    pub(super) fn next(&self) -> Option<&Question> {
        self.questions.front()
    }

    pub(super) fn pop(&mut self) -> Option<Question> {
        self.questions.pop_front()
    }

    pub(super) fn clear(&mut self) {
        self.questions.clear();
    }

    /// Whether a seat that was lost was asked for again.
    pub(super) fn took_again(&self) -> bool {
        self.took_again
    }

    /// Whether the list was to be fetched because of an answer.
    pub(super) fn fetched_list(&self) -> bool {
        self.fetched_list
    }

    /// Asks for a seat that was lost next, once.
    pub(super) fn take_again(&mut self, license_key: LicenseKey) {
        self.took_again = true;
        self.questions.push_front(Question::Activate(license_key));
    }

    /// Asks for the status list at last, once, where the license names one.
    pub(super) fn fetch_list(&mut self, keeper: &Keeper) {
        let license = keeper.documents.license.as_ref();
        let names_list = license.is_some_and(|license| license.status.is_some());
        let is_list = |asked: &Question| matches!(asked, Question::Statuses);
        if names_list && !self.fetched_list && !self.questions.iter().any(is_list) {
            self.fetched_list = true;
            self.questions.push_back(Question::Statuses);
        }
    }
}
