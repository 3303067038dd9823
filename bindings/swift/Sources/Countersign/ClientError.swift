internal import CountersignGenerated

/// A request did not do what was asked.
///
/// ``reason`` says what to do about it. No text holds a license key or a lease.
public struct ClientError: CountersignError, Hashable {
	/// What to do about it.
	public enum Reason: Hashable, Sendable {
		/// The authority could not be asked: no network, no answer in time, too much to do, something
		/// else answered in its place, or the request could not even be made, as where the system
		/// gives no random numbers. Decide with the documents at hand, and ask again later, after the
		/// time that the authority asks to be left alone, if it does.
		case unreachable(retryAfter: Duration?)
		/// The answer holds a document that does not verify, or answers another question. It grants
		/// nothing: decide with the documents at hand.
		case untrusted
		/// The authority declined. Tell the user; asking again changes nothing.
		case refused(Refusal)
		/// The seat is given up, and the session holds it no more, but that could not be saved. The
		/// session goes on trying; see that the state can be written.
		case unsaved
		/// The call is not to be made as it was, and nobody was asked: it came from within a call of
		/// the session's own storage. Asking again changes nothing.
		case unfit
	}

	/// What to do about it.
	public let reason: Reason
	/// The stable name of what is wrong, in snake case; where the authority declined, the code of the
	/// problem, as docs/protocol.md lists it.
	public let code: String
	/// What happened, in one line for people. It may change between versions.
	public let description: String
	/// What caused it, for who looks into it.
	public let failureReason: String?

	/// The authority could not be asked: decide with the documents at hand, and ask again later.
	public var isUnreachable: Bool {
		if case .unreachable = reason { true } else { false }
	}

	/// Why the authority declined, if it did.
	public var refusal: Refusal? {
		if case let .refused(refusal) = reason { refusal } else { nil }
	}

	init(_ error: CountersignGenerated.ClientError) {
		switch error {
		case let .Unreachable(code, text, cause, retryAfter):
			reason = .unreachable(retryAfter: retryAfter.map { .seconds($0) })
			(self.code, description, failureReason) = (code, text, cause)
		case let .Untrusted(code, text, cause):
			reason = .untrusted
			(self.code, description, failureReason) = (code, text, cause)
		case let .Refused(code, text, refusal):
			reason = .refused(Refusal(refusal))
			(self.code, description, failureReason) = (code, text, nil)
		case let .Unsaved(code, text, cause):
			reason = .unsaved
			(self.code, description, failureReason) = (code, text, cause)
		case let .Unfit(code, text, cause):
			reason = .unfit
			(self.code, description, failureReason) = (code, text, cause)
		}
	}
}

/// Why an authority declined.
public struct Refusal: Hashable, Sendable {
	/// The status of HTTP.
	public let status: Int
	/// The problem in a few words.
	public let title: String
	/// The problem in a sentence.
	public let detail: String
	/// The rules that deny, where a license does.
	public let denials: [StatedReason]
	/// What is wrong with the request, by the names of its members.
	public let errors: [String: [String]]

	init(_ refusal: CountersignGenerated.Refusal) {
		status = Int(refusal.status)
		title = refusal.title
		detail = refusal.detail
		denials = refusal.denials.map(StatedReason.init)
		errors = refusal.errors
	}
}

/// A denial or a notice as an authority states it.
public struct StatedReason: Hashable, Sendable {
	/// The stable name, in snake case.
	public let code: String
	/// All of it, as in the report of a decision: JSON on one line.
	public let report: String

	init(_ reason: CountersignGenerated.Reason) {
		code = reason.code
		report = reason.report
	}
}
