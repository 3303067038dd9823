use std::fmt;
use std::time::Duration;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use crate::code::Code;
use crate::error::Error;
use crate::fault::{Fault, Flaw};
use crate::json::{Names, Reader};
use crate::keys;
use crate::moment::Moment;
use crate::must::Must;
use crate::signed::{Kind, Subject, Verified, sealed};

/// The standing of every license of a brand, one number each: the Token Status List of the IETF.
///
/// A host keeps the newest list and refuses an older one, see
/// [`Verified::check_newer`](Verified::check_newer).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusList {
    /// The brand that signed it.
    pub brand: Code,
    /// Where it is fetched from; licenses name the list by it.
    pub uri: String,
    /// When it was signed.
    pub issued_at: Moment,
    /// The first moment it no longer counts; `None` if it does until a newer one comes.
    pub ends_at: Option<Moment>,
    /// How long after it was signed a host should fetch a newer one.
    pub refresh_after: Option<Duration>,
    /// One entry a license.
    pub entries: Statuses,
}

impl StatusList {
    /// A list of `brand`, to be fetched from `uri`, that never ends.
    pub fn new(brand: Code, uri: String, issued_at: Moment, entries: Statuses) -> Self {
        Self {
            brand,
            uri,
            issued_at,
            ends_at: None,
            refresh_after: None,
            entries,
        }
    }

    /// When a host should fetch a newer one.
    pub fn refresh_at(&self) -> Option<Moment> {
        self.refresh_after
            .map(|after| self.issued_at.saturating_add(after))
    }
}

impl Verified<StatusList> {
    /// Refuses this list where a host holds a newer one for the same uri.
    ///
    /// # Errors
    ///
    /// [`Error::OutdatedStatusList`] if this list is older.
    pub fn check_newer(&self, held: &Self) -> Result<(), Error> {
        if self.uri == held.uri && self.issued_at < held.issued_at {
            return Err(Error::OutdatedStatusList {
                issued_at: self.issued_at,
                held: held.issued_at,
            });
        }
        Ok(())
    }
}

impl fmt::Debug for StatusList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusList")
            .field("uri", &self.uri)
            .field("issued_at", &self.issued_at)
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl sealed::Sealed for StatusList {
    const KIND: Kind = Kind::StatusList;
    type Index = ();

    fn read(reader: &mut Reader<'_>, (): &mut ()) -> Result<Self, Fault> {
        let (mut brand, mut uri, mut issued_at, mut entries) = (None, None, None, None);
        let (mut ends_at, mut refresh_after) = (None, None);
        let mut must = Must::default();
        let mut claims = Names::of(reader);
        reader.claims(&mut claims, |reader, name| {
            match name {
                "iss" => brand = Some(reader.parsed()?),
                "sub" => uri = Some(read_uri(reader)?),
                "iat" => issued_at = Some(reader.moment()?),
                "exp" => ends_at = Some(reader.moment()?),
                "ttl" => refresh_after = Some(reader.length(1)?),
                "status_list" => entries = Some(Statuses::read(reader)?),
                _ => return must.read_other(reader, name),
            }
            Ok(())
        })?;
        must.check(&claims)?;
        let missing = |name| Fault::new(Flaw::Missing).within(name);
        Ok(Self {
            brand: brand.ok_or_else(|| missing("iss"))?,
            uri: uri.ok_or_else(|| missing("sub"))?,
            issued_at: issued_at.ok_or_else(|| missing("iat"))?,
            ends_at,
            refresh_after,
            entries: entries.ok_or_else(|| missing("status_list"))?,
        })
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            brand: &self.brand,
            product: None,
            issued_at: self.issued_at,
        }
    }
}

/// What a status list says of one license.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// It is honored.
    Valid,
    /// It is not honored any more.
    Revoked,
    /// It is not honored for the time being.
    Suspended,
    /// A value that this reader does not know.
    Unknown(u8),
}

impl Status {
    /// The number that a list holds for it.
    pub fn number(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Revoked => 1,
            Self::Suspended => 2,
            Self::Unknown(number) => number,
        }
    }
}

impl From<u8> for Status {
    fn from(number: u8) -> Self {
        match number {
            0 => Self::Valid,
            1 => Self::Revoked,
            2 => Self::Suspended,
            number => Self::Unknown(number),
        }
    }
}

/// The entries of a status list: packed numbers of 1, 2, 4 or 8 bits, the first in the lowest bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Statuses {
    bits: u8,
    packed: Vec<u8>,
}

impl Statuses {
    /// `length` entries of two bits, all valid. Rounded up to whole bytes.
    pub fn valid(length: usize) -> Self {
        Self {
            bits: WRITTEN_BITS,
            packed: vec![0; length.div_ceil(8 / usize::from(WRITTEN_BITS))],
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.packed.len() * self.in_a_byte()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// The entry at `index`; `None` beyond the end.
    pub fn get(&self, index: u64) -> Option<Status> {
        let index = usize::try_from(index).ok()?;
        let byte = self.packed.get(index / self.in_a_byte())?;
        Some(Status::from((byte >> self.shift(index)) & self.mask()))
    }

    /// Sets the entry at `index`, and makes the list longer where it must be.
    ///
    /// # Errors
    ///
    /// [`InvalidEntry`]; the list is as it was.
    pub fn set(&mut self, index: usize, status: Status) -> Result<(), InvalidEntry> {
        let (shift, mask) = (self.shift(index), self.mask());
        let number = status.number();
        if number > mask {
            return Err(InvalidEntry::Number {
                number,
                bits: self.bits,
            });
        }
        let at = index / self.in_a_byte();
        if at >= MAX_INFLATED {
            return Err(InvalidEntry::Index { index });
        }
        if at >= self.packed.len() {
            self.packed.resize(at + 1, 0);
        }
        if let Some(byte) = self.packed.get_mut(at) {
            *byte = (*byte & !(mask << shift)) | (number << shift);
        }
        Ok(())
    }

    fn in_a_byte(&self) -> usize {
        8 / usize::from(self.bits)
    }

    fn shift(&self, index: usize) -> usize {
        index % self.in_a_byte() * usize::from(self.bits)
    }

    fn mask(&self) -> u8 {
        u8::MAX >> (8 - self.bits)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (mut bits, mut packed) = (None, None);
        reader.object(|reader, name| {
            match name {
                "bits" => {
                    bits = Some(match reader.integer()? {
                        1 => 1,
                        2 => 2,
                        4 => 4,
                        8 => 8,
                        _ => return Err(Fault::new(Flaw::Bits)),
                    });
                }
                "lst" => packed = Some(inflate(&reader.string()?)?),
                "aggregation_uri" => drop(reader.string()?),
                _ => return Err(Fault::new(Flaw::UnknownMember)),
            }
            Ok(())
        })?;
        let missing = |name| Fault::new(Flaw::Missing).within(name);
        Ok(Self {
            bits: bits.ok_or_else(|| missing("bits"))?,
            packed: packed.ok_or_else(|| missing("lst"))?,
        })
    }

    #[cfg(feature = "issue")]
    pub(crate) fn to_claim(&self) -> serde_json::Value {
        let lst = miniz_oxide::deflate::compress_to_vec_zlib(&self.packed, COMPRESSION);
        serde_json::json!({ "bits": self.bits, "lst": keys::encode(&lst) })
    }
}

/// An entry that cannot stand in a status list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEntry {
    /// Its number needs more bits than the list has for each.
    #[error("the status {number} does not fit in {bits} bits")]
    Number {
        /// The number of the status.
        number: u8,
        /// How many bits an entry has.
        bits: u8,
    },
    /// It stands where no reader looks: a list has at most 16 MiB of entries.
    #[error("a status list has no room for an entry {index}")]
    Index {
        /// Where it was to stand.
        index: usize,
    },
}

impl fmt::Debug for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Statuses({} of {} bits)", self.len(), self.bits)
    }
}

/// Reads the address of a status list.
pub(crate) fn read_uri(reader: &mut Reader<'_>) -> Result<String, Fault> {
    let uri = reader.string()?.into_owned();
    let visible = !uri.is_empty() && !uri.chars().any(|c| c.is_control() || c.is_whitespace());
    if visible {
        Ok(uri)
    } else {
        Err(Fault::because(Flaw::Text, "not a uri"))
    }
}

/// Inflates a zlib stream (RFC 1950) that is all of `lst`, and never past the limit.
fn inflate(lst: &str) -> Result<Vec<u8>, Fault> {
    let compressed = keys::decode(lst).map_err(|_| Fault::new(Flaw::Inflate))?;
    let flags = TINFL_FLAG_PARSE_ZLIB_HEADER | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let mut state = Box::<DecompressorOxide>::default();
    let (mut input, mut packed, mut written) = (compressed.as_slice(), Vec::new(), 0);
    loop {
        packed.resize(usize::clamp(written * 2, 1024, MAX_INFLATED), 0);
        let (status, read, more) = decompress(&mut state, input, &mut packed, written, flags);
        input = input.get(read..).unwrap_or_default();
        written += more;
        match status {
            TINFLStatus::Done if input.is_empty() => {
                packed.truncate(written);
                return Ok(packed);
            }
            TINFLStatus::HasMoreOutput if written < MAX_INFLATED => {}
            TINFLStatus::HasMoreOutput => return Err(Fault::new(Flaw::InflatesTooLong)),
            _ => return Err(Fault::new(Flaw::Inflate)),
        }
    }
}

/// The most bytes a list is inflated to: 67 million entries of two bits.
const MAX_INFLATED: usize = 16 * 1024 * 1024;
/// How many bits an entry has in the lists that are written.
const WRITTEN_BITS: u8 = 2;
/// How hard lists are compressed, from 0 to 10.
#[cfg(feature = "issue")]
const COMPRESSION: u8 = 9;

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the Token Status List specification, section 4.
    #[test]
    fn the_lists_of_the_specification_are_read() {
        let one_bit = Statuses {
            bits: 1,
            packed: inflate("eNrbuRgAAhcBXQ").unwrap(),
        };
        let values: Vec<u8> = (0..16)
            .map(|at| one_bit.get(at).unwrap().number())
            .collect();
        assert_eq!(values, [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]);
        assert_eq!(one_bit.get(16), None);
        let two_bits = Statuses {
            bits: 2,
            packed: inflate("eNo76fITAAPfAgc").unwrap(),
        };
        let values: Vec<u8> = (0..12)
            .map(|at| two_bits.get(at).unwrap().number())
            .collect();
        assert_eq!(values, [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]);
    }

    #[test]
    fn an_entry_is_what_it_was_set_to() {
        let mut statuses = Statuses::valid(1_000_000);
        assert_eq!(statuses.len(), 1_000_000);
        let entries = [
            (999_999, Status::Suspended),
            (999_998, Status::Revoked),
            (999_998, Status::Valid),
            (1_000_004, Status::Unknown(3)),
        ];
        for (index, status) in entries {
            assert_eq!(statuses.set(index, status), Ok(()));
        }
        assert_eq!(statuses.get(999_999), Some(Status::Suspended));
        assert_eq!(statuses.get(999_998), Some(Status::Valid));
        assert_eq!(statuses.get(1_000_003), Some(Status::Valid));
        assert_eq!(statuses.get(1_000_004), Some(Status::Unknown(3)));
        assert_eq!(statuses.get(u64::MAX), None);
    }

    #[test]
    fn an_entry_that_no_reader_would_read_back_is_not_set() {
        let mut statuses = Statuses::valid(4);
        let unchanged = statuses.clone();
        let rows = [
            (
                0,
                Status::Unknown(200),
                InvalidEntry::Number {
                    number: 200,
                    bits: 2,
                },
            ),
            (
                4 * MAX_INFLATED,
                Status::Valid,
                InvalidEntry::Index {
                    index: 4 * MAX_INFLATED,
                },
            ),
            (
                usize::MAX,
                Status::Revoked,
                InvalidEntry::Index { index: usize::MAX },
            ),
        ];
        for (index, status, invalid) in rows {
            assert_eq!(statuses.set(index, status), Err(invalid));
            assert_eq!(statuses, unchanged);
        }
    }
}
