import Countersign
import Foundation
import XCTest

final class DocumentTests: XCTestCase {
	func testADocumentIsRefusedOrSaysWhatItClaims() throws {
		var reached = Set<String>()
		var told = Set<String>()
		for (file, row) in try Vectors.rows(of: "signed", as: SignedRow.self) {
			let name = "\(file), \(row.name)"
			if let code = row.code {
				if let code = assertRefused(code, row.refusal, name, { try row.accept() }) {
					reached.insert(code)
				}
			} else {
				let stated = try XCTUnwrap(row.claims, name)
				XCTAssertEqual(try row.accept(), Claims.stated(stated), name)
				told.insert(row.kind)
			}
		}
		XCTAssertEqual(told, ["license", "lease", "statuslist", "trust"])
		XCTAssertEqual(
			reached,
			[
				"malformed", "unsupported", "wrong_document", "unknown_key", "key_revoked",
				"key_not_for_document", "key_not_for_product", "key_outside_validity",
				"bad_signature", "outdated",
			])
	}

	func testWhatADocumentSaysIsComparedWithItsClaims() throws {
		let types = [
			"License", "Window", "SeatRule", "ActivationTerms", "Entitlement", "StatusTerms", "Lease",
			"StatusList", "TrustUpdate", "TrustedKey",
		]
		let surface = try String(
			contentsOf: Vectors.tree.appendingPathComponent("bindings/swift/api.txt"), encoding: .utf8)
		let declared = surface.matches(of: /(?m)^(\w+)\.(\w+): (?:let|var)\b/)
			.filter { types.contains(String($0.output.1)) }
		XCTAssertEqual(Set(declared.map { String($0.output.1) }), Set(types))
		let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
			.appendingPathComponent("Claims.swift")
		let compared = try String(contentsOf: file, encoding: .utf8)
		for property in declared where !["description", "customMirror"].contains(property.output.2) {
			XCTAssertTrue(compared.contains(".\(property.output.2)"), "\(property.output.0)")
		}
	}

	func testALicenseIsReadAgainFromItsText() throws {
		let license = try Signed.license()
		let again = try License(verifying: license.text, with: XCTUnwrap(Vectors.trust["acme"]))
		XCTAssertEqual(again.text, license.text)
		XCTAssertEqual(again.id, license.id)
	}

	func testALicenseThatExemptsDevelopmentTakesNoSeatThere() throws {
		for (name, takesNoSeat) in [("with_every_claim", true), ("smallest", false)] {
			let rows = try Vectors.rows(of: "signed", as: SignedRow.self).map(\.row)
			let row = try XCTUnwrap(rows.first { $0.kind == "license" && $0.name == name })
			let license = try License(
				verifying: XCTUnwrap(row.text), with: XCTUnwrap(Vectors.trust[row.trust]))
			XCTAssertEqual(try license.takesNoSeat(.domain("shop.test")), takesNoSeat, name)
			XCTAssertFalse(try license.takesNoSeat(.domain("shop.example.com")), name)
		}
	}

	func testATrustStoreIsKeptAsItsJWKSet() throws {
		for trust in Vectors.trust.values {
			XCTAssertEqual(try TrustStore(keys: trust.jwks).keys, trust.keys)
		}
	}
}

/// A row of tests/vectors/signed.
struct SignedRow: Decodable {
	let name: String
	let kind: String
	let trust: String
	let text: String?
	let base64: String?
	let `repeat`: Repeat?
	let held: String?
	let code: String?
	let refusal: Int?
	let claims: [String: JSON]?

	struct Repeat: Decodable {
		let before, unit, after: String
		let times: Int
	}

	/// Takes the document as a host does: verified, and newer than what is held. What it claims, as far as
	/// the package says it.
	@discardableResult
	func accept() throws -> [String: JSON] {
		let trust = try XCTUnwrap(Vectors.trust[trust])
		let bytes = base64.flatMap { Data(base64Encoded: $0) }
		let text = written()
		switch kind {
		case "license":
			let license =
				try bytes.map { try License(verifying: $0, with: trust) }
				?? License(verifying: text, with: trust)
			return try Claims.of(license, as: claims ?? [:])
		case "lease":
			let lease =
				try bytes.map { try Lease(verifying: $0, with: trust) } ?? Lease(verifying: text, with: trust)
			return try Claims.of(lease)
		case "statuslist":
			let list =
				try bytes.map { try StatusList(verifying: $0, with: trust) }
				?? StatusList(verifying: text, with: trust)
			if let held {
				try list.checkNewer(than: StatusList(verifying: held, with: trust))
			}
			return try Claims.of(list, as: claims ?? [:])
		case "trust":
			let update =
				try bytes.map { try TrustUpdate(verifying: $0, with: trust) }
				?? TrustUpdate(verifying: text, with: trust)
			let updated = try trust.updated(by: update)
			XCTAssertEqual(updated.sequence, update.sequence)
			XCTAssertEqual(updated.keys, update.keys)
			return try Claims.of(update, signedAs: text)
		default:
			XCTFail("no such kind: \(kind)")
			return [:]
		}
	}

	private func written() -> String {
		guard let long = `repeat` else {
			return text ?? ""
		}
		return long.before + String(repeating: long.unit, count: long.times) + long.after
	}
}
