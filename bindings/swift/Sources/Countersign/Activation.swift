internal import CountersignGenerated

/// Which license a product asks about.
public struct Claimant: Sendable {
	let handle: CountersignGenerated.Claimant

	/// The product that asks, what the customer typed, and this installation.
	///
	/// - Throws: ``LicenseError`` where one is no such value.
	public init(product: String, licenseKey: LicenseKey, instance: Instance) throws {
		handle = try calling {
			try CountersignGenerated.Claimant(
				product: product.bounded, licenseKey: licenseKey.handle, instance: instance.lowered)
		}
	}
}

/// What an activation yields: documents that stand on their own, already verified.
public struct Activation: Sendable {
	/// The license.
	public let license: License
	/// The lease on the seat; `nil` where the instance needs no seat.
	public let lease: Lease?
	/// Seats in use, this one included.
	public let seatsUsed: Int64
	/// Seats left; `nil` where there is no limit.
	public let seatsRemaining: Int64?

	init(_ activation: CountersignGenerated.Activation) {
		license = License(handle: activation.license)
		lease = activation.lease.map(Lease.init(handle:))
		seatsUsed = activation.seatsUsed
		seatsRemaining = activation.seatsRemaining
	}
}

/// What a renewal yields.
public struct Renewal: Sendable {
	/// The license as it stands now.
	public let license: License
	/// The lease.
	public let lease: Lease

	init(_ renewal: CountersignGenerated.Renewal) {
		license = License(handle: renewal.license)
		lease = Lease(handle: renewal.lease)
	}
}

/// Asks for a seat by hand: a text that a person carries to the authority.
public struct ActivationRequest: Sendable {
	let handle: CountersignGenerated.ActivationRequest

	/// Reads a request, armoured or bare.
	///
	/// - Throws: ``LicenseError``.
	public init(_ text: String) throws {
		handle = try calling { try .parse(text: text.bounded) }
	}

	/// The request in armour. It holds the license key.
	public var text: String { handle.text() }

	init(handle: CountersignGenerated.ActivationRequest) {
		self.handle = handle
	}
}

extension ActivationRequest: CustomStringConvertible, CustomReflectable {
	/// That it is a request, and nothing of what it holds.
	public var description: String { "ActivationRequest" }
	/// As `description`.
	public var customMirror: Mirror { Mirror(self, children: []) }
}
