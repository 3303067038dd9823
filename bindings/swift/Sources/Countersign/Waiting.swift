import Foundation

/// Does what may wait for a disk on a thread of its own, and not on one of the few that all tasks share.
///
/// Where the task that waits for it is cancelled, it is waited for no longer, and goes on to its end.
///
/// - Throws: what the work throws; `CancellationError`.
func waiting<Outcome: Sendable>(
	for work: @escaping @Sendable () throws -> Outcome
) async throws -> Outcome {
	let awaited = Awaited<Outcome>()
	return try await withTaskCancellationHandler {
		try await withCheckedThrowingContinuation { continuation in
			if awaited.isAwaited(by: continuation) {
				Thread.detachNewThread { awaited.end(Result(catching: work)) }
			}
		}
	} onCancel: {
		awaited.end(.failure(CancellationError()))
	}
}

/// Who waits for an outcome. The first one counts, whether or not anybody waits by then.
private final class Awaited<Outcome: Sendable>: Sendable {
	private enum State {
		case begun
		case awaited(CheckedContinuation<Outcome, any Error>)
		case ended(Result<Outcome, any Error>)
	}

	private let state = Guarded(State.begun)

	/// Whether the outcome is still to come.
	func isAwaited(by continuation: CheckedContinuation<Outcome, any Error>) -> Bool {
		var ended: Result<Outcome, any Error>?
		state.change {
			if case .ended(let outcome) = $0 {
				ended = outcome
			} else {
				$0 = .awaited(continuation)
			}
		}
		if let ended {
			continuation.resume(with: ended)
		}
		return ended == nil
	}

	func end(_ outcome: Result<Outcome, any Error>) {
		var waiting: CheckedContinuation<Outcome, any Error>?
		state.change {
			switch $0 {
			case .begun: $0 = .ended(outcome)
			case .awaited(let continuation):
				waiting = continuation
				$0 = .ended(outcome)
			case .ended: break
			}
		}
		waiting?.resume(with: outcome)
	}
}
