internal import CountersignGenerated
import Foundation

/// The standing of every license of a brand, one number each.
///
/// A host keeps the newest list and refuses an older one.
public struct StatusList: Sendable {
	let handle: CountersignGenerated.StatusList

	/// Checks the signature of a status list, and reads it.
	///
	/// - Throws: ``LicenseError``, with the code and the number of the refusal.
	public init(verifying text: String, with trust: TrustStore) throws {
		handle = try calling { try .verify(text: text.bounded, trust: trust.handle) }
	}

	/// Checks the signature of a status list as it was read from a file, and reads it.
	///
	/// - Throws: ``LicenseError``, with the code and the number of the refusal.
	public init(verifying content: Data, with trust: TrustStore) throws {
		handle = try calling { try .verifyBytes(content: content.bounded, trust: trust.handle) }
	}

	/// Refuses this list where the one held is newer.
	///
	/// - Throws: ``LicenseError`` with the code `outdated`.
	public func checkNewer(than held: StatusList) throws {
		try calling { try handle.checkNewer(held: held.handle) }
	}

	/// The entry at an index: 0 for a license that is honored, 1 for one that never will be again, 2 for
	/// one that is not for the time being, and other numbers that this release does not know. `nil`
	/// beyond the end of the list.
	public func entry(at index: Int64) -> Int? {
		handle.entry(index: index).map(Int.init)
	}

	/// The brand that signed it.
	public var brand: String { handle.brand() }
	/// Where it is fetched from; licenses name the list by it.
	public var uri: String { handle.uri() }
	/// The first moment it no longer counts; `nil` if it does until a newer one comes.
	public var endsAt: Date? { handle.endsAt().map(Date.init(moment:)) }
	/// The key whose signature was checked: its RFC 7638 thumbprint.
	public var signedBy: String { handle.signedBy() }
	/// When it was signed.
	public var issuedAt: Date { Date(moment: handle.issuedAt()) }
	/// When a host should fetch a newer one; `nil` if the list does not say.
	public var refreshAt: Date? { handle.refreshAt().map(Date.init(moment:)) }
	/// The bare text that was verified, to be kept.
	public var text: String { handle.text() }

	init(handle: CountersignGenerated.StatusList) {
		self.handle = handle
	}
}
