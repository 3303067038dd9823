import Countersign
import Foundation
import XCTest

final class DocumentTests: XCTestCase {
	func testADocumentIsReadOrRefused() throws {
		var reached = Set<String>()
		for (file, row) in try Vectors.rows(of: "signed", as: SignedRow.self) {
			let name = "\(file), \(row.name)"
			if let code = row.code {
				if let code = assertRefused(code, row.refusal, name, { try row.accept() }) {
					reached.insert(code)
				}
			} else {
				XCTAssertNoThrow(try row.accept(), name)
			}
		}
		XCTAssertEqual(
			reached,
			[
				"malformed", "unsupported", "wrong_document", "unknown_key", "key_revoked",
				"key_not_for_document", "key_not_for_product", "key_outside_validity",
				"bad_signature", "outdated",
			])
	}

	func testAGenuineLicenseTellsItsTerms() throws {
		struct Terms: Decodable {
			let name, kind, trust: String
			let text: String?
			let claims: JSON?
		}
		struct Claims: Decodable {
			let jti, iss: String
			let aud: String?
			let iat: Int64
			let rev: Int64?
			let nbf, exp: Int64?
			let domains: [String]?
			let addresses: [String]?
			let limits: [String: Int64]?
			let meta: [String: String]?
		}
		var told = 0
		for (file, row) in try Vectors.rows(of: "signed", as: Terms.self) {
			guard row.kind == "license", let text = row.text, let stated = row.claims else {
				continue
			}
			let claims = try JSONDecoder().decode(Claims.self, from: JSONEncoder().encode(stated))
			let name = "\(file), \(row.name)"
			let license = try License(verifying: text, with: XCTUnwrap(Vectors.trust[row.trust]))
			XCTAssertEqual(license.id, claims.jti, name)
			XCTAssertEqual(license.product, "\(claims.iss)/\(claims.aud ?? "")", name)
			XCTAssertEqual(license.issuedAt.timeIntervalSince1970, Double(claims.iat), name)
			XCTAssertEqual(license.revision, claims.rev, name)
			XCTAssertEqual(license.domains, claims.domains, name)
			XCTAssertEqual(license.addresses, claims.addresses, name)
			XCTAssertEqual(license.limits, claims.limits ?? [:], name)
			XCTAssertEqual(license.meta, claims.meta ?? [:], name)
			XCTAssertEqual(try DocumentKind(of: text), .license, name)
			XCTAssertEqual(try License(verifying: license.text, with: Vectors.trust[row.trust]!).id, license.id)
			told += 1
		}
		XCTAssertGreaterThan(told, 10)
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

	struct Repeat: Decodable {
		let before, unit, after: String
		let times: Int
	}

	/// Takes the document as a host does: verified, and newer than what is held.
	func accept() throws {
		let trust = try XCTUnwrap(Vectors.trust[trust])
		let bytes = base64.flatMap { Data(base64Encoded: $0) }
		let text = written()
		switch kind {
		case "license":
			_ = try bytes.map { try License(verifying: $0, with: trust) } ?? License(verifying: text, with: trust)
		case "lease":
			_ = try bytes.map { try Lease(verifying: $0, with: trust) } ?? Lease(verifying: text, with: trust)
		case "statuslist":
			let list =
				try bytes.map { try StatusList(verifying: $0, with: trust) }
				?? StatusList(verifying: text, with: trust)
			if let held {
				try list.checkNewer(than: StatusList(verifying: held, with: trust))
			}
		case "trust":
			let update =
				try bytes.map { try TrustUpdate(verifying: $0, with: trust) }
				?? TrustUpdate(verifying: text, with: trust)
			_ = try trust.updated(by: update)
		default:
			XCTFail("no such kind: \(kind)")
		}
	}

	private func written() -> String {
		guard let long = `repeat` else {
			return text ?? ""
		}
		return long.before + String(repeating: long.unit, count: long.times) + long.after
	}
}
