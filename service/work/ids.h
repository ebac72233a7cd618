// The one source of random ids and numbers. All functions may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace jetkeep {

// 64 bits from the system's random source.
std::uint64_t RandomBits();

// `length` characters of 0-9 A-Z a-z from the system's random source.
std::string RandomToken(std::size_t length);

// Ids that rise: a random part of this object and a number. Not thread-safe.
class IdSequence {
 public:
  IdSequence() : prefix_(RandomToken(14)) {}
  std::string Next() { return prefix_ + "-" + std::to_string(++last_); }

 private:
  std::string prefix_;
  std::uint64_t last_ = 0;
};

}  // namespace jetkeep
