//! What a decision of a session costs: the clocks are read, and all that is held is looked at.

use std::error::Error;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use countersign::{ActivationAnswer, Instance, Lease, Moment, Product, Run};
use countersign_client::{FileStorage, Session, SessionBuilder};
use tempfile::TempDir;

use countersign_bench::measure::{Limit, Row};
use countersign_bench::subject::Subject;

pub(crate) fn rows() -> Result<Vec<Row>, Box<dyn Error>> {
    let rows = [
        ("session.decide, a seat", Licensed::to_a_seat()?),
        ("session.decide, every rule", Licensed::to_everything()?),
    ];
    let row = |(name, licensed): (&str, Licensed)| {
        let decide = move || {
            let decision = black_box(&licensed.session).decide(black_box(&licensed.run));
            decision.is_allowed() && decision.notices().is_empty()
        };
        Row::new(name, Limit::Nanoseconds(150.0), decide, |allowed| *allowed)
    };
    Ok(rows.into_iter().map(row).collect::<Result<_, _>>()?)
}

/// Prints what two threads decide together beside one alone, each in its fastest turn.
pub(crate) fn print_scaling() -> Result<(), Box<dyn Error>> {
    let licensed = Licensed::to_a_seat()?;
    let (mut one, mut two) = (Duration::MAX, Duration::MAX);
    for _ in 0..TURNS {
        one = one.min(licensed.decide_on(1)?);
        two = two.min(licensed.decide_on(2)?);
    }
    let scale = 2.0 * one.as_secs_f64() / two.as_secs_f64();
    let verdict = if scale >= 1.8 { "met" } else { "MISSED" };
    println!("\nsession.decide on 2 threads: {scale:.2} times one thread   {verdict} at least 1.8");
    Ok(())
}

/// A session that holds a license, a lease and a status list, and the run that they allow.
struct Licensed {
    session: Session<FileStorage>,
    run: Run,
    /// Where the session is kept, which is saved there at its end.
    _folder: TempDir,
}

impl Licensed {
    fn to_everything() -> Result<Self, Box<dyn Error>> {
        let subject = Subject::at(signed_at())?;
        let run = subject.with_everything()?.run;
        Self::activated(&subject, run)
    }

    /// What a product on a machine states: its instance, and the feature that it needs.
    fn to_a_seat() -> Result<Self, Box<dyn Error>> {
        let mut subject = Subject::at(signed_at())?;
        (subject.license.domains, subject.license.addresses) = (None, None);
        let mut run = Run::of(subject.license.product.clone());
        run.instance = Some(Instance::parse("machine", "workstation-1")?);
        run.requires = ["export.pdf".parse()?].into();
        Self::activated(&subject, run)
    }

    fn activated(subject: &Subject, run: Run) -> Result<Self, Box<dyn Error>> {
        let everything = subject.with_everything()?;
        let product: Product = subject.license.product.clone();
        let folder = tempfile::tempdir()?;
        let open = || {
            let builder = SessionBuilder::new(subject.trust.clone(), product.clone());
            let instance = run.instance.clone().ok_or("a run on an instance")?;
            let session = builder
                .instance(instance)
                .open(FileStorage::at(folder.path()))?;
            Ok::<_, Box<dyn Error>>(session)
        };
        let session = open()?;
        let request = session.activation_request("ACME-CUSTOM-1".parse()?)?;
        let lease = Lease::new(
            "0197a2b4-lease".into(),
            "0197a2b4-activation".into(),
            (product.clone(), subject.license.id.clone()),
            request.instance.clone(),
            (subject.now, subject.now.saturating_add(WEEK)),
            request.nonce,
        );
        let mut answer = ActivationAnswer::new(everything.license.as_str().parse()?);
        answer.lease = Some(subject.key.sign(&lease)?);
        answer.statuses = Some(everything.statuses.as_str().parse()?);
        session.import(&answer.to_string())?;
        drop(session);
        // A second run has a clock that is guarded.
        let session = open()?;
        Ok(Self {
            session,
            run,
            _folder: folder,
        })
    }

    /// How long so many threads take that each decide as often, from when the first of them begins to
    /// when the last of them is done.
    fn decide_on(&self, threads: usize) -> Result<Duration, Box<dyn Error>> {
        let ready = Barrier::new(threads);
        let work = || {
            ready.wait();
            let begun = now();
            let mut allowed = 0_u32;
            for _ in 0..TIMES {
                let decision = black_box(&self.session).decide(black_box(&self.run));
                allowed += u32::from(decision.is_allowed());
            }
            (begun, now(), allowed == TIMES)
        };
        let turns = thread::scope(|scope| {
            let begun: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let turns = begun.into_iter().map(|thread| thread.join());
            turns.collect::<Result<Vec<_>, _>>()
        });
        let turns = turns.map_err(|_| "a thread panicked")?;
        let began = turns.iter().map(|(begun, _, _)| *begun).min();
        let ended = turns.iter().map(|(_, ended, _)| *ended).max();
        match (began, ended) {
            (Some(began), Some(ended)) if turns.iter().all(|(_, _, allowed)| *allowed) => {
                Ok(ended.saturating_duration_since(began))
            }
            _ => Err("a run was denied".into()),
        }
    }
}

/// An hour ago, so that a clock that is set right meanwhile is not before it.
#[expect(clippy::disallowed_methods, reason = "a session reads the clock")]
fn signed_at() -> Moment {
    Moment::from(SystemTime::now()).saturating_sub(Duration::from_secs(60 * 60))
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn now() -> Instant {
    Instant::now()
}

const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Many, since threads begin a turn together and end it so: of 2,000 turns the fastest counts.
const TIMES: u32 = 10_000;
const TURNS: u32 = 2_000;
