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

		let empty = measure(2_000_000) { takeNothing() }
		let arguments = measure(200_000) {
			try? takeDecisionArguments(run: passedRun, context: passedContext)
		}
		let written = measure(200_000) {
			try? passing(run, context) { uniffi_countersign_fn_func_take_decision_arguments($0, $1, $2) }
		}
		let text = measure(200_000) { try? takeText(text: file, trust: passedTrust) }
		print("call".padded(66), "ns", "empty calls", separator: "\t")
		show("an empty call", empty, beside: empty)
		show("a prepared check that is allowed: Check.allowed()", measure(20_000_000) { _ = check.allowed() }, beside: empty)
		show("a decision of a prepared check, anew: Check.decide()", measure(200_000) { _ = try? check.decide() }, beside: empty)
		show("the arguments of a decision, passed and not looked at", arguments, beside: empty)
		show("the same, passed as a decision passes them", written, beside: empty)
		show("a full decision: License.evaluate(_:in:)", measure(100_000) { _ = try? license.evaluate(run, in: context) }, beside: empty)
		let full = measure(100_000) { _ = try? license.report(on: run, in: context) }
		show("a full decision with its report: License.report(on:in:)", full, beside: empty)
		show("the arguments of a verification, passed and not looked at", text, beside: empty)
		show("a license read from its text and verified", measure(20_000) { _ = try? Countersign.License(verifying: file, with: trust) }, beside: empty)
		print("a full decision with its report costs \(ratio(full, arguments)) times what the generated call costs that takes the same")
		print("and \(ratio(full, written)) times what one costs that passes it as a decision does")
	}

	/// Nanoseconds that this thread works for one call: the best of five rounds, since only what else
	/// runs makes one slower.
	static func measure(_ calls: Int, _ body: () -> Void) -> Double {
		let rounds = (0..<5).map { _ in
			let start = worked()
			for _ in 0..<calls / 5 {
				body()
			}
			return worked() - start
		}
		return Double(rounds.min() ?? 0) / Double(calls / 5)
	}

	private static func worked() -> Int {
		var time = timespec()
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
		return time.tv_sec * 1_000_000_000 + time.tv_nsec
	}

	static func show(_ name: String, _ cost: Double, beside empty: Double) {
		print(name.padded(66), ratio(cost, 1), ratio(cost, empty), separator: "\t")
	}

	static func ratio(_ left: Double, _ right: Double) -> String {
		String(format: "%.2f", left / right)
	}
}

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
