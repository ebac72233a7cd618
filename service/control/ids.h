// Ids that nobody else makes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace jetkeep {

// `length` characters of 0-9 A-Z a-z from the system's random source.
std::string RandomToken(std::size_t length);

// Ids of events: a random part of this process and a number that rises. Not thread-safe.
class IdSequence {
 public:
  IdSequence() : prefix_(RandomToken(14)) {}
  std::string Next() { return prefix_ + "-" + std::to_string(++last_); }

 private:
  std::string prefix_;
  std::uint64_t last_ = 0;
};

}  // namespace jetkeep
