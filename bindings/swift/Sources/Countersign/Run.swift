internal import CountersignGenerated
import Foundation

/// What the product states about one run.
///
/// State what is known; a rule that needs more denies and names the missing fact.
public struct Run: Hashable, Sendable {
	/// The product: brand and code, as `acme/editor`.
	public var product: String
	/// What the decision is wanted for.
	public var purpose: Purpose
	/// The domain it serves: a host name, with a port or without, or an http(s) URL.
	public var domain: String?
	/// The IPv4 or IPv6 address it runs at.
	public var address: String?
	/// This installation.
	public var instance: Instance?
	/// Entitlements that this run cannot do without.
	public var requires: Set<String>
	/// How much of each limit is in use.
	public var counts: [String: Int64]
	/// When this release was published; an expired updates window does not stop older ones.
	public var releasedAt: Date?

	/// A run of the product, of which nothing is known but what is stated.
	public init(
		product: String, purpose: Purpose = .run, domain: String? = nil, address: String? = nil,
		instance: Instance? = nil, requires: Set<String> = [], counts: [String: Int64] = [:],
		releasedAt: Date? = nil
	) {
		self.product = product
		self.purpose = purpose
		self.domain = domain
		self.address = address
		self.instance = instance
		self.requires = requires
		self.counts = counts
		self.releasedAt = releasedAt
	}

	init(_ run: CountersignGenerated.Run) {
		self.init(
			product: run.product, purpose: Purpose(run.purpose), domain: run.domain,
			address: run.address, instance: run.instance.map(Instance.init),
			requires: Set(run.requires), counts: run.counts,
			releasedAt: run.releasedAt.map(Date.init(moment:)))
	}

	var lowered: CountersignGenerated.Run {
		CountersignGenerated.Run(
			product: product.bounded, purpose: purpose.lowered, domain: domain?.bounded,
			address: address?.bounded, instance: instance?.lowered, requires: requires.map(\.bounded),
			counts: counts, releasedAt: releasedAt?.moment)
	}
}

/// What a decision is wanted for.
public enum Purpose: Hashable, Sendable {
	/// To run the product: the validity window counts.
	case run
	/// To install a release: the updates window counts, at ``Run/releasedAt``.
	case update
	/// To give support: the support window counts.
	case support

	init(_ purpose: CountersignGenerated.Purpose) {
		switch purpose {
		case .run: self = .run
		case .update: self = .update
		case .support: self = .support
		}
	}

	var lowered: CountersignGenerated.Purpose {
		switch self {
		case .run: .run
		case .update: .update
		case .support: .support
		}
	}
}

/// One installation of a product: what takes a seat.
///
/// Two instances are the same seat exactly if their normal forms are equal, which is for the library
/// to know: `==` compares what was written.
public enum Instance: Hashable, Sendable {
	/// A web site, by its domain.
	case domain(String)
	/// A computer, by its host name.
	case host(String)
	/// A machine, by a value the host derives from its hardware.
	case machine(String)

	var lowered: CountersignGenerated.Instance {
		switch self {
		case let .domain(text): .domain(text.bounded)
		case let .host(text): .host(text.bounded)
		case let .machine(text): .machine(text.bounded)
		}
	}

	init(_ instance: CountersignGenerated.Instance) {
		switch instance {
		case let .domain(text): self = .domain(text)
		case let .host(text): self = .host(text)
		case let .machine(text): self = .machine(text)
		}
	}
}
