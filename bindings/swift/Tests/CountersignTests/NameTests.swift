import Countersign
import XCTest

final class NameTests: XCTestCase {
	func testANameHasOneFormAndMatches() throws {
		var asked = 0
		for (file, row) in try Vectors.rows(of: "names", as: Row.self) {
			let name = "\(file), \(row.name)"
			guard let given = row.given(file) else {
				continue
			}
			asked += 1
			if let error = row.error {
				assertRefused(error, nil, name) { _ = try given() }
			} else {
				XCTAssertEqual(try given(), row.expected(file), name)
			}
		}
		XCTAssertGreaterThan(asked, 100)
	}

	func testALicenseKeyIsGeneratedOrCustom() throws {
		for (file, row) in try Vectors.rows(of: "names", as: Row.self) {
			guard let text = row.text, let kind = row.kind else {
				continue
			}
			let key = try LicenseKey(text)
			XCTAssertEqual(kind == "generated", key.isGenerated, "\(file), \(row.name)")
			XCTAssertEqual(kind == "generated", key.prefix != nil, "\(file), \(row.name)")
		}
	}

	func testALicenseKeyIsNotPrinted() throws {
		let key = try LicenseKey("my-own-code")
		XCTAssertEqual(key.text, "my-own-code")
		XCTAssertEqual("\(key)", "LicenseKey")
		XCTAssertEqual(String(reflecting: key), "LicenseKey")
		var dumped = ""
		dump(key, to: &dumped)
		XCTAssertFalse(dumped.contains("my-own-code"))
	}
}

private struct Row: Decodable {
	let name: String
	let text, domain, pattern, normal, address, shown, kind, error: String?
	let patterns: [String]?
	let matches: Bool?

	/// What the library gives for the row; `nil` for a row that makes a license key.
	func given(_ file: String) -> (() throws -> String)? {
		switch (file, text, pattern, patterns, domain, address) {
		case ("domains", let text?, _, _, _, _):
			{ try normalizeDomain(text) }
		case ("domain_patterns", _, let pattern?, _, _, _):
			{ try normalizeDomainPattern(pattern) }
		case ("domain_patterns", _, _, let patterns?, let domain?, _):
			{ "\(try matchDomain(domain, against: patterns))" }
		case ("addresses", _, let pattern?, _, _, _):
			{ try normalizeAddressPattern(pattern) }
		case ("addresses", _, _, let patterns?, _, let address?):
			{ "\(try matchAddress(address, against: patterns))" }
		case ("addresses", _, _, _, _, let address?):
			{ try normalizeAddress(address) }
		case ("license_keys", let text?, _, _, _, _):
			{ try LicenseKey(text).text }
		default:
			nil
		}
	}

	func expected(_ file: String) -> String? {
		file == "domains" ? domain : matches.map { "\($0)" } ?? normal ?? shown
	}
}
