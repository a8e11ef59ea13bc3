internal import Foundation
internal import FuzzTargets
internal import LibFuzzer

// varve-fuzz TARGET [libFuzzer's arguments…] CORPUS…
// varve-fuzz --seeds TARGET FOLDER
// varve-fuzz --targets
var words = CommandLine.arguments.dropFirst()

func fail(_ sentence: String) -> Never {
    FileHandle.standardError.write(Data("varve-fuzz: \(sentence)\n".utf8))
    exit(64)
}

func target(_ name: String?) -> FuzzTarget {
    guard let name, let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        fail("name one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
    }
    return target
}

switch words.first {
case "--targets":
    for target in FuzzTarget.all { print(target.name) }
    exit(0)
case "--seeds":
    let names = Array(words.dropFirst())
    guard names.count == 2 else { fail("--seeds needs a target and a folder") }
    for (index, bytes) in target(names[0]).seeds.enumerated() {
        try Data(bytes).write(to: URL(filePath: "\(names[1])/seed-\(index)"))
    }
    exit(0)
default: break
}

/// The one target of this process.
let fed = target(words.popFirst())
let arguments =
    [CommandLine.arguments[0], "-max_len=\(fed.byteLimit)"] + words
var pointers: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
var count = Int32(arguments.count)

let code = unsafe pointers.withUnsafeMutableBufferPointer { buffer in
    // libFuzzer may change the array's words; it lives as long as the process.
    var start = buffer.baseAddress
    return unsafe LLVMFuzzerRunDriver(&count, &start) { data, size in
        // `size` bytes at `data` are libFuzzer's for the length of the call.
        let bytes = unsafe [UInt8](UnsafeBufferPointer(start: data, count: size))
        do {
            try fed.feed(bytes)
        } catch {
            // What libFuzzer takes for a crash, and keeps the bytes of.
            fatalError("\(error)")
        }
        return 0
    }
}
exit(code)
