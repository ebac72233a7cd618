// Obfuscator: contents of messages replaced by what says nothing of them. The same key makes the
// same of the same, so that equal values stay equal where digests are asked for. Thread-safety: a
// value; calls change nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/restore_changes.h"
#include "protocol/codec/highway.h"

namespace jetkeep {

class Obfuscator {
 public:
  Obfuscator() = default;
  // A key that is empty becomes a random one.
  explicit Obfuscator(const Obfuscation& what);

  bool any() const { return what_.any(); }

  // Each puts what replaces the text into `out`.
  void Payload(std::uint64_t sequence, std::string_view payload, std::string& out) const;
  // The whole block of headers, with the values of those that were named replaced.
  void Headers(std::uint64_t sequence, std::string_view headers, std::string& out) const;
  // Of patterns and destinations, which are not `literal`, wildcards and tokens that a transform
  // fills in stay.
  std::string Subject(std::string_view subject, bool literal) const;

  bool payloads() const { return what_.payloads; }
  bool headers() const { return !what_.headers.empty(); }
  bool subjects() const { return !what_.subject_tokens.empty(); }

 private:
  void Replace(std::uint64_t sequence, std::string_view field, std::string_view text,
               std::string& out) const;

  Obfuscation what_;
  HighwayKey key_{};
};

// kInvalidRequest: headers that servers act on, tokens that are none.
Status CheckObfuscation(const Obfuscation& what);

}  // namespace jetkeep
