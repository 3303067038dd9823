internal import CountersignGenerated
import Foundation

extension Session {
	/// Claims a seat with what the customer typed, or confirms the one held, and keeps license, lease
	/// and license key.
	///
	/// Where its task is cancelled, this and whatever else asks a client ends at once, as ``Client``
	/// says. What was answered by then is kept, and no more is asked: the session goes on with what it
	/// holds, and its storage may be called for a moment still. A seat that the authority gave unheard
	/// is confirmed by the next call, and no second one is taken.
	///
	/// - Throws: ``ClientError``; `CancellationError`. After any but a refusal, what is held stays good.
	@discardableResult
	public func activate(_ licenseKey: LicenseKey, with client: Client) async throws -> Refresh {
		defer { changes.note() }
		return Refresh(
			try await calling {
				try await self.handle.activate(client: client.handle, licenseKey: licenseKey.handle)
			})
	}

	/// Asks for what is due, if anything is: a renewal, a status list, a seat that is to be taken
	/// again. Whatever comes of it, the session goes on with what it holds.
	///
	/// - Throws: ``ClientError``; `CancellationError`.
	@discardableResult
	public func refresh(with client: Client) async throws -> Refresh {
		defer { changes.note() }
		return Refresh(try await calling { try await self.handle.refresh(client: client.handle) })
	}

	/// As ``refresh(with:)``, whether it is due or not: for a button that says so.
	///
	/// - Throws: ``ClientError``; `CancellationError`.
	@discardableResult
	public func refreshNow(with client: Client) async throws -> Refresh {
		defer { changes.note() }
		return Refresh(try await calling { try await self.handle.refreshNow(client: client.handle) })
	}

	/// Gives the seat up, and forgets the license key and the lease. Where no seat is held nobody is
	/// asked.
	///
	/// - Throws: ``ClientError``: the seat is held still. `CancellationError`: so it is here, and the
	///   authority may have given it up.
	public func deactivate(with client: Client) async throws {
		defer { changes.note() }
		try await calling { try await self.handle.deactivate(client: client.handle) }
	}

	/// Counts the time, saves and refreshes, until the task is cancelled, and then ends at once: to be
	/// given a task of its own once. What fails is asked for again later.
	///
	/// What waits for a storage does so on a thread of its own, so that it keeps no other task waiting.
	/// A storage that is being called when the task is cancelled goes on with it.
	public func background(with client: Client) async {
		while !Task.isCancelled {
			// `isKept`, `lastContactAt` and the decisions tell what failed.
			try? await waiting { try self.tick() }
			_ = try? await refresh(with: client)
			let wait = (try? await waiting { try self.nextWait }) ?? .seconds(60)
			try? await Task.sleep(for: wait)
		}
	}

	/// As ``activate(_:with:)``, and waits for it on this thread.
	@discardableResult
	public func activateBlocking(_ licenseKey: LicenseKey, with client: Client) throws -> Refresh {
		defer { changes.note() }
		return Refresh(
			try calling {
				try handle.activateBlocking(client: client.handle, licenseKey: licenseKey.handle)
			})
	}

	/// As ``refresh(with:)``, and waits for it on this thread.
	@discardableResult
	public func refreshBlocking(with client: Client) throws -> Refresh {
		defer { changes.note() }
		return Refresh(try calling { try handle.refreshBlocking(client: client.handle) })
	}

	/// As ``refreshNow(with:)``, and waits for it on this thread.
	@discardableResult
	public func refreshNowBlocking(with client: Client) throws -> Refresh {
		defer { changes.note() }
		return Refresh(try calling { try handle.refreshNowBlocking(client: client.handle) })
	}

	/// As ``deactivate(with:)``, and waits for it on this thread.
	public func deactivateBlocking(with client: Client) throws {
		defer { changes.note() }
		try calling { try handle.deactivateBlocking(client: client.handle) }
	}

	/// Asks for a seat by hand: a text that a person carries to the authority. Its answer is to be
	/// imported. Asked again before it was answered, it is the same request.
	///
	/// - Throws: ``ClientError`` where the request cannot be made.
	public func activationRequest(for licenseKey: LicenseKey) throws -> ActivationRequest {
		ActivationRequest(
			handle: try calling { try handle.activationRequest(licenseKey: licenseKey.handle) })
	}
}
