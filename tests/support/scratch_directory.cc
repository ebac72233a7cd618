#include "tests/support/scratch_directory.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <stdexcept>

namespace jetkeep::testing {

ScratchDirectory::ScratchDirectory(const std::string& purpose) {
  const char* base = std::getenv("TMPDIR");
  path_ = std::string(base != nullptr ? base : "/tmp") + "/jetkeep-" + purpose + ".XXXXXX";
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot create " + path_);
}

ScratchDirectory::~ScratchDirectory() {
  if (::testing::UnitTest::GetInstance()->Failed() || std::getenv("JETKEEP_KEEP") != nullptr) {
    std::cerr << "kept: " << path_ << '\n';
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace jetkeep::testing
