#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "service/cli/local_repository.h"

namespace jetkeep {
namespace {

TEST(LocalRepository, ADirectoryWithoutOneIsAnErrorAndStaysEmpty) {
  std::string name = (std::filesystem::temp_directory_path() / "jetkeep-local-XXXXXX").string();
  const std::filesystem::path directory = ::mkdtemp(name.data());
  Config config;
  config.stores.front().path = directory.string();
  const auto list = ListFromRepository(config, "");
  ASSERT_FALSE(list.has_value());
  EXPECT_EQ(list.error().code, Errc::kRepositoryMissing);
  EXPECT_EQ(list.error().message, directory.string() + ": there is no repository.json");
  EXPECT_TRUE(std::filesystem::is_empty(directory));
  config.stores.front().path = (directory / "absent").string();
  const auto show = ShowFromRepository(config, "b1");
  ASSERT_FALSE(show.has_value());
  EXPECT_EQ(show.error().code, Errc::kRepositoryMissing);
  EXPECT_FALSE(std::filesystem::exists(directory / "absent"));
  config.stores.front().path = directory.string();
  std::ofstream(directory / "repository.json") << "{";
  const auto damaged = ListFromRepository(config, "");
  ASSERT_FALSE(damaged.has_value());
  EXPECT_EQ(damaged.error().code, Errc::kRepositoryCorrupt);
  EXPECT_EQ(damaged.error().message.rfind(directory.string() + ": repository.json: ", 0), 0U)
      << damaged.error().message;
  EXPECT_NE(damaged.error().hint, "");
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace jetkeep
