// What the settings of a store put around it.
#include "service/setup/opened_repository.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "service/store/objects.h"
#include "tests/support/scratch_directory.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
namespace fs = std::filesystem;

class OpenedRepositoryTest : public ::testing::Test {
 protected:
  std::unique_ptr<OpenedRepository> Open(std::uint32_t attempts, std::uint64_t bytes_per_second) {
    Config config;
    config.stores[0].path = scratch_ / "repository";
    config.stores[0].attempts = attempts;
    config.stores[0].bytes_per_second = bytes_per_second;
    auto opened = OpenForAccount(config, config.account());
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  testing::ScratchDirectory scratch_{"opened"};
};

// A symbolic link is never followed: while it lies there the object cannot be read.
TEST_F(OpenedRepositoryTest, WhatPassesIsTriedAgainAsOftenAsIsSet) {
  const fs::path directory = fs::path(scratch_ / "repository") / "d";
  const fs::path away = fs::path(scratch_ / "away");
  for (const std::uint32_t attempts : {1U, 20U}) {
    const auto opened = Open(attempts, 0);
    ASSERT_TRUE(opened);
    const std::string key = "d/k" + std::to_string(attempts);
    ASSERT_TRUE(PutNew(opened->store(), key, "bytes"));
    fs::rename(directory, away);
    fs::create_directory_symlink(away, directory);
    std::thread heals([&] {
      std::this_thread::sleep_for(milliseconds(attempts == 1 ? 0 : 250));
      if (attempts == 1) return;
      fs::remove(directory);
      fs::rename(away, directory);
    });
    const auto object = opened->store().Open(key);
    heals.join();
    if (attempts == 1) {
      ASSERT_FALSE(object);
      EXPECT_EQ(object.error().code, Errc::kStorageError);
      fs::remove(directory);
      fs::rename(away, directory);
    } else {
      ASSERT_TRUE(object) << object.error().message;
      EXPECT_NE(*object, nullptr);
    }
  }
}

TEST_F(OpenedRepositoryTest, TheRateIsABoundForWritesAndReadsTogether) {
  constexpr std::uint64_t kRate = 4'000'000;
  const auto opened = Open(1, kRate);
  ASSERT_TRUE(opened);
  const auto began = std::chrono::steady_clock::now();
  const std::string bytes(500'000, 'x');
  {
    const auto writer = opened->store().Create("big");
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->Append(bytes));
    ASSERT_TRUE((*writer)->Append(bytes));
    ASSERT_TRUE((*writer)->Commit(Durability::kVolatile));
  }
  const auto reader = opened->store().Open("big");
  ASSERT_TRUE(reader && *reader);
  std::string read(bytes.size(), '\0');
  ASSERT_TRUE((*reader)->ReadAt(0, read.size(), read.data()));
  // What has passed by the beginning of the last read is paid for.
  EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(250));
  EXPECT_EQ(read, bytes);
}

}  // namespace
}  // namespace jetkeep
