// What calls through the binding cost, beside an empty call in the same run.

import Countersign
import CountersignFFI
import CountersignGenerated
import Foundation

@main
struct Bench {
	static func main() throws {
		let trust = try Countersign.TrustStore(keys: keys)
		let license = try Countersign.License(verifying: file, with: trust)
		let run = Countersign.Run(product: "acme/editor", domain: "shop.example.com")
		let check = try license.prepare(run)
		let context = Countersign.Context(clock: try .trusted(Date()))
		let passedRun = CountersignGenerated.Run(
			product: run.product, purpose: .run, domain: run.domain)
		let passedContext = CountersignGenerated.Context(
			clock: try .trusted(now: Int64(Date().timeIntervalSince1970)))
		let passedTrust = try CountersignGenerated.TrustStore(keys: keys)

		let (empty, arguments, written, full) = (
			"an empty call",
			"the arguments of a decision, passed and not looked at",
			"the same, passed as a decision passes them",
			"a full decision with its report: License.report(on:in:)"
		)
		let rows = [
			row(empty) { takeNothing() },
			row("a prepared check that is allowed: Check.allowed()") { _ = check.allowed() },
			row("a decision of a prepared check, anew: Check.decide()") { _ = try? check.decide() },
			row(arguments) { try? takeDecisionArguments(run: passedRun, context: passedContext) },
			row(written) {
				try? passing(run, context) {
					uniffi_countersign_fn_func_take_decision_arguments($0, $1, $2)
				}
			},
			row("a full decision: License.evaluate(_:in:)") { _ = try? license.evaluate(run, in: context) },
			row(full) { _ = try? license.report(on: run, in: context) },
			row("the arguments of a verification, passed and not looked at") {
				try? takeText(text: file, trust: passedTrust)
			},
			row("a license read from its text and verified") {
				_ = try? Countersign.License(verifying: file, with: trust)
			},
		]
		let costs = Dictionary(
			uniqueKeysWithValues: zip(rows.map(\.name), nanoseconds(of: rows.map(\.repeated))))
		func times(_ row: String, _ other: String) -> String {
			ratio(costs[row] ?? .nan, costs[other] ?? .nan)
		}
		print("call".padded(66), "ns", "empty calls", separator: "\t")
		for row in rows {
			print(row.name.padded(66), ratio(costs[row.name] ?? .nan, 1), times(row.name, empty), separator: "\t")
		}
		print("a full decision with its report costs \(times(full, arguments)) times what the generated call costs that takes the same")
		print("and \(times(full, written)) times what one costs that passes it as a decision does")
	}

	typealias Row = (name: String, repeated: (Int) -> Void)

	/// Inlined, so that what is measured is the call and not that of a closure.
	@inline(__always)
	static func row(_ name: String, _ call: @escaping () -> Void) -> Row {
		(
			name,
			{ times in
				for _ in 0..<times {
					call()
				}
			}
		)
	}

	/// Nanoseconds of one call of each row: the fastest of many short turns, since only what else runs makes
	/// one slower. They are made one after the other, so that a machine that is slower for a while is so for
	/// all.
	static func nanoseconds(of rows: [(Int) -> Void]) -> [Double] {
		let counts = rows.map(callsInATurn)
		var fastest = rows.map { _ in Double.infinity }
		for _ in 0..<turns {
			for (at, row) in rows.enumerated() {
				fastest[at] = min(fastest[at], Double(taken(counts[at], row)) / Double(counts[at]))
			}
		}
		return fastest
	}

	private static func callsInATurn(_ row: (Int) -> Void) -> Int {
		var count = 1
		// Of a few, since a first call takes longer, and any may be interrupted.
		while (0..<5).map({ _ in taken(count, row) }).min() ?? turn < turn {
			count *= 2
		}
		return count
	}

	private static func taken(_ count: Int, _ row: (Int) -> Void) -> Int {
		let start = now()
		row(count)
		return now() - start
	}

	private static func now() -> Int {
		var time = timespec()
		clock_gettime(CLOCK_MONOTONIC, &time)
		return time.tv_sec * 1_000_000_000 + time.tv_nsec
	}

	static func ratio(_ left: Double, _ right: Double) -> String {
		String(format: "%.2f", left / right)
	}
}

/// How long a turn lasts at least, in nanoseconds: short, so that some are not interrupted.
private let turn = 20_000
private let turns = 10_000

extension String {
	fileprivate func padded(_ length: Int) -> String {
		padding(toLength: length, withPad: " ", startingAt: 0)
	}
}

/// The key and the license of the repository's README.md.
private let keys = """
	{"keys":[{"kty":"OKP","crv":"Ed25519","x":"-qoQnU7U558YyFZ2oJZpnfLOOQISHUz4DpMezCSh9Ww"}]}
	"""
private let file = """
	eyJhbGciOiJFZERTQSIsImtpZCI6ImpGUmdVUktMRUxuY3dDZ2ZvMFVXN1BiSFNR
	NV93bWVTSE90NXg0OHZPdkUiLCJ0eXAiOiJsaWNlbnNlK2p3dCJ9.eyJ2ZXIiOjE
	sImp0aSI6ImxpYy0yMDQxIiwiaXNzIjoiYWNtZSIsImF1ZCI6ImVkaXRvciIsIml
	hdCI6MTc2NzIyNTYwMCwicmV2IjoxLCJkb21haW5zIjpbIiouZXhhbXBsZS5jb20
	iXSwiZW50aXRsZW1lbnRzIjp7ImV4cG9ydCI6e319fQ.w_rvy5tzS2rOt_Biex62
	qOuck6cFk07Qs42ozneWOo_gJJISk6oXZuLoCFfevvyscUDAB8EawfVMISDUzBfR
	Cw
	"""
