import Countersign
import Foundation
import XCTest

final class PaceTests: XCTestCase {
	func testAnInstallationKeepsToItsPace() throws {
		let pace = try Pace(installation: Vectors.nonce)
		let lease = try Vectors.answer(of: "2025-07-01T00:00:00Z")
		let other = try Pace(installation: "AAAAAAAAAAAAAAAAAAAAAA")

		let rows = try Vectors.rows(of: "signed", as: SignedRow.self).map(\.row)
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		let leases = try rows.filter { $0.kind == "lease" && $0.code == nil && $0.trust == "acme" }
			.compactMap { try $0.text.map { try Lease(verifying: $0, with: trust) } }
		for lease in leases + [lease] {
			let spread = lease.renewAt.timeIntervalSince(lease.issuedAt)
			let before = lease.renewAt.timeIntervalSince(pace.renewalAt(of: lease))
			XCTAssertGreaterThanOrEqual(before, 0)
			XCTAssertLessThanOrEqual(before, spread * 3 / 4)
			XCTAssertEqual(pace.renewalAt(of: lease), pace.renewalAt(of: lease))
		}
		XCTAssertTrue(leases.contains { pace.renewalAt(of: $0) != other.renewalAt(of: $0) })

		func license(_ name: String) throws -> License {
			let row = try XCTUnwrap(rows.first { $0.kind == "license" && $0.name == name })
			return try License(verifying: XCTUnwrap(row.text), with: trust)
		}
		let (whole, smallest) = (try license("with_every_claim"), try license("smallest"))
		let end = try XCTUnwrap(whole.validity.endsAt)
		let asked = try XCTUnwrap(pace.extensionAt(of: whole))
		XCTAssertTrue((0...24 * 60 * 60).contains(end.timeIntervalSince(asked)), "\(asked)")
		XCTAssertNil(pace.extensionAt(of: smallest))

		let row = try XCTUnwrap(rows.first { $0.kind == "statuslist" && $0.claims?["ttl"] == .integer(43_200) })
		let list = try StatusList(verifying: XCTUnwrap(row.text), with: XCTUnwrap(Vectors.trust[row.trust]))
		let due = pace.refreshAt(of: list, for: smallest).timeIntervalSince(list.issuedAt)
		XCTAssertTrue((21_600...43_200).contains(due), "\(due)")
	}

	func testWhoHasNoAnswerWaits() throws {
		let pace = try Pace(installation: Vectors.nonce)
		let day = Duration.seconds(24 * 60 * 60)
		XCTAssertEqual(try pace.retryAfter(failures: 2, left: day, chance: 0), .zero)
		XCTAssertEqual(try pace.retryAfter(failures: 2, left: day, chance: .max), day / 4)
		XCTAssertEqual(try pace.retryAfter(failures: 2, left: .zero, chance: .max), .seconds(60 * 60))
		XCTAssertEqual(try pace.retryAfter(failures: .max, left: day, chance: .max), day / 4)
		// After the first failure half of all come back within a minute.
		XCTAssertLessThanOrEqual(
			try pace.retryAfter(failures: 1, left: day, chance: .max - 1), .seconds(60))
		XCTAssertEqual(
			try pace.retryAfter(failures: 2, left: day, asked: .seconds(90), chance: 0), .seconds(90))
		let drawn = try (0..<100).map { _ in try pace.retryAfter(failures: 2, left: day) }
		XCTAssertGreaterThan(Set(drawn).count, 1)
		XCTAssertTrue(drawn.allSatisfy { $0 <= day / 4 })
		XCTAssertThrowsError(try pace.retryAfter(failures: 2, left: .seconds(-1))) { error in
			XCTAssertEqual((error as? NegativeLength)?.code, "invalid_length")
		}
		XCTAssertThrowsError(try Pace(installation: "AAAA")) { error in
			XCTAssertEqual((error as? ClockError)?.reason, .nonce)
		}
	}
}
