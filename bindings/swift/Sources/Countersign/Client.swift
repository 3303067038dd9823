internal import CountersignGenerated
import Foundation

/// Talks to a license authority. Keep one per process: it keeps its connections.
///
/// Every call, of a client or of a session that asks it, ends within the time that the settings give
/// it, a storage of the host's own aside; documents already held stay good whatever comes of it. All
/// throw ``ClientError``.
///
/// Where the task that waits for it is cancelled, a call that is `async` ends at once, with
/// `CancellationError`, and its connection is given up. What was sent by then may reach the authority:
/// a seat may be taken or given up though nobody heard of it. It is safe to ask again.
public final class Client: Sendable {
	let handle: CountersignGenerated.Client

	/// A client of the authority at that address, which accepts documents signed by a key in the trust
	/// store.
	///
	/// - Throws: ``SettingsError``.
	public init(url: URL, trust: TrustStore, settings: ClientSettings = ClientSettings()) throws {
		handle = try calling {
			try CountersignGenerated.Client(
				url: url.absoluteString.bounded, trust: trust.handle, settings: try settings.lowered)
		}
	}

	/// Claims a seat, or confirms the one that the instance holds. Safe to repeat: a second call from
	/// the same instance takes no second seat.
	public func activate(_ claimant: Claimant) async throws -> Activation {
		Activation(try await calling { try await self.handle.activate(claimant: claimant.handle) })
	}

	/// Exchanges a lease for one that runs longer.
	public func renew(_ lease: Lease) async throws -> Renewal {
		Renewal(try await calling { try await self.handle.renew(lease: lease.handle) })
	}

	/// What the authority knows of a license and an instance, without taking a seat. It is signed by
	/// nobody: show it, and decide nothing by it.
	public func standing(of claimant: Claimant) async throws -> LicenseStanding {
		LicenseStanding(
			try await calling { try await self.handle.standing(claimant: claimant.handle) })
	}

	/// Gives the seat up. Giving up a seat that is not held succeeds.
	public func deactivate(_ lease: Lease) async throws {
		try await calling { try await self.handle.deactivate(lease: lease.handle) }
	}

	/// The present status list; `nil` for a license that names none.
	public func statuses(for license: License) async throws -> StatusList? {
		let list = try await calling { try await self.handle.statuses(license: license.handle) }
		return list.map(StatusList.init(handle:))
	}

	/// Has the request of a machine without a network answered, for a person who carries both. The
	/// answer is verified by that machine, not here.
	public func answer(_ request: ActivationRequest) async throws -> String {
		try await calling { try await self.handle.answer(request: request.handle) }
	}

	/// As ``activate(_:)``, and waits for it on this thread.
	public func activateBlocking(_ claimant: Claimant) throws -> Activation {
		Activation(try calling { try handle.activateBlocking(claimant: claimant.handle) })
	}

	/// As ``renew(_:)``, and waits for it on this thread.
	public func renewBlocking(_ lease: Lease) throws -> Renewal {
		Renewal(try calling { try handle.renewBlocking(lease: lease.handle) })
	}

	/// As ``standing(of:)``, and waits for it on this thread.
	public func standingBlocking(of claimant: Claimant) throws -> LicenseStanding {
		LicenseStanding(try calling { try handle.standingBlocking(claimant: claimant.handle) })
	}

	/// As ``deactivate(_:)``, and waits for it on this thread.
	public func deactivateBlocking(_ lease: Lease) throws {
		try calling { try handle.deactivateBlocking(lease: lease.handle) }
	}

	/// As ``statuses(for:)``, and waits for it on this thread.
	public func statusesBlocking(for license: License) throws -> StatusList? {
		let list = try calling { try handle.statusesBlocking(license: license.handle) }
		return list.map(StatusList.init(handle:))
	}

	/// As ``answer(_:)``, and waits for it on this thread.
	public func answerBlocking(_ request: ActivationRequest) throws -> String {
		try calling { try handle.answerBlocking(request: request.handle) }
	}
}
