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

void CopyFolder(const std::string& from, const std::string& to) {
  namespace fs = std::filesystem;
  fs::create_directories(to);
  for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
    const fs::path target = fs::path(to) / entry.path().filename();
    try {
      if (entry.is_directory()) {
        CopyFolder(entry.path(), target);
      } else {
        fs::copy(entry.path(), target, fs::copy_options::copy_symlinks);
      }
    } catch (const fs::filesystem_error& error) {
      if (error.code() != std::errc::no_such_file_or_directory) throw;
    }
  }
}

}  // namespace jetkeep::testing
