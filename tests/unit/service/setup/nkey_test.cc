#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "service/setup/nkey_file.h"

namespace jetkeep {
namespace {

// The pair that the NATS documentation shows.
constexpr std::string_view kSeed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
constexpr std::string_view kPublic = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

TEST(Nkey, ThePublicKeyFollowsFromTheSeed) {
  const auto key = NkeyPublicFromSeed(kSeed);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(*key, kPublic);
}

TEST(Nkey, AChangedSeedIsRefusedWithoutRepeatingIt) {
  for (std::size_t i = 0; i < kSeed.size(); ++i) {
    std::string changed(kSeed);
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const auto key = NkeyPublicFromSeed(changed);
    ASSERT_FALSE(key.has_value()) << i;
    EXPECT_THAT(key.error().message, testing::Not(testing::HasSubstr(changed.substr(0, 20))));
  }
  for (const char* seed : {"", "S", "1111111111111111111111111111111111111111111111111111111111"}) {
    EXPECT_FALSE(NkeyPublicFromSeed(seed));
  }
}

TEST(Nkey, IsFoundAmongOtherLinesOfAFile) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("jetkeep-nkey-" + std::to_string(::getpid()));
  std::ofstream(path) << "# user\n" << kSeed << "\n";
  EXPECT_EQ(NkeyPublicFromFile(path.string()).value_or(""), kPublic);
  std::ofstream(path) << "nothing\n";
  EXPECT_FALSE(NkeyPublicFromFile(path.string()));
  std::filesystem::remove(path);
  EXPECT_FALSE(NkeyPublicFromFile(path.string()));
}

}  // namespace
}  // namespace jetkeep
