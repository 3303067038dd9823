internal import CountersignGenerated
import Foundation

/// How a license stands for an instance.
public struct LicenseStanding: Hashable, Sendable {
	/// Whether the license allows the run, whoever holds its seats.
	public let isValid: Bool
	/// The license.
	public let license: LicenseUse
	/// Whether the instance holds a seat.
	public let isActivated: Bool
	/// Its seat.
	public let activation: ActivationUse?
	/// Why the license does not allow it.
	public let denials: [StatedReason]
	/// What there is to know besides.
	public let notices: [StatedReason]

	init(_ standing: CountersignGenerated.LicenseStanding) {
		isValid = standing.isValid
		license = LicenseUse(standing.license)
		isActivated = standing.isActivated
		activation = standing.activation.map(ActivationUse.init)
		denials = standing.denials.map(StatedReason.init)
		notices = standing.notices.map(StatedReason.init)
	}
}

/// A license, and how many of its seats are in use.
public struct LicenseUse: Hashable, Sendable {
	/// The id of the license.
	public let id: String
	/// How it stands now.
	public let status: LicenseStatus
	/// How many seats there are; `nil` where there is no limit.
	public let seatLimit: Int64?
	/// Seats in use.
	public let seatsUsed: Int64
	/// Seats left; `nil` where there is no limit.
	public let seatsRemaining: Int64?
	/// When it ends; `nil` where it never does.
	public let expiresAt: Date?

	init(_ use: CountersignGenerated.LicenseUse) {
		id = use.id
		status = LicenseStatus(use.status)
		seatLimit = use.seatLimit
		seatsUsed = use.seatsUsed
		seatsRemaining = use.seatsRemaining
		expiresAt = use.expiresAt.map(Date.init(moment:))
	}
}

/// A seat, as a check shows it.
public struct ActivationUse: Hashable, Sendable {
	/// The id of the seat.
	public let id: String
	/// When it was taken.
	public let activatedAt: Date
	/// When the instance asked last.
	public let lastCheckedAt: Date?

	init(_ use: CountersignGenerated.ActivationUse) {
		id = use.id
		activatedAt = Date(moment: use.activatedAt)
		lastCheckedAt = use.lastCheckedAt.map(Date.init(moment:))
	}
}

/// How a license stands at the moment of asking.
public enum LicenseStatus: Hashable, Sendable {
	/// It is honored.
	case valid
	/// Its end has come. Through its grace period it goes on.
	case expired
	/// It is suspended or blocked.
	case suspended
	/// It was cancelled for good.
	case cancelled
	/// A word that this reader does not know.
	case other

	init(_ status: CountersignGenerated.LicenseStatus) {
		switch status {
		case .valid: self = .valid
		case .expired: self = .expired
		case .suspended: self = .suspended
		case .cancelled: self = .cancelled
		case .other: self = .other
		}
	}
}
