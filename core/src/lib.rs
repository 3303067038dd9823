//! Licenses verified and decided in process.
