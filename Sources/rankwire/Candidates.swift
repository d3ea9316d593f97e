import ArgumentParser
import Base
import Store

/// What a question is about: identifiers from flags or a file, with titles where a file has them.
struct Candidates {
    var ids: [String]
    var titles: [String: String] = [:]

    /// - Throws: when there are none, or both are given, or the file cannot be read.
    static func read(_ ids: [String], file: String?, column: String) throws -> Candidates {
        switch (ids.isEmpty, file) {
        case (true, nil):
            throw ValidationError(
                "Give --\(column) ID, once for each candidate, or --candidates FILE.")
        case (false, .some):
            throw ValidationError("Give --\(column) or --candidates, not both.")
        case (false, nil): return Candidates(ids: ids)
        case (true, .some(let path)):
            let file = try CandidateFile(path: path, column: column)
            return Candidates(ids: file.ids, titles: file.titles)
        }
    }
}
