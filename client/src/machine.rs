//! What an installation on a machine is known by.
//!
//! It is named by a number that was drawn at random and is kept in its state; nothing else leaves the
//! machine. Beside it stand keyed hashes of what the machine can be told by, so that a state that is
//! copied to another machine does not take the seat along. The key is made of the product, so that two
//! vendors cannot find out that a customer of the one is a customer of the other.
//!
//! A container has no such marks, or those of its host: state an id that is given to it, by
//! [`instance_of_variable`] or [`instance_of_file`].

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use countersign::{Instance, Product};
use ring::hmac;

use crate::state::hex;

#[cfg(all(feature = "machine", target_os = "linux"))]
mod linux;
#[cfg(all(feature = "machine", any(target_os = "macos", test)))]
mod macos;
#[cfg(all(feature = "machine", any(windows, test)))]
mod windows;

/// Keyed hashes of what a machine can be told by.
///
/// An installation counts as the same one while at least half of its signals still match, and one of
/// them is the machine's own, where one can be compared. Compared is what is kept of it and can be read
/// now, so `n` of the rule `k` of `n` is what could be read both times:
///
/// | | own | other machines may have it as well | k of n |
/// | --- | --- | --- | --- |
/// | Linux, as root | `system`, `board` | `model`, `root` | 2 of 4 |
/// | Linux, as another user | `system` | `model`, `root` | 2 of 3 |
/// | macOS | `system`, `serial` | `model` | 2 of 3 |
/// | Windows | `system`, `board` | `model` | 2 of 3 |
/// | FreeBSD and its kin, illumos | `system` | | 1 of 1 |
///
/// - `system`: `/etc/machine-id` on Linux, the `IOPlatformUUID` on macOS, the `MachineGuid` in the
///   registry of Windows; `/etc/hostid` or the UUID of SMBIOS on FreeBSD, the host id on illumos.
/// - `board`: the UUID of the mainboard in SMBIOS, on Linux for root alone to read; one that its maker
///   left blank is left out.
/// - `serial`: the serial number of a Mac.
/// - `model`: maker and model of machine and mainboard; of a Mac its model identifier.
/// - `root`: the file system that is mounted as root. All machines made from one image share it.
///
/// Half, and not more, since one part is replaced at a time. On Linux a new disk takes `root` away, a
/// new mainboard `board` and `model`, a system that is installed anew over a kept state `system` and
/// perhaps `root`: none of these locks anybody out where all four can be read. A Mac keeps `serial` and
/// `model` with a new mainboard, and all three with a new system. Windows keeps `board` and `model` with
/// a new system, `system` and `model` with a mainboard of the same model; one of another model is taken
/// for another machine, as is a disk that was moved to one. Half, and not less, since two machines of
/// one model and one image have `model` and `root` in common.
///
/// A signal that cannot be read at one start, such as while a program that tells it does not run, is no
/// sign of another machine: it is kept, and compared again when it can be read. Where nothing can be
/// compared the installation counts as the same one, and what is kept of it stays as it is; a second
/// copy of a seat is seen by the authority then, when the lease is renewed. A signal that was never read
/// before is kept from then on. One that changed takes the place of the one before it only while at
/// least half of all that is kept match, so that machines of which little can be read do not drift apart
/// from what is kept of them.
///
/// Machines made from an image that holds `system`, since nobody prepared it (`systemd-firstboot`,
/// `sysprep`), are taken for one machine: on Linux always, on Windows where they are of one model.
/// Containers have what their host or their image has: state an instance instead.
///
/// Host name, addresses, memory and peripherals change in real life, and are none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Signals(BTreeMap<String, String>);

impl Signals {
    /// What this machine is known by, as far as this process may read it. On macOS it starts a
    /// program that tells, which takes a tenth of a second.
    #[cfg(feature = "machine")]
    pub fn of_this_machine(product: &Product) -> Self {
        Self::new(product, read_signals())
    }

    /// Signals of the host's own choice: names, and values that never leave the machine. Empty ones
    /// are left out.
    pub fn new<'a>(product: &Product, values: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        let key = format!("countersign machine signal of {product}");
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        let hashed = |(name, value): (&str, String)| {
            let value = value.trim();
            let text = format!("{name}\0{value}");
            let hash = hex(hmac::sign(&key, text.as_bytes()).as_ref());
            (!value.is_empty()).then(|| (name.to_owned(), hash))
        };
        Self(values.into_iter().filter_map(hashed).collect())
    }

    /// Whether what is kept was kept on this machine, as far as it can be told.
    pub(crate) fn is_of(&self, kept: &BTreeMap<String, String>) -> bool {
        let compared = kept.keys().filter(|name| self.0.contains_key(*name));
        self.matches(kept, &compared.collect::<Vec<_>>())
    }

    /// Keeps what is read for the first time, and follows what has changed where enough of all that is
    /// kept is as it was. What cannot be read this time stays, as does all where nothing can be compared.
    pub(crate) fn keep_in(&self, kept: &mut BTreeMap<String, String>) {
        if !kept.is_empty() && !kept.keys().any(|name| self.0.contains_key(name)) {
            return;
        }
        let follows = self.matches(kept, &kept.keys().collect::<Vec<_>>());
        for (name, hash) in &self.0 {
            let held = kept.entry(name.clone()).or_insert_with(|| hash.clone());
            if follows {
                held.clone_from(hash);
            }
        }
    }

    /// Whether at least half of the `names` are as they are kept, and one of them that is the machine's
    /// own, if one is.
    fn matches(&self, kept: &BTreeMap<String, String>, names: &[&String]) -> bool {
        let is_own = |name: &&&String| !SHARED.contains(&name.as_str());
        let is_same = |name: &&&String| self.0.get(**name) == kept.get(**name);
        let matching = names.iter().filter(is_same).count();
        let has_own = names.iter().any(|name| is_own(&name));
        let matches_own = names.iter().filter(is_same).any(|name| is_own(&name));
        matching * 2 >= names.len() && (matches_own || !has_own)
    }
}

/// The names of the signals.
impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The instance that an environment variable names, as of a container or a pod.
///
/// # Errors
///
/// [`NoInstance`].
#[expect(
    clippy::disallowed_methods,
    reason = "the host names the variable, and it is read once"
)]
pub fn instance_of_variable(name: &str) -> Result<Instance, NoInstance> {
    let value = std::env::var(name).map_err(|_| NoInstance::Unset)?;
    instance(&value)
}

/// The instance that a file names, as it is mounted into a container: its first line.
///
/// # Errors
///
/// [`NoInstance`].
pub fn instance_of_file(path: &Path) -> Result<Instance, NoInstance> {
    let text = fs::read_to_string(path).map_err(NoInstance::Unread)?;
    instance(text.lines().next().unwrap_or_default())
}

fn instance(value: &str) -> Result<Instance, NoInstance> {
    let id = value.trim().parse().map_err(NoInstance::Invalid)?;
    Ok(Instance::Machine(id))
}

/// Nothing names the instance.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoInstance {
    /// The variable is not set, or is no text.
    #[error("the environment variable that names the instance is not set")]
    Unset,
    /// The file cannot be read.
    #[error("the file that names the instance cannot be read")]
    Unread(#[source] io::Error),
    /// The value is no instance's.
    #[error("the value names no instance")]
    Invalid(#[source] countersign::InvalidInstance),
}

#[cfg(feature = "machine")]
fn read_signals() -> Vec<(&'static str, String)> {
    let mut signals = vec![("system", machine_uid::get().unwrap_or_default())];
    #[cfg(target_os = "linux")]
    signals.extend(linux::signals());
    #[cfg(target_os = "macos")]
    signals.extend(macos::signals());
    #[cfg(windows)]
    signals.extend(windows::signals());
    signals.retain(|(name, value)| *name != "board" || !is_placeholder(value));
    signals
}

/// Whether the UUID of a mainboard is what its maker left in it, and so that of many.
#[cfg(feature = "machine")]
fn is_placeholder(uuid: &str) -> bool {
    let uuid = uuid.to_ascii_lowercase();
    let is_all = |digit: char| uuid.chars().all(|c| c == digit || c == '-');
    is_all('0') || is_all('f') || uuid == "03000200-0400-0500-0006-000700080009"
}

/// The signals that another machine may have as well: of the same model, or made from the same image.
const SHARED: [&str; 2] = ["model", "root"];

#[cfg(test)]
mod tests {
    use super::*;

    fn signals(product: &str, values: &[(&'static str, &str)]) -> Signals {
        let values = values
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        Signals::new(&product.parse().unwrap(), values)
    }

    #[test]
    fn a_machine_is_the_same_while_half_of_its_signals_match() {
        let kept = signals("acme/editor", &[("a", "1"), ("b", "2"), ("c", "3")]);
        let cases: [(&[(&str, &str)], bool); 10] = [
            (&[("a", "1"), ("b", "2"), ("c", "3")], true),
            (&[("a", "1"), ("b", "2"), ("c", "x")], true),
            (&[("a", "1"), ("b", "2")], true),
            (&[("a", "1"), ("b", "x"), ("c", "x")], false),
            (&[("a", "x"), ("b", "x"), ("c", "x")], false),
            (&[("b", "2"), ("c", "x")], true),
            (&[("b", "2")], true),
            (&[("b", "x")], false),
            (&[], true),
            (&[("a", "2"), ("b", "1"), ("c", "3")], false),
        ];
        for (values, expected) in cases {
            assert_eq!(
                signals("acme/editor", values).is_of(&kept.0),
                expected,
                "{values:?}"
            );
        }
        let of_two = signals("acme/editor", &[("a", "1"), ("b", "2")]);
        assert!(signals("acme/editor", &[("a", "1"), ("b", "x")]).is_of(&of_two.0));
        assert!(
            signals("acme/editor", &[("a", "x")]).is_of(&BTreeMap::new()),
            "none kept yet"
        );
    }

    #[test]
    fn what_is_kept_follows_a_machine_that_is_the_same_and_never_loses_a_signal() {
        let kept = [("model", "m"), ("serial", "n"), ("system", "s")];
        type Values<'a> = &'a [(&'static str, &'a str)];
        let cases: [(&str, Values<'_>, Values<'_>); 6] = [
            ("nothing can be read", &[], &kept),
            ("nothing can be compared", &[("board", "b")], &kept),
            ("one can be read", &[("system", "s")], &kept),
            (
                "one is new",
                &[("board", "b"), ("system", "s")],
                &[
                    ("board", "b"),
                    ("model", "m"),
                    ("serial", "n"),
                    ("system", "s"),
                ],
            ),
            (
                "one changed",
                &[("model", "m"), ("serial", "n"), ("system", "x")],
                &[("model", "m"), ("serial", "n"), ("system", "x")],
            ),
            (
                "one changed, of few",
                &[("model", "x"), ("system", "s")],
                &kept,
            ),
        ];
        for (what, values, expected) in cases {
            let read = signals("acme/editor", values);
            let mut held = signals("acme/editor", &kept).0;
            assert!(read.is_of(&held), "{what}");
            read.keep_in(&mut held);
            assert_eq!(held, signals("acme/editor", expected).0, "{what}");
        }
        let mut first = BTreeMap::new();
        signals("acme/editor", &kept).keep_in(&mut first);
        assert_eq!(first, signals("acme/editor", &kept).0);
    }

    #[test]
    fn what_machines_of_one_image_share_does_not_suffice() {
        let read = |values: &[(&'static str, &str)]| signals("acme/editor", values);
        let of_user = read(&[("model", "m"), ("root", "r"), ("system", "s")]);
        let of_root = read(&[
            ("board", "b"),
            ("model", "m"),
            ("root", "r"),
            ("system", "s"),
        ]);
        let twin = [
            ("board", "c"),
            ("model", "m"),
            ("root", "r"),
            ("system", "t"),
        ];
        assert!(!read(&twin).is_of(&of_user.0));
        assert!(!read(&twin).is_of(&of_root.0));
        let cases: [(&str, &[(&str, &str)]); 4] = [
            (
                "a new disk",
                &[
                    ("board", "b"),
                    ("model", "m"),
                    ("root", "x"),
                    ("system", "s"),
                ],
            ),
            (
                "a new board",
                &[
                    ("board", "x"),
                    ("model", "y"),
                    ("root", "r"),
                    ("system", "s"),
                ],
            ),
            (
                "a new system",
                &[
                    ("board", "b"),
                    ("model", "m"),
                    ("root", "x"),
                    ("system", "y"),
                ],
            ),
            ("less is read", &[("model", "m"), ("system", "s")]),
        ];
        for (what, values) in cases {
            let values: Vec<_> = values.to_vec();
            assert!(read(&values).is_of(&of_root.0), "{what}");
        }
        // A twin whose own signals can be read, or of which one alone can.
        let of_twin = read(&[("model", "m"), ("root", "r"), ("system", "t")]);
        assert!(!of_twin.is_of(&of_root.0));
        assert!(!read(&[("system", "t")]).is_of(&of_root.0));
        let shared = read(&[("model", "m"), ("root", "r")]);
        assert!(shared.is_of(&shared.0), "there is nothing else to go by");
    }

    #[test]
    fn hashes_of_two_products_have_nothing_in_common() {
        let one = signals("acme/editor", &[("a", "the same value")]);
        let other = signals("apex/viewer", &[("a", "the same value")]);
        assert_ne!(one, other);
        assert!(!format!("{one:?}{:?}", one.0).contains("value"));
        assert_eq!(
            signals("acme/editor", &[("a", " ")]),
            signals("acme/editor", &[])
        );
    }

    #[cfg(feature = "machine")]
    #[test]
    fn a_board_that_was_left_blank_is_none() {
        let cases = [
            ("", true),
            ("00000000-0000-0000-0000-000000000000", true),
            ("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", true),
            ("03000200-0400-0500-0006-000700080009", true),
            ("4c4c4544-0034-5010-804a-b4c04f574e32", false),
        ];
        for (uuid, expected) in cases {
            assert_eq!(is_placeholder(uuid), expected, "{uuid}");
        }
    }

    #[test]
    fn a_machine_of_three_signals_is_the_same_by_two_of_them() {
        let read = |values: &[(&'static str, &str)]| signals("acme/editor", values);
        let kept = read(&[("board", "b"), ("model", "m"), ("system", "s")]);
        type Values<'a> = [(&'static str, &'a str); 3];
        let cases: [(&str, Values<'_>, bool); 6] = [
            (
                "a new system",
                [("board", "b"), ("model", "m"), ("system", "x")],
                true,
            ),
            (
                "a new board of the model",
                [("board", "x"), ("model", "m"), ("system", "s")],
                true,
            ),
            (
                "a new board of another model",
                [("board", "x"), ("model", "x"), ("system", "s")],
                false,
            ),
            (
                "another machine of the model",
                [("board", "x"), ("model", "m"), ("system", "x")],
                false,
            ),
            (
                "another machine",
                [("board", "x"), ("model", "x"), ("system", "x")],
                false,
            ),
            (
                "a model that was told differently",
                [("board", "b"), ("model", "x"), ("system", "s")],
                true,
            ),
        ];
        for (what, values, expected) in cases {
            assert_eq!(read(&values).is_of(&kept.0), expected, "{what}");
        }
        // A Mac has a serial number in place of the board.
        let mac = read(&[("model", "m"), ("serial", "n"), ("system", "s")]);
        let repaired = read(&[("model", "m"), ("serial", "n"), ("system", "x")]);
        let twin = read(&[("model", "m"), ("serial", "x"), ("system", "x")]);
        assert_eq!((repaired.is_of(&mac.0), twin.is_of(&mac.0)), (true, false));
    }

    #[cfg(feature = "machine")]
    #[test]
    fn this_machine_is_itself() {
        let product = "acme/editor".parse().unwrap();
        let signals = Signals::of_this_machine(&product);
        let mut kept = BTreeMap::new();
        signals.keep_in(&mut kept);
        assert!(Signals::of_this_machine(&product).is_of(&kept));
    }

    #[test]
    fn a_mounted_file_names_an_instance_by_its_first_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("id");
        fs::write(&path, "pod-7\nmore\n").unwrap();
        let named = instance_of_file(&path).unwrap();
        assert_eq!(named, Instance::parse("machine", "pod-7").unwrap());
        fs::write(&path, "\n").unwrap();
        assert!(matches!(
            instance_of_file(&path),
            Err(NoInstance::Invalid(_))
        ));
        let unread = instance_of_file(&folder.path().join("none"));
        assert!(matches!(unread, Err(NoInstance::Unread(_))));
        let unset = instance_of_variable("COUNTERSIGN_NOT_SET_ANYWHERE");
        assert!(matches!(unset, Err(NoInstance::Unset)));
    }
}
