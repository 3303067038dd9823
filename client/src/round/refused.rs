use countersign::protocol::Problem;

/// What a refusal is about, as far as a session does something about it.
#[derive(Clone, Copy)]
pub(super) enum Refused {
    /// The lease shows a seat no more: that is another's, another copy of this state has it, or the key
    /// that signed the lease was revoked.
    SeatGone,
    /// The license is suspended or revoked.
    TakenBack,
    /// Others have all seats, or there is no such license key: another may give a seat up, or the seller
    /// put it right, at a time that nobody knows.
    NotToBeHad,
    Otherwise,
}

impl Refused {
    pub(super) fn of(problem: &Problem) -> Self {
        let denials = problem
            .denials
            .iter()
            .filter_map(|denial| denial.get("code"));
        let mut codes = denials
            .filter_map(|code| code.as_str())
            .chain([problem.code.as_str()]);
        match problem.code.as_str() {
            "seat_lost" | "seat_shared" | "key_revoked" => Self::SeatGone,
            _ if codes.any(|code| matches!(code, "suspended" | "revoked")) => Self::TakenBack,
            "seat_limit_exceeded" | "license_key_not_found" | "license_not_found" => {
                Self::NotToBeHad
            }
            _ => Self::Otherwise,
        }
    }
}
