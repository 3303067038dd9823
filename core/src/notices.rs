//! What a decision has to tell.

use crate::notice::Notice;

/// Notices in their order, of which up to two ask for no memory of their own: many a host is told one
/// or two in every decision, and decides on each use. To have room for more would cost each of them
/// time: all of it is moved, whether it is used or not.
#[derive(Clone, Debug, Default)]
pub(crate) enum Notices {
    #[default]
    None,
    One([Notice; 1]),
    Two([Notice; 2]),
    More(Vec<Notice>),
}

impl Notices {
    pub(crate) fn as_slice(&self) -> &[Notice] {
        match self {
            Self::None => &[],
            Self::One(notices) => notices,
            Self::Two(notices) => notices,
            Self::More(notices) => notices,
        }
    }

    pub(crate) fn push(&mut self, notice: Notice) {
        *self = match std::mem::take(self) {
            Self::None => Self::One([notice]),
            Self::One([a]) => Self::Two([a, notice]),
            Self::Two([first, second]) => {
                // Every rule tells one at most, but for that of limits.
                let mut notices = Vec::with_capacity(8);
                notices.extend([first, second, notice]);
                Self::More(notices)
            }
            Self::More(mut notices) => {
                notices.push(notice);
                Self::More(notices)
            }
        };
    }
}

impl From<Notices> for Vec<Notice> {
    fn from(notices: Notices) -> Self {
        match notices {
            Notices::None => Self::new(),
            Notices::One(notices) => notices.into(),
            Notices::Two(notices) => notices.into(),
            Notices::More(notices) => notices,
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
        let told: Vec<Notice> = told.into_iter().take(count).collect();
        let mut notices = Notices::default();
        for notice in &told {
            notices.push(notice.clone());
        }
        (notices, told)
    }

    #[test]
    fn however_many_there_are_they_stay_in_their_order() {
        for count in 0..=4 {
            let (notices, told) = of(count);
            assert_eq!(notices.as_slice(), told);
            assert_eq!(Vec::from(notices), told);
        }
    }
}
