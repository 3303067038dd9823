internal import CountersignGenerated

/// A domain in the one form that names are compared in, from a host name, with a port or without, or
/// an http(s) URL.
///
/// - Throws: ``LicenseError`` with the code `invalid_domain`.
public func normalizeDomain(_ text: String) throws -> String {
	try calling { try CountersignGenerated.normalizeDomain(text: text.bounded) }
}

/// A pattern of domains in the form that licenses state it in.
///
/// - Throws: ``LicenseError`` with the code `invalid_domain`.
public func normalizeDomainPattern(_ text: String) throws -> String {
	try calling { try CountersignGenerated.normalizeDomainPattern(text: text.bounded) }
}

/// An IPv4 or IPv6 address in the one form that addresses are compared in.
///
/// - Throws: ``LicenseError`` with the code `invalid_address`.
public func normalizeAddress(_ text: String) throws -> String {
	try calling { try CountersignGenerated.normalizeAddress(text: text.bounded) }
}

/// A pattern of addresses in the form that licenses state it in: an address, or a network with its
/// prefix length.
///
/// - Throws: ``LicenseError`` with the code `invalid_address`.
public func normalizeAddressPattern(_ text: String) throws -> String {
	try calling { try CountersignGenerated.normalizeAddressPattern(text: text.bounded) }
}

/// Whether one of the patterns means the domain.
///
/// - Throws: ``LicenseError`` with the code `invalid_domain`.
public func matchDomain(_ text: String, against patterns: [String]) throws -> Bool {
	try calling {
		try CountersignGenerated.matchDomain(patterns: patterns.map(\.bounded), text: text.bounded)
	}
}

/// Whether one of the patterns means the address.
///
/// - Throws: ``LicenseError`` with the code `invalid_address`.
public func matchAddress(_ text: String, against patterns: [String]) throws -> Bool {
	try calling {
		try CountersignGenerated.matchAddress(patterns: patterns.map(\.bounded), text: text.bounded)
	}
}
