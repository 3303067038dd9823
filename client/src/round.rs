use std::collections::VecDeque;
use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use countersign::{Challenge, LicenseKey, Moment, Nonce, Tick};

use crate::entropy;
use crate::error::{Error, Kind};
use crate::exchange::Exchange;
use crate::keeper::Keeper;
use crate::pace::Pace;
use crate::session::Session;
use crate::state::{Asking, HeldBack};
use crate::storage::Storage;

mod due;
mod question;
mod refused;

use due::{due, hold_back_what_is_due_still, is_list_due};
pub use question::Answer;
use question::{Answered, Question};
use refused::Refused;

/// The questions that a session has for its authority now, one after the other, for whoever sends them:
/// while [`asks`](Self::asks), send [`question`](Self::question) and hand the answer to
/// [`answered`](Self::answered); then [`finish`](Self::finish).
///
/// One that is dropped before it is finished leaves the session as it was left by the last answer.
#[must_use]
pub struct Round<'s, S: Storage> {
    session: Asked<'s, S>,
    id: Option<Nonce>,
    /// Whether it was the session's own idea to ask, and not a person's.
    by_itself: bool,
    questions: VecDeque<Question>,
    challenge: Option<Challenge>,
    /// A seat that was lost is taken again once.
    took_again: bool,
    fetched_list: bool,
    failed: Option<Error>,
    done: Refresh,
}

/// The session that asks: a round that goes on by itself holds on to it.
enum Asked<'s, S: Storage> {
    Borrowed(&'s Session<S>),
    #[cfg(feature = "async")]
    Held(Session<S>),
}

impl<S: Storage> Deref for Asked<'_, S> {
    type Target = Session<S>;

    fn deref(&self) -> &Session<S> {
        match self {
            Self::Borrowed(session) => session,
            #[cfg(feature = "async")]
            Self::Held(session) => session,
        }
    }
}

/// What a session was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refresh {
    /// Whether a seat was taken, or taken again.
    pub activated: bool,
    /// Whether the lease was renewed.
    pub renewed: bool,
    /// Whether a status list was fetched.
    pub statuses: bool,
}

impl<S: Storage> Session<S> {
    /// What is due: a renewal, a status list, a seat that is to be taken again. Nothing, where the
    /// authority did not answer a moment ago, or another process or thread asks it just now.
    pub fn refreshing(&self) -> Round<'_, S> {
        Round::begin(Asked::Borrowed(self), Wanted::Due)
    }

    /// As [`refreshing`](Self::refreshing), whether it is due or not: for a button that says so, and
    /// for a host that learns that the network is back.
    pub fn refreshing_now(&self) -> Round<'_, S> {
        Round::begin(Asked::Borrowed(self), Wanted::All)
    }

    /// Claims a seat with what the customer typed, or confirms the one held, and keeps the key to take
    /// the seat again should it be lost.
    pub fn activating(&self, license_key: LicenseKey) -> Round<'_, S> {
        Round::begin(Asked::Borrowed(self), Wanted::Seat(license_key))
    }

    /// Gives the seat up, and forgets the license key and the lease. Without a lease there is nobody
    /// to ask.
    pub fn deactivating(&self) -> Round<'_, S> {
        Round::begin(Asked::Borrowed(self), Wanted::NoSeat)
    }
}

/// What a round is for.
pub(crate) enum Wanted {
    Due,
    All,
    Seat(LicenseKey),
    NoSeat,
}

#[cfg(feature = "async")]
impl<S: Storage> Round<'static, S> {
    /// A round that may be handed from thread to thread.
    pub(crate) fn held(session: Session<S>, wanted: Wanted) -> Self {
        Self::begin(Asked::Held(session), wanted)
    }
}

impl<'s, S: Storage> Round<'s, S> {
    fn begin(session: Asked<'s, S>, wanted: Wanted) -> Self {
        let mut round = Self {
            session,
            id: None,
            by_itself: matches!(wanted, Wanted::Due),
            questions: VecDeque::new(),
            challenge: None,
            took_again: false,
            fetched_list: false,
            failed: None,
            done: Refresh::default(),
        };
        match wanted {
            Wanted::Due => round.ask_what_is_due(false),
            Wanted::All => round.ask_what_is_due(true),
            Wanted::Seat(license_key) => round.questions.push_back(Question::Activate(license_key)),
            Wanted::NoSeat if round.session.documents().lease.is_some() => {
                round.questions.push_back(Question::Deactivate);
            }
            Wanted::NoSeat => {
                let forget = |keeper: &mut Keeper, _| keeper.state.license_key = None;
                round.session.change(forget);
            }
        }
        round
    }

    fn ask_what_is_due(&mut self, now: bool) {
        let tick = self.session.shared.clock.tick();
        self.questions = due(&self.session.keeper(), tick, now).into();
        let is_list = |asked: &Question| matches!(asked, Question::Statuses);
        if !self.questions.iter().all(is_list) {
            self.claim(now);
        }
    }

    /// Notes where all processes see it that this round asks, unless another one does: two renewals
    /// of one lease would look to the authority like two copies of one seat.
    fn claim(&mut self, now: bool) {
        let Ok(id) = entropy::nonce() else {
            return;
        };
        let abandoned = self.session.abandoned().take();
        self.questions = self.session.change(|keeper, tick| {
            let moment = keeper.guard.peek(tick).now();
            if let Some(other) = &keeper.state.asking {
                let left = other.until.since(moment);
                let is_asked = Some(other.by) != abandoned;
                if is_asked && !left.is_zero() && left <= ASKED_WITHIN {
                    return VecDeque::new();
                }
            }
            // Another process may have been answered meanwhile.
            let due = due(keeper, tick, now);
            if !due.is_empty() {
                keeper.state.asking = Some(Asking {
                    by: id,
                    until: moment.saturating_add(ASKED_WITHIN),
                });
            }
            due.into()
        });
        self.id = Some(id);
    }

    /// Whether there is a question to send.
    pub fn asks(&self) -> bool {
        !self.questions.is_empty()
    }

    /// The question to send, with a nonce of its own: made anew each time it is sent.
    ///
    /// # Errors
    ///
    /// Where it cannot be made, for want of random numbers or of what it is about.
    pub fn question(&mut self) -> Result<Exchange<Answer>, Error> {
        let question = self.questions.front();
        let question = question.ok_or_else(|| Error::new(Kind::Unfit))?;
        let nonce = entropy::nonce()?;
        let exchange = question.exchange(&self.session, nonce)?;
        self.challenge = Some(Challenge::new(
            nonce,
            self.session.shared.clock.tick().monotonic,
        ));
        Ok(exchange)
    }

    /// Takes what came back, and stores it.
    pub fn answered(&mut self, answer: Result<Answer, Error>) {
        let Some(question) = self.questions.pop_front() else {
            return;
        };
        let challenge = self.challenge.take();
        match answer {
            Ok(Answer(answer)) => self.take(question, answer, challenge),
            Err(error) => self.fail(&question, error),
        }
    }

    /// What came of it.
    ///
    /// # Errors
    ///
    /// The first question that was not answered, or refused. The session decides as before, by what it
    /// holds, and what other answers brought.
    pub fn finish(mut self) -> Result<Refresh, Error> {
        self.failed.take().map_or(Ok(self.done), Err)
    }

    fn take(&mut self, question: Question, answer: Answered, challenge: Option<Challenge>) {
        let id = self.id;
        match &answer {
            Answered::Activation(_) => self.done.activated = true,
            Answered::Renewal(_) => self.done.renewed = true,
            Answered::Statuses(_) => self.done.statuses = true,
            Answered::Deactivation => {}
        }
        let is_answered = self.failed.is_none();
        let is_last = self.questions.is_empty();
        let (list_due, was_taken) = self.session.change(|keeper, tick| {
            if is_answered {
                // A list that follows a refusal is no reason to ask again at once.
                keeper.state.held_back = None;
            }
            if keeper.state.asking.as_ref().map(|asking| asking.by) == id {
                keeper.state.asking = None;
            }
            let (license, lease) = match answer {
                Answered::Activation(activation) => {
                    if let Question::Activate(license_key) = question {
                        keeper.state.license_key = Some(license_key);
                    }
                    keeper.state.moved = false;
                    keeper.state.lost_lease = None;
                    if activation.lease.is_none() {
                        // A license that asks for no seat any more leaves nothing to renew.
                        (keeper.state.lease, keeper.documents.lease) = (None, None);
                    }
                    (activation.license, activation.lease)
                }
                Answered::Renewal(renewal) => {
                    let held = keeper.documents.lease.as_ref();
                    if held.is_none_or(|held| held.activation_id != renewal.lease.activation_id) {
                        // What the host did while the answer was on its way stands.
                        contact(keeper, tick);
                        return (false, false);
                    }
                    (renewal.license, Some(renewal.lease))
                }
                Answered::Statuses(list) => {
                    // One that is older than the list held is left where it is.
                    let _ = keeper.take_list(&list, tick);
                    contact(keeper, tick);
                    if is_last && is_answered {
                        hold_back_what_is_due_still(keeper, tick);
                    }
                    return (false, true);
                }
                Answered::Deactivation => {
                    (keeper.state.lease, keeper.documents.lease) = (None, None);
                    keeper.state.license_key = None;
                    contact(keeper, tick);
                    return (false, true);
                }
            };
            if let (Some(challenge), Some(lease)) = (challenge, &lease) {
                // One that comes late tells no time, and is as good a lease.
                let _ = keeper.guard.heal(challenge, lease, tick);
            }
            keeper.take_license(&license, tick);
            if let Some(lease) = &lease {
                keeper.take_lease(lease, tick);
            }
            contact(keeper, tick);
            let list_due = is_list_due(keeper, tick);
            if is_last && is_answered && !list_due {
                hold_back_what_is_due_still(keeper, tick);
            }
            (list_due, true)
        });
        self.done.renewed &= was_taken;
        if list_due {
            self.fetch_list();
        }
    }

    fn fail(&mut self, question: &Question, error: Error) {
        let refused = error.refusal().map(Refused::of);
        let (id, by_itself, took_again) = (self.id, self.by_itself, self.took_again);
        let again = self.session.change(|keeper, tick| {
            if keeper.state.asking.as_ref().map(|asking| asking.by) == id {
                keeper.state.asking = None;
            }
            let lease = keeper.documents.lease.as_ref();
            if by_itself {
                let now = keeper.guard.peek(tick).now();
                let left = match refused {
                    // What is taken back may be given again any time.
                    Some(Refused::TakenBack) => Duration::ZERO,
                    _ => lease.map_or(Duration::MAX, |lease| lease.ends_at.since(now)),
                };
                let failures = keeper.state.held_back.as_ref();
                let failures = failures.map_or(0, |held| held.failures).saturating_add(1);
                let chance = entropy::chance();
                let wait = Pace::retry_after(failures, left, error.retry_after(), chance);
                let until = now.saturating_add(wait);
                keeper.state.held_back = Some(HeldBack { failures, until });
            }
            match (question, refused) {
                (Question::Renew, Some(Refused::SeatGone)) => keeper.state.license_key.clone(),
                (Question::Activate(_), Some(Refused::NotToBeHad)) if took_again => {
                    // Until the host says so.
                    keeper.state.lost_lease = lease.map(|lease| lease.id.clone());
                    None
                }
                _ => None,
            }
        });
        if error.refusal().is_none() {
            // Who does not answer one question does not answer the next.
            self.questions.clear();
        }
        match again {
            Some(license_key) if !self.took_again => {
                self.took_again = true;
                self.questions.push_front(Question::Activate(license_key));
            }
            // What came before it counts, and the list is due still.
            _ if self.fetched_list && matches!(question, Question::Statuses) => {}
            _ => {
                self.failed.get_or_insert(error);
            }
        }
        if matches!(refused, Some(Refused::TakenBack)) {
            self.fetch_list();
        }
    }

    /// Asks for the status list next, once.
    fn fetch_list(&mut self) {
        let names_list = self
            .session
            .license()
            .is_some_and(|license| license.status.is_some());
        let is_next = |asked: &Question| matches!(asked, Question::Statuses);
        if names_list && !self.fetched_list && !self.questions.iter().any(is_next) {
            self.fetched_list = true;
            self.questions.push_back(Question::Statuses);
        }
    }
}

/// One that is given up says so: the session need not wait for it.
impl<S: Storage> Drop for Round<'_, S> {
    fn drop(&mut self) {
        if self.asks() && self.id.is_some() {
            *self.session.abandoned() = self.id;
        }
    }
}

impl<S: Storage> fmt::Debug for Round<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Round({} questions)", self.questions.len())
    }
}

fn contact(keeper: &mut Keeper, tick: Tick) {
    let now: Moment = keeper.guard.peek(tick).now();
    keeper.state.last_contact_at = Some(now);
}

/// How long others wait for who asks: longer than any call takes.
const ASKED_WITHIN: Duration = Duration::from_secs(60);
