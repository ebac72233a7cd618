// Archives for the tests of tar.
#pragma once

#include <string>

#include "tests/support/byte_streams.h"

namespace jetkeep::tar {

inline std::string FileText(const std::string& name) {
  return WholeFile(std::string(TAR_TESTDATA) + "/" + name);
}

}  // namespace jetkeep::tar
