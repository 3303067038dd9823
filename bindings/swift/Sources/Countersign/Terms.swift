internal import CountersignGenerated
import Foundation

extension License {
	/// The product it is for: brand and code.
	public var product: String { handle.product() }
	/// The customer, as the operator names them.
	public var customer: String? { handle.customer() }
	/// A label: `perpetual`, `subscription`, `trial`, `lifetime`, or the vendor's own.
	public var label: String? { handle.label() }
	/// A label: `community`, `commercial`, `cloud`, or the vendor's own.
	public var edition: String? { handle.edition() }
	/// When the product may run.
	public var validity: Window { Window(handle.validity()) }
	/// Releases published before it may be installed; `nil` where the license does not say.
	public var updatesUntil: Date? { handle.updatesUntil().map(Date.init(moment:)) }
	/// When the brand's support ends; `nil` where the license does not say.
	public var supportUntil: Date? { handle.supportUntil().map(Date.init(moment:)) }
	/// When updates end: the stated end, else that of the validity without its grace period.
	public var updatesEnd: Date? { handle.updatesEnd().map(Date.init(moment:)) }
	/// When support ends: the stated end, else that of the validity without its grace period.
	public var supportEnd: Date? { handle.supportEnd().map(Date.init(moment:)) }
	/// Patterns of the domains it may serve; `nil` for any.
	public var domains: [String]? { handle.domains() }
	/// Patterns of the addresses it may run at; `nil` for any.
	public var addresses: [String]? { handle.addresses() }
	/// Where the rules are waived.
	public var exempt: Set<Exemption> { Set(handle.exempt().map(Exemption.init)) }
	/// How many instances may run at once, and what happens when one more asks.
	public var seats: SeatRule { SeatRule(handle.seats()) }
	/// That an instance must hold a seat to run, and how long it may prove that offline; `nil` where it
	/// needs none.
	public var activation: ActivationTerms? { handle.activation().map(ActivationTerms.init) }
	/// The features it unlocks.
	public var entitlements: [String: Entitlement] { handle.entitlements().mapValues(Entitlement.init) }
	/// Named allowances; what is not named has no limit.
	public var limits: [String: Int64] { handle.limits() }
	/// Where the authority states whether it honors the license; `nil` if it never takes it back.
	public var status: StatusTerms? { handle.status().map(StatusTerms.init) }
	/// The vendor's own names and values.
	public var meta: [String: String] { handle.meta() }

	/// Whether an instance runs without a seat: one of development, where the license exempts those.
	///
	/// - Throws: ``LicenseError`` where the instance is none.
	public func takesNoSeat(_ instance: Instance) throws -> Bool {
		try calling { try handle.takesNoSeat(instance: instance.lowered) }
	}
}

/// A span of time that a right lasts for, from its start up to but excluding its end.
public struct Window: Hashable, Sendable {
	/// When it begins; `nil` if it has always been open.
	public let startsAt: Date?
	/// The first moment after it; `nil` if it never ends.
	public let endsAt: Date?
	/// How long after its end it is still honored; zero if it is not.
	public let grace: Duration

	init(_ window: CountersignGenerated.Window) {
		startsAt = window.startsAt.map(Date.init(moment:))
		endsAt = window.endsAt.map(Date.init(moment:))
		grace = .seconds(window.grace)
	}
}

/// What a license exempts from its own rules.
public enum Exemption: Hashable, Sendable {
	/// Domains and addresses that only developers reach: docs/rules.md, section 3.
	case development

	init(_ exemption: CountersignGenerated.Exemption) {
		switch exemption {
		case .development: self = .development
		}
	}
}

/// How many instances may hold a seat at once, and what happens when one more asks.
public struct SeatRule: Hashable, Sendable {
	/// What happens to a claim when all seats are held.
	public enum OnFull: Hashable, Sendable {
		/// It is refused.
		case refuse
		/// The seat held longest is released for it.
		case releaseOldest
	}

	/// How long an instance holds a seat.
	public enum Hold: Hashable, Sendable {
		/// Until it gives the seat up, or somebody releases it.
		case untilReleased
		/// As long as its lease lasts: a floating seat.
		case whileLeased
	}

	/// The most seats held at once; `nil` for no limit.
	public let limit: Int64?
	/// What to do with a claim when all seats are held.
	public let onFull: OnFull
	/// How long an instance holds its seat.
	public let hold: Hold
	/// How many instances may still run on a lease of a seat that they gave up; `nil` for as many as
	/// there are seats, at least three.
	public let handovers: Int64?

	init(_ rule: CountersignGenerated.SeatRule) {
		limit = rule.limit
		onFull =
			switch rule.onFull {
			case .refuse: .refuse
			case .releaseOldest: .releaseOldest
			}
		hold =
			switch rule.hold {
			case .untilReleased: .untilReleased
			case .whileLeased: .whileLeased
			}
		handovers = rule.handovers
	}
}

/// How long an instance may prove offline that it holds a seat.
public struct ActivationTerms: Hashable, Sendable {
	/// How long a lease lasts.
	public let lease: Duration
	/// How long after its start a lease should be renewed.
	public let renew: Duration

	init(_ terms: CountersignGenerated.ActivationTerms) {
		lease = .seconds(terms.lease)
		renew = .seconds(terms.renew)
	}
}

/// The right to one feature.
public struct Entitlement: Hashable, Sendable {
	/// The first moment it no longer counts; `nil` if it lasts as long as the license.
	public let until: Date?
	/// A value of the vendor's own that goes with it.
	public let value: String?

	init(_ entitlement: CountersignGenerated.Entitlement) {
		until = entitlement.until.map(Date.init(moment:))
		value = entitlement.value
	}
}

/// Where the authority states whether it honors a license.
public struct StatusTerms: Hashable, Sendable {
	/// The license's entry in the list.
	public let index: Int64
	/// The address of the list, which names it.
	public let uri: String
	/// The list may be at most this old; `nil` if a missing list does not deny.
	public let freshness: Duration?

	init(_ terms: CountersignGenerated.StatusTerms) {
		index = terms.index
		uri = terms.uri
		freshness = terms.freshness.map { .seconds($0) }
	}
}
