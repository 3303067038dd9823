import Countersign
import Foundation
import XCTest

final class StorageTests: XCTestCase {
	func testWhatAStorageThrowsIsThrown() throws {
		for failing in ["load", "save"] {
			let storage = Shelf()
			let trust = try XCTUnwrap(Vectors.trust["acme"])
			if failing == "load" {
				storage.fail(on: failing)
				XCTAssertThrowsError(
					try Session(product: "acme/editor", trust: trust, storage: storage)
				) { error in
					XCTAssertEqual(error as? Full, Full(what: "load"))
				}
			} else {
				let session = try Session(product: "acme/editor", trust: trust, storage: storage)
				storage.fail(on: failing)
				XCTAssertThrowsError(try session.save()) { error in
					XCTAssertEqual(error as? Full, Full(what: "save"))
				}
				XCTAssertFalse(session.isKept)
				XCTAssertEqual(try session.decide(session.run).denials.map(\.code), ["not_activated"])
			}
		}
	}

	func testAStorageThatCannotBeLockedIsThrownByTick() throws {
		let storage = Shelf()
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		let session = try Session(product: "acme/editor", trust: trust, storage: storage)
		storage.fail(on: "lock")
		XCTAssertThrowsError(try session.save()) { error in
			XCTAssertEqual(error as? Full, Full(what: "lock"))
		}
	}

	func testWhatUnlockThrowsIsThrownByTheCallThatHeldTheLock() throws {
		let storage = Shelf()
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		let clock = try FixedClock(wall: Date())
		let open = {
			try Session(
				product: "acme/editor", trust: trust, storage: storage,
				options: Session.Options(clock: clock))
		}
		storage.fail(on: "unlock")
		XCTAssertThrowsError(try open()) { XCTAssertEqual($0 as? Full, Full(what: "unlock")) }
		// Who got no session is asked for nothing at its end.
		XCTAssertEqual(storage.locks, 1)

		storage.fail(on: nil)
		let session = try open()
		storage.fail(on: "unlock")
		XCTAssertThrowsError(try session.save()) { XCTAssertEqual($0 as? Full, Full(what: "unlock")) }
		XCTAssertNoThrow(try session.tick(), "nothing was due, and so nothing was locked")
		try clock.advance(by: .seconds(10 * 60))
		XCTAssertThrowsError(try session.tick()) { XCTAssertEqual($0 as? Full, Full(what: "unlock")) }
		XCTAssertTrue(session.isKept)

		// What goes on without storage leaves it to the next that ticks or saves.
		try session.importText(Signed.license().text)
		storage.fail(on: nil)
		XCTAssertThrowsError(try session.tick()) { XCTAssertEqual($0 as? Full, Full(what: "unlock")) }
		try session.tick()
		try session.save()
	}

	func testAnErrorThatCameBeforeUnlockIsTheOneThatIsThrown() throws {
		let storage = Shelf()
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		let session = try Session(product: "acme/editor", trust: trust, storage: storage)
		storage.fail(on: "save", "unlock")
		XCTAssertThrowsError(try session.save()) { XCTAssertEqual($0 as? Full, Full(what: "save")) }
		storage.fail(on: nil)
		XCTAssertNoThrow(try session.tick(), "what came second is not told later")
		storage.fail(on: "load", "unlock")
		XCTAssertThrowsError(try Session(product: "acme/editor", trust: trust, storage: storage)) {
			XCTAssertEqual($0 as? Full, Full(what: "load"))
		}
	}

	func testASessionGoesOnFromWhatAStorageKept() throws {
		let storage = Shelf()
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		var session: Session? = try Session(product: "acme/editor", trust: trust, storage: storage)
		let instance = try XCTUnwrap(session).instance
		let license = try Signed.license()
		XCTAssertEqual(try session?.importText(license.text), .license)
		session = nil
		let next = try Session(product: "acme/editor", trust: trust, storage: storage)
		XCTAssertEqual(next.instance, instance)
		XCTAssertEqual(next.license?.id, license.id)
		XCTAssertTrue(try next.decide(next.run).isAllowed)
		XCTAssertEqual(storage.locks, storage.unlocks)
		XCTAssertGreaterThan(storage.locks, 0)
	}

	func testWhatIsNoTextIsDamaged() throws {
		let storage = Shelf()
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		storage.fail(on: "text")
		XCTAssertThrowsError(try Session(product: "acme/editor", trust: trust, storage: storage)) { error in
			XCTAssertEqual((error as? SessionError)?.reason, .damaged, "\(error)")
			XCTAssertEqual((error as? SessionError)?.code, "damaged_state")
		}
		let options = Session.Options(beginAnew: true)
		let session = try Session(product: "acme/editor", trust: trust, storage: storage, options: options)
		XCTAssertNil(session.license)
	}

	func testAStorageDoesNotChangeTheSessionThatCallsIt() throws {
		let storage = Shelf()
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		let session = try Session(product: "acme/editor", trust: trust, storage: storage)
		let inside = Guarded<(any Error)?>(nil)
		storage.onSave { [weak session] in
			do {
				try session?.tick()
			} catch {
				inside.set(error)
			}
		}
		try session.save()
		storage.onSave {}
		XCTAssertEqual((inside.get() as? SessionError)?.reason, .insideStorage)
	}

	func testFilesAreKeptInTheirFolder() throws {
		let folder = FileManager.default.temporaryDirectory
			.appendingPathComponent("countersign-\(UUID().uuidString)")
		defer { try? FileManager.default.removeItem(at: folder) }
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		var session: Session? = try Session(
			product: "acme/editor", trust: trust, storage: FileStorage(folder: folder))
		let instance = try XCTUnwrap(session).instance
		XCTAssertTrue(try XCTUnwrap(session).isKept)
		XCTAssertFalse(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
		session = nil
		let next = try Session(
			product: "acme/editor", trust: trust, storage: FileStorage(folder: folder))
		XCTAssertEqual(next.instance, instance)
		XCTAssertThrowsError(
			try Session(product: "acme/viewer", trust: trust, storage: FileStorage(folder: folder))
		) { error in
			XCTAssertEqual((error as? SessionError)?.reason, .anotherProduct(held: "acme/editor"))
		}
	}

	func testATextThatIsNotForThisInstallationIsRefused() throws {
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		let session = try Session(product: "acme/viewer", trust: trust, storage: MemoryStorage())
		let license = try Signed.license()
		XCTAssertThrowsError(try session.importText(license.text)) { error in
			XCTAssertEqual((error as? ImportError)?.reason, .anotherProduct(licensed: "acme/editor"))
		}
		XCTAssertThrowsError(try session.importText("none")) { error in
			XCTAssertEqual((error as? ImportError)?.code, "malformed", "\(error)")
		}
	}
}

/// What a host's own storage throws.
struct Full: Error, Equatable {
	let what: String
}

/// Storage of a host's own, which fails when it is told to.
final class Shelf: Storage, @unchecked Sendable {
	private let lock_ = NSRecursiveLock()
	private var texts: [String: String] = [:]
	private var failing: Set<String> = []
	private var saved: () -> Void = {}
	private(set) var locks = 0
	private(set) var unlocks = 0

	func fail(on what: String?...) {
		lock_.withLock { failing = Set(what.compactMap { $0 }) }
	}

	func onSave(_ body: @escaping () -> Void) {
		lock_.withLock { saved = body }
	}

	func load(_ name: String) throws -> String? {
		try lock_.withLock {
			try check("load")
			if failing.remove("text") != nil {
				throw NoText()
			}
			return texts[name]
		}
	}

	func save(_ text: String, as name: String) throws {
		let body = try lock_.withLock {
			try check("save")
			texts[name] = text
			return saved
		}
		body()
	}

	func lock() throws {
		try lock_.withLock {
			try check("lock")
			locks += 1
		}
	}

	func unlock() throws {
		try lock_.withLock {
			unlocks += 1
			try check("unlock")
		}
	}

	private func check(_ what: String) throws {
		if failing.contains(what) {
			throw Full(what: what)
		}
	}
}

/// A value that threads share.
final class Guarded<Value>: @unchecked Sendable {
	private let lock = NSLock()
	private var value: Value

	init(_ value: Value) {
		self.value = value
	}

	func get() -> Value { lock.withLock { value } }

	func set(_ value: Value) {
		lock.withLock { self.value = value }
	}
}
