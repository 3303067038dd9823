import Foundation

// How values of Swift's are written for the library.

extension Date {
	/// Whole seconds since 1970. The library refuses what lies outside of 1970 to 9999, and so what
	/// is no number of seconds becomes the farthest there is.
	var moment: Int64 {
		let seconds = timeIntervalSince1970.rounded(.down)
		return Int64(exactly: seconds) ?? (seconds > 0 ? .max : .min)
	}

	init(moment: Int64) {
		self.init(timeIntervalSince1970: Double(moment))
	}
}

extension Duration {
	/// Seconds, for the library, which has no negative lengths.
	var length: TimeInterval {
		get throws {
			if self < .zero {
				throw NegativeLength(length: self)
			}
			return Double(components.seconds) + Double(components.attoseconds) * 1e-18
		}
	}
}

extension String {
	/// The text, or the beginning of one that is longer than a call can take. The library refuses
	/// either, since every text it reads has a limit far below.
	var bounded: String {
		utf8.count <= Self.most ? self : String(decoding: utf8.prefix(Self.most), as: UTF8.self)
	}

	private static let most = 1 << 28
}

extension Data {
	/// As of a text.
	var bounded: Data {
		count <= 1 << 28 ? self : prefix(1 << 28)
	}
}
