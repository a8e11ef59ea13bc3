/// A value that cannot be copied, kept where values come and go: in an optional.
final class Box<Value: ~Copyable> {
    var value: Value

    init(_ value: consuming Value) {
        self.value = value
    }
}
