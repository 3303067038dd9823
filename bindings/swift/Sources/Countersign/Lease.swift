internal import CountersignGenerated
import Foundation

/// The authority's word that an instance holds a seat, good until it ends.
public struct Lease: Sendable {
	let handle: CountersignGenerated.Lease

	/// Checks the signature of a lease, and reads it.
	///
	/// - Throws: ``LicenseError``, with the code and the number of the refusal.
	public init(verifying text: String, with trust: TrustStore) throws {
		handle = try calling { try .verify(text: text.bounded, trust: trust.handle) }
	}

	/// Checks the signature of a lease as it was read from a file, and reads it.
	///
	/// - Throws: ``LicenseError``, with the code and the number of the refusal.
	public init(verifying content: Data, with trust: TrustStore) throws {
		handle = try calling { try .verifyBytes(content: content.bounded, trust: trust.handle) }
	}

	/// The identifier of this lease, never used twice.
	public var id: String { handle.id() }
	/// The activation whose seat it is.
	public var activationID: String { handle.activationId() }
	/// The product that the license is for.
	public var product: String { handle.product() }
	/// The license whose seat it is.
	public var licenseID: String { handle.licenseId() }
	/// The revision of the license's terms when the lease was signed.
	public var revision: Int64 { handle.revision() }
	/// Who holds the seat.
	public var instance: Instance { Instance(handle.instance()) }
	/// Grows each time any seat of the license changes hands.
	public var fence: Int64 { handle.fence() }
	/// What the host sent, in base64url: proof that the authority answered just then.
	public var nonce: String { handle.nonce() }
	/// The key whose signature was checked: its RFC 7638 thumbprint.
	public var signedBy: String { handle.signedBy() }
	/// When it was signed.
	public var issuedAt: Date { Date(moment: handle.issuedAt()) }
	/// The first moment it no longer counts.
	public var endsAt: Date { Date(moment: handle.endsAt()) }
	/// When a host should renew it.
	public var renewAt: Date { Date(moment: handle.renewAt()) }
	/// The bare text that was verified, to be kept. It is a secret: who has it can use the seat.
	public var text: String { handle.text() }

	init(handle: CountersignGenerated.Lease) {
		self.handle = handle
	}
}

extension Lease: CustomStringConvertible, CustomReflectable {
	/// When it ends; nothing of what makes it worth something.
	public var description: String { "Lease(endsAt: \(endsAt))" }
	/// As `description`.
	public var customMirror: Mirror { Mirror(self, children: ["endsAt": endsAt]) }
}
