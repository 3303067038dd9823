import Countersign
import Foundation
import XCTest

final class BadInputTests: XCTestCase {
	func testARunOfBadValuesIsRefusedByCode() throws {
		let license = try Signed.license()
		let long = String(repeating: "a", count: 10_000_000)
		let lone = String(decoding: [0xd800] as [UInt16], as: UTF16.self)
		let runs: [(String, Run)] = [
			("invalid_code", Run(product: "editor")),
			("invalid_code", Run(product: "acme/Editor")),
			("invalid_code", Run(product: "acme/ed\0itor")),
			("invalid_code", Run(product: "")),
			("invalid_code", Run(product: long)),
			("invalid_domain", Run(product: "acme/editor", domain: "*.example.com")),
			("invalid_domain", Run(product: "acme/editor", domain: "a\0b.example")),
			("invalid_domain", Run(product: "acme/editor", domain: lone)),
			("invalid_domain", Run(product: "acme/editor", domain: long)),
			("invalid_address", Run(product: "acme/editor", address: "10.0.0.1/8")),
			("invalid_address", Run(product: "acme/editor", address: "10.0.0.1\0")),
			("invalid_address", Run(product: "acme/editor", address: long)),
			("invalid_instance", Run(product: "acme/editor", instance: .machine(""))),
			("invalid_instance", Run(product: "acme/editor", instance: .machine("a\0b"))),
			("invalid_instance", Run(product: "acme/editor", instance: .machine(long))),
			("invalid_instance", Run(product: "acme/editor", instance: .host(""))),
			("invalid_domain", Run(product: "acme/editor", instance: .domain(""))),
			("invalid_code", Run(product: "acme/editor", requires: ["Export"])),
			("invalid_amount", Run(product: "acme/editor", counts: ["services": -1])),
			("invalid_amount", Run(product: "acme/editor", counts: ["services": .max])),
		]
		for (code, run) in runs {
			assertRefused(code, nil, "\(run.product.prefix(20))") { _ = try license.prepare(run) }
			assertRefused(code, nil, "\(run.product.prefix(20))") { _ = try license.evaluate(run) }
		}
	}

	func testADateThatIsNoMomentIsRefusedByCode() throws {
		let clock = try ClockGuard()
		let license = try Signed.license()
		let none = [
			Date(timeIntervalSince1970: -1), Date(timeIntervalSince1970: -0.001),
			Date(timeIntervalSince1970: 253_402_300_800), Date(timeIntervalSince1970: .nan),
			Date(timeIntervalSince1970: .infinity), Date(timeIntervalSince1970: -.infinity),
			Date(timeIntervalSince1970: 1e300), .distantPast,
		]
		for date in none {
			assertRefused("invalid_moment") { _ = try ClockReading.trusted(date) }
			assertRefused("invalid_moment") { try clock.hold(newest: date) }
			assertRefused("invalid_moment") { _ = try FixedClock(wall: date) }
			assertRefused("invalid_moment") { _ = try clock.accepts(issuedAt: date) }
			assertRefused("invalid_moment") {
				_ = try license.prepare(Run(product: "acme/editor", releasedAt: date))
			}
		}
	}

	func testAMomentIsTheSecondThatHasBegun() throws {
		let last = Date(timeIntervalSince1970: 253_402_300_799.5)
		XCTAssertEqual(try ClockReading.trusted(last).now.timeIntervalSince1970, 253_402_300_799)
		let first = Date(timeIntervalSince1970: 0.999)
		XCTAssertEqual(try ClockReading.trusted(first).now.timeIntervalSince1970, 0)
	}

	func testAWallClockMayShowAnything() throws {
		for (wall, moment) in [(-1.0, 0.0), (.nan, 0), (-.infinity, 0), (1e300, 253_402_300_799)] {
			let tick = Tick(wall: Date(timeIntervalSince1970: wall), monotonic: .zero)
			let clock = try ClockGuard(start: tick)
			XCTAssertEqual(try clock.read(at: tick).now.timeIntervalSince1970, moment)
		}
	}

	func testALengthIsNotNegative() throws {
		let tick = Tick(wall: Date(), monotonic: .seconds(-1))
		let license = try Signed.license()
		let before = Context(noticeBefore: [.seconds(-1)])
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		let calls: [() throws -> Void] = [
			{ _ = try ClockGuard(start: tick) },
			{ _ = try ClockGuard().read(at: tick) },
			{ _ = try Challenge(nonce: Vectors.nonce, sent: .seconds(-1)) },
			{ _ = try license.evaluate(Run(product: "acme/editor"), in: before) },
			{
				_ = try Client(
					url: URL(string: "http://127.0.0.1:1")!, trust: trust,
					settings: ClientSettings(giveUpAfter: .seconds(-1)))
			},
		]
		for call in calls {
			XCTAssertThrowsError(try call()) { error in
				XCTAssertEqual((error as? NegativeLength)?.code, "invalid_length", "\(error)")
			}
		}
		let long = Duration(secondsComponent: .max, attosecondsComponent: 0)
		XCTAssertNoThrow(try ClockGuard(start: Tick(wall: Date(), monotonic: long)))
	}

	func testLongTextsAreRefusedByCode() throws {
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		let long = String(repeating: "A", count: 10_000_000)
		assertRefused("invalid_key") { _ = try TrustStore(keys: long) }
		assertRefused("invalid_license_key") { _ = try LicenseKey(long) }
		assertRefused("invalid_license_key") { _ = try LicenseKey("\0") }
		assertRefused("invalid_domain") { _ = try normalizeDomain(long) }
		assertRefused("invalid_domain") { _ = try normalizeDomainPattern(long) }
		assertRefused("invalid_address") { _ = try normalizeAddress(long) }
		assertRefused("invalid_address") { _ = try normalizeAddressPattern(long) }
		assertRefused("invalid_domain") { _ = try matchDomain("a.example", against: [long]) }
		let reads: [(String) throws -> Void] = [
			{ _ = try License(verifying: $0, with: trust) },
			{ _ = try License(verifying: Data($0.utf8), with: trust) },
			{ _ = try Lease(verifying: $0, with: trust) },
			{ _ = try StatusList(verifying: $0, with: trust) },
			{ _ = try TrustUpdate(verifying: $0, with: trust) },
		]
		for read in reads {
			for text in [long, "", "\0", "\u{feff}"] {
				XCTAssertThrowsError(try read(text)) { error in
					XCTAssertEqual((error as? LicenseError)?.code, "malformed", "\(error)")
				}
			}
		}
		XCTAssertThrowsError(try ClockGuard(restoring: long, key: Data("k".utf8))) { error in
			XCTAssertEqual((error as? ClockError)?.reason, .damaged)
		}
	}

	func testBytesThatAreNoTextAreRefusedByCode() throws {
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		let text = try Signed.license().text
		let reads: [(Data) throws -> Void] = [
			{ _ = try License(verifying: $0, with: trust) },
			{ _ = try Lease(verifying: $0, with: trust) },
			{ _ = try StatusList(verifying: $0, with: trust) },
			{ _ = try TrustUpdate(verifying: $0, with: trust) },
		]
		let halfOfACharacter = Data(text.utf8.dropLast()) + [0xC3]
		let refused: [(Int, Data)] = [
			(1, Data(count: 10_000_000)), (2, Data()), (3, Data([0xFF, 0xFE])), (3, halfOfACharacter),
		]
		for (refusal, bytes) in refused {
			for read in reads {
				assertRefused("malformed", refusal, "\(bytes)") { try read(bytes) }
			}
		}
		// A part of other bytes is as good as bytes of its own.
		let part = Data("text\(text)".utf8).dropFirst(4)
		XCTAssertEqual(try License(verifying: part, with: trust).text, text)
	}

	func testAKeyMayBeAnyBytes() throws {
		for key in [Data(), Data([0xFF, 0, 0xC3]), Data(count: 10_000_000), Data([7, 0xFF]).dropFirst()] {
			let state = try ClockGuard().save(key: key)
			XCTAssertNoThrow(try ClockGuard(restoring: state, key: key))
		}
	}

	func testBadValuesOfASessionAreRefusedByCode() throws {
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		let long = String(repeating: "a", count: 10_000_000)
		for product in ["", "acme", "acme/\0", long] {
			assertRefused("invalid_code") {
				_ = try Session(product: product, trust: trust, storage: MemoryStorage())
			}
			assertRefused("invalid_code") { _ = try Signals(product: product, values: [:]) }
			assertRefused("invalid_code") { _ = try Signals.ofThisMachine(product: product) }
			assertRefused("invalid_code") { _ = try FileStorage.userFolder(of: product) }
			assertRefused("invalid_code") {
				_ = try Claimant(
					product: product, licenseKey: LicenseKey("ACME-CODE"), instance: .machine("m-1"))
			}
		}
		let options: [(String, Session.Options)] = [
			("invalid_instance", Session.Options(instance: .machine(long))),
			("invalid_instance", Session.Options(instance: .host("a\0b"))),
			("invalid_domain", Session.Options(instance: .domain(""))),
		]
		for (code, options) in options {
			assertRefused(code) {
				_ = try Session(
					product: "acme/editor", trust: trust, storage: MemoryStorage(), options: options)
			}
		}
		let signals = try Signals(product: "acme/editor", values: [long: long, "": "\0"])
		let session = try Session(
			product: "acme/editor", trust: trust, storage: MemoryStorage(),
			options: Session.Options(signals: signals, noticeBefore: [longest, .zero, longest]))
		for text in [long, "", "\0"] {
			XCTAssertThrowsError(try session.importText(text)) { error in
				XCTAssertEqual((error as? ImportError)?.code, "malformed", "\(error)")
			}
			XCTAssertThrowsError(try ActivationRequest(text)) { error in
				XCTAssertEqual((error as? LicenseError)?.code, "malformed", "\(error)")
			}
		}
		XCTAssertFalse(try session.decide(session.run).isEntitled(to: long))
		let file = URL(fileURLWithPath: "/\(long)")
		XCTAssertThrowsError(try Instance.ofFile(file)) { error in
			XCTAssertEqual((error as? InstanceError)?.code, "instance_unread")
		}
		XCTAssertThrowsError(
			try Session(product: "acme/editor", trust: trust, storage: FileStorage(folder: file))
		) { error in
			XCTAssertEqual((error as? SessionError)?.code, "storage_failed", "\(error)")
		}
	}

	func testAClockMayBeSetToAnythingThatIsAMoment() throws {
		let clock = try FixedClock(wall: .distantFuture)
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		let session = try Session(
			product: "acme/editor", trust: trust, storage: MemoryStorage(),
			options: Session.Options(clock: clock))
		XCTAssertThrowsError(try clock.advance(by: .nanoseconds(-1))) { error in
			XCTAssertEqual((error as? NegativeLength)?.code, "invalid_length")
		}
		for date in [Date.distantPast, Date(timeIntervalSince1970: .nan)] {
			assertRefused("invalid_moment") { try clock.setWall(date) }
		}
		for _ in 0..<3 {
			try clock.advance(by: longest)
			XCTAssertEqual(try session.decide(session.run).denials.map(\.code), ["not_activated"])
			try session.tick()
			XCTAssertGreaterThanOrEqual(try session.nextWait, .seconds(1))
		}
	}

	func testAClientMayBeGivenAnyTime() throws {
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		// A port that nobody listens at.
		let nobody = try SilentAuthority().url
		let claimant = try Claimant(
			product: "acme/editor", licenseKey: LicenseKey("ACME-CODE"), instance: .machine("m-1"))
		let settings = [
			ClientSettings(attempts: 1, firstWait: longest, giveUpAfter: longest, connectWithin: longest),
			ClientSettings(attempts: .max, firstWait: longest, giveUpAfter: .zero, connectWithin: .zero),
			ClientSettings(
				attempts: .max, firstWait: .nanoseconds(1), giveUpAfter: .nanoseconds(1),
				connectWithin: .nanoseconds(1)),
		]
		for settings in settings {
			let client = try Client(url: nobody, trust: trust, settings: settings)
			XCTAssertThrowsError(try client.standingBlocking(of: claimant)) { error in
				XCTAssertEqual((error as? ClientError)?.code, "unreachable", "\(error)")
			}
		}
	}

	/// The longest that there is.
	private let longest = Duration(secondsComponent: .max, attosecondsComponent: 999_999_999_999_999_999)

	func testAContextOfABadRevisionIsRefusedByCode() throws {
		let license = try Signed.license()
		let check = try license.prepare(Run(product: "acme/editor"))
		for revision in [0, -1, 1 << 32] as [Int64] {
			let context = Context(highestRevision: revision)
			assertRefused("invalid_amount") {
				_ = try license.evaluate(Run(product: "acme/editor"), in: context)
			}
			check.highestRevision = revision
			assertRefused("invalid_amount") { _ = try check.decide() }
			XCTAssertFalse(check.allowed())
		}
	}

	func testAChangedClockStateIsRefused() throws {
		let key = Data("this machine".utf8)
		let state = try ClockGuard().save(key: key)
		for (state, key) in [(String(state.dropLast()), key), (state, Data("another".utf8))] {
			XCTAssertThrowsError(try ClockGuard(restoring: state, key: key)) { error in
				let error = error as? ClockError
				XCTAssertEqual(error?.reason, .damaged)
				XCTAssertEqual(error?.code, "damaged_clock")
				XCTAssertEqual(error?.localizedDescription, error?.description)
			}
		}
	}

	func testThePasswordOfAProxyIsNotPrinted() throws {
		let url = try XCTUnwrap(URL(string: "http://acme:secret@proxy.example:3128"))
		let settings = ClientSettings(proxy: .at(url))
		var dumped = ""
		dump(settings, to: &dumped)
		for text in ["\(settings)", String(reflecting: settings), dumped] {
			XCTAssertFalse(text.contains("secret"), text)
		}
	}

	func testAChallengeIsSpentOnce() throws {
		let tick = Tick(wall: try date("2025-07-01T00:00:00Z"), monotonic: .zero)
		let clock = try ClockGuard(start: tick)
		let challenge = try Challenge(nonce: Vectors.nonce, sent: .zero)
		let answer = try Vectors.answer(of: "2025-07-01T00:00:00Z")
		try clock.heal(challenge, with: answer, at: tick)
		XCTAssertThrowsError(try clock.heal(challenge, with: answer, at: tick)) { error in
			XCTAssertEqual((error as? ClockError)?.reason, .notFresh)
		}
		XCTAssertThrowsError(try Challenge(nonce: "AAAA")) { error in
			XCTAssertEqual((error as? ClockError)?.reason, .nonce)
		}
	}

	func testBadSettingsAreRefusedByCode() throws {
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		let url = URL(string: "https://licenses.example")!
		let settings: [(String, URL, ClientSettings)] = [
			("plain_http", URL(string: "http://licenses.example")!, ClientSettings()),
			("invalid_scheme", URL(string: "ftp://licenses.example")!, ClientSettings()),
			("invalid_attempts", url, ClientSettings(attempts: 0)),
			("invalid_pin", url, ClientSettings(pins: [.certificate(sha256: Data([1]))])),
			("invalid_certificates", url, ClientSettings(onlyRoots: "none")),
		]
		for (code, url, settings) in settings {
			XCTAssertThrowsError(try Client(url: url, trust: trust, settings: settings)) { error in
				XCTAssertEqual((error as? SettingsError)?.code, code, "\(error)")
			}
		}
		XCTAssertThrowsError(try QRCode(String(repeating: "A", count: 10_000_000))) { error in
			XCTAssertEqual((error as? QRCodeError)?.code, "too_long")
		}
		XCTAssertThrowsError(try Instance.ofVariable("COUNTERSIGN_NO_SUCH_VARIABLE")) { error in
			XCTAssertEqual((error as? InstanceError)?.code, "instance_unset")
		}
	}
}

/// Documents of the vectors that other tests need one of.
enum Signed {
	/// A license of acme/editor that restricts nothing.
	static func license() throws -> License {
		struct Row: Decodable {
			let name, license, trust: String
			let run: Stated
			let report: String
			struct Stated: Decodable {
				let product: String
				let purpose: String
			}
		}
		let allowed = #"{"allowed":true,"denials":[],"notices":[],"holds_until":null}"#
		let rows = try Vectors.rows(of: "rules", as: Row.self).map(\.row)
		let row = try XCTUnwrap(
			rows.first {
				$0.report == allowed && $0.trust == "acme" && $0.run.product == "acme/editor"
					&& $0.run.purpose == "run"
			})
		return try License(verifying: row.license, with: XCTUnwrap(Vectors.trust["acme"]))
	}
}
