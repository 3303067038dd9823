//! Claims as people read them: indented JSON, and beside each moment when that is.

use countersign::Moment;
use serde_json::Value;

use crate::cli::screen::{self, FAINT};

/// The claims, a member a line. A text that is longer than a person reads is cut.
pub(super) fn text(claims: &Value) -> String {
    let mut view = View::default();
    view.push(claims);
    view.text.push('\n');
    view.text
}

/// Claims that are being written, and where in them the next value stands.
#[derive(Default)]
struct View<'a> {
    text: String,
    path: Vec<Step<'a>>,
}

impl<'a> View<'a> {
    fn push(&mut self, value: &'a Value) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                let members = members.iter();
                let members = members.map(|(name, value)| (Step::Member(name), value));
                self.push_block('{', members, '}');
            }
            Value::Array(values) if !values.is_empty() => {
                self.push_block('[', values.iter().map(|value| (Step::Element, value)), ']');
            }
            Value::String(text) if text.len() > MAX_SHOWN => {
                let shown: String = text.chars().take(SHOWN).collect();
                self.push_json(&shown.into());
                let rest = text.chars().skip(SHOWN).count();
                self.text
                    .push_str(&format!("  {FAINT}and {rest} characters more{FAINT:#}"));
            }
            value => self.push_json(value),
        }
    }

    fn push_block(
        &mut self,
        open: char,
        members: impl ExactSizeIterator<Item = (Step<'a>, &'a Value)>,
        close: char,
    ) {
        self.text.push(open);
        self.text.push('\n');
        let last = members.len();
        for (at, (step, value)) in (1..).zip(members) {
            self.path.push(step);
            self.indent();
            if let Step::Member(name) = step {
                self.push_json(&name.into());
                self.text.push_str(": ");
            }
            self.push(value);
            if at < last {
                self.text.push(',');
            }
            self.push_moment(value);
            self.text.push('\n');
            self.path.pop();
        }
        self.indent();
        self.text.push(close);
    }

    fn push_moment(&mut self, value: &Value) {
        use Step::Member;
        let is_moment = match self.path.as_slice() {
            [Member(name)] => MOMENTS.contains(name),
            [Member("entitlements"), _, Member("until")]
            | [Member("keys"), Step::Element, Member("nbf" | "exp")] => true,
            _ => false,
        };
        let moment = value.as_i64().map(Moment::from_unix);
        if let (true, Some(Ok(moment))) = (is_moment, moment) {
            self.text.push_str(&format!("  {FAINT}{moment}{FAINT:#}"));
        }
    }

    fn push_json(&mut self, value: &Value) {
        self.text
            .push_str(&screen::escaped_json(&value.to_string()));
    }

    fn indent(&mut self) {
        self.text.push_str(&"  ".repeat(self.path.len()));
    }
}

/// A step from a value into what it holds.
#[derive(Clone, Copy)]
enum Step<'a> {
    Member(&'a str),
    Element,
}

/// The claims of any document that are moments.
const MOMENTS: [&str; 8] = [
    "exp",
    "iat",
    "nbf",
    "renew_at",
    "support_until",
    "updates_until",
    "valid_from",
    "valid_until",
];
/// The longest text that is shown whole, in bytes.
const MAX_SHOWN: usize = 4096;
/// How much of a longer one is shown, in characters.
const SHOWN: usize = 64;
