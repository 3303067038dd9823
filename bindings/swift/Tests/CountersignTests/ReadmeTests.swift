import Countersign
import Foundation
import XCTest

/// The code in README.md and on the first page of the reference, as it stands there.
final class ReadmeTests: XCTestCase {
	func testTheFirstTenLinesRun() throws {
		try inside(examples) { XCTAssertEqual(try lines(), ["exports", "runs"]) }
		try inside(folder(of: examples, keys: XCTUnwrap(Vectors.trust["acme_and_standby"]).jwks)) {
			XCTAssertThrowsError(try lines()) { error in
				XCTAssertEqual((error as? LicenseError)?.code, "unknown_key")
			}
		}
	}

	func testThatOfTheReferenceRuns() throws {
		try inside(examples) { XCTAssertEqual(try reference(), ["runs"]) }
		try inside(folder(of: examples, keys: "none")) { XCTAssertThrowsError(try reference()) }
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
		try giveUp(authority.url, trust, folder)
		let again = try await activated(authority.url, trust, folder, typed)
		XCTAssertEqual(again, ["runs"])
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
		// Imports stand at the beginning of a file.
		let imports = "import Countersign\nimport Foundation\n"
		XCTAssertTrue(source.hasPrefix(imports))
		XCTAssertEqual([imports + "\n" + run[0]] + run[1...], told)
		XCTAssertEqual(run.count, 3)
		XCTAssertLessThanOrEqual(told[0].split(separator: "\n").count, 10)
	}

	private func parts(of text: String, from start: String, to end: String) -> [String] {
		text.components(separatedBy: "\n" + start).dropFirst()
			.map { $0.components(separatedBy: end)[0] }
	}

	private let examples = Vectors.tree.appendingPathComponent("examples")

	/// A folder with the license of that one, and with these keys.
	private func folder(of other: URL, keys: String) throws -> URL {
		let folder = FileManager.default.temporaryDirectory
			.appendingPathComponent("countersign-\(UUID().uuidString)")
		try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
		addTeardownBlock { try? FileManager.default.removeItem(at: folder) }
		try FileManager.default.copyItem(
			at: other.appendingPathComponent("editor.license"),
			to: folder.appendingPathComponent("editor.license"))
		try Data(keys.utf8).write(to: folder.appendingPathComponent("trust.jwks"))
		return folder
	}

	/// Where names of files without a folder are looked for.
	private func inside(_ folder: URL, _ body: () throws -> Void) throws {
		let before = FileManager.default.currentDirectoryPath
		XCTAssertTrue(FileManager.default.changeCurrentDirectoryPath(folder.path))
		defer { _ = FileManager.default.changeCurrentDirectoryPath(before) }
		try body()
	}

	/// The seat is given up, and the license is held still.
	private func giveUp(_ authority: URL, _ trust: TrustStore, _ folder: URL) throws {
		let session = try Session(
			product: "acme/editor", trust: trust, storage: FileStorage(folder: folder))
		try session.deactivateBlocking(with: Client(url: authority, trust: trust))
		XCTAssertNotNil(session.license)
		XCTAssertEqual(try session.decide(session.run).denials.map(\.reason), [.notActivated])
	}

	private func lines() throws -> [String] {
		var printed: [String] = []
		func print(_ item: Any) { printed.append("\(item)") }
		// begin
		let trust = try TrustStore(keys: String(contentsOfFile: "trust.jwks", encoding: .utf8))    // the keys you ship
		let license = try License(verifying: Data(contentsOf: URL(fileURLWithPath: "editor.license")), with: trust)
		let check = try license.prepare(Run(product: "acme/editor", domain: "https://shop.example.com/cart"))
		let decision = try check.decide()
		decision.denials.forEach { print("\($0.code): \($0)") }    // every rule that failed
		decision.notices.forEach { print($0) }                     // an end that is near, long before it comes
		if check.isEntitled(to: "export") { print("exports") }     // on every use: by the last decision, while that holds
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

		let check = try session.prepare(session.run)
		if check.decide().denials.contains(where: { $0.reason == .notActivated }) {    // no seat, or none any more
			do {
				try await session.activate(LicenseKey(typed), with: client)
			} catch let error as ClientError {
				print(error)    // `refusal` says why, `isUnreachable` not now
			}
		}
		if check.allowed() { print("runs") }
		// end
		background.cancel()
		await background.value
		return printed
	}

	private func reference() throws -> [String] {
		var printed: [String] = []
		func print(_ item: Any) { printed.append("\(item)") }
		// begin
		let trust = try TrustStore(keys: String(contentsOfFile: "trust.jwks", encoding: .utf8))
		let license = try License(verifying: Data(contentsOf: URL(fileURLWithPath: "editor.license")), with: trust)
		let check = try license.prepare(Run(product: "acme/editor", domain: "shop.example.com"))
		if check.allowed() { print("runs") }
		// end
		return printed
	}
}
