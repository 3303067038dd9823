internal import CountersignGenerated
import Foundation

/// What every error of this package has in common.
public protocol CountersignError: LocalizedError, CustomStringConvertible, Sendable {
	/// The stable name of what is wrong, in snake case, the same in every language.
	var code: String { get }
}

extension CountersignError {
	/// The same as `description`.
	public var errorDescription: String? { description }
}

/// Runs what calls the library, once it is known to be of this package's version. What the library
/// throws, its callers see as the errors of this package.
func calling<T>(_ body: () throws -> T) throws -> T {
	try LibraryVersion.check()
	do {
		return try body()
	} catch {
		throw translated(error)
	}
}

/// As the one above, for what takes its time.
func calling<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
	try LibraryVersion.check()
	do {
		return try await body()
	} catch {
		throw translated(error)
	}
}

private func translated(_ error: any Error) -> any Error {
	switch error {
	case let error as CountersignGenerated.LicenseError: LicenseError(error)
	case let error as CountersignGenerated.ClockError: ClockError(error)
	case let error as CountersignGenerated.ClientError: ClientError(error)
	case let error as CountersignGenerated.SettingsError: SettingsError(error)
	case let error as CountersignGenerated.SessionError: SessionError(error)
	case let error as CountersignGenerated.ImportError: ImportError(error)
	case let error as CountersignGenerated.InstanceError: InstanceError(error)
	case let error as CountersignGenerated.QrError: QRCodeError(error)
	case is CancellationError, is any CountersignError: error
	default: LibraryFailure(text: error.localizedDescription)
	}
}
