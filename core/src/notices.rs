//! What a decision has to tell.

use std::fmt;

use crate::notice::Notice;

/// Notices in their order, of which up to three ask for no memory of their own: many a host is told as
/// many in every decision, and decides on each use. To have room for more would cost each decision time:
/// all of it is moved, whether it is used or not.
#[derive(Clone, Default)]
pub(crate) enum Notices {
    #[default]
    None,
    /// So many of these.
    Few(usize, [Notice; FEW]),
    More(Vec<Notice>),
}

const FEW: usize = 3;

impl Notices {
    pub(crate) fn as_slice(&self) -> &[Notice] {
        match self {
            Self::None => &[],
            Self::Few(count, notices) => notices.get(..*count).unwrap_or_default(),
            Self::More(notices) => notices,
        }
    }

    pub(crate) fn push(&mut self, notice: Notice) {
        match self {
            Self::None => {
                let mut notices = [const { Notice::ClockUnguarded }; FEW];
                notices[0] = notice;
                *self = Self::Few(1, notices);
            }
            Self::Few(count, notices) => match notices.get_mut(*count) {
                Some(place) => {
                    *place = notice;
                    *count += 1;
                }
                None => {
                    let mut more = Vec::with_capacity(2 * FEW);
                    more.extend_from_slice(notices);
                    more.push(notice);
                    *self = Self::More(more);
                }
            },
            Self::More(notices) => notices.push(notice),
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
            Notices::More(notices) => notices,
            few => few.as_slice().to_vec(),
        }
    }
}

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
