import Countersign
import Foundation
import XCTest

final class AuthorityTests: XCTestCase {
	func testASessionGoesOnWithoutItsAuthorityAndRenewsWhenItIsBack() async throws {
		let authority = try Authority()
		let trust = try authority.trust()
		let client = try Client(url: authority.url, trust: trust, settings: impatient)
		let clock = try FixedClock(wall: Date())
		let session = try Session(
			product: "acme/editor", trust: trust, storage: MemoryStorage(),
			options: Session.Options(clock: clock))
		let check = try session.prepare(session.run)
		XCTAssertFalse(check.allowed())
		XCTAssertEqual(check.decide().denials.map(\.reason), [.notActivated])

		let given = try await session.activate(authority.sell(), with: client)
		XCTAssertTrue(given.activated)
		XCTAssertTrue(check.allowed())
		XCTAssertEqual(session.license?.product, "acme/editor")
		XCTAssertNotNil(session.lastContactAt)

		authority.stop()
		var days = 0
		while !check.decide().notices.map(\.code).contains("lease_renewal_due") {
			try clock.advance(by: .seconds(24 * 60 * 60))
			days += 1
			XCTAssertTrue(check.allowed(), "on day \(days)")
			if days > 100 {
				return XCTFail("no lease is longer")
			}
		}
		do {
			try await session.refresh(with: client)
			XCTFail("the authority is stopped")
		} catch let error as ClientError {
			XCTAssertTrue(error.isUnreachable)
			XCTAssertEqual(error.code, "unreachable")
			XCTAssertEqual(error.localizedDescription, error.description)
			XCTAssertNotNil(error.failureReason)
		}
		XCTAssertTrue(check.allowed())

		try authority.start()
		let renewed = try await session.refreshNow(with: client)
		XCTAssertTrue(renewed.renewed)
		XCTAssertTrue(check.allowed())
		XCTAssertFalse(check.decide().notices.map(\.code).contains("lease_renewal_due"))

		XCTAssertTrue(check.isEntitled(to: "export"))
		XCTAssertTrue(check.staysOn("export"))
		try await session.deactivate(with: client)
		XCTAssertFalse(check.allowed())
		XCTAssertFalse(check.isEntitled(to: "export"))
		XCTAssertFalse(check.staysOn("export"))
	}

	func testALeaseThatEndsDeniesUntilTheAuthorityIsBack() throws {
		let authority = try Authority()
		let trust = try authority.trust()
		let client = try Client(url: authority.url, trust: trust, settings: impatient)
		let clock = try FixedClock(wall: Date())
		let session = try Session(
			product: "acme/editor", trust: trust, storage: MemoryStorage(),
			options: Session.Options(clock: clock))
		XCTAssertTrue(try session.activateBlocking(authority.sell(), with: client).activated)
		authority.stop()
		let check = try session.prepare(session.run)
		XCTAssertTrue(check.allowed())
		XCTAssertTrue(check.isEntitled(to: "export"))
		try clock.advance(by: .seconds(100 * 24 * 60 * 60))
		XCTAssertFalse(check.isEntitled(to: "export"))
		XCTAssertTrue(check.staysOn("export"))
		XCTAssertFalse(check.allowed())
		XCTAssertEqual(try session.decide(session.run).denials.map(\.code), ["lease_ended"])
		try authority.start()
		XCTAssertTrue(try session.refreshNowBlocking(with: client).renewed)
		XCTAssertTrue(check.allowed())
		XCTAssertTrue(try session.decide(session.run).isAllowed)
	}

	func testAClientAsksForEverything() async throws {
		let authority = try Authority()
		let trust = try authority.trust()
		let client = try Client(url: authority.url, trust: trust, settings: impatient)
		let key = try authority.sell(seats: 1)
		let mine = try Claimant(product: "acme/editor", licenseKey: key, instance: .machine("m-1"))
		let other = try Claimant(product: "acme/editor", licenseKey: key, instance: .host("Mail"))

		let activation = try await client.activate(mine)
		XCTAssertEqual(activation.seatsUsed, 1)
		XCTAssertEqual(activation.seatsRemaining, 0)
		let lease = try XCTUnwrap(activation.lease)
		XCTAssertEqual(lease.instance, .machine("m-1"))
		XCTAssertEqual(lease.licenseID, activation.license.id)
		XCTAssertFalse("\(lease)".contains(lease.text))

		let standing = try await client.standing(of: mine)
		XCTAssertTrue(standing.isValid && standing.isActivated)
		XCTAssertEqual(standing.license.status, .valid)
		XCTAssertEqual(standing.license.seatLimit, 1)

		do {
			_ = try await client.activate(other)
			XCTFail("there is one seat")
		} catch let error as ClientError {
			XCTAssertEqual(error.code, "seat_limit_exceeded")
			XCTAssertEqual(error.refusal?.status, 422)
			XCTAssertFalse("\(error) \(String(reflecting: error))".contains(key.text))
		}

		let renewal = try await client.renew(lease)
		XCTAssertEqual(renewal.lease.instance, .machine("m-1"))
		let decision = try renewal.license.evaluate(
			Run(product: "acme/editor", instance: .machine("m-1")), in: Context(lease: renewal.lease))
		XCTAssertTrue(decision.isAllowed, decision.report)
		let list = try await client.statuses(for: renewal.license)
		XCTAssertEqual(list?.uri, renewal.license.status?.uri)
		try await client.deactivate(renewal.lease)
		XCTAssertEqual(try client.activateBlocking(other).seatsUsed, 1)
	}

	func testASeatIsAskedForByHand() async throws {
		let authority = try Authority()
		let trust = try authority.trust()
		let client = try Client(url: authority.url, trust: trust, settings: impatient)
		let session = try Session(product: "acme/editor", trust: trust, storage: MemoryStorage())
		let request = try session.activationRequest(for: authority.sell())
		XCTAssertEqual("\(request)", "ActivationRequest")
		XCTAssertTrue(try QRCode(request.text).svg.hasPrefix("<"))
		let answer = try await client.answer(ActivationRequest(request.text))
		XCTAssertEqual(try session.importText(answer), .activation)
		XCTAssertTrue(try session.decide(session.run).isAllowed)
		let another = try Session(product: "acme/editor", trust: trust, storage: MemoryStorage())
		XCTAssertThrowsError(try another.importText(answer)) { error in
			XCTAssertEqual((error as? ImportError)?.code, "another_instance")
		}
	}

	func testWhatTheHostsOwnStorageThrowsEndsNoActivation() async throws {
		let authority = try Authority()
		let trust = try authority.trust()
		let client = try Client(url: authority.url, trust: trust, settings: impatient)
		let storage = Shelf()
		let session = try Session(product: "acme/editor", trust: trust, storage: storage)
		storage.fail(on: "save")
		let given = try await session.activate(authority.sell(), with: client)
		XCTAssertTrue(given.activated)
		XCTAssertFalse(session.isKept)
		XCTAssertTrue(try session.decide(session.run).isAllowed)
		XCTAssertThrowsError(try session.save()) { error in
			XCTAssertEqual(error as? Full, Full(what: "save"))
		}
		storage.fail(on: nil)
		try session.save()
		XCTAssertTrue(session.isKept)
	}

	func testThreadsShareASession() async throws {
		let authority = try Authority()
		let trust = try authority.trust()
		let client = try Client(url: authority.url, trust: trust, settings: impatient)
		let session = try Session(product: "acme/editor", trust: trust, storage: MemoryStorage())
		try await session.activate(authority.sell(), with: client)
		let run = session.run
		let check = try session.prepare(run)
		let denied = Counter()
		DispatchQueue.concurrentPerform(iterations: 8) { @Sendable thread in
			for turn in 0..<2_000 {
				if !check.allowed() || (try? session.decide(run).isAllowed) != true {
					denied.add(1)
				}
				let asked = turn % 1_000 == thread
				if asked, (try? session.refreshNowBlocking(with: client)) == nil {
					denied.add(1)
				}
				if turn % 500 == thread, (try? session.tick()) == nil {
					denied.add(1)
				}
			}
		}
		XCTAssertEqual(denied.count, 0)
	}

	func testASessionRefreshesInTheBackgroundUntilItIsCancelled() async throws {
		let authority = try Authority()
		let trust = try authority.trust()
		let client = try Client(url: authority.url, trust: trust, settings: impatient)
		let session = try Session(product: "acme/editor", trust: trust, storage: MemoryStorage())
		try await session.activate(authority.sell(), with: client)
		let task = Task { await session.background(with: client) }
		XCTAssertTrue(try session.prepare(session.run).allowed())
		task.cancel()
		await task.value
	}

	private let impatient = ClientSettings(attempts: 1, giveUpAfter: .seconds(20))
}
