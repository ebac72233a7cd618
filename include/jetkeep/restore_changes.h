// RestoreChanges: how the restored stream is to differ from the one that was backed up. A value.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace jetkeep {

// Subjects that match `from`, a pattern, become `to`. `to` is written as the destination of a
// server's subject transform: $1 or {{wildcard(1)}} stands for what the first '*' matched, and a
// '>' at the end for what that of `from` did.
struct SubjectRule {
  std::string from;
  std::string to;
  friend bool operator==(const SubjectRule&, const SubjectRule&) = default;
};

// What of the messages is replaced by what says nothing of it: noise of the same length, or, with
// `digests`, keyed digests, which are equal where the texts were. Tokens of subjects become digests
// in any case.
struct Obfuscation {
  bool payloads = false;
  std::vector<std::string> headers;           // names of headers, whose values are replaced
  std::vector<std::uint64_t> subject_tokens;  // from 1, after map_subjects
  bool digests = false;
  std::string key;  // of digests and noise; empty: a random one
  bool any() const { return payloads || !headers.empty() || !subject_tokens.empty(); }
  friend bool operator==(const Obfuscation&, const Obfuscation&) = default;
};

struct RestoreChanges {
  std::string as;                         // the new name; empty: its own
  std::vector<SubjectRule> map_subjects;  // the first that matches counts
  // Paths of fields of the stream's configuration ("placement.cluster") and their values as JSON.
  std::vector<std::pair<std::string, std::string>> set;
  // A whole configuration in place of the backup's, as JSON; empty: the backup's.
  std::string config_json;
  bool frozen = false;  // without expiry by age; what it was stays in the metadata
  Obfuscation obfuscate = {};
  bool none() const { return *this == RestoreChanges(); }
  friend bool operator==(const RestoreChanges&, const RestoreChanges&) = default;
};

}  // namespace jetkeep
