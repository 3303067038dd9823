//! Lists, newest first: which part is asked for, and where the next one begins.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign::Moment;

use crate::store::Page;

use super::Refusal;

/// What a request states of the part of a list that it asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct PageParams {
    /// The most that is shown; nothing for the default.
    pub(crate) limit: Option<u32>,
    /// The `next` of the page before; nothing for the first.
    pub(crate) cursor: Option<String>,
}

impl PageParams {
    /// The page that is asked for.
    ///
    /// # Errors
    ///
    /// [`Refusal::Fields`] for a limit out of range, or a cursor that no answer gave.
    pub(crate) fn page(&self) -> Result<Page, Refusal> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=LARGEST_LIMIT).contains(&limit) {
            let detail = format!("it is a number from 1 to {LARGEST_LIMIT}");
            return Err(Refusal::field("limit", "out_of_range", detail));
        }
        let (before, before_id) = match &self.cursor {
            None => (i64::MAX, String::new()),
            Some(cursor) => read_cursor(cursor).ok_or_else(|| {
                Refusal::field("cursor", "invalid_cursor", "no list has this cursor")
            })?,
        };
        Ok(Page {
            before,
            before_id,
            limit: limit.into(),
        })
    }
}

impl Page {
    /// Takes the rows that are shown out of those that were read, and says where the next page
    /// begins; nothing at the end. `place` is the moment and the id of a row.
    pub(crate) fn cut<T>(
        &self,
        mut rows: Vec<T>,
        place: impl Fn(&T) -> (Moment, &str),
    ) -> (Vec<T>, Option<String>) {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if rows.len() <= limit {
            return (rows, None);
        }
        rows.truncate(limit);
        let next = rows.last().map(|last| {
            let (moment, id) = place(last);
            BASE64_URL_SAFE_NO_PAD.encode(format!("{}.{id}", moment.unix()))
        });
        (rows, next)
    }
}

fn read_cursor(cursor: &str) -> Option<(i64, String)> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (moment, id) = text.split_once('.')?;
    let is_id = id.len() <= LONGEST_ID && id.chars().all(|character| character.is_ascii_graphic());
    Some((moment.parse().ok()?, id.to_owned())).filter(|_| is_id)
}

/// How many are shown where nothing is stated.
const DEFAULT_LIMIT: u32 = 50;
/// The most that one answer shows.
const LARGEST_LIMIT: u32 = 500;
/// The longest id in a cursor, in bytes.
const LONGEST_ID: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn place<'a>(row: &'a (i64, &'static str)) -> (Moment, &'a str) {
        (Moment::from_unix(row.0).unwrap(), row.1)
    }

    #[test]
    fn a_cursor_leads_to_the_row_after_the_last_that_was_shown() {
        let rows = [(3, "c"), (2, "b"), (2, "a")];
        let page = PageParams {
            limit: Some(2),
            cursor: None,
        };
        let page = page.page().unwrap();
        assert_eq!(page.rows(), 3);
        let (shown, next) = page.cut(rows.to_vec(), place);
        assert_eq!(shown, rows[..2]);
        let next = PageParams {
            limit: Some(2),
            cursor: next,
        };
        let next = next.page().unwrap();
        assert_eq!((next.before, next.before_id.as_str()), (2, "b"));
        assert_eq!(
            next.cut(rows[2..].to_vec(), place),
            (rows[2..].to_vec(), None)
        );
    }

    #[test]
    fn limits_out_of_range_and_cursors_that_are_none_are_refused() {
        let of = |limit, cursor: Option<&str>| PageParams {
            limit,
            cursor: cursor.map(str::to_owned),
        };
        for (params, field) in [
            (of(Some(0), None), "limit"),
            (of(Some(501), None), "limit"),
            (of(None, Some("")), "cursor"),
            (of(None, Some("!")), "cursor"),
            (of(None, Some("MQ")), "cursor"),
            (of(None, Some("MS4A")), "cursor"),
        ] {
            let refused = match params.page() {
                Err(Refusal::Fields(faults)) => faults,
                other => panic!("{other:?}"),
            };
            assert_eq!(refused[0].field, field);
        }
    }
}
