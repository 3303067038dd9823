use std::time::Duration;

use crate::denial::Denial;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::notices::Notices;

/// What the rules have found so far.
pub(crate) struct Findings {
    now: Moment,
    pub(crate) denials: Vec<Denial>,
    pub(crate) notices: Notices,
    /// In Unix seconds; what is no moment stands for never. A number and no option, so that it stays
    /// in a register.
    changes_at: i64,
}

impl Findings {
    #[inline]
    pub(crate) fn at(now: Moment) -> Self {
        Self {
            now,
            denials: Vec::new(),
            notices: Notices::default(),
            changes_at: i64::MAX,
        }
    }

    /// The first moment at which anything found changes; `None` if nothing ever does.
    #[inline]
    pub(crate) fn hold_until(&self) -> Option<Moment> {
        Moment::from_unix(self.changes_at).ok()
    }

    /// What is denied is put together apart, so that the code of what is allowed lies close together.
    #[cold]
    #[inline(never)]
    pub(crate) fn deny(&mut self, denial: impl FnOnce() -> Denial) {
        self.denials.push(denial());
    }

    /// As `deny`, and denies nothing.
    #[cold]
    #[inline(never)]
    pub(crate) fn note(&mut self, notice: impl FnOnce() -> Notice) {
        self.notices.push(notice());
    }

    /// What a rule finds changes at `moment`, if that is still to come.
    #[inline]
    pub(crate) fn change_at(&mut self, moment: Moment) {
        if moment > self.now {
            self.changes_at = self.changes_at.min(moment.unix());
        }
    }

    /// Notes with `notice` that `ends_at`, which is still to come, lies within one of `thresholds`, the
    /// smallest that it lies within. The notice stops at the end.
    #[inline]
    pub(crate) fn note_end(
        &mut self,
        ends_at: Moment,
        thresholds: &[Duration],
        notice: fn(Moment, Duration) -> Notice,
    ) {
        let left = ends_at.since(self.now).as_secs();
        // The longest of those that begin later, which begins first.
        let mut next = 0;
        for &threshold in thresholds {
            let before = threshold.as_secs();
            if before >= left {
                return self.note_reached(ends_at, thresholds, notice);
            }
            next = next.max(before);
        }
        if next > 0 {
            self.change_at(ends_at.saturating_sub(Duration::from_secs(next)));
        }
    }

    /// As `note_end`, within at least one of them.
    #[cold]
    fn note_reached(
        &mut self,
        ends_at: Moment,
        thresholds: &[Duration],
        notice: fn(Moment, Duration) -> Notice,
    ) {
        let left = ends_at.since(self.now).as_secs();
        let is_reached = |threshold: &&Duration| threshold.as_secs() >= left;
        let ahead = thresholds.iter().filter(|threshold| !is_reached(threshold));
        if let Some(&next) = ahead.max() {
            self.change_at(ends_at.saturating_sub(next));
        }
        if let Some(&within) = thresholds.iter().filter(is_reached).min() {
            self.change_at(ends_at);
            self.note(|| notice(ends_at, within));
        }
    }
}
