// The folder that an export fills before it appears.
#include "service/engine/transfer/staged_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>

#include <filesystem>
#include <string>

#include "service/engine/transfer/export_backup.h"
#include "tests/unit/service/engine/transfer/transfer_fixture.h"

namespace jetkeep {
namespace {

TEST_F(TransferTest, WhatAKilledExportLeftIsRemovedByTheNext) {
  PutBackup("in/GOLD", "gold_2.10.27");
  ASSERT_TRUE(Import("in"));
  PutBackup("account/.GOLD.jetkeep-123", "gold_2.10.27");
  PutBackup("account/.GOLD.jetkeep-45/GOLD", "gold_2.10.27");
  PutBackup("account/.GOLD.jetkeep-locked", "gold_2.10.27");
  PutBackup("account/.OTHER.jetkeep-1", "gold_2.10.27");
  PutBackup("account/.GOLD.jetkeep-67", "gold_2.10.27");
  const Descriptor other(open(Place("account/.GOLD.jetkeep-67").c_str(), O_RDONLY | O_DIRECTORY));
  ASSERT_EQ(flock(other.get(), LOCK_EX), 0);
  const std::string id = Ids(*repository_).front();
  ASSERT_TRUE(ExportBackup(*repository_, id, Place("account/GOLD"), {}, CancelToken()));
  EXPECT_FALSE(fs::exists(Place("account/.GOLD.jetkeep-123")));
  EXPECT_FALSE(fs::exists(Place("account/.GOLD.jetkeep-45")));
  EXPECT_TRUE(fs::exists(Place("account/.GOLD.jetkeep-67"))) << "another export writes there";
  EXPECT_TRUE(fs::exists(Place("account/.GOLD.jetkeep-locked"))) << "no such name";
  EXPECT_TRUE(fs::exists(Place("account/.OTHER.jetkeep-1"))) << "of another target";
  // None of them is a second backup of the stream.
  fs::remove_all(Place("account/.GOLD.jetkeep-locked"));
  const auto report = Import("account");
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->streams.size(), 1u);
  EXPECT_TRUE(report->streams.front().imported);
  EXPECT_EQ(report->warnings.size(), 2u);
}

TEST_F(TransferTest, AFolderIsMadeOfMoreFoldersThanFilesMayBeOpen) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{64, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  auto staged = StagedFolder::Begin(Place("many"));
  ASSERT_TRUE(staged);
  for (int number = 0; number < 200; ++number) {
    auto file = (*staged)->Create("S" + std::to_string(number), "f");
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE((*file)->Finish());
  }
  EXPECT_TRUE((*staged)->Publish());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(fs::exists(Place("many/S199/f")));
}

TEST_F(TransferTest, NoNameLeadsOutOfTheStagedFolder) {
  auto staged = StagedFolder::Begin(Place("out"));
  ASSERT_TRUE(staged);
  for (const std::string name : {"", ".", "..", "../x", "/x", "a/b"}) {
    EXPECT_FALSE((*staged)->Create({}, name)) << name;
  }
  for (const std::string name : {".", "..", "../x", "/x", "x/", "x/../y", "x//y"}) {
    EXPECT_FALSE((*staged)->Create(name, "f")) << name;
  }
  EXPECT_TRUE((*staged)->Create("a/b", "f"));
  staged->reset();
  EXPECT_TRUE(fs::is_empty(scratch_.path()));
}

}  // namespace
}  // namespace jetkeep
