// SelectionFlags: which messages of a backup a verb is about.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/message_selection.h"
#include "service/cli/flags.h"

namespace jetkeep {

// A whole number of a flag, from 1; 0 for an empty text. kUsage names the flag.
Result<std::uint64_t> ReadNumber(const std::string& flag, const std::string& text);

class SelectionFlags {
 public:
  // exclude: the name of the flag that leaves subjects out.
  void Declare(Flags& flags, const std::string& exclude = "--exclude");
  // kUsage names the flag; the rest as CheckSelection says.
  Result<MessageSelection> Read() const;

 private:
  std::vector<std::string> subjects_;
  std::vector<std::string> exclude_;
  std::string first_;
  std::string last_;
  std::string since_;
  std::string until_;
  bool last_of_each_ = false;
};

}  // namespace jetkeep
