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

	func testASessionEndsWithTheLastOfItAndItsChecks() throws {
		let storage = Shelf()
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		var session: Session? = try Session(product: "acme/editor", trust: trust, storage: storage)
		try session?.importText(Signed.license().text)
		var check = try session.map { try $0.prepare($0.run) }
		let decision = try XCTUnwrap(check).decide()
		let locks = storage.locks
		session = nil
		XCTAssertEqual(check?.allowed(), true)
		XCTAssertEqual(check?.decide().isAllowed, true)
		XCTAssertEqual(storage.locks, locks)
		check = nil
		XCTAssertEqual(storage.locks, locks + 1, "it was not saved at its end")
		XCTAssertEqual(storage.unlocks, storage.locks)
		XCTAssertTrue(decision.isAllowed)
	}

	func testACheckHoldsOnToItsLicense() throws {
		var license: License? = try Signed.license()
		let id = license?.id
		let check = try XCTUnwrap(try license?.prepare(Run(product: "acme/editor")))
		license = nil
		XCTAssertTrue(check.allowed())
		XCTAssertEqual(check.license.id, id)
	}

	func testAStorageIsCalledOnTheThreadOfACallAndOnOthersWhereAnAuthorityIsAsked() throws {
		let authority = try Authority()
		let trust = try authority.trust()
		let client = try Client(url: authority.url, trust: trust)
		let key = try authority.sell()
		let storage = Noting()
		let session = try Session(product: "acme/editor", trust: trust, storage: storage)
		let own = Thread.current
		XCTAssertEqual(storage.callers, [own])
		let local: [() throws -> Void] = [
			{ try session.save() }, { _ = try session.activationRequest(for: key) },
		]
		for call in local {
			storage.callers = []
			try call()
			XCTAssertEqual(storage.callers, [own])
		}
		let asking: [() throws -> Void] = [
			{ try session.activateBlocking(key, with: client) },
			{ try session.refreshNowBlocking(with: client) },
			{ try session.deactivateBlocking(with: client) },
		]
		for call in asking {
			storage.callers = []
			try call()
			XCTAssertFalse(storage.callers.isEmpty)
			XCTAssertFalse(storage.callers.contains(own))
		}
	}

	/// As many sessions as tasks run at once, and one more, wait for storages that wait for another task.
	func testAStorageThatTakesItsTimeKeepsNoTaskWaiting() async throws {
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		let client = try Client(
			url: XCTUnwrap(URL(string: "http://127.0.0.1:1")), trust: trust,
			settings: ClientSettings(attempts: 1))
		let storages = (0...ProcessInfo.processInfo.activeProcessorCount).map { _ in Holding() }
		let tasks = try storages.map { storage in
			let clock = try FixedClock(wall: Date())
			let session = try Session(
				product: "acme/editor", trust: trust, storage: storage,
				options: Session.Options(clock: clock))
			storage.hold()
			try clock.advance(by: .seconds(10 * 60))
			return Task { await session.background(with: client) }
		}
		while !storages.allSatisfy(\.isEntered) {
			try await Task.sleep(for: .milliseconds(1))
		}
		XCTAssertFalse(storages.contains(where: \.isOver), "what holds up a task has to give up first")
		// Who cancels one does not wait for its storage.
		tasks.forEach { $0.cancel() }
		for task in tasks {
			await task.value
		}
		XCTAssertFalse(storages.contains(where: \.isOver))
		storages.forEach { $0.release() }
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

/// Storage that notes which threads call it.
final class Noting: Storage, @unchecked Sendable {
	private let shelf = Shelf()
	private let noted = Guarded<Set<Thread>>([])

	var callers: Set<Thread> {
		get { noted.get() }
		set { noted.set(newValue) }
	}

	func load(_ name: String) throws -> String? { try shelf.load(name) }

	func save(_ text: String, as name: String) throws {
		noted.set(noted.get().union([Thread.current]))
		try shelf.save(text, as: name)
	}
}

/// Storage that holds whoever saves until it is released, or gives up.
final class Holding: Storage, @unchecked Sendable {
	private let shelf = Shelf()
	private let released = DispatchSemaphore(value: 0)
	private let holds = Guarded(false)
	private let entered = Guarded(false)
	private let over = Guarded(false)

	var isEntered: Bool { entered.get() }
	/// Whether one that was held is held no more.
	var isOver: Bool { over.get() }

	func hold() { holds.set(true) }

	func release() {
		holds.set(false)
		released.signal()
	}

	func load(_ name: String) throws -> String? { try shelf.load(name) }

	func save(_ text: String, as name: String) throws {
		if holds.get() {
			entered.set(true)
			_ = released.wait(timeout: .now() + 120)
			over.set(true)
		}
		try shelf.save(text, as: name)
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
