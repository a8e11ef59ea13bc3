#if os(Linux)
    #if canImport(Glibc)
        internal import Glibc
    #elseif canImport(Musl)
        internal import Musl
    #endif

    /// Owns the files that a tree's members keep open, up to a budget, and closes them.
    struct DescriptorPool: ~Copyable {
        /// The files of one member.
        enum Role: Int, CaseIterable {
            case stat
            case io
            /// `task/<pid>/children`.
            case children
            /// The directory `task`, of a process with several threads.
            case tasks
        }

        private var descriptors: ContiguousArray<Int32> = []
        private let budget: Int
        private(set) var openCount = 0

        init(budget: Int, capacity: Int) {
            self.budget = max(0, budget)
            descriptors.reserveCapacity(capacity * Role.allCases.count)
        }

        deinit {
            for descriptor in descriptors where descriptor >= 0 { close(descriptor) }
        }

        /// The open file of `slot`, or `nil`.
        func descriptor(_ role: Role, slot: Int) -> Int32? {
            let index = Self.index(role, slot)
            guard index < descriptors.count, descriptors[index] >= 0 else { return nil }
            return descriptors[index]
        }

        /// Keeps `descriptor` open for `slot` if the budget allows; otherwise the caller closes it.
        mutating func keep(_ descriptor: Int32, _ role: Role, slot: Int) -> Bool {
            guard openCount < budget else { return false }
            let index = Self.index(role, slot)
            while descriptors.count <= index { descriptors.append(-1) }
            drop(role, slot: slot)
            descriptors[index] = descriptor
            openCount += 1
            return true
        }

        /// Closes one file of `slot`.
        mutating func drop(_ role: Role, slot: Int) {
            let index = Self.index(role, slot)
            guard index < descriptors.count, descriptors[index] >= 0 else { return }
            close(descriptors[index])
            descriptors[index] = -1
            openCount -= 1
        }

        /// Closes every file of `slot`.
        mutating func release(slot: Int) {
            drop(.stat, slot: slot)
            drop(.io, slot: slot)
            drop(.children, slot: slot)
            drop(.tasks, slot: slot)
        }

        private static func index(_ role: Role, _ slot: Int) -> Int { slot * 4 + role.rawValue }
    }
#endif
