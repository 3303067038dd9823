//! How what a session holds comes into its storage, beside what other processes write.

use std::io;
use std::time::Duration;

use countersign::{StatusList, Tick, Verified};

use crate::documents::{Documents, is_signed_still};
use crate::keeper::Keeper;
use crate::session::Session;
use crate::session::turn::{Turn, Waiting};
use crate::state::{State, Unreadable};
use crate::storage::{LostList, Storage, find_list};

impl<S: Storage> Session<S> {
    /// Whether what is forgotten is forgotten for the next run as well: the state is saved now, with a
    /// note that the seat is being given up where one is held, or what is in its place holds no seat of
    /// this installation.
    ///
    /// # Errors
    ///
    /// Why it cannot be saved.
    pub(crate) fn can_forget(&self, waiting: &mut Waiting) -> io::Result<()> {
        let turn = self.turn(waiting);
        let mut keeper = self.keeper();
        let tick = self.shared.clock.tick();
        let turn = self.begin_writing(&mut keeper, tick, turn);
        keeper.begin_giving_up();
        keeper.settle(tick);
        self.publish(&keeper);
        let saved = self.keep(&mut keeper, tick, turn);
        if keeper.is_saved {
            return Ok(());
        }
        keeper.state.giving_up = None;
        let holds_seat = |kept: &State| {
            let is_ours = kept.installation == keeper.state.installation;
            is_ours && (kept.lease.is_some() || kept.license_key.is_some())
        };
        match self
            .shared
            .storage
            .load(STATE)?
            .as_deref()
            .map(State::from_text)
        {
            None => Ok(()),
            Some(Ok(mut kept)) => {
                kept.turn_to(&keeper.instance);
                match holds_seat(&kept) {
                    true => saved,
                    false => Ok(()),
                }
            }
            Some(Err(_)) => saved,
        }
    }

    /// Takes over what another process was given. What it left damaged, or deleted, is written anew.
    ///
    /// # Errors
    ///
    /// Where the state was begun anew by another process, was written by a later version, or cannot be
    /// read just now: this one's is not to take its place.
    fn catch_up(&self, keeper: &mut Keeper, tick: Tick) -> io::Result<()> {
        let Some(text) = self.shared.storage.load(STATE)? else {
            // Whoever deleted it deleted what belongs to it.
            let unsaved = &mut keeper.unsaved_lists;
            if let Some(list) = keeper.documents.list_of_license()
                && unsaved.iter().all(|other| other.uri != list.uri)
            {
                unsaved.push(list.clone());
            }
            return Ok(());
        };
        let state = match State::from_text(&text) {
            Ok(state) => state,
            Err(Unreadable::Damaged) => return Ok(()),
            Err(Unreadable::Version(_)) => {
                return Err(io::Error::other("the state is of a later version"));
            }
        };
        let mut state = state;
        let ours = &keeper.state;
        let is_another = state.installation != ours.installation;
        match &keeper.kept {
            _ if state.product != ours.product => {
                return Err(io::Error::other("the state is of another product by now"));
            }
            // The one that this session itself began anew.
            Some(kept) if is_another && kept.installation == state.installation => return Ok(()),
            Some(_) if is_another => return Err(begun_anew()),
            // Another process was first, while this one could not write.
            None if is_another && !keeper.is_stated => {
                keeper.instance = state.instance().ok_or_else(begun_anew)?;
            }
            _ => {}
        }
        if !state.turn_to(&keeper.instance)
            && let Some(kept) = &keeper.kept
        {
            state.hold_again(kept);
        }
        keeper.take_over_clock(&state, tick);
        let kept = keeper.kept.as_ref();
        if kept.is_some_and(|kept| state.generation <= kept.generation) {
            return Ok(());
        }
        let held = keeper.documents.statuses.as_ref();
        let documents = Documents::of(&state, &self.shared.embedded, |kept, trust| {
            let is_as_new = |held: &&Verified<StatusList>| {
                held.uri == kept.uri && held.issued_at >= kept.issued_at
            };
            let held = held.filter(is_as_new);
            match held.filter(|held| is_signed_still(held, trust)) {
                Some(held) => Ok(held.as_str().parse().ok()),
                None => find_list(&self.shared.storage, &kept.name()),
            }
        });
        keeper.go_on_from(state, documents, &self.shared.embedded, tick);
        self.look_for_list(keeper);
        Ok(())
    }

    /// Looks for the list of the license held, where another license took the place of the one before.
    pub(super) fn look_for_list(&self, keeper: &mut Keeper) {
        let (documents, state) = (&mut keeper.documents, &keeper.state);
        let unsaved = &keeper.unsaved_lists;
        documents.look_for_list(state, |kept, trust| {
            let is_it =
                |list: &&Verified<StatusList>| list.uri == kept.uri && is_signed_still(list, trust);
            match unsaved.iter().find(is_it) {
                Some(list) => Ok(list.as_str().parse().ok()),
                None => find_list(&self.shared.storage, &kept.name()),
            }
        });
    }

    /// Goes on from what is in the storage, as its only writer.
    pub(super) fn begin_writing<'s>(
        &self,
        keeper: &mut Keeper,
        tick: Tick,
        turn: io::Result<Turn<'s>>,
    ) -> io::Result<Turn<'s>> {
        let turn = turn.and_then(|turn| {
            self.catch_up(keeper, tick)?;
            Ok(turn)
        });
        if matches!(
            keeper.documents.lost_list,
            Some(LostList::Unreadable { .. })
        ) {
            // It may be readable by now, as a share that was away is.
            keeper.documents.lost_list = None;
            self.look_for_list(keeper);
        }
        let abandoned = self.abandoned().take();
        if abandoned.is_some_and(|id| keeper.release(id)) {
            keeper.note_change();
        }
        turn
    }

    /// Writes the state, and notes whether that went well. Where it did not, it is tried again before long,
    /// and not each second.
    pub(super) fn keep(
        &self,
        keeper: &mut Keeper,
        tick: Tick,
        turn: io::Result<Turn<'_>>,
    ) -> io::Result<()> {
        let written = self.write(keeper, tick, turn);
        let is_saved = written.is_ok();
        let saved = written.and_then(|lists| lists);
        if saved.is_err() {
            keeper.save_at = tick.monotonic.saturating_add(TRIED_AGAIN_AFTER);
        }
        let before = (keeper.is_saved, keeper.has_saved_lists);
        (keeper.is_saved, keeper.has_saved_lists) = (is_saved, saved.is_ok());
        if (is_saved, saved.is_ok()) != before {
            self.publish(keeper);
        }
        saved
    }

    /// Writes the lists, and then the state: also where there is no room for a list, which is lost for
    /// the next run until it can be written. What came of the lists, where the state could be written.
    fn write(
        &self,
        keeper: &mut Keeper,
        tick: Tick,
        turn: io::Result<Turn<'_>>,
    ) -> io::Result<io::Result<()>> {
        let _only_writer = turn?;
        let key = keeper.state.clock_key();
        keeper.state.clock = Some(keeper.guard.save(key.as_bytes()));
        let mut of_lists = Ok(());
        let (state, trust) = (&keeper.state, &keeper.documents.trust);
        keeper.unsaved_lists.retain(|list| {
            let kept = state.list_kept(&list.uri, trust);
            let kept = kept.filter(|_| is_signed_still(list, trust));
            let saved = kept.map_or(Ok(()), |kept| {
                self.shared.storage.save(&kept.name(), list.as_str())
            });
            let is_unsaved = saved.is_err();
            if is_unsaved {
                of_lists = saved;
            }
            is_unsaved
        });
        self.shared.storage.save(STATE, &keeper.state.to_text())?;
        keeper.unsaved = false;
        keeper.kept = Some(keeper.state.clone());
        keeper.save_at = tick.monotonic.saturating_add(SAVED_EVERY);
        Ok(of_lists)
    }
}

fn begun_anew() -> io::Error {
    io::Error::other("the state was begun anew by another process")
}

/// All but the status lists.
pub(super) const STATE: &str = "session";
/// How often the state is saved.
pub(super) const SAVED_EVERY: Duration = Duration::from_secs(10 * 60);
/// When a state that could not be saved is saved again.
const TRIED_AGAIN_AFTER: Duration = Duration::from_secs(60);
