//! `countersign doctor`: looks whether an authority is sound, and says what to do where it is not.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::authority::{Authority, Finding, Health, OpenError, Thoroughness};
use crate::clock::Clock;
use crate::file;

use super::answer::Answer;
use super::authority::AuthorityFlags;
use super::error::Error;
use super::resource::JsonFlag;
use super::run::run;
use super::screen::{self, BAD, FAINT, GOOD, NOTABLE, Visible};

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Verifies every document, not a sample where there are more than ten thousand.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    json: JsonFlag,
    #[command(flatten)]
    authority: AuthorityFlags,
}

impl Doctor {
    pub(crate) fn run(self, clock: &Clock) -> Result<Answer, Error> {
        let findings = self.findings(clock)?;
        match self.json.is_set() {
            true => screen::print_json(&serde_json::json!({"findings": findings}))?,
            false => print(&findings)?,
        }
        let is_wrong = |finding: &Finding| finding.health == Health::Wrong;
        Ok(match findings.iter().any(is_wrong) {
            true => Answer::Denied,
            false => Answer::Done,
        })
    }

    fn findings(&self, clock: &Clock) -> Result<Vec<Finding>, Error> {
        let folder = self.authority.folder()?;
        let mut findings = vec![
            private("secret", &folder.join("secret"), MISSING_SECRET),
            operator_key(&folder.join("operator.key")),
        ];
        findings.extend(disk(&folder));
        let file = self.authority.sqlite_file()?;
        findings.extend(file.as_deref().and_then(database_files));
        let missing = file.filter(|file| !file.is_file());
        if let Some(file) = &missing {
            findings.push(Finding::wrong(
                "database",
                format!("there is none at `{}`", file.display()),
                "`countersign serve` makes one; state `--data` if it is elsewhere",
            ));
        }
        // To open an authority is to make what is missing: a secret too, with which nothing opens.
        if missing.is_some() || !folder.join("secret").is_file() {
            return Ok(findings);
        }
        match self.authority.open(clock) {
            Ok(authority) => findings.extend(self.examine(&authority)),
            Err(Error::Authority {
                source: source @ OpenError::OtherPublicUrl { .. },
            }) => findings.push(Finding::wrong("public URL", source, OTHER_PUBLIC_URL)),
            Err(error) => findings.push(unopened(&error)),
        }
        Ok(findings)
    }

    fn examine(&self, authority: &Authority) -> Vec<Finding> {
        let thoroughness = match self.all {
            true => Thoroughness::All,
            false => Thoroughness::Sample,
        };
        let mut findings = match run(authority.ping()) {
            Ok(()) => vec![Finding::fine("database", "it answers")],
            Err(error) => return vec![unopened(&error)],
        };
        match run(authority.examine(thoroughness)) {
            Ok(found) => findings.extend(found),
            Err(error) => findings.push(Finding::wrong(
                "rows",
                with_causes(&error),
                "restore the database from a backup of before the damage",
            )),
        }
        findings
    }
}

fn unopened(error: &Error) -> Finding {
    Finding::wrong(
        "database",
        with_causes(error),
        "see that it runs, that this user may use it, and that `--database` names it",
    )
}

fn with_causes(error: &Error) -> String {
    let first: &dyn std::error::Error = error;
    let causes = std::iter::successors(Some(first), |error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

/// Looks whether a file is there, for its owner alone.
fn private(check: &'static str, file: &Path, if_missing: &'static str) -> Finding {
    let name = file.display();
    match file::shared_mode(file) {
        Ok(None) => Finding::fine(check, format!("`{name}` is its owner's alone")),
        Ok(Some(mode)) => Finding::wrong(
            check,
            format!("others than its owner may use `{name}` (mode {mode:04o})"),
            "chmod 600 it, and see who may have read it",
        ),
        Err(error) => Finding::wrong(check, format!("`{name}`: {error}"), if_missing),
    }
}

/// Looks whether the files of a database are for their owner alone: its log holds rows as well.
fn database_files(file: &Path) -> Option<Finding> {
    let beside = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let files = [file.to_owned(), beside("-wal"), beside("-shm")];
    let looked = files.iter().filter(|file| file.is_file());
    let mut findings = looked.map(|file| private("files", file, MISSING_SECRET));
    let first = findings.next()?;
    let wrong = findings.find(|finding| finding.health == Health::Wrong);
    Some(match first.health {
        Health::Wrong => first,
        _ => wrong.unwrap_or(first),
    })
}

/// The operator's key need not stay where it was written.
fn operator_key(file: &Path) -> Finding {
    match file.exists() {
        true => private("operator key", file, MISSING_SECRET),
        false => Finding::fine("operator key", "it is not kept here"),
    }
}

#[cfg(unix)]
fn disk(folder: &Path) -> Option<Finding> {
    let space = rustix::fs::statvfs(folder).ok()?;
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    let detail = format!("{} MiB free", free / MIB);
    Some(match free / MIB {
        ..LEAST => Finding::wrong("disk", detail, MORE_SPACE),
        LEAST..LITTLE => Finding::notable("disk", detail, MORE_SPACE),
        LITTLE.. => Finding::fine("disk", detail),
    })
}

#[cfg(not(unix))]
fn disk(_: &Path) -> Option<Finding> {
    None
}

fn print(findings: &[Finding]) -> Result<(), Error> {
    let width = findings.iter().map(|finding| finding.check.len()).max();
    let width = width.unwrap_or(0);
    let mut text = String::new();
    for finding in findings {
        let (style, word) = match finding.health {
            Health::Fine => (GOOD, "fine"),
            Health::Notable => (NOTABLE, "look"),
            Health::Wrong => (BAD, "wrong"),
        };
        let check = finding.check;
        let detail = Visible(&finding.detail);
        text.push_str(&format!(
            "{style}{word:5}{style:#}  {check:width$}  {detail}"
        ));
        if let Some(advice) = finding.advice {
            text.push_str(&format!("{FAINT}; {advice}{FAINT:#}"));
        }
        text.push('\n');
    }
    screen::print(&text)
}

const OTHER_PUBLIC_URL: &str =
    "state the one that it has, or none; `countersign init --change-public-url` changes it";
const MISSING_SECRET: &str = "put it back from your backup: a new one opens nothing that is stored";
#[cfg(unix)]
const MORE_SPACE: &str = "make room: without it the authority answers 503 to whatever writes";
#[cfg(unix)]
const MIB: u64 = 1 << 20;
/// Free space below which something is wrong, and below which it is little, in MiB.
#[cfg(unix)]
const LEAST: u64 = 64;
#[cfg(unix)]
const LITTLE: u64 = 1024;
