internal import CountersignGenerated
import Foundation

/// The outcome of an evaluation: allowed, unless something denies.
public struct Decision: Sendable {
	let handle: CountersignGenerated.Decision

	/// What a host decides that holds no license: `not_activated`, beside what the clock has to say.
	public static func withoutLicense(at clock: ClockReading) -> Decision {
		Decision(handle: .withoutLicense(clock: clock.handle))
	}

	/// Whether nothing denies.
	public var isAllowed: Bool { handle.allowed() }
	/// Every rule that failed, in the order of the rules.
	public var denials: [Denial] {
		let stated = zip(
			zip(handle.denials(), handle.denialCodes()),
			zip(handle.denialTexts(), handle.denialLapses()))
		return stated.map {
			Denial(reason: .init($0.0), code: $0.1, description: $1.0, isLapse: $1.1)
		}
	}
	/// What the user should be told although it does not deny, such as an end that is near.
	public var notices: [Notice] {
		let stated = zip(zip(handle.notices(), handle.noticeCodes()), handle.noticeTexts())
		return stated.map { Notice(reason: .init($0.0), code: $0.1, description: $1) }
	}
	/// The moment that rules were applied at.
	public var decidedAt: Date { Date(moment: handle.decidedAt()) }
	/// The first moment at which the passing of time alone changes this decision; `nil` if it never
	/// does. Until then there is no need to evaluate the same facts again.
	public var holdsUntil: Date? { handle.holdsUntil().map(Date.init(moment:)) }

	/// When the authority was last heard of by something it signed, as far as the context states it; a
	/// session always does, once it was.
	public var lastContactAt: Date? { handle.lastContactAt().map(Date.init(moment:)) }

	/// Whether a feature may be used: allowed, and the license has the entitlement, and it had not
	/// ended at the moment decided.
	public func isEntitled(to code: String) -> Bool {
		handle.entitled(code: code.bounded)
	}

	/// Whether a feature may be used that the product keeps on where the license lapses: as
	/// ``isEntitled(to:)``, and also where nothing denies but that time has ended what was granted.
	public func staysOn(_ code: String) -> Bool {
		handle.staysOn(code: code.bounded)
	}

	/// The report of docs/rules.md: JSON on one line, the same bytes in every language.
	public var report: String { handle.report() }
}

extension Decision: CustomStringConvertible {
	/// `allowed`, or every denial's text.
	public var description: String {
		isAllowed ? "allowed" : handle.denialTexts().joined(separator: "; ")
	}
}
