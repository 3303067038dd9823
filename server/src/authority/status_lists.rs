use crate::entropy;
use crate::store::{Tx, status_entries};

use super::Refusal;

/// Takes an entry for a license: of the newest list, at random, so that its number says nothing of
/// how many licenses there are. A list in which chance finds no free entry is full enough, and the
/// next begins.
pub(super) fn allot(tx: &mut dyn Tx, brand_id: &str) -> Result<Place, Refusal> {
    let mut list = status_entries::newest_list(tx, brand_id)?.unwrap_or(0);
    loop {
        for _ in 0..TRIES {
            let random = u32::from_be_bytes(entropy::draw()?);
            let entry = i64::from(random) % LIST_LENGTH;
            if status_entries::take(tx, brand_id, list, entry)? {
                return Ok(Place { list, entry });
            }
        }
        list += 1;
    }
}

/// An entry of a status list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) list: i64,
    pub(super) entry: i64,
}

/// Entries of a list: 32 KiB of two bits each, which deflate to little.
pub(super) const LIST_LENGTH: i64 = 1 << 17;
/// How often chance is asked: a list that is nine tenths full is left in one of five cases.
const TRIES: usize = 16;
