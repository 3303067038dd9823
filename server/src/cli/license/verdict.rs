//! A decision, as people read it.

use anstyle::Style;
use countersign::{Decision, License, Moment, Purpose, Run, Verified};

use crate::cli::screen::{BAD, FAINT, GOOD, NOTABLE, Visible};

/// The decision at `now`: what was asked, every denial, every notice, and how long it holds.
pub(super) fn text(
    decision: &Decision<'_>,
    license: &Verified<License>,
    run: &Run,
    now: Moment,
) -> String {
    let (style, word) = match decision.is_allowed() {
        true => (GOOD, "allowed"),
        false => (BAD, "denied"),
    };
    let what = match run.purpose {
        Purpose::Run => "to run",
        Purpose::Update => "to update",
        Purpose::Support => "support for",
    };
    let mut text = format!(
        "{style}{word}{style:#}  {what} `{}` at {now}\n",
        run.product
    );
    for denial in decision.denials() {
        push_reason(&mut text, BAD, "denial", &denial.to_string(), denial.code());
    }
    for notice in decision.notices() {
        push_reason(
            &mut text,
            NOTABLE,
            "notice",
            &notice.to_string(),
            notice.code(),
        );
    }
    let holds = match decision.holds_until() {
        Some(until) => format!("until {until}"),
        None => "for ever, unless a document or the run changes".to_owned(),
    };
    let facts = [
        ("holds", holds),
        ("license", license.id.to_string()),
        ("signed by", license.signed_by().to_string()),
    ];
    for (name, fact) in facts {
        let fact = Visible(&fact);
        text.push_str(&format!("  {FAINT}{name:9}{FAINT:#}  {fact}\n"));
    }
    text
}

fn push_reason(text: &mut String, style: Style, label: &str, reason: &str, code: &str) {
    let reason = Visible(reason);
    let line = format!("  {style}{label:9}{style:#}  {reason} {FAINT}[{code}]{FAINT:#}\n");
    text.push_str(&line);
}
