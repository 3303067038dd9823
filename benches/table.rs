//! The table.

use crate::measure::{Limit, Row};

pub(crate) fn print(rows: &[Row], times: &[f64], counts: Option<&[u64]>) {
    let ring = times.first().copied().unwrap_or(f64::NAN);
    let width = rows.iter().map(|row| row.name.chars().count()).max();
    let width = width.unwrap_or_default();
    println!(
        "{:<width$} {:>8} {:>11} {:>13}   limit",
        "", "x ring", "ns", "instructions"
    );
    for (at, (row, &time)) in rows.iter().zip(times).enumerate() {
        let count = counts.and_then(|counts| counts.get(at));
        let count = count.map_or("-".to_owned(), |count| grouped(*count));
        let time_shown = if time < 100.0 {
            format!("{time:.1}")
        } else {
            grouped(time.round() as u64)
        };
        let limit = row.limit.as_ref().map(|limit| {
            let (figure, most, unit) = match limit {
                Limit::OfRing(most) => (time / ring, *most, "x ring".to_owned()),
                Limit::Of(other, most) => {
                    let other_at = rows.iter().position(|row| row.name == *other);
                    let of = other_at.and_then(|at| times.get(at));
                    let of = of.copied().unwrap_or(f64::NAN);
                    (time / of, *most, format!("x `{other}`: {:.2}", time / of))
                }
                Limit::Nanoseconds(most) => (time, *most, "ns".to_owned()),
            };
            let verdict = if figure <= most { "met" } else { "MISSED" };
            format!("{verdict:<7} {most} {unit}")
        });
        let line = format!(
            "{:<width$} {:>8} {time_shown:>11} {count:>13}   {}",
            row.name,
            ratio(time / ring),
            limit.unwrap_or_default()
        );
        println!("{}", line.trim_end());
    }
    println!();
    println!("x ring: times what the first row takes. Fastest of many short turns, in turn.");
    if counts.is_none() {
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
