internal import CountersignGenerated
import Foundation

/// A rule that failed, with the facts it failed on.
public struct Denial: CustomStringConvertible, Hashable, Sendable {
	/// Which rule it is, and what it failed on.
	public let reason: Reason
	/// The stable name of the rule, in snake case, the same in every language.
	public let code: String
	/// The same in one line for people. It may change between versions.
	public let description: String
	/// Whether what was granted has ended by time alone: `expired`, `lease_ended`, `status_stale` and
	/// `entitlement_expired`.
	public let isLapse: Bool

	/// The rules that can fail.
	public enum Reason: Hashable, Sendable {
		/// The host's clock was set back, and for longer than is put up with.
		case clockSetBack(behind: Duration)
		/// The license is for another product.
		case wrongProduct(licensed: String)
		/// Newer terms exist.
		case licenseSuperseded(revision: Int64, newest: Int64)
		/// The authority has taken the license back for good.
		case revoked(listedAt: Date)
		/// The authority does not honor the license for the time being.
		case suspended(listedAt: Date)
		/// It is not known whether the authority honors the license.
		case statusUnknown(uri: String)
		/// What is known of it is too old.
		case statusStale(since: Date, uri: String)
		/// The validity has not begun.
		case notYetValid(startsAt: Date)
		/// The validity has ended, and its grace period with it.
		case expired(endedAt: Date)
		/// The release was published after updates ended.
		case updateNotCovered(updatesUntil: Date, releasedAt: Date)
		/// Support has ended.
		case supportEnded(endedAt: Date)
		/// The domain is none of the license's.
		case domainNotLicensed(domain: String)
		/// The address is none of the license's.
		case addressNotLicensed(address: String)
		/// The instance has no lease on a seat.
		case notActivated
		/// The lease is on the seat of another instance.
		case leaseOfAnotherInstance(instance: Instance)
		/// The lease is on a seat of another license.
		case leaseOfAnotherLicense(license: String, product: String)
		/// The lease has ended.
		case leaseEnded(endedAt: Date)
		/// The license lacks an entitlement that the run requires.
		case entitlementMissing(entitlement: String)
		/// An entitlement that the run requires has ended.
		case entitlementExpired(entitlement: String, endedAt: Date)
		/// More is in use than the license allows.
		case limitExceeded(limit: String, allowed: Int64, count: Int64)
		/// The product did not state what a rule needs.
		case notStated(fact: Fact)
	}
}

extension Denial.Reason {
	init(_ reason: CountersignGenerated.Denial) {
		switch reason {
		case let .clockSetBack(behind):
			self = .clockSetBack(behind: .seconds(behind))
		case let .wrongProduct(licensed):
			self = .wrongProduct(licensed: licensed)
		case let .licenseSuperseded(revision, newest):
			self = .licenseSuperseded(revision: revision, newest: newest)
		case let .revoked(listedAt):
			self = .revoked(listedAt: Date(moment: listedAt))
		case let .suspended(listedAt):
			self = .suspended(listedAt: Date(moment: listedAt))
		case let .statusUnknown(uri):
			self = .statusUnknown(uri: uri)
		case let .statusStale(since, uri):
			self = .statusStale(since: Date(moment: since), uri: uri)
		case let .notYetValid(startsAt):
			self = .notYetValid(startsAt: Date(moment: startsAt))
		case let .expired(endedAt):
			self = .expired(endedAt: Date(moment: endedAt))
		case let .updateNotCovered(updatesUntil, releasedAt):
			self = .updateNotCovered(
				updatesUntil: Date(moment: updatesUntil), releasedAt: Date(moment: releasedAt))
		case let .supportEnded(endedAt):
			self = .supportEnded(endedAt: Date(moment: endedAt))
		case let .domainNotLicensed(domain):
			self = .domainNotLicensed(domain: domain)
		case let .addressNotLicensed(address):
			self = .addressNotLicensed(address: address)
		case .notActivated:
			self = .notActivated
		case let .leaseOfAnotherInstance(instance):
			self = .leaseOfAnotherInstance(instance: Instance(instance))
		case let .leaseOfAnotherLicense(license, product):
			self = .leaseOfAnotherLicense(license: license, product: product)
		case let .leaseEnded(endedAt):
			self = .leaseEnded(endedAt: Date(moment: endedAt))
		case let .entitlementMissing(entitlement):
			self = .entitlementMissing(entitlement: entitlement)
		case let .entitlementExpired(entitlement, endedAt):
			self = .entitlementExpired(entitlement: entitlement, endedAt: Date(moment: endedAt))
		case let .limitExceeded(limit, allowed, count):
			self = .limitExceeded(limit: limit, allowed: allowed, count: count)
		case let .notStated(fact):
			self = .notStated(fact: Fact(fact))
		}
	}
}

/// What a rule needs to know of a run.
public enum Fact: Hashable, Sendable {
	/// When the release was published.
	case releasedAt
	/// The domain it serves.
	case domain
	/// The address it runs at.
	case address
	/// The installation.
	case instance

	init(_ fact: CountersignGenerated.Fact) {
		switch fact {
		case .releasedAt: self = .releasedAt
		case .domain: self = .domain
		case .address: self = .address
		case .instance: self = .instance
		}
	}
}
