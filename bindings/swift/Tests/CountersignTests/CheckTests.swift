import Countersign
import Foundation
import XCTest

@testable import struct Countersign.VersionMismatch

final class CheckTests: XCTestCase {
	func testAnAnswerEndsWhereADocumentIsReplaced() throws {
		let lists = try statusLists()
		let check = try lists.license.prepare(Run(product: "acme/editor"))
		check.statuses = lists.honored
		XCTAssertTrue(check.allowed())
		check.statuses = lists.revoked
		XCTAssertFalse(check.allowed())
		check.statuses = lists.honored
		XCTAssertTrue(check.allowed())
	}

	func testAnAnswerEndsWhereAGuardIsTold() throws {
		let license = try Signed.license()
		let clock = try ClockGuard()
		let check = try license.prepare(Run(product: "acme/editor"), clock: clock)
		XCTAssertTrue(check.allowed())
		XCTAssertEqual(try check.decide().notices.map(\.reason), [.clockUnguarded])
		// A document of the year 2200 moves time on, beyond the end of nothing: allowed still.
		try clock.hold(newest: Date(timeIntervalSince1970: 7_258_118_400))
		XCTAssertTrue(check.allowed())
		XCTAssertEqual(try check.decide().decidedAt.timeIntervalSince1970, 7_258_118_400, accuracy: 60)
	}

	/// By the real clock, since the answer is kept by it: asked without a pause until it changes.
	func testAnAnswerEndsAtTheVerySecondAtWhichTimeChangesIt() throws {
		let folder = FileManager.default.temporaryDirectory
			.appendingPathComponent("countersign-\(UUID().uuidString)")
		try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
		defer { try? FileManager.default.removeItem(at: folder) }
		let key = folder.appendingPathComponent("acme.key").path
		let file = folder.appendingPathComponent("editor.license")
		try countersign(["key", "generate", "--out", key])
		let trust = try TrustStore(keys: countersign(["key", "show", key, "--brand", "acme"]))
		let end = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 + 4).rounded(.down))
		try countersign([
			"license", "sign", "--key", key, "--product", "acme/editor", "--expires",
			ISO8601DateFormatter().string(from: end), "--out", file.path,
		])
		let license = try License(verifying: Data(contentsOf: file), with: trust)
		XCTAssertEqual(license.validity.endsAt, end)
		let check = try license.prepare(Run(product: "acme/editor"))
		var asked = 0
		while true {
			let before = Date()
			if !check.allowed() {
				XCTAssertGreaterThanOrEqual(Date(), end)
				break
			}
			XCTAssertLessThan(before, end)
			asked += 1
		}
		XCTAssertGreaterThan(asked, 1_000)
		XCTAssertEqual(try check.decide().denials.map(\.reason), [.expired(endedAt: end)])
	}

	func testACheckKnowsWhatItIsAbout() throws {
		let license = try Signed.license()
		let run = Run(
			product: "acme/editor", purpose: .update, domain: "https://www.Example.com/cart",
			address: "::ffff:10.0.0.1", instance: .host("Mail"), requires: ["export"],
			counts: ["services": 3], releasedAt: Date(timeIntervalSince1970: 1))
		let check = try license.prepare(run)
		XCTAssertEqual(check.license.id, license.id)
		var normal = run
		normal.domain = "example.com"
		normal.address = "10.0.0.1"
		normal.instance = .host("mail")
		XCTAssertEqual(check.run, normal)
	}

	func testThreadsShareACheckWhileItsDocumentsChange() throws {
		let lists = try statusLists()
		let check = try lists.license.prepare(Run(product: "acme/editor"))
		check.statuses = lists.honored
		let asked = Counter()
		DispatchQueue.concurrentPerform(iterations: 8) { thread in
			for turn in 0..<20_000 {
				if thread == 0, turn % 100 == 0 {
					check.statuses = turn % 200 == 0 ? lists.revoked : lists.honored
					XCTAssertEqual(check.allowed(), turn % 200 != 0)
				} else if turn % 1_000 == 0 {
					_ = try? check.decide().report
				} else if check.allowed() {
					asked.add(1)
				}
			}
		}
		check.statuses = lists.revoked
		XCTAssertFalse(check.allowed())
		XCTAssertGreaterThan(asked.count, 0)
	}

	func testTheLibraryIsOfThePackagesVersion() throws {
		let manifest = Vectors.tree.appendingPathComponent("Cargo.toml")
		let text = String(decoding: try Data(contentsOf: manifest), as: UTF8.self)
		let line = try XCTUnwrap(text.split(separator: "\n").first { $0.hasPrefix("version = ") })
		XCTAssertEqual(line, "version = \"\(LibraryVersion.expected)\"")
		XCTAssertEqual(LibraryVersion.loaded, LibraryVersion.expected)
	}

	func testALibraryOfAnotherVersionIsAnError() throws {
		let mismatch = try XCTUnwrap(VersionMismatch(expected: "0.2.0", loaded: "0.1.0"))
		XCTAssertEqual(mismatch.code, "library_mismatch")
		XCTAssertEqual(
			mismatch.localizedDescription,
			"the library is of version 0.1.0, and this package of 0.2.0: build both from one tree")
	}

	/// A license that names a status list, and two lists of it.
	private func statusLists() throws -> (license: License, honored: StatusList, revoked: StatusList) {
		struct Row: Decodable {
			let license, trust, report: String
			let statuses: String?
			let run: Stated
			struct Stated: Decodable {
				let product: String
				let purpose: String
			}
		}
		let rows = try Vectors.rows(of: "rules", as: Row.self)
			.filter { $0.file == "status" }.map(\.row)
			.filter { $0.run.purpose == "run" && $0.run.product == "acme/editor" }
		let row = try XCTUnwrap(
			rows.first { $0.statuses != nil && $0.report.hasPrefix(#"{"allowed":true,"denials":[],"notices":[],"#) })
		let revoked = try XCTUnwrap(
			rows.first { $0.report.contains(#"{"code":"revoked""#) && $0.license == row.license })
		let trust = try XCTUnwrap(Vectors.trust[row.trust])
		return (
			try License(verifying: row.license, with: trust),
			try StatusList(verifying: XCTUnwrap(row.statuses), with: trust),
			try StatusList(verifying: XCTUnwrap(revoked.statuses), with: trust)
		)
	}
}

/// Counts, from any thread.
final class Counter: @unchecked Sendable {
	private let lock = NSLock()
	private var counted = 0

	var count: Int { lock.withLock { counted } }

	func add(_ more: Int) {
		lock.withLock { counted += more }
	}
}
