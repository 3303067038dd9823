//! Many patterns of domains, compiled to be asked quickly.

use std::collections::BTreeSet;
use std::fmt;
use std::iter::successors;

use super::{Domain, DomainPattern};

/// The domains that a license names: at least one pattern.
///
/// Ten thousand patterns answer about as fast as ten, except those with a `*` within a label, which
/// are tried one after the other.
#[derive(Clone)]
pub struct DomainPatterns {
    patterns: Vec<DomainPattern>,
    /// Of so many that trying one after the other would take longer.
    table: Option<Box<Table>>,
}

impl DomainPatterns {
    /// Compiles `patterns`; `None` if there are none, since a license without this restriction
    /// and one that allows no domain must not be taken for each other.
    pub fn new(patterns: impl IntoIterator<Item = DomainPattern>) -> Option<Self> {
        let patterns: Vec<DomainPattern> = patterns.into_iter().collect();
        if patterns.is_empty() {
            return None;
        }
        let table = (patterns.len() > FEW).then(|| Box::new(Table::of(&patterns)));
        Some(Self { patterns, table })
    }

    /// Whether one of the patterns means `domain`.
    pub fn matches(&self, domain: &Domain) -> bool {
        match &self.table {
            Some(table) => table.matches(&self.patterns, domain),
            None => self.patterns.iter().any(|pattern| pattern.matches(domain)),
        }
    }

    /// Whether these patterns provably mean every domain that `others` mean: each is one of them, or
    /// lies below one.
    pub(crate) fn cover(&self, others: &Self) -> bool {
        let texts: BTreeSet<&str> = self.iter().map(DomainPattern::as_str).collect();
        let below = self.iter().filter(|pattern| pattern.is_below());
        let below: BTreeSet<&str> = below.filter_map(DomainPattern::name).collect();
        texts.contains("*")
            || others.iter().all(|other| {
                let mut names = successors(other.ending(), |name| Some(name.split_once('.')?.1));
                texts.contains(other.as_str()) || names.any(|name| below.contains(name))
            })
    }

    /// The patterns, in the order given.
    pub fn iter(&self) -> std::slice::Iter<'_, DomainPattern> {
        self.patterns.iter()
    }
}

impl<'a> IntoIterator for &'a DomainPatterns {
    type Item = &'a DomainPattern;
    type IntoIter = std::slice::Iter<'a, DomainPattern>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Equal if the same patterns were given in the same order.
impl PartialEq for DomainPatterns {
    fn eq(&self, other: &Self) -> bool {
        self.patterns == other.patterns
    }
}

impl Eq for DomainPatterns {}

impl fmt::Debug for DomainPatterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.patterns).finish()
    }
}

/// What finds the patterns that mean a domain.
#[derive(Clone)]
struct Table {
    any: bool,
    names: Names,
    /// Depth and index of the patterns that no look-up finds: a `*` within a label stands for no
    /// dot, so that what they match is as deep as they are.
    scanned: Vec<(u32, usize)>,
    scanned_depths: Depths,
}

impl Table {
    fn of(patterns: &[DomainPattern]) -> Self {
        let mut names = Names::with_capacity(patterns.len());
        let mut scanned = Vec::new();
        let mut scanned_depths = Depths::NONE;
        for (index, pattern) in patterns.iter().enumerate() {
            if let Some(name) = pattern.name() {
                names.insert(name, pattern.is_below());
            } else {
                let depth = depth(pattern.as_str().as_bytes());
                scanned.push((depth, index));
                scanned_depths.insert(depth);
            }
        }
        Self {
            any: patterns.iter().any(DomainPattern::is_any),
            names,
            scanned,
            scanned_depths,
        }
    }

    fn matches(&self, patterns: &[DomainPattern], domain: &Domain) -> bool {
        let name = domain.as_str();
        let depth = depth(name.as_bytes());
        self.any
            || self.names.contains(name, depth)
            || (self.scanned_depths.contains(depth) && self.scan(patterns, domain, depth))
    }

    fn scan(&self, patterns: &[DomainPattern], domain: &Domain, depth: u32) -> bool {
        let mut alike = self
            .scanned
            .iter()
            .filter(|(of_pattern, _)| *of_pattern == depth);
        alike.any(|(_, index)| patterns.get(*index).is_some_and(|p| p.matches(domain)))
    }
}

/// A hash table, with open addressing, of the patterns that are a name or all below one.
///
/// What says that a name is not there is a byte for each slot, so that all of it stays in a cache. It holds
/// the names themselves, one behind the other, so that else a look-up reads one place of the list and one
/// name: among ten thousand, each place that is read is one that the first cache does not hold.
/// The hash has no random seed, since the core has no randomness: patterns are signed, so whoever makes
/// them collide is the authority, and slows down its own customers only.
#[derive(Clone)]
struct Names {
    /// For each slot some bits of a name's hash, so that a name is read only if it is almost surely the
    /// one; [`FREE`] of none. A power of two of them, never full.
    tags: Vec<u8>,
    /// For each slot where its name stands in the texts.
    places: Vec<usize>,
    /// Of each name whether it stands for all below it, its length, and its bytes.
    texts: Vec<u8>,
    /// The depths of the names.
    depths: Depths,
    /// The depths of those names that stand for all below them as well.
    below: Depths,
}

impl Names {
    fn with_capacity(names: usize) -> Self {
        let slots = (names + names / 2 + 1).next_power_of_two();
        Self {
            tags: vec![FREE; slots],
            places: vec![0; slots],
            texts: Vec::with_capacity(names * USUAL_TEXT),
            depths: Depths::NONE,
            below: Depths::NONE,
        }
    }

    /// Adds a name, of at most 253 bytes as every one, if it is not there.
    fn insert(&mut self, name: &str, is_below: bool) {
        let name = name.as_bytes();
        let Ok(length) = u8::try_from(name.len()) else {
            return;
        };
        let depth = depth(name);
        self.depths.insert(depth);
        if is_below {
            self.below.insert(depth);
        }
        let hash = hash(name);
        let mut at = self.first(hash);
        while self.tag_at(at) != FREE {
            if self.tag_at(at) == tag(hash) && self.name_at(at) == Some((name, is_below)) {
                return;
            }
            at = self.after(at);
        }
        if let (Some(free), Some(place)) = (self.tags.get_mut(at), self.places.get_mut(at)) {
            (*free, *place) = (tag(hash), self.texts.len());
            self.texts.extend([u8::from(is_below), length]);
            self.texts.extend(name);
        }
    }

    fn contains(&self, name: &str, depth: u32) -> bool {
        if self.depths.contains(depth) && self.find(name, |_| true) {
            return true;
        }
        let (mut name, mut depth) = (name, depth);
        while depth > self.below.least()
            && let Some((_, parent)) = name.split_once('.')
        {
            name = parent;
            depth -= 1;
            if self.below.contains(depth) && self.find(name, |is_below| is_below) {
                return true;
            }
        }
        false
    }

    /// Whether the name is there, and `accepts` whether it stands for all below it.
    fn find(&self, name: &str, accepts: impl Fn(bool) -> bool) -> bool {
        let name = name.as_bytes();
        let hash = hash(name);
        let mut at = self.first(hash);
        while self.tag_at(at) != FREE {
            if self.tag_at(at) == tag(hash)
                && self
                    .name_at(at)
                    .is_some_and(|(found, is_below)| found == name && accepts(is_below))
            {
                return true;
            }
            at = self.after(at);
        }
        false
    }

    fn tag_at(&self, slot: usize) -> u8 {
        self.tags.get(slot).copied().unwrap_or(FREE)
    }

    /// The name of a slot, and whether it stands for all below it.
    fn name_at(&self, slot: usize) -> Option<(&[u8], bool)> {
        let [below, length, rest @ ..] = self.texts.get(*self.places.get(slot)?..)? else {
            return None;
        };
        Some((rest.get(..usize::from(*length))?, *below == 1))
    }

    fn first(&self, hash: u64) -> usize {
        (hash as usize) & (self.tags.len() - 1)
    }

    fn after(&self, at: usize) -> usize {
        (at + 1) & (self.tags.len() - 1)
    }
}

/// Of bits that do not say in which slot a name is first looked for.
fn tag(hash: u64) -> u8 {
    ((hash >> (u64::BITS - u8::BITS)) as u8).max(1)
}

/// The tag of a slot that no name has.
const FREE: u8 = 0;

/// A set of depths that says at once which names cannot be among those it was made of. A name has
/// fewer than 128 labels.
#[derive(Clone, Copy)]
struct Depths(u128);

impl Depths {
    const NONE: Self = Self(0);

    fn insert(&mut self, depth: u32) {
        self.0 |= 1_u128.wrapping_shl(depth);
    }

    fn contains(self, depth: u32) -> bool {
        self.0.wrapping_shr(depth) & 1 == 1
    }

    /// The least of them; 128 if there are none.
    fn least(self) -> u32 {
        self.0.trailing_zeros()
    }
}

/// The number of dots, counted in eight bytes at a time.
fn depth(name: &[u8]) -> u32 {
    let (words, rest) = name.as_chunks();
    let mut counts = words
        .iter()
        .map(|word| dots(u64::from_le_bytes(*word)))
        .sum::<u64>();
    counts += match name.last_chunk() {
        // The bytes of `rest` are the last in this word; the others are shifted out of it.
        Some(last) if !rest.is_empty() => {
            dots(u64::from_le_bytes(*last) >> (u64::BITS - u8::BITS * rest.len() as u32))
        }
        Some(_) => 0,
        None => dots(word_of(rest)),
    };
    (counts.wrapping_mul(ONES) >> (u64::BITS - u8::BITS)) as u32
}

/// One in each byte of the word that is a dot, and zero in the others.
fn dots(word: u64) -> u64 {
    let zero_if_dot = word ^ (ONES * b'.' as u64);
    let low_bits = ONES * 0x7f;
    let high_bit_unless_dot = ((zero_if_dot & low_bits) + low_bits) | zero_if_dot;
    (!high_bit_unless_dot >> 7) & ONES
}

/// Fewer than eight bytes as a word.
fn word_of(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |word, byte| word << u8::BITS | u64::from(*byte))
}

const ONES: u64 = u64::from_le_bytes([1; 8]);

/// Folds eight bytes at a time, the last eight last, even where they overlap those before.
fn hash(bytes: &[u8]) -> u64 {
    let last = match bytes.last_chunk() {
        Some(last) => u64::from_le_bytes(*last),
        None => word_of(bytes),
    };
    let (words, _) = bytes.as_chunks();
    let hash = words.iter().fold(bytes.len() as u64, |hash, word| {
        fold(hash, u64::from_le_bytes(*word))
    });
    fold(hash, last)
}

fn fold(hash: u64, word: u64) -> u64 {
    let product = u128::from(hash ^ word ^ SEED) * u128::from(MULTIPLIER);
    (product as u64) ^ (product >> 64) as u64
}

/// Odd numbers without a pattern: the fractions of the golden ratio and of the square root of 3.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
const SEED: u64 = 0xbb67_ae85_84ca_a73b;

/// Room for a name with what stands before it, so that the texts of most lists need not move.
const USUAL_TEXT: usize = 32;
/// How many patterns are tried one after the other.
const FEW: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> DomainPattern {
        text.parse().unwrap()
    }

    fn domain(text: &str) -> Domain {
        text.parse().unwrap()
    }

    fn compiled(texts: &[&str]) -> DomainPatterns {
        DomainPatterns::new(texts.iter().map(|text| pattern(text))).unwrap()
    }

    #[test]
    fn patterns_mean_what_the_rules_say() {
        let rows: &[(&[&str], &str, bool)] = &[
            // A name.
            (&["example.com"], "example.com", true),
            (&["example.com"], "https://www.example.com/", true),
            (&["www.example.com"], "example.com", true),
            (&["example.com"], "shop.example.com", false),
            (&["example.com"], "example.org", false),
            (&["example.com"], "com", false),
            (&["bücher.example"], "xn--bcher-kva.example", true),
            (&["a", "b", "c"], "b", true),
            // Everything below a name, and the name.
            (&["*.example.com"], "example.com", true),
            (&["*.example.com"], "www.example.com", true),
            (&["*.example.com"], "shop.example.com", true),
            (&["*.example.com"], "a.b.c.d.example.com", true),
            (&["*.example.com"], "badexample.com", false),
            (&["*.example.com"], "example.com.evil.org", false),
            (&["*.example.com"], "com", false),
            (&["*.shop.example.com"], "example.com", false),
            (&["*.shop.example.com"], "www.shop.example.com", true),
            (&["*.www.example.com"], "example.com", false),
            (&["*.www.example.com"], "a.www.example.com", true),
            (
                &["shop.example.com", "*.example.org"],
                "a.shop.example.com",
                false,
            ),
            (&["*.a.example.com", "example.com"], "b.example.com", false),
            // One or more characters of one label.
            (&["dev-*.example.com"], "dev-1.example.com", true),
            (&["dev-*.example.com"], "dev-.example.com", false),
            (&["dev-*.example.com"], "dev-1.a.example.com", false),
            (&["dev-*.example.com"], "a.dev-1.example.com", false),
            (&["dev-*.example.com"], "dev-1.example.org", false),
            (&["dev-*.example.com"], "example.com", false),
            (&["shop.*.example.com"], "shop.eu.example.com", true),
            (&["shop.*.example.com"], "shop.example.com", false),
            (&["shop.*.example.com"], "shop.a.b.example.com", false),
            (&["shop.*.example.com"], "xshop.eu.example.com", false),
            (&["*.*.example.com"], "a.b.example.com", true),
            (&["*.*.example.com"], "b.example.com", false),
            (&["*.*.example.com"], "a.b.c.example.com", false),
            (&["*-dev.example.com"], "-dev.example.com", false),
            (&["*-dev.example.com"], "a-dev-dev.example.com", true),
            (&["a*b*c.example.com"], "axbxc.example.com", true),
            (&["a*b*c.example.com"], "abbbc.example.com", true),
            (&["a*b*c.example.com"], "abbc.example.com", false),
            (&["a*b*c.example.com"], "abc.example.com", false),
            (&["**.example.com"], "a.example.com", false),
            (&["**.example.com"], "ab.example.com", true),
            (&["**.example.com"], "a.b.example.com", false),
            (&["*"], "anything.example", true),
            (&["example.com", "*"], "localhost", true),
        ];
        for (texts, name, expected) in rows {
            let patterns = compiled(texts);
            assert_eq!(
                patterns.matches(&domain(name)),
                *expected,
                "{texts:?} {name}"
            );
            let tabled = compiled(&texts.repeat(FEW + 1));
            assert_eq!(tabled.matches(&domain(name)), *expected, "{texts:?} {name}");
        }
    }

    #[test]
    fn compiled_patterns_agree_with_single_ones() {
        const LABELS: [&str; 6] = ["a", "b", "ab", "www", "a-very-long-label", "com"];
        const PATTERN_LABELS: [&str; 9] = [
            "a",
            "b",
            "ab",
            "www",
            "a-very-long-label",
            "com",
            "*",
            "a*",
            "*b",
        ];
        let mut state = 1_usize;
        let mut next = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % below
        };
        let mut hits = 0;
        for _ in 0..2_000 {
            let mut name = |labels: &[&str]| {
                let name: Vec<&str> = (0..=next(4)).map(|_| labels[next(labels.len())]).collect();
                name.join(".")
            };
            let patterns: Vec<DomainPattern> = (0..30)
                .filter_map(|_| name(&PATTERN_LABELS).parse().ok())
                .collect();
            let names: Vec<Domain> = (0..30).map(|_| domain(&name(&LABELS))).collect();
            let compiled = DomainPatterns::new(patterns.iter().cloned()).unwrap();
            assert_eq!(compiled.iter().cloned().collect::<Vec<_>>(), patterns);
            for name in names {
                let expected = patterns.iter().any(|pattern| pattern.matches(&name));
                hits += usize::from(expected);
                assert_eq!(compiled.matches(&name), expected, "{patterns:?} {name}");
            }
        }
        assert!((10_000..50_000).contains(&hits), "{hits}");
    }

    #[test]
    fn every_one_of_ten_thousand_names_is_found() {
        let name = |i: usize| format!("shop-{i}.example.com");
        let texts = (0..10_000).map(|i| {
            if i % 2 == 0 {
                name(i)
            } else {
                format!("*.{}", name(i))
            }
        });
        let patterns = DomainPatterns::new(texts.map(|text| pattern(&text))).unwrap();
        for i in 0..10_000 {
            assert!(patterns.matches(&domain(&name(i))), "{i}");
            assert_eq!(
                patterns.matches(&domain(&format!("a.{}", name(i)))),
                i % 2 == 1,
                "{i}"
            );
            assert!(!patterns.matches(&domain(&name(i + 10_000))), "{i}");
        }
    }

    #[test]
    fn names_of_any_length_and_depth_are_found() {
        let tabled = |pattern: &str| compiled(&["b.c", pattern].repeat(FEW));
        for length in 1..=63 {
            let name = "a".repeat(length);
            assert!(tabled(&name).matches(&domain(&name)), "{name}");
        }
        let deepest = ["a"; 127].join(".");
        assert!(tabled(&deepest).matches(&domain(&deepest)));
        assert!(tabled("*.a.a").matches(&domain(&deepest)));
        assert!(!tabled("*.a.b").matches(&domain(&deepest)));
    }

    #[test]
    fn pattern_given_ten_thousand_times_is_compiled_quickly_and_kept() {
        let patterns =
            DomainPatterns::new(std::iter::repeat_n(pattern("example.com"), 10_000)).unwrap();
        assert_eq!(patterns.iter().count(), 10_000);
        let tags = &patterns.table.unwrap().names.tags;
        let taken = tags.iter().filter(|tag| **tag != FREE);
        assert_eq!(taken.count(), 1);
    }

    #[test]
    fn no_pattern_is_not_a_set() {
        assert_eq!(DomainPatterns::new([]), None);
    }

    #[test]
    fn sets_are_equal_if_given_alike() {
        assert_eq!(compiled(&["*.A.com", "b"]), compiled(&["*.a.com", "B"]));
        assert_ne!(compiled(&["a", "b"]), compiled(&["b", "a"]));
    }
}
