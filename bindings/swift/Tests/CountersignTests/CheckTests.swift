import Countersign
import Foundation
import XCTest

@testable import class Countersign.Changes
@testable import class Countersign.KeptAnswer
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

	func testAGuardTakesOverWhatAnotherRunSaved() throws {
		let end = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down) + 24 * 60 * 60)
		let key = Data("this machine".utf8)
		let clock = try ClockGuard()
		let check = try sold(until: end).prepare(Run(product: "acme/editor"), clock: clock)
		XCTAssertTrue(check.allowed())
		let other = try ClockGuard()
		try other.hold(newest: end)
		_ = try other.read()
		let state = other.save(key: key)
		XCTAssertThrowsError(try clock.takeOver(state, key: Data("another".utf8))) { error in
			XCTAssertEqual((error as? ClockError)?.reason, .damaged)
		}
		XCTAssertTrue(check.allowed())
		try clock.takeOver(state, key: key)
		XCTAssertFalse(check.allowed())
		XCTAssertGreaterThanOrEqual(try clock.read().now, end)
	}

	/// By the real clock, since the answer is kept by it: asked without a pause until it changes.
	func testAnAnswerEndsAtTheVerySecondAtWhichTimeChangesIt() throws {
		// On a busy machine little may be asked before the first end.
		XCTAssertTrue(
			try [4, 20, 100].contains { seconds in
				try asksUntilAnEnd(in: seconds) > 1_000
			})
	}

	/// How often it was asked before the end.
	private func asksUntilAnEnd(in seconds: TimeInterval) throws -> Int {
		let now = Date().timeIntervalSince1970
		let end = Date(timeIntervalSince1970: (now + seconds).rounded(.down))
		let license = try sold(until: end)
		XCTAssertEqual(license.validity.endsAt, end)
		let check = try license.prepare(Run(product: "acme/editor"))
		var asked = 0
		while true {
			let before = Date()
			if !(asked % 2 == 0 ? check.allowed() : check.isEntitled(to: "export")) {
				XCTAssertGreaterThanOrEqual(Date(), end)
				break
			}
			XCTAssertLessThan(before, end)
			asked += 1
		}
		XCTAssertFalse(check.allowed())
		XCTAssertFalse(check.isEntitled(to: "export"))
		XCTAssertTrue(check.staysOn("export"))
		XCTAssertEqual(try check.decide().denials.map(\.reason), [.expired(endedAt: end)])
		return asked
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

	func testFeaturesAreToldByTheDecisionThatIsKept() throws {
		let end = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down) + 24 * 60 * 60)
		let license = try sold(until: end)
		let clock = try ClockGuard()
		let check = try license.prepare(Run(product: "acme/editor"), clock: clock)
		func told(_ code: String) -> [Bool] { [check.isEntitled(to: code), check.staysOn(code)] }
		XCTAssertEqual(told("export"), [true, true])
		XCTAssertEqual(told("print"), [false, false])
		// What changes counts at once, by whichever it is asked first.
		check.highestRevision = license.revision + 1
		XCTAssertEqual(told("export"), [false, false])
		check.highestRevision = nil
		XCTAssertEqual(told("export"), [true, true])
		// What cannot be decided grants nothing, and what was decided before neither.
		check.highestRevision = 0
		XCTAssertEqual(told("export"), [false, false])
		check.highestRevision = nil
		try clock.hold(newest: end)
		XCTAssertEqual(told("export"), [false, true])
		XCTAssertFalse(check.allowed())
	}

	func testADecisionIsKeptWhateverIsAskedOfIt() throws {
		let check = try Signed.license().prepare(Run(product: "acme/editor"))
		let changes = Changes()
		let kept = KeptAnswer(until: changes)
		var decided = 0
		func decide() throws -> Decision {
			decided += 1
			return try check.decide()
		}
		// Whoever keeps nothing decides each time, however slow a machine is.
		for _ in 0..<10_000 {
			XCTAssertEqual(kept.decision(decide)?.isAllowed, true)
			XCTAssertTrue(kept.allowed(decide))
		}
		XCTAssertLessThan(decided, 10_000)
		changes.note()
		let before = decided
		_ = kept.decision(decide)
		XCTAssertEqual(decided, before + 1)
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

	/// A license of acme/editor until then, with the entitlement `export`.
	private func sold(until end: Date) throws -> License {
		let folder = FileManager.default.temporaryDirectory
			.appendingPathComponent("countersign-\(UUID().uuidString)")
		try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
		defer { try? FileManager.default.removeItem(at: folder) }
		let key = folder.appendingPathComponent("acme.key").path
		let file = folder.appendingPathComponent("editor.license")
		try countersign(["key", "generate", "--out", key])
		let trust = try TrustStore(keys: countersign(["key", "show", key, "--brand", "acme"]))
		try countersign([
			"license", "sign", "--key", key, "--product", "acme/editor", "--entitlement", "export",
			"--expires", ISO8601DateFormatter().string(from: end), "--out", file.path,
		])
		return try License(verifying: Data(contentsOf: file), with: trust)
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
