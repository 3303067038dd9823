import Countersign
import Foundation
import XCTest

/// Whoever cancels a task is not kept waiting by an authority that does not answer.
final class CancellationTests: XCTestCase {
	func testACallOfASessionEndsWhenItsTaskIsCancelled() async throws {
		let authority = try Authority()
		let trust = try authority.trust()
		let silent = try SilentAuthority()
		let client = try Client(url: authority.url, trust: trust)
		let asked = try Client(url: silent.url, trust: trust, settings: patient)
		let clock = try FixedClock(wall: Date())
		let session = try Session(
			product: "acme/editor", trust: trust, storage: MemoryStorage(),
			options: Session.Options(clock: clock))
		let key = try authority.sell()

		try await assertCancelled(silent) { try await session.activate(key, with: asked) }
		XCTAssertNil(session.license)
		let given = try await session.activate(key, with: client)
		XCTAssertTrue(given.activated)

		try await assertCancelled(silent) { try await session.refreshNow(with: asked) }
		try await assertCancelled(silent) { try await session.deactivate(with: asked) }
		XCTAssertTrue(try session.decide(session.run).isAllowed)
		try clock.advance(by: .seconds(100 * 24 * 60 * 60))
		try await assertCancelled(silent) { try await session.refresh(with: asked) }
		try await assertCancelled(silent) {
			await session.background(with: asked)
			try Task.checkCancellation()
		}

		// Nothing of it is in the way of what follows.
		let renewed = try await session.refresh(with: client)
		XCTAssertTrue(renewed.renewed)
		try session.tick()
		try await session.deactivate(with: client)
		XCTAssertFalse(try session.decide(session.run).isAllowed)
		let other = try Session(product: "acme/editor", trust: trust, storage: MemoryStorage())
		let taken = try await other.activate(key, with: client)
		XCTAssertTrue(taken.activated)
	}

	func testACallOfAClientEndsWhenItsTaskIsCancelled() async throws {
		let authority = try Authority()
		let trust = try authority.trust()
		let silent = try SilentAuthority()
		let client = try Client(url: authority.url, trust: trust)
		let asked = try Client(url: silent.url, trust: trust, settings: patient)
		let key = try authority.sell()
		let claimant = try Claimant(product: "acme/editor", licenseKey: key, instance: .machine("m-1"))
		let activation = try await client.activate(claimant)
		let lease = try XCTUnwrap(activation.lease)
		let session = try Session(product: "acme/editor", trust: trust, storage: MemoryStorage())
		let request = try session.activationRequest(for: key)

		try await assertCancelled(silent) { _ = try await asked.activate(claimant) }
		try await assertCancelled(silent) { _ = try await asked.renew(lease) }
		try await assertCancelled(silent) { _ = try await asked.standing(of: claimant) }
		try await assertCancelled(silent) { try await asked.deactivate(lease) }
		try await assertCancelled(silent) { _ = try await asked.statuses(for: activation.license) }
		try await assertCancelled(silent) { _ = try await asked.answer(request) }
		let renewal = try await client.renew(lease)
		XCTAssertEqual(renewal.lease.instance, .machine("m-1"))
	}

	func testWhatIsCancelledBeforeItBeginsAsksNobody() async throws {
		let silent = try SilentAuthority()
		let trust = try XCTUnwrap(Vectors.trust["acme"])
		let client = try Client(url: silent.url, trust: trust, settings: patient)
		let claimant = try Claimant(
			product: "acme/editor", licenseKey: LicenseKey("ACME-CODE"), instance: .machine("m-1"))
		let task = Task {
			while !Task.isCancelled {
				await Task.yield()
			}
			_ = try await client.standing(of: claimant)
		}
		task.cancel()
		let outcome = await task.result
		XCTAssertThrowsError(try outcome.get()) { XCTAssertTrue($0 is CancellationError, "\($0)") }
		// The first that is asked is the next one.
		try await assertCancelled(silent) { _ = try await client.standing(of: claimant) }
		XCTAssertEqual(silent.requests, 1)
	}

	private let patient = ClientSettings(attempts: 1, giveUpAfter: .seconds(300))

	/// Cancels the work once the authority was asked: it ends at once, and says so.
	private func assertCancelled(
		_ authority: SilentAuthority, line: UInt = #line, _ work: @escaping @Sendable () async throws -> Void
	) async throws {
		let task = Task { try await work() }
		try await authority.isAsked()
		let clock = ContinuousClock()
		let began = clock.now
		task.cancel()
		let outcome = await task.result
		// What is not cancelled would take five times as long.
		XCTAssertLessThan(began.duration(to: clock.now), .seconds(60), line: line)
		XCTAssertThrowsError(try outcome.get(), line: line) { error in
			XCTAssertTrue(error is CancellationError, "\(error)", line: line)
		}
	}
}

/// Takes requests, on a free loopback port, and answers none.
final class SilentAuthority: @unchecked Sendable {
	let url: URL
	private let listening: Int32
	private var asking: [Int32] = []

	init() throws {
		#if canImport(Darwin)
			listening = socket(AF_INET, SOCK_STREAM, 0)
		#else
			listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
		#endif
		var address = sockaddr_in()
		address.sin_family = sa_family_t(AF_INET)
		address.sin_addr.s_addr = inet_addr("127.0.0.1")
		var length = socklen_t(MemoryLayout<sockaddr_in>.size)
		let listening = listening
		let port = withUnsafeMutablePointer(to: &address) { pointer in
			pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
				bind(listening, pointer, length) == 0 && listen(listening, 16) == 0
					&& getsockname(listening, pointer, &length) == 0
			} ? UInt16(bigEndian: pointer.pointee.sin_port) : nil
		}
		var most = timeval(tv_sec: 120, tv_usec: 0)
		setsockopt(
			listening, SOL_SOCKET, SO_RCVTIMEO, &most, socklen_t(MemoryLayout<timeval>.size))
		url = try XCTUnwrap(URL(string: "http://127.0.0.1:\(XCTUnwrap(port))"))
	}

	deinit {
		for connection in asking + [listening] {
			close(connection)
		}
	}

	/// How many requests came.
	var requests: Int { asking.count }

	/// Waits for a request more, for a while.
	func isAsked() async throws {
		let came = await withCheckedContinuation { continuation in
			Thread.detachNewThread {
				let connection = accept(self.listening, nil, nil)
				var byte: UInt8 = 0
				self.asking.append(connection)
				continuation.resume(returning: recv(connection, &byte, 1, 0))
			}
		}
		XCTAssertEqual(came, 1)
	}
}
