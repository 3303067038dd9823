internal import CountersignGenerated
import Foundation

/// What a customer bought: the terms the authority signed.
public struct License: Sendable {
	let handle: CountersignGenerated.License

	/// Checks the signature of a license, and reads it.
	///
	/// - Throws: ``LicenseError``, with the code and the number of the refusal.
	public init(verifying text: String, with trust: TrustStore) throws {
		handle = try calling { try .verify(text: text.bounded, trust: trust.handle) }
	}

	/// Checks the signature of a license as it was read from a file, and reads it.
	///
	/// - Throws: ``LicenseError``, with the code and the number of the refusal.
	public init(verifying content: Data, with trust: TrustStore) throws {
		handle = try calling { try .verifyBytes(content: content.bounded, trust: trust.handle) }
	}

	/// Decides whether it allows a run, with every reason.
	///
	/// - Throws: ``LicenseError`` where the run or the context states what is no such value.
	public func evaluate(_ run: Run, in context: Context = Context()) throws -> Decision {
		Decision(handle: try calling { try handle.decided(run, context) })
	}

	/// Decides, and gives the report of docs/rules.md alone: JSON on one line, the same bytes in every
	/// language.
	///
	/// - Throws: ``LicenseError`` where the run or the context states what is no such value.
	public func report(on run: Run, in context: Context = Context()) throws -> String {
		try calling { try handle.reported(run, context) }
	}

	/// Binds a run to this license, to be asked again and again.
	///
	/// The time is the system's, taken at its word, or that of a guard where one is stated.
	///
	/// - Throws: ``LicenseError`` where the run states what is no such value.
	public func prepare(_ run: Run, clock: ClockGuard? = nil) throws -> Check {
		Check(handle: try calling { try handle.prepare(run: run.lowered) }, clock: clock)
	}

	/// The authority's identifier, unique for ever. Not the license key that the customer types.
	public var id: String { handle.id() }
	/// Which edit of the terms this is; the host keeps the highest it has seen.
	public var revision: Int64 { handle.revision() }
	/// When the authority signed these terms.
	public var issuedAt: Date { Date(moment: handle.issuedAt()) }
	/// The key whose signature was checked: its RFC 7638 thumbprint.
	public var signedBy: String { handle.signedBy() }
	/// The bare text that was verified, to be kept.
	public var text: String { handle.text() }

	init(handle: CountersignGenerated.License) {
		self.handle = handle
	}
}
