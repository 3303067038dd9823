internal import CountersignGenerated

/// What a clock guard cannot take up.
public struct ClockError: CountersignError, Hashable {
	/// What is wrong.
	public enum Reason: Hashable, Sendable {
		/// The state was changed, cut short, or comes from another machine. The host must face it; to
		/// go on without state is to give the protection up.
		case damaged
		/// The answer does not tell the present time.
		case notFresh
		/// The text is no nonce.
		case nonce
	}

	/// What is wrong.
	public let reason: Reason
	/// The stable name of what is wrong, in snake case, the same in every language.
	public let code: String
	/// What is wrong, in one line for people. It may change between versions.
	public let description: String

	init(_ error: CountersignGenerated.ClockError) {
		switch error {
		case let .Damaged(code, text):
			(reason, self.code, description) = (.damaged, code, text)
		case let .NotFresh(code, text):
			(reason, self.code, description) = (.notFresh, code, text)
		case let .Nonce(code, text):
			(reason, self.code, description) = (.nonce, code, text)
		}
	}
}
