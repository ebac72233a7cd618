// Whom the command line asks, as far as a person says so.
#pragma once

#include <string>

namespace jetkeep {

struct Addressee {
  std::string instance;  // the only one to ask; empty: whichever takes the request
  std::string account;   // that requests name; empty: the service's first
};

}  // namespace jetkeep
