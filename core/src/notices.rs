//! What a decision has to tell.

use std::cell::Cell;
use std::fmt;

use crate::notice::Notice;

/// Notices in their order, of which up to three have a place of their own: many a host is told as many in
/// every decision, and decides on each use. To have room for more would cost each decision time: all of
/// it is moved, whether it is used or not.
#[derive(Clone, Default)]
pub(crate) struct Notices(Option<Held>);

/// Apart from none at all, so that to drop none is to look whether there are any.
#[derive(Clone)]
enum Held {
    /// So many of these.
    Few(usize, [Notice; FEW]),
    More(Spilled),
}

const FEW: usize = 3;

impl Notices {
    pub(crate) fn as_slice(&self) -> &[Notice] {
        match &self.0 {
            None => &[],
            Some(Held::Few(count, notices)) => notices.get(..*count).unwrap_or_default(),
            Some(Held::More(notices)) => &notices.0,
        }
    }

    pub(crate) fn push(&mut self, notice: Notice) {
        match &mut self.0 {
            None => {
                let mut notices = [const { Notice::ClockUnguarded }; FEW];
                notices[0] = notice;
                self.0 = Some(Held::Few(1, notices));
            }
            Some(Held::Few(count, notices)) => match notices.get_mut(*count) {
                Some(place) => {
                    *place = notice;
                    *count += 1;
                }
                None => {
                    let mut more = Spilled::take();
                    more.0.extend_from_slice(notices);
                    more.0.push(notice);
                    self.0 = Some(Held::More(more));
                }
            },
            Some(Held::More(notices)) => notices.0.push(notice),
        }
    }
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl From<Notices> for Vec<Notice> {
    fn from(notices: Notices) -> Self {
        match notices {
            Notices(Some(Held::More(mut notices))) => std::mem::take(&mut notices.0),
            few => few.as_slice().to_vec(),
        }
    }
}

/// More notices than have a place. The thread keeps the memory for its next decision of this kind, so that
/// only the first asks for some.
#[derive(Clone)]
struct Spilled(Vec<Notice>);

thread_local! {
    static SPARE: Cell<Vec<Notice>> = const { Cell::new(Vec::new()) };
}

impl Spilled {
    #[cold]
    fn take() -> Self {
        // None at the end of the thread.
        let mut notices = SPARE.try_with(Cell::take).unwrap_or_default();
        notices.reserve(USUAL);
        Self(notices)
    }
}

impl Drop for Spilled {
    #[cold]
    fn drop(&mut self) {
        let mut notices = std::mem::take(&mut self.0);
        // What others share through a limit's name is not kept.
        notices.clear();
        if (1..=MOST_KEPT).contains(&notices.capacity()) {
            let _ = SPARE.try_with(|spare| spare.set(notices));
        }
    }
}

/// Every notice that does not speak of a limit, and a few that do.
const USUAL: usize = 8;
/// A thread keeps no more than a few kilobytes.
const MOST_KEPT: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(count: usize) -> (Notices, Vec<Notice>) {
        let told = [
            Notice::ClockUnguarded,
            Notice::StatusRefreshDue {
                since: crate::Moment::MIN,
            },
            Notice::LeaseRenewalDue {
                ends_at: crate::Moment::MAX,
            },
            Notice::ClockUnguarded,
        ];
        let told: Vec<Notice> = told.into_iter().cycle().take(count).collect();
        let mut notices = Notices::default();
        for notice in &told {
            notices.push(notice.clone());
        }
        (notices, told)
    }

    #[test]
    fn however_many_there_are_they_stay_in_their_order() {
        for count in 0..=2 * FEW {
            let (notices, told) = of(count);
            assert_eq!(notices.as_slice(), told);
            assert_eq!(Vec::from(notices), told);
        }
    }
}
