import Countersign
import Foundation
import XCTest

/// The code in README.md and on the first page of the reference, as it stands there.
final class ReadmeTests: XCTestCase {
	func testTheFirstTenLinesRun() throws {
		XCTAssertEqual(
			try lines(keys: Document.keys, file: Document.license), ["exports", "runs"])
		let others = try XCTUnwrap(Vectors.trust["acme_and_standby"]).jwks
		XCTAssertThrowsError(try lines(keys: others, file: Document.license)) { error in
			XCTAssertEqual((error as? LicenseError)?.code, "unknown_key")
		}
	}

	func testThatOfTheReferenceRuns() throws {
		XCTAssertEqual(try reference(keys: Document.keys, file: Document.license), ["runs"])
		XCTAssertThrowsError(try reference(keys: Document.keys, file: "none"))
	}

	func testThatOfAnActivatedProductRuns() async throws {
		let authority = try Authority()
		let folder = FileManager.default.temporaryDirectory
			.appendingPathComponent("countersign-\(UUID().uuidString)")
		defer { try? FileManager.default.removeItem(at: folder) }
		let trust = try authority.trust()
		let wrong = try await activated(authority.url, trust, folder, "ACME-TYPED-WRONG")
		XCTAssertEqual(wrong.count, 1)
		XCTAssertNotEqual(wrong, ["runs"])
		let typed = try authority.sell().text
		let right = try await activated(authority.url, trust, folder, typed)
		XCTAssertEqual(right, ["runs"])
		authority.stop()
		let later = try await activated(authority.url, trust, folder, "")
		XCTAssertEqual(later, ["runs"])
	}

	func testTheseAreTheLinesThatStandThere() throws {
		let told = try ["README.md", "Sources/Countersign/Countersign.docc/Countersign.md"].flatMap { name in
			let page = Vectors.tree.appendingPathComponent("bindings/swift/\(name)")
			let text = String(decoding: try Data(contentsOf: page), as: UTF8.self)
			return parts(of: text, from: "```swift\n", to: "```")
		}
		let source = String(decoding: try Data(contentsOf: URL(fileURLWithPath: #filePath)), as: UTF8.self)
		let run = parts(of: source, from: "\t\t// begin\n", to: "\t\t// end").map { part in
			part.split(separator: "\n", omittingEmptySubsequences: false)
				.map { $0.hasPrefix("\t\t") ? String($0.dropFirst(2)) : String($0) }
				.joined(separator: "\n").replacingOccurrences(of: "\t", with: "    ")
		}
		// An import stands at the beginning of a file.
		XCTAssertTrue(source.hasPrefix("import Countersign\n"))
		XCTAssertEqual(["import Countersign\n\n" + run[0]] + run[1...], told)
		XCTAssertEqual(run.count, 3)
		XCTAssertLessThanOrEqual(told[0].split(separator: "\n").count, 10)
	}

	private func parts(of text: String, from start: String, to end: String) -> [String] {
		text.components(separatedBy: "\n" + start).dropFirst()
			.map { $0.components(separatedBy: end)[0] }
	}

	private func lines(keys: String, file: String) throws -> [String] {
		var printed: [String] = []
		func print(_ item: Any) { printed.append("\(item)") }
		// begin
		let trust = try TrustStore(keys: keys)                     // the public keys that your product ships
		let license = try License(verifying: file, with: trust)    // what the customer got, as a file or a mail
		let check = try license.prepare(Run(product: "acme/editor", domain: "https://shop.example.com/cart"))
		let decision = try check.decide()
		decision.denials.forEach { print("\($0.code): \($0)") }    // every rule that failed
		decision.notices.forEach { print($0) }                     // an end that is near, long before it comes
		if decision.isEntitled(to: "export") { print("exports") }
		if check.allowed() { print("runs") }                       // on every use: it reads a clock, and little else
		// end
		return printed
	}

	private func activated(
		_ authority: URL, _ trust: TrustStore, _ folder: URL, _ typed: String
	) async throws -> [String] {
		var printed: [String] = []
		func print(_ item: Any) { printed.append("\(item)") }
		// begin
		let client = try Client(url: authority, trust: trust)    // such as https://licenses.acme.example
		let storage = try FileStorage(folder: folder)            // such as FileStorage.userFolder(of: "acme/editor")
		let session = try Session(product: "acme/editor", trust: trust, storage: storage)
		let background = Task { await session.background(with: client) }

		if session.license == nil {
			do {
				try await session.activate(LicenseKey(typed), with: client)
			} catch let error as ClientError {
				print(error)    // `refusal` says why, `isUnreachable` not now
			}
		}
		let check = try session.prepare(session.run)
		if check.allowed() { print("runs") }
		// end
		background.cancel()
		await background.value
		return printed
	}

	private func reference(keys: String, file: String) throws -> [String] {
		var printed: [String] = []
		func print(_ item: Any) { printed.append("\(item)") }
		// begin
		let trust = try TrustStore(keys: keys)
		let license = try License(verifying: file, with: trust)
		let check = try license.prepare(Run(product: "acme/editor", domain: "shop.example.com"))
		if check.allowed() { print("runs") }
		// end
		return printed
	}
}

/// The key and the license of the repository's README.md.
private enum Document {
	static let page = Vectors.tree.appendingPathComponent("README.md")
	static let readme = String(decoding: (try? Data(contentsOf: page)) ?? Data(), as: UTF8.self)
	static let keys = between("r#\"", "\"#")
	static let license = between("const FILE: &str = \"", "\";")

	private static func between(_ start: String, _ end: String) -> String {
		readme.components(separatedBy: start).dropFirst().first?.components(separatedBy: end).first ?? ""
	}
}
