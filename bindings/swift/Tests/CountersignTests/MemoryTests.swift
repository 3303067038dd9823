import Countersign
import Foundation
import XCTest

/// What is resident after the second half of a long run is at most 2 % above that after the first.
final class MemoryTests: XCTestCase {
	func testAMillionDecisionsKeepNothing() throws {
		let license = try Signed.license()
		let check = try license.prepare(Run(product: "acme/editor", domain: "shop.example.com"))
		let run = Run(product: "acme/viewer", requires: ["export"])
		try assertLevel(half: 500_000) { turn in
			if turn % 10 == 0 {
				_ = try license.evaluate(run).report
			} else {
				_ = try check.decide().isAllowed
			}
		}
	}

	func testAThousandActivationsKeepNothing() throws {
		let authority = try Authority()
		let trust = try authority.trust()
		let client = try Client(url: authority.url, trust: trust)
		let claimant = try Claimant(
			product: "acme/editor", licenseKey: authority.sell(), instance: .machine("m-1"))
		try assertLevel(half: 500) { _ in
			_ = try client.activateBlocking(claimant)
		}
	}

	private func assertLevel(half: Int, _ body: (Int) throws -> Void) throws {
		for turn in 0..<half {
			try body(turn)
		}
		let first = try resident()
		for turn in 0..<half {
			try body(turn)
		}
		let second = try resident()
		XCTAssertLessThanOrEqual(Double(second), Double(first) * 1.02, "from \(first) to \(second) KiB")
	}

	/// In KiB.
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
