import Countersign
import Foundation
import XCTest

#if canImport(FoundationNetworking)
	import FoundationNetworking
#endif

/// A real authority, on a free loopback port and in a folder of its own, that sells acme/editor.
final class Authority {
	private let folder: URL
	private var process: Process?
	private(set) var url: URL

	init() throws {
		folder = FileManager.default.temporaryDirectory
			.appendingPathComponent("countersign-authority-\(UUID().uuidString)")
		try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
		url = URL(string: "http://127.0.0.1:0")!
		try start()
		_ = try run("brand", "create", "acme", "--name", "ACME")
		_ = try run("product", "create", "editor", "--brand", "acme", "--name", "ACME Editor")
	}

	deinit {
		stop()
		try? FileManager.default.removeItem(at: folder)
	}

	/// Starts it, at the address that it had before.
	func start() throws {
		let process = Process()
		process.executableURL = try binary()
		process.arguments = [
			"serve", "--data", folder.path, "--listen", "127.0.0.1:\(url.port ?? 0)",
			"--address-rate", "0", "--license-key-rate", "0", "--log", "json",
		]
		let log = Pipe()
		process.standardOutput = log
		try process.run()
		self.process = process
		var told = ""
		while true {
			let more = log.fileHandleForReading.availableData
			told += String(decoding: more, as: UTF8.self)
			if let start = told.range(of: "listening on "),
				let end = told[start.upperBound...].firstIndex(of: "\"")
			{
				url = try XCTUnwrap(URL(string: String(told[start.upperBound..<end])))
				break
			}
			if more.isEmpty {
				throw NoAuthority(text: told)
			}
		}
		// Nobody is to wait for a reader of its log.
		log.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
	}

	/// Stops it as a power cut does, and waits until nothing answers. It would not hear a gentler signal:
	/// what is started on a thread of a task inherits that all signals are blocked there.
	func stop() {
		if let process {
			kill(process.processIdentifier, SIGKILL)
			process.waitUntilExit()
		}
		process = nil
	}

	/// Sells a license with that many seats, and the entitlement `export`: what the customer types.
	func sell(seats: Int = 1) throws -> LicenseKey {
		let key = folder.appendingPathComponent("key-\(UUID().uuidString)")
		_ = try run(
			"license", "issue", "--brand", "acme", "--product", "editor", "--email",
			"ada@example.com", "--seats", "\(seats)", "--entitlement", "export", "--key-out", key.path)
		let text = String(decoding: try Data(contentsOf: key), as: UTF8.self)
		return try LicenseKey(text.trimmingCharacters(in: .whitespacesAndNewlines))
	}

	/// The keys that products are to trust.
	func trust() throws -> TrustStore {
		let keys = try Data(contentsOf: url.appendingPathComponent(".well-known/acme/jwks.json"))
		return try TrustStore(keys: String(decoding: keys, as: UTF8.self))
	}

	private func run(_ arguments: String...) throws -> String {
		try countersign(arguments + ["--data", folder.path])
	}
}

/// What the operator's command prints.
@discardableResult
func countersign(_ arguments: [String]) throws -> String {
	let process = Process()
	process.executableURL = try binary()
	process.arguments = arguments
	let output = Pipe()
	process.standardOutput = output
	process.standardError = output
	try process.run()
	let told = String(
		decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
	process.waitUntilExit()
	if process.terminationStatus != 0 {
		throw NoAuthority(text: told)
	}
	return told
}

private func binary() throws -> URL {
	let variable = "COUNTERSIGN_TEST_AUTHORITY"
	let path = ProcessInfo.processInfo.environment[variable]
	return URL(fileURLWithPath: try XCTUnwrap(path, "\(variable): test.sh sets it"))
}

struct NoAuthority: Error {
	let text: String
}
