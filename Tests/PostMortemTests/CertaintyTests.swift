import Testing

@testable import PostMortem

struct CertaintyTests {
    @Test func `what is proved is surer than what is likely, and that than what is possible`() {
        #expect(Finding.Certainty.allCases.sorted() == [.possible, .likely, .certain])
        #expect(Finding.Weight.note < .warning && Finding.Weight.warning < .cause)
    }
}
