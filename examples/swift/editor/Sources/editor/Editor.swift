// A product that asks before it runs and before it exports. In this folder, after `make swift`, and
// with the folder that bindings/swift/install-swift.sh prints on the PATH:
//
//     swift run editor ../../editor.license
//     swift run editor ../../editor.license shop.example.org

import Countersign
import Foundation

/// The keys that the product trusts: what `countersign key show` prints. Public.
let keys = """
	{"keys":[{"kty":"OKP","crv":"Ed25519","x":"-qoQnU7U558YyFZ2oJZpnfLOOQISHUz4DpMezCSh9Ww"}]}
	"""

@main
struct Editor {
	let license: License
	let check: Check

	static func main() {
		let arguments = CommandLine.arguments
		guard arguments.count == 2 || arguments.count == 3 else {
			fail("usage: editor LICENSE [DOMAIN]", status: 2)
		}
		do {
			let domain = arguments.count == 3 ? arguments[2] : "shop.example.com"
			let editor = try Editor(license: URL(fileURLWithPath: arguments[1]), domain: domain)
			try editor.start()
			editor.export()
		} catch let error as any CountersignError {
			fail("\(error.code): \(error)", status: 2)
		} catch {
			fail(error.localizedDescription, status: 2)
		}
	}

	init(license file: URL, domain: String) throws {
		let trust = try TrustStore(keys: keys)
		license = try License(verifying: Data(contentsOf: file), with: trust)
		check = try license.prepare(Run(product: "acme/editor", domain: domain))
	}

	/// Tells the user all there is to tell, once.
	func start() throws {
		let decision = try check.decide()
		for denial in decision.denials {
			print("\(denial.code): \(denial)")
		}
		for notice in decision.notices {
			print("\(notice.code): \(notice)")
		}
		guard decision.isAllowed else {
			Editor.fail("this license does not allow it", status: 1)
		}
		print("\(license.id) of \(license.product) allows it")
		if let entitlement = license.entitlements["export"], decision.isEntitled(to: "export") {
			print("exports \(entitlement.until.map { "until \($0)" } ?? "as long as it runs")")
		}
	}

	/// What asks often asks the check: it costs about as much as reading a clock.
	func export() {
		let pages = (1...1_000).filter { _ in check.allowed() }
		print("\(pages.count) pages exported")
	}

	static func fail(_ text: String, status: Int32) -> Never {
		FileHandle.standardError.write(Data("\(text)\n".utf8))
		exit(status)
	}
}
