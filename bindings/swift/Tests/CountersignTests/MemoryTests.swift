import Countersign
import Foundation
import XCTest

/// What is resident after the second half of a long run is at most 2 % above that after the first.
final class MemoryTests: XCTestCase {
	func testAMillionDecisionsKeepNothing() async throws {
		let license = try Signed.license()
		let check = try license.prepare(Run(product: "acme/editor", domain: "shop.example.com"))
		let run = Run(product: "acme/viewer", requires: ["export"])
		try await assertLevel(warmUp: 50_000, half: 500_000) { turn in
			if turn % 10 == 0 {
				let denied = try license.evaluate(run)
				XCTAssertFalse(denied.isAllowed)
				XCTAssertFalse(denied.denials.isEmpty)
				XCTAssertTrue(denied.report.hasPrefix("{"))
			} else {
				let decision = try check.decide()
				if turn % 100 == 1 {
					XCTAssertEqual(decision.denials.map(\.code), [])
					XCTAssertTrue(decision.report.hasPrefix("{"))
				}
			}
		}
	}

	func testAThousandActivationsKeepNothing() async throws {
		let authority = try Authority()
		let trust = try authority.trust()
		let client = try Client(url: authority.url, trust: trust)
		let licenseKey = try authority.sell()
		let options = Session.Options(instance: .machine("m-1"))
		let claimant = try Claimant(
			product: "acme/editor", licenseKey: licenseKey, instance: .machine("m-1"))
		try await assertLevel(warmUp: 250, half: 500) { turn in
			let shelf = Shelf()
			let session =
				turn % 2 == 0
				? try Session(product: "acme/editor", trust: trust, storage: shelf, options: options)
				: try Session(
					product: "acme/editor", trust: trust, storage: MemoryStorage(), options: options)
			switch turn % 5 {
			case 0:
				_ = try await client.activate(claimant)
			case 1, 2:
				let given = try await session.activate(licenseKey, with: client)
				XCTAssertTrue(given.activated)
			default:
				let given = try session.activateBlocking(licenseKey, with: client)
				XCTAssertTrue(given.activated)
			}
			let check = try session.prepare(session.run)
			XCTAssertEqual(check.allowed(), turn % 5 != 0)
			XCTAssertTrue(check.decide().report.hasPrefix("{"))
		}
	}

	func testWhatIsKeptIsNoticed() async throws {
		var kept: [Data] = []
		let (taken, isLevel) = try await halves(warmUp: 0, half: 20_000) { turn in
			kept.append(Data(repeating: UInt8(turn % 256), count: 500))
		}
		XCTAssertFalse(isLevel, "\(taken) KiB")
		XCTAssertEqual(kept.count, 80_000)
	}

	private func assertLevel(
		warmUp: Int, half: Int, _ body: (Int) async throws -> Void
	) async throws {
		let (taken, isLevel) = try await halves(warmUp: warmUp, half: half, body)
		print("\(taken) KiB")
		XCTAssertTrue(isLevel, "\(taken) KiB")
	}

	/// What is resident after each of them, in KiB, and whether one was level with the one before; what is
	/// set up once is set up before. What is left behind shows half after half: a thread more on a busy
	/// machine takes its memory once.
	private func halves(
		warmUp: Int, half: Int, _ body: (Int) async throws -> Void
	) async throws -> ([Int], isLevel: Bool) {
		for turn in 0..<warmUp {
			try await body(turn)
		}
		for turn in 0..<half {
			try await body(turn)
		}
		var taken = [try resident()]
		while taken.count < 4 {
			for turn in 0..<half {
				try await body(turn)
			}
			let (before, after) = (taken[taken.count - 1], try resident())
			taken.append(after)
			if Double(after) <= Double(before) * 1.02 {
				return (taken, true)
			}
		}
		return (taken, false)
	}

	private func resident() throws -> Int {
		#if os(Linux)
			let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
			let line = try XCTUnwrap(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
			return try XCTUnwrap(Int(line.filter(\.isNumber)))
		#else
			throw XCTSkip("measured on Linux")
		#endif
	}
}
