//! What the programs that measure share: the license that is measured, rows, and how both are timed and
//! counted.

pub mod callgrind;
pub mod measure;
pub mod subject;
