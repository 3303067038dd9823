internal import CountersignGenerated

/// A session cannot take up where the last run left off, or keep what it holds.
///
/// None of them means that there is no license. What is damaged, or of another version or product, is
/// for the host to face; to begin anew gives it up. What a host's own ``Storage`` throws is none: it
/// is thrown as it is.
public struct SessionError: CountersignError, Hashable {
	/// What is wrong.
	public enum Reason: Hashable, Sendable {
		/// What is kept was changed or cut short.
		case damaged
		/// What is kept was written by a newer release.
		case newerVersion
		/// What is kept is another product's.
		case anotherProduct(held: String)
		/// What is kept cannot be read or written.
		case storage
		/// The system gave no random numbers.
		case randomness
		/// The host's own storage asked for a change of the session that it is called by.
		case insideStorage
	}

	/// What is wrong.
	public let reason: Reason
	/// The stable name of what is wrong, in snake case, the same in every language.
	public let code: String
	/// What is wrong, in one line for people. It may change between versions.
	public let description: String
	/// Under what number the storage's own error is kept.
	let thrown: Int64?

	init(_ error: CountersignGenerated.SessionError) {
		switch error {
		case let .Damaged(code, text):
			(reason, self.code, description, thrown) = (.damaged, code, text, nil)
		case let .NewerVersion(code, text):
			(reason, self.code, description, thrown) = (.newerVersion, code, text, nil)
		case let .AnotherProduct(code, text, held):
			(reason, self.code, description, thrown) = (.anotherProduct(held: held), code, text, nil)
		case let .Storage(code, text, thrown):
			(reason, self.code, description, self.thrown) = (.storage, code, text, thrown)
		case let .Randomness(code, text):
			(reason, self.code, description, thrown) = (.randomness, code, text, nil)
		case let .InsideStorage(code, text):
			(reason, self.code, description, thrown) = (.insideStorage, code, text, nil)
		}
	}
}

/// A text that was brought is not for this installation.
public struct ImportError: CountersignError, Hashable {
	/// What is wrong.
	public enum Reason: Hashable, Sendable {
		/// It is no document, or does not verify; a status list or trust update may be too old. The
		/// number is that of docs/format.md, section 6.
		case document(refusal: Int?)
		/// It is for another product.
		case anotherProduct(licensed: String)
		/// A newer revision of the license was held.
		case superseded(revision: Int64, newest: Int64)
		/// It is not for this installation, for the reason that the code names.
		case notFitting
	}

	/// What is wrong.
	public let reason: Reason
	/// The stable name of what is wrong, in snake case, the same in every language.
	public let code: String
	/// What is wrong, in one line for people. It may change between versions.
	public let description: String

	init(_ error: CountersignGenerated.ImportError) {
		switch error {
		case let .Document(code, refusal, text):
			reason = .document(refusal: refusal.map(Int.init))
			(self.code, description) = (code, text)
		case let .AnotherProduct(code, text, licensed):
			reason = .anotherProduct(licensed: licensed)
			(self.code, description) = (code, text)
		case let .Superseded(code, text, revision, newest):
			reason = .superseded(revision: revision, newest: newest)
			(self.code, description) = (code, text)
		case let .NotFitting(code, text):
			reason = .notFitting
			(self.code, description) = (code, text)
		}
	}
}
