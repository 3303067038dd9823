import Countersign
import Foundation
import XCTest

final class DecisionTests: XCTestCase {
	func testALicenseDecidesAboutARun() throws {
		for (file, row) in try Vectors.rows(of: "rules", as: Row.self) {
			let decision = try row.signed().evaluate(row.run.stated(), in: row.context())
			try row.assert(decision, "\(file), \(row.name)")
			XCTAssertEqual(
				try row.signed().report(on: row.run.stated(), in: row.context()), row.report, row.name)
		}
	}

	func testAPreparedCheckDecidesTheSame() throws {
		for (file, row) in try Vectors.rows(of: "rules", as: Row.self) {
			let check = try row.signed().prepare(row.run.stated())
			try row.assert(check.evaluate(in: row.context()), "\(file), \(row.name)")
			XCTAssertEqual(try check.report(in: row.context()), row.report, row.name)
		}
	}

	/// By its own clock: no vector is of a moment later than the system's.
	func testACheckAnswersAsItDecides() throws {
		for (file, row) in try Vectors.rows(of: "rules", as: Row.self) {
			let check = try row.signed().prepare(row.run.stated())
			let trust = try row.trusted()
			check.lease = try row.lease.map { try Lease(verifying: $0, with: trust) }
			check.statuses = try row.statuses.map { try StatusList(verifying: $0, with: trust) }
			check.highestRevision = row.highest_revision
			check.lastContactAt = try row.last_contact_at.map(date)
			check.lastStatus = try row.last_status?.stated()
			let name = "\(file), \(row.name)"
			XCTAssertEqual(try check.decide().lastContactAt, try row.last_contact_at.map(date), name)
			XCTAssertEqual(check.allowed(), try check.decide().isAllowed, name)
			XCTAssertEqual(check.allowed(), try check.decide().isAllowed, name)
		}
	}

	func testAHostWithoutALicenseIsNotActivated() throws {
		let decision = Decision.withoutLicense(at: try .trusted(Date()))
		XCTAssertFalse(decision.isAllowed)
		XCTAssertEqual(decision.denials.map(\.reason), [.notActivated])
		XCTAssertEqual(decision.description, decision.denials[0].description)
	}
}

private struct Row: Decodable {
	let name: String
	let license: String
	let lease: String?
	let statuses: String?
	let trust: String
	let clock: Clock
	let highest_revision: Int64?
	let notice_before: [Int64]?
	let last_contact_at: String?
	let last_status: Listed?
	let run: StatedRun
	let report: String
	let entitled: [String: Bool]?
	let stays_on: [String: Bool]?

	func trusted() throws -> TrustStore {
		try XCTUnwrap(Vectors.trust[trust])
	}

	func signed() throws -> License {
		try License(verifying: license, with: trusted())
	}

	func context() throws -> Context {
		Context(
			clock: try clock.reading(),
			lease: try lease.map { try Lease(verifying: $0, with: trusted()) },
			statuses: try statuses.map { try StatusList(verifying: $0, with: trusted()) },
			highestRevision: highest_revision,
			noticeBefore: notice_before?.map { .seconds($0) },
			lastContactAt: try last_contact_at.map(date),
			lastStatus: try last_status?.stated())
	}

	func assert(_ decision: Decision, _ name: String) throws {
		XCTAssertEqual(Array(decision.report.utf8), Array(report.utf8), name)
		let read = try JSONDecoder().decode(Report.self, from: Data(report.utf8))
		XCTAssertEqual(decision.isAllowed, read.allowed, name)
		XCTAssertEqual(decision.denials.map(\.code), read.denials.map(\.code), name)
		XCTAssertEqual(decision.notices.map(\.code), read.notices.map(\.code), name)
		XCTAssertEqual(decision.holdsUntil, try read.holds_until.map(date), name)
		XCTAssertEqual(decision.lastContactAt, try read.last_contact_at.map(date), name)
		for (denial, stated) in zip(decision.denials, read.denials) {
			XCTAssertEqual(facts(of: denial.reason), stated, name)
			XCTAssertEqual(denial.isLapse, lapses.contains(denial.code), name)
			XCTAssertFalse(denial.description.isEmpty)
		}
		for (notice, stated) in zip(decision.notices, read.notices) {
			XCTAssertEqual(facts(of: notice.reason), stated, name)
			XCTAssertFalse(notice.description.isEmpty)
		}
		for (code, isEntitled) in entitled ?? [:] {
			XCTAssertEqual(decision.isEntitled(to: code), isEntitled, "\(name), \(code)")
		}
		for (code, staysOn) in stays_on ?? [:] {
			XCTAssertEqual(decision.staysOn(code), staysOn, "\(name), \(code)")
		}
	}
}

/// What ends by time alone, docs/rules.md.
private let lapses: Set = ["expired", "lease_ended", "status_stale", "entitlement_expired"]

private struct Listed: Decodable {
	let status: Int
	let listed_at: String

	func stated() throws -> ListedStatus {
		ListedStatus(status: status, listedAt: try date(listed_at))
	}
}

private struct Report: Decodable {
	let allowed: Bool
	let denials: [Facts]
	let notices: [Facts]
	let holds_until: String?
	let last_contact_at: String?
}

private struct StatedRun: Decodable {
	let product: String
	let purpose: String
	let domain: String?
	let address: String?
	let instance: StatedInstance?
	let requires: [String]?
	let counts: [String: Int64]?
	let released_at: String?

	func stated() throws -> Run {
		let purposes: [String: Purpose] = ["run": .run, "update": .update, "support": .support]
		return Run(
			product: product, purpose: try XCTUnwrap(purposes[purpose]), domain: domain,
			address: address, instance: try instance?.stated(), requires: Set(requires ?? []),
			counts: counts ?? [:], releasedAt: try released_at.map(date))
	}
}

private struct StatedInstance: Decodable, Equatable {
	let kind: String
	let value: String

	func stated() throws -> Instance {
		switch kind {
		case "domain": return .domain(value)
		case "host": return .host(value)
		case "machine": return .machine(value)
		default: throw LicenseTestError(text: "no such kind: \(kind)")
		}
	}
}

private struct LicenseTestError: Error {
	let text: String
}

private struct Clock: Decodable {
	let trusted: String?
	let steps: [Step]?

	struct Step: Decodable {
		let start, read, restart, restart_unsaved: StatedTick?
		let documents: String?
		let save: Bool?
		let heal: Heal?
	}

	struct StatedTick: Decodable {
		let wall: String
		let monotonic: Int64

		func stated() throws -> Tick {
			Tick(wall: try date(wall), monotonic: .seconds(monotonic))
		}
	}

	struct Heal: Decodable {
		let iat: String
		let sent, answered: StatedTick
	}

	/// The reading that the row states, or the last one that its steps give.
	func reading() throws -> ClockReading {
		if let trusted {
			return try .trusted(date(trusted))
		}
		var played = try Played(steps: XCTUnwrap(steps))
		return try played.reading()
	}

	private struct Played {
		let steps: [Step]
		let key = Data("this machine".utf8)
		var clock: ClockGuard?
		var saved = ""
		var shown: Tick?
		var last: ClockReading?

		init(steps: [Step]) {
			self.steps = steps
		}

		mutating func reading() throws -> ClockReading {
			for step in steps {
				if let start = try step.start?.stated() {
					clock = try ClockGuard(start: start)
					try read(start)
				} else if let tick = try step.read?.stated() {
					try read(tick)
				} else if let tick = try step.restart?.stated() {
					try restart(from: XCTUnwrap(clock).save(key: key), tick)
				} else if let tick = try step.restart_unsaved?.stated() {
					try restart(from: saved, tick)
				} else if let documents = step.documents {
					try XCTUnwrap(clock).hold(newest: date(documents), at: XCTUnwrap(shown))
				} else if step.save != nil {
					saved = try XCTUnwrap(clock).save(key: key)
				} else {
					try heal(XCTUnwrap(step.heal))
				}
			}
			return try XCTUnwrap(last)
		}

		private mutating func read(_ tick: Tick) throws {
			shown = tick
			last = try XCTUnwrap(clock).read(at: tick)
		}

		private mutating func restart(from state: String, _ tick: Tick) throws {
			clock = try ClockGuard(restoring: state, key: key, start: tick)
			try read(tick)
		}

		/// Gives the guard the answer; one that comes too late it does not take.
		private mutating func heal(_ heal: Heal) throws {
			let sent = try heal.sent.stated()
			let answered = try heal.answered.stated()
			shown = answered
			let challenge = try Challenge(nonce: Vectors.nonce, sent: sent.monotonic)
			do {
				try XCTUnwrap(clock).heal(challenge, with: Vectors.answer(of: heal.iat), at: answered)
			} catch let error as ClockError {
				XCTAssertEqual(error.reason, .notFresh)
				XCTAssertGreaterThan(answered.monotonic - sent.monotonic, .seconds(60))
			}
		}
	}
}

/// A member of a report: the code, and all facts that any has.
private struct Facts: Decodable, Equatable {
	let code: String
	var behind, within, revision, newest, allowed, count: Int64?
	var licensed, uri, domain, address, license, product, entitlement, limit, fact: String?
	var listed_at, since, starts_at, ended_at, ends_at, until, updates_until, released_at: String?
	var instance: StatedInstance?

	init(_ code: String) {
		self.code = code
	}
}

/// What the report says, from what Swift was given.
private func facts(of reason: Denial.Reason) -> Facts {
	switch reason {
	case let .clockSetBack(behind): with("clock_set_back") { $0.behind = behind.components.seconds }
	case let .wrongProduct(licensed): with("wrong_product") { $0.licensed = licensed }
	case let .licenseSuperseded(revision, newest):
		with("license_superseded") { ($0.revision, $0.newest) = (revision, newest) }
	case let .revoked(listedAt): with("revoked") { $0.listed_at = text(listedAt) }
	case let .suspended(listedAt): with("suspended") { $0.listed_at = text(listedAt) }
	case let .statusUnknown(uri): with("status_unknown") { $0.uri = uri }
	case let .statusStale(since, uri):
		with("status_stale") { ($0.since, $0.uri) = (text(since), uri) }
	case let .notYetValid(startsAt): with("not_yet_valid") { $0.starts_at = text(startsAt) }
	case let .expired(endedAt): with("expired") { $0.ended_at = text(endedAt) }
	case let .updateNotCovered(updatesUntil, releasedAt):
		with("update_not_covered") {
			($0.updates_until, $0.released_at) = (text(updatesUntil), text(releasedAt))
		}
	case let .supportEnded(endedAt): with("support_ended") { $0.ended_at = text(endedAt) }
	case let .domainNotLicensed(domain): with("domain_not_licensed") { $0.domain = domain }
	case let .addressNotLicensed(address): with("address_not_licensed") { $0.address = address }
	case .notActivated: Facts("not_activated")
	case let .leaseOfAnotherInstance(instance):
		with("lease_of_another_instance") { $0.instance = stated(instance) }
	case let .leaseOfAnotherLicense(license, product):
		with("lease_of_another_license") { ($0.license, $0.product) = (license, product) }
	case let .leaseEnded(endedAt): with("lease_ended") { $0.ended_at = text(endedAt) }
	case let .entitlementMissing(entitlement):
		with("entitlement_missing") { $0.entitlement = entitlement }
	case let .entitlementExpired(entitlement, endedAt):
		with("entitlement_expired") { ($0.entitlement, $0.ended_at) = (entitlement, text(endedAt)) }
	case let .limitExceeded(limit, allowed, count):
		with("limit_exceeded") { ($0.limit, $0.allowed, $0.count) = (limit, allowed, count) }
	case let .notStated(fact):
		with("not_stated") {
			switch fact {
			case .releasedAt: $0.fact = "released_at"
			case .domain: $0.fact = "domain"
			case .address: $0.fact = "address"
			case .instance: $0.fact = "instance"
			}
		}
	}
}

private func facts(of reason: Notice.Reason) -> Facts {
	switch reason {
	case let .clockSuspect(behind): with("clock_suspect") { $0.behind = behind.components.seconds }
	case .clockUnguarded: Facts("clock_unguarded")
	case let .statusRefreshDue(since): with("status_refresh_due") { $0.since = text(since) }
	case let .inGracePeriod(endedAt, until):
		with("in_grace_period") { ($0.ended_at, $0.until) = (text(endedAt), text(until)) }
	case let .expiresSoon(endsAt, within):
		with("expires_soon") { ($0.ends_at, $0.within) = (text(endsAt), within.components.seconds) }
	case let .updatesEndSoon(endsAt, within):
		with("updates_end_soon") { ($0.ends_at, $0.within) = (text(endsAt), within.components.seconds) }
	case let .supportEndsSoon(endsAt, within):
		with("support_ends_soon") { ($0.ends_at, $0.within) = (text(endsAt), within.components.seconds) }
	case let .leaseRenewalDue(endsAt): with("lease_renewal_due") { $0.ends_at = text(endsAt) }
	case let .limitNear(limit, allowed, count):
		with("limit_near") { ($0.limit, $0.allowed, $0.count) = (limit, allowed, count) }
	}
}

private func with(_ code: String, _ state: (inout Facts) -> Void) -> Facts {
	var facts = Facts(code)
	state(&facts)
	return facts
}

private func text(_ date: Date) -> String {
	ISO8601DateFormatter().string(from: date)
}

private func stated(_ instance: Instance) -> StatedInstance {
	switch instance {
	case let .domain(value): StatedInstance(kind: "domain", value: value)
	case let .host(value): StatedInstance(kind: "host", value: value)
	case let .machine(value): StatedInstance(kind: "machine", value: value)
	}
}
