// Sources of configuration for the tests: a made-up environment and files of this test only.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "service/config/load.h"

namespace jetkeep {

using Variables = Environment::Variables;

inline Environment EnvironmentOf(Variables variables) { return Environment(std::move(variables)); }

// Where the value of a flat setting comes from, in words.
inline std::string OriginOf(const LoadedConfig& loaded, std::string_view key) {
  return DescribeOrigin(loaded.OriginOf(*FindSetting(key)));
}

class ConfigFiles : public testing::Test {
 protected:
  ConfigFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "jetkeep-config-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~ConfigFiles() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& name, std::string_view bytes) const {
    const std::filesystem::path path = std::filesystem::path(directory_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }
  const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
};

}  // namespace jetkeep
