import Countersign
import Foundation
import XCTest

/// The folder tests/vectors, of which every row is to say the same in every language.
///
/// Left out: seats/, since seats are counted by the authority, and the rows of names/license_keys.json
/// that make a key, which only an authority does.
enum Vectors {
	static let tree = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
		.appendingPathComponent("../../../..").standardizedFileURL
	static let folder = tree.appendingPathComponent("tests/vectors")

	/// The trust sets, by name.
	static let trust: [String: TrustStore] = {
		struct Keys: Decodable {
			let trust: [String: JSON]
		}
		do {
			let keys = try JSONDecoder().decode(
				Keys.self, from: Data(contentsOf: folder.appendingPathComponent("keys.json")))
			return try keys.trust.mapValues { jwks in
				let text = String(decoding: try JSONEncoder().encode(jwks), as: UTF8.self)
				return try TrustStore(keys: text)
			}
		} catch {
			fatalError("tests/vectors/keys.json: \(error)")
		}
	}()

	/// The rows of every file of that folder, each with its file's name; none is empty.
	static func rows<Row: Decodable>(of name: String, as _: Row.Type) throws -> [(file: String, row: Row)] {
		let folder = Vectors.folder.appendingPathComponent(name)
		let files = try FileManager.default.contentsOfDirectory(
			at: folder, includingPropertiesForKeys: nil
		).filter { $0.pathExtension == "json" }
		return try files.sorted { $0.path < $1.path }.flatMap { file in
			let rows = try JSONDecoder().decode(VectorFile<Row>.self, from: Data(contentsOf: file)).rows
			XCTAssertFalse(rows.isEmpty, "\(file.path): no rows")
			return rows.map { (file.deletingPathExtension().lastPathComponent, $0) }
		}
	}

	/// What `tests/vectors/make` signed for these tests: by its moment, a lease that echoes `nonce`.
	static func answer(of moment: String) throws -> Lease {
		let variable = "COUNTERSIGN_TEST_ANSWERS"
		let file = try XCTUnwrap(
			ProcessInfo.processInfo.environment[variable], "\(variable): test.sh sets it")
		let answers = try JSONDecoder().decode(
			[String: String].self, from: Data(contentsOf: URL(fileURLWithPath: file)))
		return try Lease(verifying: XCTUnwrap(answers[moment]), with: XCTUnwrap(trust["acme"]))
	}

	static let nonce = "AAECAwQFBgcICQoLDA0ODw"
}

private struct VectorFile<Row: Decodable>: Decodable {
	let rows: [Row]
}

/// JSON as it stands.
enum JSON: Codable, Equatable {
	case null, bool(Bool), integer(Int64), text(String), list([JSON]), object([String: JSON])

	var integer: Int64? { if case let .integer(integer) = self { integer } else { nil } }
	var text: String? { if case let .text(text) = self { text } else { nil } }
	var list: [JSON]? { if case let .list(list) = self { list } else { nil } }
	var object: [String: JSON]? { if case let .object(object) = self { object } else { nil } }

	init(from decoder: any Decoder) throws {
		let value = try decoder.singleValueContainer()
		if value.decodeNil() {
			self = .null
		} else if let bool = try? value.decode(Bool.self) {
			self = .bool(bool)
		} else if let integer = try? value.decode(Int64.self) {
			self = .integer(integer)
		} else if let text = try? value.decode(String.self) {
			self = .text(text)
		} else if let list = try? value.decode([JSON].self) {
			self = .list(list)
		} else {
			self = .object(try value.decode([String: JSON].self))
		}
	}

	func encode(to encoder: any Encoder) throws {
		var value = encoder.singleValueContainer()
		switch self {
		case .null: try value.encodeNil()
		case let .bool(bool): try value.encode(bool)
		case let .integer(integer): try value.encode(integer)
		case let .text(text): try value.encode(text)
		case let .list(list): try value.encode(list)
		case let .object(object): try value.encode(object)
		}
	}
}

/// The date of RFC 3339.
func date(_ text: String) throws -> Date {
	try XCTUnwrap(ISO8601DateFormatter().date(from: text), text)
}

/// The body refuses what it is given, with this code and number. What it threw.
@discardableResult
func assertRefused(
	_ code: String, _ refusal: Int? = nil, _ row: String = "", file: StaticString = #filePath,
	line: UInt = #line, _ body: () throws -> Void
) -> String? {
	do {
		try body()
		XCTFail("\(row): refused by nobody, and \(code) is expected", file: file, line: line)
		return nil
	} catch let error as LicenseError {
		XCTAssertEqual(error.code, code, row, file: file, line: line)
		XCTAssertEqual(error.refusal, refusal, row, file: file, line: line)
		XCTAssertFalse(error.description.isEmpty, row, file: file, line: line)
		XCTAssertEqual(error.localizedDescription, error.description, row, file: file, line: line)
		XCTAssertEqual("\(error)", error.description, row, file: file, line: line)
		return error.code
	} catch {
		XCTFail("\(row): \(error), and \(code) is expected", file: file, line: line)
		return nil
	}
}
