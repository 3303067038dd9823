package import CountersignFFI
internal import CountersignGenerated

// What is asked most often, by the functions that generated code asks. That makes a value of its own of what
// is passed, and arrays of each part of it, which takes longer than the decision.

extension CountersignGenerated.License {
	func decided(_ run: Run, _ context: Context) throws -> CountersignGenerated.Decision {
		try .init(
			unsafeFromHandle: passing(run, context) { run, context, status in
				uniffi_countersign_fn_method_license_evaluate(uniffiCloneHandle(), run, context, status)
			})
	}

	func reported(_ run: Run, _ context: Context) throws -> String {
		try taken(
			from: passing(run, context) { run, context, status in
				uniffi_countersign_fn_method_license_report(uniffiCloneHandle(), run, context, status)
			})
	}
}

extension CountersignGenerated.Check {
	func decided(_ context: Context) throws -> CountersignGenerated.Decision {
		let passed = try context.passed()
		return try .init(
			unsafeFromHandle: outcome { status in
				uniffi_countersign_fn_method_check_evaluate(uniffiCloneHandle(), passed, status)
			})
	}

	func reported(_ context: Context) throws -> String {
		let passed = try context.passed()
		return try taken(
			from: outcome { status in
				uniffi_countersign_fn_method_check_report(uniffiCloneHandle(), passed, status)
			})
	}
}

/// What a function of the library gives that takes both.
@inline(__always)
package func passing<T>(
	_ run: Run, _ context: Context,
	_ call: (RustBuffer, RustBuffer, UnsafeMutablePointer<RustCallStatus>) -> T
) throws -> T {
	// The one that may be refused comes first: nobody frees what is not passed.
	let context = try context.passed()
	let run = try run.passed()
	return try outcome { call(run, context, $0) }
}

@inline(__always)
private func outcome<T>(_ call: (UnsafeMutablePointer<RustCallStatus>) -> T) throws -> T {
	var status = RustCallStatus()
	let value = call(&status)
	switch status.code {
	case 0: return value
	case 1: throw try FfiConverterTypeLicenseError_lift(status.errorBuf)
	default: throw LibraryFailure(text: taken(from: status.errorBuf))
	}
}

private func taken(from buffer: RustBuffer) -> String {
	defer {
		var status = RustCallStatus()
		ffi_countersign_rustbuffer_free(buffer, &status)
	}
	return String(decoding: UnsafeBufferPointer(start: buffer.data, count: Int(buffer.len)), as: UTF8.self)
}

extension Run {
	/// The bytes that the generated code makes of it.
	fileprivate func passed() throws -> RustBuffer {
		var size = product.size + 64
		size += (domain?.size ?? 0) + (address?.size ?? 0) + (instance?.value.size ?? 0)
		for code in requires {
			size += code.size
		}
		for code in counts.keys {
			size += code.size + 8
		}
		var passed = try Passed(most: size)
		passed.write(product)
		switch purpose {
		case .run: passed.write(1 as Int32)
		case .update: passed.write(2 as Int32)
		case .support: passed.write(3 as Int32)
		}
		passed.write(domain) { $0.write($1) }
		passed.write(address) { $0.write($1) }
		passed.write(instance) { passed, instance in
			switch instance {
			case .domain: passed.write(1 as Int32)
			case .host: passed.write(2 as Int32)
			case .machine: passed.write(3 as Int32)
			}
			passed.write(instance.value)
		}
		passed.write(Int32(requires.count))
		for code in requires {
			passed.write(code)
		}
		passed.write(Int32(counts.count))
		for (code, count) in counts {
			passed.write(code)
			passed.write(count)
		}
		passed.write(releasedAt) { $0.write($1.moment) }
		return passed.buffer
	}
}

extension Instance {
	fileprivate var value: String {
		switch self {
		case let .domain(text), let .host(text), let .machine(text): text
		}
	}
}

extension Context {
	/// The bytes that the generated code makes of it.
	fileprivate func passed() throws -> RustBuffer {
		let clock = try clock?.handle ?? ClockReading.ofSystem().handle
		if let negative = noticeBefore?.first(where: { $0 < .zero }) {
			throw NegativeLength(length: negative)
		}
		var passed = try Passed(most: 96 + 12 * (noticeBefore?.count ?? 0))
		passed.write(clock.uniffiCloneHandle())
		passed.write(lease) { $0.write($1.handle.uniffiCloneHandle()) }
		passed.write(statuses) { $0.write($1.handle.uniffiCloneHandle()) }
		passed.write(highestRevision) { $0.write($1) }
		passed.write(noticeBefore) { passed, lengths in
			passed.write(Int32(lengths.count))
			for length in lengths {
				passed.write(UInt64(length.components.seconds))
				passed.write(UInt32(length.components.attoseconds / 1_000_000_000))
			}
		}
		passed.write(lastContactAt) { $0.write($1.moment) }
		passed.write(lastStatus) { passed, listed in
			passed.write(listed.lowered.status)
			passed.write(listed.listedAt.moment)
		}
		return passed.buffer
	}
}

extension String {
	/// At most as many bytes as are written of it.
	fileprivate var size: Int { 4 + utf8.count }
}

/// Memory of the library's, which a call takes with what is written to it.
private struct Passed {
	private var memory: RustBuffer
	private var written = 0

	init(most: Int) throws {
		memory = try outcome { ffi_countersign_rustbuffer_alloc(UInt64(most), $0) }
	}

	var buffer: RustBuffer {
		RustBuffer(capacity: memory.capacity, len: UInt64(written), data: memory.data)
	}

	@inline(__always)
	mutating func write(_ number: some FixedWidthInteger) {
		withUnsafeBytes(of: number.bigEndian) { append($0) }
	}

	@inline(__always)
	mutating func write(_ text: String) {
		var text = text.bounded
		text.withUTF8 {
			write(Int32($0.count))
			append(UnsafeRawBufferPointer($0))
		}
	}

	@inline(__always)
	mutating func write<Value>(_ value: Value?, _ write: (inout Passed, Value) -> Void) {
		guard let value else {
			self.write(0 as Int8)
			return
		}
		self.write(1 as Int8)
		write(&self, value)
	}

	@inline(__always)
	private mutating func append(_ bytes: UnsafeRawBufferPointer) {
		let room = UnsafeMutableRawBufferPointer(start: memory.data, count: Int(memory.capacity))
		UnsafeMutableRawBufferPointer(rebasing: room[written...]).copyMemory(from: bytes)
		written += bytes.count
	}
}
