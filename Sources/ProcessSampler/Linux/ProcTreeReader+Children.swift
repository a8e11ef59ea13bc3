#if os(Linux)
    internal import CPlatform
    #if canImport(Glibc)
        internal import Glibc
    #elseif canImport(Musl)
        internal import Musl
    #endif

    extension ProcTreeReader {
        mutating func appendChildren(
            of pid: Int32, slot: Int, threads: UInt64, to list: inout ContiguousArray<Int32>
        ) {
            switch enumeration {
            case .everyProcess: appendFromSnapshot(pid, to: &list)
            case .childrenFiles where threads <= 1:
                if let descriptor = pool.descriptor(.children, slot: slot) {
                    appendPIDs(from: descriptor, to: &list)
                    return
                }
                let descriptor = cplatform_open_proc_children(pid, pid)
                guard descriptor >= 0 else { return }
                appendPIDs(from: descriptor, to: &list)
                if !pool.keep(descriptor, .children, slot: slot) { close(descriptor) }
            case .childrenFiles:
                // Each thread has a file of the children that it made.
                if let descriptor = pool.descriptor(.tasks, slot: slot) {
                    appendChildrenOfThreads(descriptor, of: pid, to: &list)
                    return
                }
                let descriptor = unsafe "task".withCString { unsafe cplatform_open_proc(pid, $0) }
                guard descriptor >= 0 else { return }
                appendChildrenOfThreads(descriptor, of: pid, to: &list)
                if !pool.keep(descriptor, .tasks, slot: slot) { close(descriptor) }
            }
        }

        /// Appends what the children files of all threads in the directory `tasks` hold.
        mutating func appendChildrenOfThreads(
            _ tasks: Int32, of pid: Int32, to list: inout ContiguousArray<Int32>
        ) {
            listNumbers(in: tasks)
            for index in numbers.indices {
                let descriptor = cplatform_open_proc_children(pid, numbers[index])
                guard descriptor >= 0 else { continue }
                appendPIDs(from: descriptor, to: &list)
                close(descriptor)
            }
        }

        private mutating func appendPIDs(
            from descriptor: Int32, to list: inout ContiguousArray<Int32>
        ) {
            var parser = PIDListParser()
            var offset = 0
            // At most 11 bytes a pid: more pieces than the limit needs are not read.
            while offset < Self.listLimit * 11 {
                guard case .bytes(let count) = buffer.fill(from: descriptor, at: offset), count > 0
                else { break }
                buffer.with(count) { bytes in
                    parser.append(bytes, to: &list, limit: Self.listLimit)
                }
                offset += count
                // The file says what it has in one piece unless the buffer was too small; a second
                // read to see its end would double the cost of the common case.
                if count < buffer.capacity / 2 { break }
            }
            parser.finish(&list, limit: Self.listLimit)
        }

        /// Fills `numbers` with every entry of an open directory whose name is a number.
        private mutating func listNumbers(in directory: Int32) {
            numbers.removeAll(keepingCapacity: true)
            guard lseek(directory, 0, SEEK_SET) == 0 else { return }
            while numbers.count < Self.listLimit {
                guard case .bytes(let count) = buffer.fillEntries(from: directory), count > 0
                else { return }
                buffer.with(count) { bytes in
                    DirectoryEntries.appendNumbers(in: bytes, to: &numbers, limit: Self.listLimit)
                }
            }
        }

        // MARK: A kernel without children files

        mutating func listEveryProcess() {
            parents.removeAll(keepingCapacity: true)
            let directory = unsafe open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard directory >= 0 else { return }
            listNumbers(in: directory)
            close(directory)
            for index in numbers.indices {
                let pid = numbers[index]
                let descriptor = unsafe "stat".withCString { unsafe cplatform_open_proc(pid, $0) }
                guard descriptor >= 0 else { continue }
                if let stat = try? buffer.stat(descriptor, of: pid, units: units) {
                    parents.append((stat.parentPID, pid))
                }
                close(descriptor)
            }
            parents.sort { $0.parent < $1.parent }
        }

        func appendFromSnapshot(_ pid: Int32, to list: inout ContiguousArray<Int32>) {
            var low = 0
            var high = parents.count
            while low < high {
                let middle = (low + high) / 2
                if parents[middle].parent < pid { low = middle + 1 } else { high = middle }
            }
            while low < parents.count, parents[low].parent == pid {
                list.append(parents[low].pid)
                low += 1
            }
        }
    }
#endif
