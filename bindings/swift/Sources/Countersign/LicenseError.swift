internal import CountersignGenerated

/// Text or bytes from outside are not what they claim to be.
///
/// That a genuine license does not allow a run is no error but a ``Denial``.
public struct LicenseError: CountersignError, Hashable {
	/// The stable name of what is wrong, in snake case, the same in every language.
	public let code: String
	/// The number under which docs/format.md, section 6, lists this refusal of a document; `nil` for
	/// a value that is no document.
	public let refusal: Int?
	/// What is wrong, in one line for people. It may change between versions.
	public let description: String

	init(_ error: CountersignGenerated.LicenseError) {
		switch error {
		case let .Invalid(code, refusal, text):
			self.code = code
			self.refusal = refusal.map(Int.init)
			description = text
		}
	}
}

/// A length of time is negative where it cannot be.
public struct NegativeLength: CountersignError, Hashable {
	/// The length that was given.
	public let length: Duration

	/// `invalid_length`.
	public var code: String { "invalid_length" }
	/// What is wrong, in one line for people.
	public var description: String { "a length of time is negative: `\(length)`" }
}
