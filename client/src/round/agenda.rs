use std::collections::VecDeque;

use countersign::{Lease, LicenseKey, Verified};

use crate::keeper::Keeper;
use crate::round::question::Question;
use crate::state::is_same_seat;

/// What a round has still to ask. Answers add to it, each kind of addition once.
#[derive(Default)]
pub(super) struct Agenda {
    questions: VecDeque<Question>,
    took_again: bool,
    asked_anew: bool,
    fetched_list: bool,
    /// Whether a list or a license was asked for, for whatever reason.
    had_list: bool,
    had_license: bool,
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
        let next = self.questions.pop_front();
        match &next {
            Some(Question::Statuses) => self.had_list = true,
            Some(Question::Activate(_)) => self.had_license = true,
            _ => {}
        }
        next
    }

    pub(super) fn clear(&mut self) {
        self.questions.clear();
    }

    /// Whether a seat that was lost was asked for again.
    pub(super) fn took_again(&self) -> bool {
        self.took_again
    }

    /// Whether a list was asked for already.
    pub(super) fn had_list(&self) -> bool {
        self.had_list
    }

    /// Whether a question was only asked because of an answer that counts by itself.
    pub(super) fn is_extra(&self, question: &Question) -> bool {
        match question {
            Question::Statuses => self.fetched_list,
            Question::Activate(_) => self.asked_anew,
            Question::GiveUp(_) => true,
            _ => false,
        }
    }

    /// Asks for a seat that was lost next, once.
    pub(super) fn take_again(&mut self, license_key: LicenseKey) {
        self.took_again = true;
        self.questions.push_front(Question::Activate(license_key));
    }

    /// Asks for a seat that is not wanted any more to be taken back next.
    pub(super) fn give_up(&mut self, lease: Verified<Lease>) {
        self.questions.push_front(Question::GiveUp(lease));
    }

    /// Leaves a seat where it is that is held by now.
    pub(super) fn keep(&mut self, held: &Lease) {
        self.questions.retain(|question| match question {
            Question::GiveUp(lease) => !is_same_seat(lease, held),
            _ => true,
        });
    }

    /// Asks for another text of the license next, once.
    pub(super) fn ask_anew(&mut self, license_key: LicenseKey) {
        if !self.had_license {
            self.asked_anew = true;
            self.questions.push_front(Question::Activate(license_key));
        }
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
