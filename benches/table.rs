//! The table.

use std::error::Error;

use countersign_bench::measure::{Limit, Row};

/// What a row of the table says.
pub(crate) struct Line {
    name: String,
    nanoseconds: f64,
    /// Times what bare verification takes, in the same program.
    of_ring: f64,
    instructions: Option<u64>,
    limit: Option<Limit>,
}

impl Line {
    /// The lines of `rows`, of which the first is bare verification.
    pub(crate) fn all(rows: Vec<Row>, times: &[f64], counts: Option<&[u64]>) -> Vec<Self> {
        let ring = times.first().copied().unwrap_or(f64::NAN);
        let line = |(at, (row, &nanoseconds)): (usize, (Row, &f64))| Self {
            name: row.name,
            nanoseconds,
            of_ring: nanoseconds / ring,
            instructions: counts.and_then(|counts| counts.get(at)).copied(),
            limit: row.limit,
        };
        rows.into_iter().zip(times).enumerate().map(line).collect()
    }

    /// The lines of what another program measured and printed, without that of bare verification.
    #[cfg_attr(not(feature = "peers"), expect(dead_code, reason = "for peers"))]
    pub(crate) fn read(printed: &str) -> Result<Vec<Self>, Box<dyn Error>> {
        let mut lines = Vec::new();
        let mut ring = None;
        for printed in printed.lines() {
            let [name, time, count] = printed.split('\t').collect::<Vec<_>>()[..] else {
                return Err(format!("`{printed}` is no row").into());
            };
            let nanoseconds: f64 = time.parse()?;
            let Some(ring) = ring else {
                ring = Some(nanoseconds);
                continue;
            };
            lines.push(Self {
                name: name.to_owned(),
                nanoseconds,
                of_ring: nanoseconds / ring,
                instructions: count.parse().ok(),
                limit: None,
            });
        }
        Ok(lines)
    }

    /// What the limit is and whether it is met, beside the other lines.
    fn verdict(&self, all: &[Self]) -> Option<String> {
        let (figure, most, unit) = match self.limit.as_ref()? {
            Limit::OfRing(most) => (self.of_ring, *most, "x ring".to_owned()),
            Limit::Of(other, most) => {
                let of = all.iter().find(|line| line.name == *other);
                let times = self.nanoseconds / of.map_or(f64::NAN, |line| line.nanoseconds);
                (times, *most, format!("x `{other}`: {times:.2}"))
            }
            Limit::Nanoseconds(most) => (self.nanoseconds, *most, "ns".to_owned()),
        };
        let verdict = if figure <= most { "met" } else { "MISSED" };
        Some(format!("{verdict:<7} {most} {unit}"))
    }
}

pub(crate) fn print(lines: &[Line]) {
    let width = lines.iter().map(|line| line.name.chars().count()).max();
    let width = width.unwrap_or_default();
    println!(
        "{:<width$} {:>8} {:>11} {:>13}   limit",
        "", "x ring", "ns", "instructions"
    );
    for line in lines {
        let time = line.nanoseconds;
        let time = if time < 100.0 {
            format!("{time:.1}")
        } else {
            grouped(time.round() as u64)
        };
        let row = format!(
            "{:<width$} {:>8} {time:>11} {:>13}   {}",
            line.name,
            ratio(line.of_ring),
            line.instructions.map_or("-".to_owned(), grouped),
            line.verdict(lines).unwrap_or_default()
        );
        println!("{}", row.trim_end());
    }
    println!();
    println!(
        "x ring: times what the first row takes, for other libraries in a program of theirs. Fastest of short\n\
         turns at each place of the stack, in the middle of the places."
    );
    if lines.iter().all(|line| line.instructions.is_none()) {
        println!("No instructions: valgrind is not installed.");
    }
}

fn ratio(figure: f64) -> String {
    if figure >= 0.1 {
        format!("{figure:.3}")
    } else {
        format!("{figure:.5}")
    }
}

/// A number with its thousands set apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}
