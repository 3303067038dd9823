use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use countersign::{Challenge, LicenseKey, Nonce};

use crate::entropy;
use crate::error::{Error, Kind};
use crate::exchange::Exchange;
use crate::keeper::Keeper;
use crate::pace::Pace;
use crate::session::{Session, Waiting};
use crate::state::HeldBack;
use crate::storage::Storage;

mod agenda;
mod due;
mod question;
mod refused;
mod taking;

use agenda::Agenda;
pub(crate) use due::next_at;
use due::{due, hold_back_the_seat, hold_back_what_is_due_still, is_list_due, is_replaced};
pub use question::Answer;
use question::{Answered, Question};
use refused::Refused;
use taking::{Held, not_wanted, take};

/// The questions that a session has for its authority now, one after the other, for whoever sends them:
/// while [`asks`](Self::asks), send [`question`](Self::question) and hand the answer to
/// [`answered`](Self::answered); then [`finish`](Self::finish).
///
/// Answers may lead to further questions, and a round ends all the same: what is due, or asked for by a
/// person, is four questions at most, and one more where a seat is to be given back that nobody holds, an activation two, and giving a seat up one, or three where the
/// authority says that the license was taken back. The session decides meanwhile, and a question that has
/// no answer is the last one.
///
/// One that is dropped before it is finished leaves the session as it was left by the last answer.
#[must_use]
pub struct Round<'s, S: Storage> {
    session: Asked<'s, S>,
    /// What it said by that it asks, until that is taken back.
    claim: Option<Nonce>,
    /// How long one question may take.
    patience: Duration,
    /// How long others who write are waited for.
    waiting: Waiting,
    /// Whether it was the session's own idea to ask, and not a person's.
    by_itself: bool,
    /// Whether the next question is the license key that a person typed.
    is_typed: bool,
    agenda: Agenda,
    challenge: Option<Challenge>,
    /// What was held when the question was made.
    held: Held,
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
    /// Whether something was left to another process or thread that asks the authority just now. What
    /// that one is given is this one's as well when it next saves or asks.
    pub left_to_another: bool,
}

impl Refresh {
    fn add(&mut self, given: Self) {
        self.activated |= given.activated;
        self.renewed |= given.renewed;
        self.statuses |= given.statuses;
        self.left_to_another |= given.left_to_another;
    }
}

impl<S: Storage> Session<S> {
    /// What is due: a renewal, a status list, a seat that is to be taken again. Nothing, where the
    /// authority did not answer a moment ago, or another process or thread asks it just now: those wait
    /// for a minute for each answer, so hand one over by then, or a failure.
    pub fn refreshing(&self) -> Round<'_, S> {
        self.round(Wanted::Due)
    }

    /// As [`refreshing`](Self::refreshing), whether it is due or not: for a button that says so, and
    /// for a host that learns that the network is back.
    pub fn refreshing_now(&self) -> Round<'_, S> {
        self.round(Wanted::All)
    }

    /// Claims a seat with what the customer typed, or confirms the one held, and keeps the key to take
    /// the seat again should it be lost.
    pub fn activating(&self, license_key: LicenseKey) -> Round<'_, S> {
        self.round(Wanted::Seat(license_key))
    }

    /// Gives the seat up, and forgets the license key and the lease. Without a lease there is nobody
    /// to ask. Where the state cannot be saved, and the next run would take the seat again, nobody is
    /// asked either, and [`finish`](Round::finish) says so; as it does where the seat is given up, and
    /// that can be saved no more: [`Error::is_unsaved`].
    pub fn deactivating(&self) -> Round<'_, S> {
        self.round(Wanted::NoSeat)
    }

    fn round(&self, wanted: Wanted) -> Round<'_, S> {
        let (patience, waiting) = (ANSWERED_WITHIN, Waiting::of_round());
        Round::begin(Asked::Borrowed(self), wanted, patience, waiting)
    }

    /// A round that is given up after `lasts`, and whose questions are sent right away.
    #[cfg(feature = "blocking")]
    pub(crate) fn round_within(&self, wanted: Wanted, lasts: Duration) -> Round<'_, S> {
        let waiting = Waiting::of_call(lasts);
        Round::begin(Asked::Borrowed(self), wanted, lasts, waiting)
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
    /// The same, which may be handed from thread to thread.
    pub(crate) fn held_within(session: Session<S>, wanted: Wanted, lasts: Duration) -> Self {
        let waiting = Waiting::of_call(lasts);
        Self::begin(Asked::Held(session), wanted, lasts, waiting)
    }
}

impl<'s, S: Storage> Round<'s, S> {
    fn begin(session: Asked<'s, S>, wanted: Wanted, patience: Duration, waiting: Waiting) -> Self {
        let mut round = Self {
            session,
            claim: None,
            patience,
            waiting,
            by_itself: matches!(wanted, Wanted::Due),
            is_typed: matches!(wanted, Wanted::Seat(_)),
            agenda: Agenda::default(),
            challenge: None,
            held: Held::default(),
            failed: None,
            done: Refresh::default(),
        };
        match wanted {
            Wanted::Due => round.ask_what_is_due(false),
            Wanted::All => round.ask_what_is_due(true),
            Wanted::Seat(license_key) => {
                round.agenda = Agenda::of([Question::Activate(license_key)]);
            }
            Wanted::NoSeat => round.give_up(),
        }
        round
    }

    /// Asks for the seat to be given up, unless the next run would take it again.
    fn give_up(&mut self) {
        let can_forget = self.session.can_forget(&mut self.waiting);
        let is_held = self.session.documents().lease.is_some();
        if let Err(error) = can_forget {
            let kind = match is_held || self.session.keeper().holds_license_key() {
                true => Kind::Unfit,
                false => Kind::Unsaved,
            };
            self.failed = Some(Error::because(kind, error));
        } else if is_held {
            self.agenda = Agenda::of([Question::Deactivate]);
        } else {
            let forget = |keeper: &mut Keeper, _| keeper.forget_license_key();
            self.session.change_within(&mut self.waiting, forget);
            self.check_forgotten();
        }
    }

    /// Fails where the next run would hold what was forgotten.
    fn check_forgotten(&mut self) {
        let is_held = self.session.documents().lease.is_some();
        if !is_held
            && !self.session.is_saved()
            && let Err(error) = self.session.can_forget(&mut self.waiting)
        {
            self.failed
                .get_or_insert(Error::because(Kind::Unsaved, error));
        }
    }

    fn ask_what_is_due(&mut self, now: bool) {
        let tick = self.session.shared.clock.tick();
        let due = due(&self.session.keeper(), tick, now);
        let is_list = |asked: &Question| matches!(asked, Question::Statuses);
        if due.iter().all(is_list) {
            self.agenda = Agenda::of(due);
        } else if let Ok(id) = entropy::nonce() {
            self.claim(id, now);
        }
    }

    /// Notes where all processes see it that this round asks, unless another one does: two renewals
    /// of one lease would look to the authority like two copies of one seat.
    fn claim(&mut self, id: Nonce, now: bool) {
        let patience = self.patience;
        let left_to_another = &mut self.done.left_to_another;
        let due = self.session.change_if(&mut self.waiting, |keeper, tick| {
            // Another process may have been answered meanwhile.
            let due = due(keeper, tick, now);
            let is_due = !due.is_empty();
            if is_due && keeper.is_asked(tick) {
                *left_to_another = true;
                return (Vec::new(), false);
            }
            if is_due {
                keeper.claim(id, patience, tick);
            }
            (due, is_due)
        });
        self.claim = (!due.is_empty()).then_some(id);
        self.agenda = Agenda::of(due);
    }

    /// Whether there is a question to send.
    pub fn asks(&self) -> bool {
        !self.agenda.is_empty()
    }

    /// The question to send, with a nonce of its own: made anew each time it is sent.
    ///
    /// # Errors
    ///
    /// Where it cannot be made, for want of random numbers or of what it is about.
    pub fn question(&mut self) -> Result<Exchange<Answer>, Error> {
        let question = self.agenda.next();
        let question = question.ok_or_else(|| Error::new(Kind::Unfit))?;
        let nonce = entropy::nonce()?;
        self.held = Held::of(&self.session.documents());
        let exchange = question.exchange(&self.session, nonce)?;
        self.challenge = Some(Challenge::new(
            nonce,
            self.session.shared.clock.tick().monotonic,
        ));
        Ok(exchange)
    }

    /// Takes what came back, and stores it.
    pub fn answered(&mut self, answer: Result<Answer, Error>) {
        let Some(question) = self.agenda.pop() else {
            return;
        };
        let challenge = self.challenge.take();
        match answer {
            Ok(Answer(answer)) => self.take(question, answer, challenge),
            Err(error) => self.fail(&question, error),
        }
        self.is_typed = false;
        if !self.asks() && self.session.is_saved() {
            self.claim = None;
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
        let is_answered = self.failed.is_none();
        let (claim, patience, agenda) = (self.claim, self.patience, &mut self.agenda);
        let (is_typed, held) = (self.is_typed, &self.held);
        let gives_up = matches!(question, Question::Deactivate);
        let is_signed = answer.is_signed();
        let waiting = &mut self.waiting;
        let given = self.session.change_within(waiting, |keeper, tick| {
            if is_answered {
                // A list that follows a refusal is no reason to ask again at once.
                keeper.state.held_back = None;
            }
            let given = match !is_typed && held.is_overtaken(keeper, &question) {
                true => {
                    if let Some(lease) = not_wanted(keeper, answer) {
                        // Noted too, for when the authority does not answer that.
                        keeper.state.note_unwanted(&lease);
                        agenda.give_up(lease);
                    }
                    None
                }
                false => take(keeper, question, answer, challenge, tick),
            };
            if is_signed {
                // By the clock as the answer has put it right.
                keeper.state.last_contact_at = Some(keeper.guard.peek(tick).now());
            }
            if let Some(lease) = &keeper.documents.lease {
                agenda.keep(lease);
            }
            if let Some(given) = &given {
                if !given.statuses && is_list_due(keeper, tick) {
                    agenda.fetch_list(keeper);
                }
                let key = keeper.state.license_key.as_ref();
                if given.statuses
                    && let Some(license_key) = key.filter(|_| !keeper.state.moved)
                    && is_replaced(keeper, tick)
                {
                    agenda.ask_anew(license_key.clone());
                }
                if agenda.is_empty() && is_answered {
                    hold_back_what_is_due_still(keeper, tick);
                }
            }
            keeper.go_on_asking(claim, (!agenda.is_empty()).then_some(patience), tick);
            given.unwrap_or_default()
        });
        self.done.add(given);
        if gives_up {
            self.check_forgotten();
        }
    }

    fn fail(&mut self, question: &Question, error: Error) {
        let refused = error.refusal().map(Refused::of);
        let by_itself = self.by_itself;
        let held = &self.held;
        let (claim, patience, agenda) = (self.claim, self.patience, &mut self.agenda);
        let waiting = &mut self.waiting;
        let asks_again = self.session.change_within(waiting, |keeper, tick| {
            let lease = keeper.documents.lease.as_ref();
            if by_itself {
                let now = keeper.guard.peek(tick).now();
                let left = match refused {
                    // What is taken back may be given again any time, but for a text that was revoked.
                    Some(Refused::TakenBack) if !is_replaced(keeper, tick) => Duration::ZERO,
                    _ => lease.map_or(Duration::MAX, |lease| lease.ends_at.since(now)),
                };
                let failures = keeper.state.held_back.as_ref();
                let failures = failures.map_or(0, |held| held.failures).saturating_add(1);
                let chance = entropy::chance();
                let wait = Pace::retry_after(failures, left, error.retry_after(), chance);
                let until = now.saturating_add(wait);
                keeper.state.held_back = Some(HeldBack::new(failures, until));
            }
            let mut asks_again = false;
            if matches!(question, Question::Deactivate) {
                // It is held still.
                keeper.state.giving_up = None;
            }
            match (question, refused) {
                // Who does not answer one question does not answer the next.
                (_, None) => agenda.clear(),
                (Question::GiveUp(lease), _) => {
                    let trust = &keeper.documents.trust;
                    keeper.state.forget_unwanted(lease, trust);
                }
                (Question::Renew, Some(Refused::SeatGone)) if keeper.is_giving_up() => {
                    keeper.forget_seat();
                }
                (Question::Renew, Some(Refused::SeatGone)) if !agenda.took_again() => {
                    if let Some(license_key) = keeper.state.license_key.clone() {
                        agenda.take_again(license_key);
                        asks_again = true;
                    }
                }
                (Question::Activate(_), Some(Refused::NotToBeHad))
                    if agenda.took_again() && !held.is_overtaken(keeper, question) =>
                {
                    hold_back_the_seat(keeper, by_itself, tick);
                }
                // A license that was deleted is revoked on its list for ever.
                (_, Some(Refused::TakenBack)) | (Question::Renew, Some(Refused::NotToBeHad))
                    if !agenda.had_list() =>
                {
                    agenda.fetch_list(keeper);
                }
                _ => {}
            }
            keeper.go_on_asking(claim, (!agenda.is_empty()).then_some(patience), tick);
            asks_again
        });
        // What came before it counts, and what was asked is due still.
        if !asks_again && !self.agenda.is_extra(question) {
            self.failed.get_or_insert(error);
        }
    }
}

/// One that is given up says so: the session need not wait for it, and others when it is next saved.
impl<S: Storage> Drop for Round<'_, S> {
    fn drop(&mut self) {
        if self.claim.is_some() {
            *self.session.abandoned() = self.claim;
        }
    }
}

impl<S: Storage> fmt::Debug for Round<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Round({} questions)", self.agenda.len())
    }
}

/// How long others wait for each answer of a round whose questions a host sends itself.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);
