internal import CountersignGenerated

/// The code that a customer types to activate a product. It names a license and proves nothing.
public struct LicenseKey: Sendable {
	let handle: CountersignGenerated.LicenseKey

	/// Reads what a customer typed. Of a generated key, case, blanks and dashes do not count.
	///
	/// - Throws: ``LicenseError`` with the code `invalid_license_key`.
	public init(_ text: String) throws {
		handle = try calling { try parseLicenseKey(text: text.bounded) }
	}

	/// The key as it is shown and stored. Who reads it can use the license: keep it out of logs.
	public var text: String { handle.text() }
	/// Whether it has the form of generated keys, with a correct check symbol. Else it is a custom
	/// code, which the brand chose.
	public var isGenerated: Bool { handle.isGenerated() }
	/// What stands before the first dash of a generated key: the product's prefix.
	public var prefix: String? { handle.prefix() }
}

extension LicenseKey: CustomStringConvertible, CustomReflectable {
	/// That it is a license key, and not which, so that none is printed by accident.
	public var description: String { "LicenseKey" }
	/// As `description`.
	public var customMirror: Mirror { Mirror(self, children: []) }
}
