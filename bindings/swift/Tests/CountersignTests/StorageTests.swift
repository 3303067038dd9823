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
	private var failing: String?
	private var saved: () -> Void = {}
	private(set) var locks = 0
	private(set) var unlocks = 0

	func fail(on what: String?) {
		lock_.withLock { failing = what }
	}

	func onSave(_ body: @escaping () -> Void) {
		lock_.withLock { saved = body }
	}

	func load(_ name: String) throws -> String? {
		try lock_.withLock {
			try check("load")
			if failing == "text" {
				failing = nil
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
		lock_.withLock { unlocks += 1 }
	}

	private func check(_ what: String) throws {
		if failing == what {
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
