import Countersign
import Foundation
import XCTest

/// Every code that an error can have is reached from Swift, or it is said here why it is not.
final class CodeTests: XCTestCase {
	private let explained = [
		"http_unavailable": "what HTTP and TLS need beneath is linked into the library",
		"no_text": "a host's own storage throws it, and the session takes what is kept for damaged",
		"library_failed": "test.sh has the example load a library that fails",
		"library_mismatch": "test.sh has the example load a library of another version",
	]

	func testEveryCodeThatThereIsIsReachedOrExplained() throws {
		let core = try source("core/src/error.rs")
		let body = try XCTUnwrap(core.firstRange(of: "fn code(&self)"))
		let end = try XCTUnwrap(core[body.upperBound...].firstRange(of: "\n    }\n"))
		// All words, but for some that are no codes, so that no way to write a code is missed.
		let noCodes: Set = ["code", "countersign", "countersign_ffi"]
		let stated = [
			"core": words(core[..<end.lowerBound][body.upperBound...], /=> "(\w+)"/),
			"client": try words(sources("client/src", "rs"), /\bcode: "(\w+)"/),
			"bindings": try words(sources("bindings/src", "rs"), /"([a-z]+(?:_[a-z]+)*)"/)
				.subtracting(noCodes),
			"package": try added,
		]
		for (part, codes) in stated {
			XCTAssertFalse(codes.isEmpty, part)
		}
		let reached = Set(try ways().keys)
		let known = reached.union(explained.keys)
		let all = stated.values.reduce(Set()) { $0.union($1) }
		XCTAssertEqual(all.subtracting(known), [], "reached by nothing")
		XCTAssertEqual(known.subtracting(all), [], "no codes any more")
		XCTAssertEqual(reached.intersection(explained.keys), [])
	}

	func testWhatThePackageAddsIsWhatTheListSays() throws {
		let listed = try source("bindings/codes.txt").matches(of: /(?m)^(\w+) *# ([\w, ]+):/)
			.filter { $0.output.2.split(separator: ", ").contains("Swift") }
		XCTAssertEqual(try added, Set(listed.map { String($0.output.1) }))
		let page = try source("bindings/swift/README.md")
		for code in try added {
			XCTAssertTrue(page.contains("`\(code)`"), code)
		}
	}

	func testEachCodeIsReached() throws {
		for (code, way) in try ways().sorted(by: { $0.key < $1.key }) {
			var came: (any CountersignError)?
			do {
				try way()
			} catch let error as any CountersignError {
				came = error
			} catch is XCTSkip {
				continue
			}
			XCTAssertEqual(came?.code, code, "\(came.map(String.init(describing:)) ?? "nothing is wrong")")
			XCTAssertEqual(came?.localizedDescription, came?.description, code)
		}
	}

	func testAClientWithoutCertificatesSaysSoWhenItAsks() throws {
		#if os(Linux)
			// What names the certificates of a system without any.
			setenv("SSL_CERT_FILE", "/no/such/file", 1)
			setenv("SSL_CERT_DIR", "/no/such/folder", 1)
			defer {
				unsetenv("SSL_CERT_FILE")
				unsetenv("SSL_CERT_DIR")
			}
			let url = try XCTUnwrap(URL(string: "https://a.example"))
			XCTAssertThrowsError(try standing(url, "ACME-CODE")) { error in
				XCTAssertEqual((error as? any CountersignError)?.code, "unreachable")
				let text = "the authority cannot be verified, as no certificate is trusted: "
				XCTAssertTrue("\(error)".hasPrefix(text), "\(error)")
			}
		#else
			throw XCTSkip("this platform has its certificates elsewhere")
		#endif
	}

	func testWithoutRandomNumbersItIsSaidWhatCannotBeDone() throws {
		let trust = try trust
		let session = try opened(Shelf())
		try withoutRandomness {
			XCTAssertThrowsError(
				try Session(product: "acme/editor", trust: trust, storage: MemoryStorage())
			) { error in
				let text = "\(error)"
				XCTAssertTrue(text.hasPrefix("no random number can be drawn: "), text)
				XCTAssertFalse(text.contains("request"), text)
			}
			XCTAssertThrowsError(try session.activationRequest(for: LicenseKey("ACME-CODE"))) { error in
				let error = error as? ClientError
				XCTAssertEqual(error?.reason, .unreachable(retryAfter: nil))
				XCTAssertEqual(error?.description.hasPrefix("the request cannot be made"), true)
				XCTAssertNotNil(error?.failureReason)
			}
		}
	}

	// MARK: - A way to each code

	private typealias Way = () throws -> Void

	private func ways() throws -> [String: Way] {
		var ways: [String: Way] = [:]
		for (_, row) in try Vectors.rows(of: "signed", as: SignedRow.self) {
			if let code = row.code, ways[code] == nil {
				ways[code] = { try row.accept() }
			}
		}
		for more in [values, settings, kept, brought, asked] {
			ways.merge(more) { _, _ in fatalError("a code has two ways") }
		}
		return ways
	}

	private var values: [String: Way] {
		[
			"invalid_address": { _ = try normalizeAddress("10.0.0") },
			"invalid_amount": {
				_ = try Signed.license().evaluate(
					Run(product: "acme/editor"), in: Context(highestRevision: 0))
			},
			"invalid_code": { _ = try Signed.license().prepare(Run(product: "acme/Editor")) },
			"invalid_domain": { _ = try normalizeDomain("*") },
			"invalid_instance": {
				_ = try Signed.license().evaluate(Run(product: "acme/editor", instance: .machine("")))
			},
			"invalid_key": { _ = try TrustStore(keys: "key") },
			"invalid_license_key": { _ = try LicenseKey("") },
			"invalid_moment": { _ = try ClockReading.trusted(Date(timeIntervalSince1970: -1)) },
			"instance_unread": { _ = try Instance.ofFile(URL(fileURLWithPath: "/no/such/file")) },
			"instance_unset": { _ = try Instance.ofVariable("COUNTERSIGN_NOT_SET") },
			"invalid_length": { _ = try Challenge(nonce: Vectors.nonce, sent: .seconds(-1)) },
			"too_long": { _ = try QRCode(String(repeating: "a", count: 3_000)) },
			"damaged_clock": { _ = try ClockGuard(restoring: "state", key: Data("k".utf8)) },
			"invalid_nonce": { _ = try Challenge(nonce: "AAAA") },
			"answer_not_fresh": {
				let moment = "2025-07-01T00:00:00Z"
				let tick = Tick(wall: try date(moment), monotonic: .zero)
				let challenge = try Challenge(nonce: Vectors.nonce, sent: .zero)
				let clock = try ClockGuard(start: tick)
				try clock.heal(challenge, with: Vectors.answer(of: moment), at: tick)
				try clock.heal(challenge, with: Vectors.answer(of: moment), at: tick)
			},
		]
	}

	private var settings: [String: Way] {
		[
			"invalid_attempts": { _ = try self.client(settings: ClientSettings(attempts: 0)) },
			"invalid_certificates": { _ = try self.client(settings: ClientSettings(onlyRoots: "none")) },
			"invalid_pin": {
				_ = try self.client(settings: ClientSettings(pins: [.publicKey(sha256: Data([1]))]))
			},
			"invalid_proxy": {
				let proxy = try XCTUnwrap(URL(string: "ftp://a.example"))
				_ = try self.client(settings: ClientSettings(proxy: .at(proxy)))
			},
			"invalid_scheme": { _ = try self.client("ftp://a.example") },
			"invalid_url": { _ = try self.client("acme") },
			"plain_http": { _ = try self.client("http://a.example") },
			"superfluous_address": { _ = try self.client("https://user@a.example") },
		]
	}

	private var kept: [String: Way] {
		[
			"damaged_state": {
				let shelf = Shelf()
				try shelf.save("text", as: "session")
				_ = try self.opened(shelf)
			},
			"newer_state": {
				let shelf = Shelf()
				_ = try self.opened(shelf)
				let newer = try sign("newer", reading: XCTUnwrap(shelf.load("session")))
				try shelf.save(newer + "\n", as: "session")
				do {
					_ = try self.opened(shelf)
				} catch let error as SessionError {
					XCTAssertEqual(error.reason, .newerVersion)
					let options = Session.Options(beginAnew: true)
					XCTAssertTrue(try self.opened(shelf, options).isKept)
					throw error
				}
			},
			"another_product": {
				let shelf = Shelf()
				_ = try self.opened(shelf)
				_ = try Session(product: "acme/viewer", trust: self.trust, storage: shelf)
			},
			"storage_failed": {
				let file = FileManager.default.temporaryDirectory
					.appendingPathComponent("countersign-\(UUID().uuidString)")
				try Data().write(to: file)
				defer { try? FileManager.default.removeItem(at: file) }
				let storage = try FileStorage(folder: file.appendingPathComponent("below"))
				let session = try Session(product: "acme/editor", trust: self.trust, storage: storage)
				XCTAssertFalse(session.isKept)
				try session.save()
			},
			"no_randomness": {
				let trust = try self.trust
				try withoutRandomness {
					_ = try Session(product: "acme/editor", trust: trust, storage: MemoryStorage())
				}
			},
			"inside_storage": { try self.insideStorage { try $0.save() } },
			"unfit": {
				let client = try self.client()
				try self.insideStorage { try $0.refreshNowBlocking(with: client) }
			},
		]
	}

	private var brought: [String: Way] {
		[
			"another_brand": {
				// A key that may sign for any brand.
				let trust = try TrustStore(keys: #"{"keys":[\#(sign("jwk"))]}"#)
				let session = try Session(product: "acme/editor", trust: trust, storage: MemoryStorage())
				try session.importText(sign("statuslist", #"{"iss":"apex"}"#))
			},
			"another_license": {
				let shelf = Shelf()
				let session = try self.opened(shelf, self.ofMachine)
				try session.importText(sign("license", #"{"activation":{}}"#))
				_ = try session.activationRequest(for: LicenseKey("ACME-CODE"))
				let state = try XCTUnwrap(shelf.load("session")?.split(separator: "\n").first)
				let stated = try JSONDecoder().decode(Requested.self, from: Data(state.utf8))
				try session.importText(
					sign("lease", #"{"nonce":"\#(stated.requested)","license":"lic-2"}"#))
			},
			"another_instance": {
				try self.imported(
					sign("license"), sign("lease", #"{"instance":{"kind":"machine","value":"m-2"}}"#))
			},
			"another_request": { try self.imported(sign("license"), sign("lease")) },
			"superseded": { try self.imported(sign("license", #"{"rev":2}"#), sign("license")) },
			"ahead_of_time": {
				// An authority's answer has told the session the time.
				let authority = try Authority()
				let keys = try JSONDecoder().decode(Keys.self, from: Data(authority.trust().jwks.utf8))
				let key = try JSONDecoder().decode(JSON.self, from: Data(sign("jwk").utf8))
				let both = try JSONEncoder().encode(Keys(keys: keys.keys + [key]))
				let trust = try TrustStore(keys: String(decoding: both, as: UTF8.self))
				let session = try Session(product: "acme/editor", trust: trust, storage: MemoryStorage())
				let client = try Client(url: authority.url, trust: trust)
				_ = try withExtendedLifetime(authority) {
					try session.activateBlocking(authority.sell(), with: client)
				}
				let inTwoDays = Int(Date().timeIntervalSince1970) + 2 * 24 * 60 * 60
				try session.importText(sign("license", #"{"iat":\#(inTwoDays)}"#))
			},
		]
	}

	private var asked: [String: Way] {
		[
			"unreachable": {
				let authority = try Authority()
				authority.stop()
				_ = try self.standing(authority.url, "ACME-CODE")
			},
			"untrusted": {
				let authority = try Authority()
				let session = try self.opened(Shelf())
				let client = try Client(url: authority.url, trust: self.trust)
				_ = try withExtendedLifetime(authority) {
					try session.activateBlocking(authority.sell(), with: client)
				}
			},
			"unsaved": {
				let authority = try Authority()
				let (trust, shelf) = (try authority.trust(), Shelf())
				let session = try Session(product: "acme/editor", trust: trust, storage: shelf)
				let client = try Client(url: authority.url, trust: trust)
				try withExtendedLifetime(authority) {
					_ = try session.activateBlocking(authority.sell(), with: client)
					// It is saved before the authority is asked, and not after it has answered.
					shelf.onSave { [unowned shelf] in shelf.fail(on: "save") }
					try session.deactivateBlocking(with: client)
				}
			},
			// The key occurs where nothing can stand for it: in the name of a member that every problem
			// has.
			"not_shown": {
				let authority = try Authority()
				_ = try withExtendedLifetime(authority) { try self.standing(authority.url, "CODE") }
			},
		]
	}

	// MARK: - What they need

	private var trust: TrustStore {
		get throws { try XCTUnwrap(Vectors.trust["acme"]) }
	}

	private let ofMachine = Session.Options(instance: .machine("m-1"))

	private func client(
		_ url: String = "https://a.example", settings: ClientSettings = ClientSettings()
	) throws -> Client {
		try Client(url: XCTUnwrap(URL(string: url)), trust: trust, settings: settings)
	}

	private func opened(
		_ storage: any Storage, _ options: Session.Options = Session.Options()
	) throws -> Session {
		try Session(product: "acme/editor", trust: trust, storage: storage, options: options)
	}

	/// What a session says to its storage that asks it for a change.
	private func insideStorage(_ work: @escaping (Session) throws -> Void) throws {
		let shelf = Shelf()
		let session = try opened(shelf)
		let inside = Guarded<(any Error)?>(nil)
		shelf.onSave { [weak session] in
			do {
				try session.map(work)
			} catch {
				inside.set(error)
			}
		}
		try session.save()
		shelf.onSave {}
		if let error = inside.get() {
			throw error
		}
	}

	/// Each is taken but the last.
	private func imported(_ texts: String...) throws {
		let session = try opened(Shelf(), ofMachine)
		for text in texts.dropLast() {
			XCTAssertNoThrow(try session.importText(text))
		}
		try session.importText(XCTUnwrap(texts.last))
	}

	private func standing(_ url: URL, _ licenseKey: String) throws -> LicenseStanding {
		let settings = ClientSettings(attempts: 1, giveUpAfter: .seconds(20))
		return try Client(url: url, trust: trust, settings: settings).standingBlocking(
			of: Claimant(
				product: "acme/editor", licenseKey: LicenseKey(licenseKey), instance: .machine("m-1")))
	}

	private struct Requested: Decodable {
		let requested: String
	}

	private struct Keys: Codable {
		let keys: [JSON]
	}

	// MARK: - What the sources state

	/// What the package has beside what the library says.
	private var added: Set<String> {
		get throws {
			try words(
				sources("bindings/swift/Sources/Countersign", "swift"), /\bcode: String \{ "(\w+)"/)
		}
	}

	private func source(_ path: String) throws -> String {
		try String(contentsOf: Vectors.tree.appendingPathComponent(path), encoding: .utf8)
	}

	/// The code of all files of a folder, without its tests, comments and attributes.
	private func sources(_ folder: String, _ ending: String) throws -> Substring {
		let folder = Vectors.tree.appendingPathComponent(folder)
		let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
		let files = names.filter { $0.hasSuffix(".\(ending)") }
		let texts = try files.map { name in
			let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
			let tests = text.firstRange(of: "#[cfg(test)]\nmod tests")?.lowerBound ?? text.endIndex
			return text[..<tests].replacing(/\/\/.*|#!?\[[^\]]*\]/, with: "")
		}
		return Substring(texts.joined(separator: "\n"))
	}

	private func words(_ code: Substring, _ pattern: Regex<(Substring, Substring)>) -> Set<String> {
		Set(code.matches(of: pattern).map { String($0.output.1) })
	}
}

/// What sign.py prints.
private func sign(_ arguments: String..., reading: String = "") throws -> String {
	let variable = "COUNTERSIGN_TEST_PYTHON"
	let python = try XCTUnwrap(
		ProcessInfo.processInfo.environment[variable], "\(variable): test.sh sets it")
	let process = Process()
	process.executableURL = Vectors.tree.appendingPathComponent(python)
	process.arguments =
		[Vectors.tree.appendingPathComponent("bindings/swift/Tests/sign.py").path] + arguments
	let (input, output) = (Pipe(), Pipe())
	process.standardInput = input
	process.standardOutput = output
	try process.run()
	input.fileHandleForWriting.write(Data(reading.utf8))
	try input.fileHandleForWriting.close()
	let told = output.fileHandleForReading.readDataToEndOfFile()
	process.waitUntilExit()
	XCTAssertEqual(process.terminationStatus, 0)
	return String(decoding: told, as: UTF8.self).trimmingCharacters(in: .newlines)
}

/// Does it on a thread of its own to which the kernel refuses `getrandom`, which is not to be undone.
private func withoutRandomness(_ body: @escaping @Sendable () throws -> Void) throws {
	#if os(Linux) && (arch(x86_64) || arch(arm64))
		// A C library may draw numbers without the kernel, from what a thread that ended has left to the
		// next one (glibc from 2.41, by `vgetrandom`). A thread that has such waits here, so that in the
		// end one has none.
		let over = DispatchSemaphore(value: 0)
		var waiting = 0
		defer {
			for _ in 0..<waiting {
				over.signal()
			}
		}
		while waiting < 64 {
			let outcome = Guarded<Result<Bool, any Error>?>(nil)
			let done = DispatchSemaphore(value: 0)
			Thread.detachNewThread {
				let result = Result {
					try refuseRandomness()
					if isRandomnessGiven() {
						return false
					}
					try body()
					return true
				}
				outcome.set(result)
				done.signal()
				if case .success(false) = result {
					over.wait()
				}
			}
			done.wait()
			if try XCTUnwrap(outcome.get()).get() {
				return
			}
			waiting += 1
		}
		XCTFail("none of \(waiting) threads is refused random numbers")
	#else
		throw XCTSkip("the number of the system call is not known here")
	#endif
}

#if os(Linux)
	private func isRandomnessGiven() -> Bool {
		typealias GetRandom = @convention(c) (UnsafeMutableRawPointer, Int, CUnsignedInt) -> Int
		let getrandom = dlsym(nil, "getrandom").map { unsafeBitCast($0, to: GetRandom.self) }
		var byte: UInt8 = 0
		return getrandom?(&byte, 1, 0) == 1
	}

	private func refuseRandomness() throws {
		#if arch(x86_64)
			let getrandom: UInt64 = 318
		#else
			let getrandom: UInt64 = 278
		#endif
		// A `struct sock_filter` is a code, two bytes of jumps and a value.
		func step(_ code: UInt64, _ otherwise: UInt64, _ value: UInt64) -> UInt64 {
			code | otherwise << 24 | value << 32
		}
		let (loadNumber, isEqual, give) = (0x20, 0x15, 0x06) as (UInt64, UInt64, UInt64)
		let (refused, allowed) = (0x5_0000 | UInt64(EIO), 0x7FFF_0000) as (UInt64, UInt64)
		let steps = [
			step(loadNumber, 0, 0), step(isEqual, 1, getrandom), step(give, 0, refused),
			step(give, 0, allowed),
		]
		struct Filter {
			var length: UInt16
			var steps: UnsafePointer<UInt64>
		}
		typealias Prctl = @convention(c) (CInt, UInt, UInt, UInt, UInt) -> CInt
		let prctl = unsafeBitCast(try XCTUnwrap(dlsym(nil, "prctl")), to: Prctl.self)
		let (noNewPrivileges, seccomp, byFilter) = (38, 22, 2) as (CInt, CInt, UInt)
		let outcome = steps.withUnsafeBufferPointer { steps in
			var filter = Filter(length: UInt16(steps.count), steps: steps.baseAddress!)
			return withUnsafePointer(to: &filter) { filter in
				prctl(noNewPrivileges, 1, 0, 0, 0) | prctl(seccomp, byFilter, UInt(bitPattern: filter), 0, 0)
			}
		}
		XCTAssertEqual(outcome, 0)
	}
#endif
