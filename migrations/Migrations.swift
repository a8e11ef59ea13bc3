/// The steps that make a catalog's schema, in order, embedded from the `.sql` files of this folder.
///
/// A step that has landed is never edited: databases carry its checksum. A new one is a new file, a
/// line here and a line in `Package.swift`.
public struct Migration: Sendable {
    /// Its place in the order, from 1.
    public let version: Int64
    /// What it brings, as in its file's name.
    public let name: String
    /// Its SQL, in UTF-8.
    public let sql: [UInt8]
    /// The FNV-1a hash of ``sql`` in hexadecimal, pinned when the step landed.
    public let checksum: String

    /// The file it was embedded from, as `m0001_lifecycle.sql`.
    public var fileName: String {
        let digits = String(version)
        return "m" + String(repeating: "0", count: 4 - digits.count) + digits + "_\(name).sql"
    }

    /// Every step, in order.
    public static let all: [Migration] = [
        Migration(
            version: 1, name: "lifecycle", sql: PackageResources.m0001_lifecycle_sql,
            checksum: "2485d386b4b7911b"),
        Migration(
            version: 2, name: "samples", sql: PackageResources.m0002_samples_sql,
            checksum: "7087d073e13cbbb8"),
        Migration(
            version: 3, name: "blocks", sql: PackageResources.m0003_blocks_sql,
            checksum: "7a08e241cd2cb1e5"),
        Migration(
            version: 4, name: "queries", sql: PackageResources.m0004_queries_sql,
            checksum: "a33698332c97b464"),
        Migration(
            version: 5, name: "views", sql: PackageResources.m0005_views_sql,
            checksum: "1d9eab62f365c09d"),
        Migration(
            version: 6, name: "evidence", sql: PackageResources.m0006_evidence_sql,
            checksum: "b23246e7c32cf705"),
        Migration(
            version: 7, name: "microsandbox", sql: PackageResources.m0007_microsandbox_sql,
            checksum: "6cfb0a257ed29edc"),
    ]
}
