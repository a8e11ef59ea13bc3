/// Which pages a write-ahead log holds in a newer state than the database, and where.
///
/// Source: "The WAL File Format", fileformat2.html, section 4. As SQLite does, all is believed up to the
/// last commit before the first frame whose checksum is wrong.
struct LogFrames {
    /// Bytes of a page.
    let pageSize: Int
    /// Where in the log the latest state of a page begins.
    private(set) var offsets: [UInt32: Int64] = [:]
    /// Pages of the database after the last commit; `nil` without one.
    private(set) var pageCount: UInt32?
    /// Frames that are there, and those of them that belong to a commit.
    private(set) var frameCount = 0
    private(set) var committedFrameCount = 0

    private static let headerSize = 32
    private static let frameHeaderSize = 24

    /// - Returns: `nil` if the file begins as no log does.
    init?(_ file: ReadOnlyFile) {
        let header = PageBytes(bytes: file.read(Self.headerSize, at: 0))
        guard let magic = header.integer32(at: 0), magic & ~1 == 0x377f_0682,
            header.integer32(at: 4) == 3_007_000, let size = header.integer32(at: 8),
            DatabaseHeader.isPageSize(Int(size)), let salts = header.slice(16..<24),
            let written = header.slice(24..<32)
        else { return nil }
        pageSize = Int(size)
        var sum = Checksum(isBigEndian: magic & 1 == 1)
        sum.add(header.bytes[0..<24])
        guard written == sum.bytes else { return nil }
        read(file, after: sum, salts: salts)
    }

    private mutating func read(
        _ file: ReadOnlyFile, after start: Checksum, salts: [UInt8]
    ) {
        var sum = start
        var pending: [UInt32: Int64] = [:]
        var offset = Int64(Self.headerSize)
        let frameSize = Self.frameHeaderSize + pageSize
        while offset <= file.byteCount - Int64(frameSize) {
            let frame = PageBytes(bytes: file.read(frameSize, at: offset))
            guard let page = frame.integer32(at: 0), let size = frame.integer32(at: 4), page > 0,
                frame.slice(8..<16) == salts, frame.count == frameSize
            else { return }
            sum.add(frame.bytes[0..<8])
            sum.add(frame.bytes[Self.frameHeaderSize...])
            guard frame.slice(16..<24) == sum.bytes else { return }
            frameCount += 1
            pending[page] = offset + Int64(Self.frameHeaderSize)
            offset += Int64(frameSize)
            guard size > 0 else { continue }
            offsets.merge(pending) { _, new in new }
            pending.removeAll()
            pageCount = size
            committedFrameCount = frameCount
        }
    }

    /// The running sum of a log: two words, over pairs of words.
    private struct Checksum {
        let isBigEndian: Bool
        var first: UInt32 = 0
        var second: UInt32 = 0

        init(isBigEndian: Bool) {
            self.isBigEndian = isBigEndian
        }

        mutating func add(_ bytes: ArraySlice<UInt8>) {
            var index = bytes.startIndex
            while index + 8 <= bytes.endIndex {
                first = first &+ word(bytes, index) &+ second
                second = second &+ word(bytes, index + 4) &+ first
                index += 8
            }
        }

        private func word(_ bytes: ArraySlice<UInt8>, _ index: Int) -> UInt32 {
            let word =
                UInt32(bytes[index]) << 24 | UInt32(bytes[index + 1]) << 16
                | UInt32(bytes[index + 2]) << 8 | UInt32(bytes[index + 3])
            return isBigEndian ? word : word.byteSwapped
        }

        /// The sum as it is stored: big-endian always.
        var bytes: [UInt8] {
            [first, second].flatMap { word in
                [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
            }
        }
    }
}

extension PageBytes {
    fileprivate func slice(_ range: Range<Int>) -> [UInt8]? {
        range.upperBound <= count ? Array(bytes[range]) : nil
    }
}
