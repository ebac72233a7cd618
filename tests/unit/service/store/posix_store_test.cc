#include "service/store/posix/posix_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "service/store/objects.h"

namespace jetkeep {
namespace {

class PosixStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "jetkeep_store_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    Open({});
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void Open(PosixSteps steps) {
    auto opened = PosixStore::Open(root_, false, std::move(steps));
    ASSERT_TRUE(opened);
    store_ = std::move(*opened);
  }
  void Put(const std::string& key, std::string_view bytes) {
    const Status put = PutNew(*store_, key, bytes);
    ASSERT_TRUE(put) << put.error().message;
  }
  std::string Name(const std::string& key) { return root_ + "/" + key; }

  std::string root_;
  std::unique_ptr<PosixStore> store_;
};

TEST_F(PosixStoreTest, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(PosixStore::Open(root_ + "/nowhere", false).error().code, Errc::kRepositoryMissing);
  ASSERT_TRUE(std::filesystem::create_directory(Name("folder")));
  const auto file = store_->Open("folder");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Errc::kStorageError);
  EXPECT_NE(file.error().message.find(root_ + "/folder"), std::string::npos);
  Put("file", "1");
  const auto below = store_->Create("file/below");
  ASSERT_FALSE(below);
  EXPECT_NE(below.error().message.find("Not a directory"), std::string::npos);
  // What is no directory is no empty one, and what may lie below it is not absent.
  EXPECT_FALSE(ListAll(*store_, "file"));
  EXPECT_FALSE(store_->Exists("file/below"));
  EXPECT_FALSE(store_->Open("file/below"));
  EXPECT_FALSE(store_->TryLock("file/below", LockKind::kShared));
}

TEST_F(PosixStoreTest, OpensNothingButFiles) {
  ASSERT_EQ(::symlink("/etc/passwd", Name("link").c_str()), 0);
  ASSERT_EQ(::mkfifo(Name("pipe").c_str(), 0600), 0);
  for (const std::string key : {"link", "pipe"}) {
    EXPECT_FALSE(store_->Open(key)) << key;
    EXPECT_FALSE(store_->TryLock(key, LockKind::kShared).has_value() && key == "link");
    EXPECT_EQ(PutNew(*store_, key, "x").error().code, Errc::kObjectExists) << key;
  }
}

TEST_F(PosixStoreTest, FollowsNoSymbolicLinkWhereverItStands) {
  Put("real/inner/f", "hello");
  namespace fs = std::filesystem;
  fs::create_directory_symlink(fs::path(root_) / "real", fs::path(root_) / "link");
  fs::create_symlink(fs::path(root_) / "real/inner/f", fs::path(root_) / "real/f");
  const auto is_link_error = [](const auto& result) {
    return !result && result.error().code == Errc::kStorageError && !result.error().hint.empty();
  };
  for (const std::string path : {"link/inner/f", "link/inner", "link/f"}) {
    EXPECT_TRUE(is_link_error(store_->Open(path))) << path;
    EXPECT_TRUE(is_link_error(store_->Create(path + "x"))) << path;
    EXPECT_TRUE(is_link_error(store_->Create(path + "/new/x"))) << path;
    EXPECT_TRUE(is_link_error(ListAll(*store_, path))) << path;
    EXPECT_TRUE(is_link_error(store_->Exists(path))) << path;
    EXPECT_TRUE(is_link_error(store_->Remove(path))) << path;
    EXPECT_FALSE(store_->Tidy(path)) << path;
    EXPECT_TRUE(is_link_error(store_->Flush(path))) << path;
    EXPECT_TRUE(is_link_error(store_->TryLock(path, LockKind::kShared))) << path;
  }
  EXPECT_TRUE(is_link_error(ListAll(*store_, "link")));
  EXPECT_TRUE(is_link_error(store_->Open("real/f")));
  EXPECT_TRUE(*store_->Open("real/inner/f"));
  const auto entries = ListAll(*store_, "");
  ASSERT_TRUE(entries);
  for (const StoreEntry& entry : *entries) {
    EXPECT_EQ(entry.kind, entry.name == "link" ? EntryKind::kSymbolicLink : EntryKind::kPrefix)
        << entry.name;
  }
  // A walk over all leaves the link alone, too.
  const auto all = ListAll(*store_, "", {.depth = Depth::kAll});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), 3u);
}

// What jetkeep 0.1 and a process that died left under other names.
TEST_F(PosixStoreTest, KnowsTheNamesOfUnfinishedObjects) {
  Put("a/x", "1");
  for (const std::string name :
       {"one.manifest.tmp", "two.0123456789abcdef.tmp",
        "repository.json.0123456789abcdef0123456789abcdef.tmp", "three.012345.tmp", ".tmp"}) {
    std::ofstream(Name("a/" + name)) << "half";
  }
  std::vector<std::string> names;
  ASSERT_TRUE(store_->List("a", {.unfinished = true}, [&](const StoreEntry& entry) -> Status {
    if (entry.kind == EntryKind::kUnfinished) {
      names.push_back(entry.name);
      const auto removed = store_->RemoveUnfinished("a/" + entry.name, entry.upload,
                                                    WhoseUnfinished::kOfEndedWriters);
      EXPECT_TRUE(removed && *removed);
    } else {
      EXPECT_TRUE(entry.name == "x" || entry.name == ".tmp") << entry.name;
    }
    return {};
  }));
  std::sort(names.begin(), names.end());
  EXPECT_THAT(names,
              testing::ElementsAre("one.manifest", "repository.json", "three.012345", "two"));
  EXPECT_EQ(ListAll(*store_, "a", {.unfinished = true})->size(), 2u);
}

// Whole, durable, visible: in this order, and in this place only.
TEST_F(PosixStoreTest, ObjectsAreWrittenInTheOrderThatSurvives) {
  std::vector<std::string> steps;
  Open([&](std::string_view step) {
    steps.emplace_back(step);
    return 0;
  });
  Put("a/b/k", "bytes");
  EXPECT_THAT(steps,
              testing::ElementsAre("mkdir", "mkdir", "create", "sync directory", "sync directory",
                                   "write", "sync", "rename", "sync directory"));
  steps.clear();
  ASSERT_TRUE(PutNew(*store_, "a/b/v", "", Durability::kVolatile));
  EXPECT_THAT(steps, testing::ElementsAre("create", "rename"));
}

TEST_F(PosixStoreTest, AFailureAtAnyStepLeavesAllOrNothing) {
  for (const int number : {ENOSPC, EIO, EACCES, EROFS, EMFILE}) {
    for (int fails = 1;; ++fails) {
      const std::string key = "n" + std::to_string(number) + "/f" + std::to_string(fails) + "/k";
      int step = 0;
      std::string at;
      Open([&](std::string_view name) {
        if (++step != fails) return 0;
        at = name;
        return number;
      });
      const Status put = PutNew(*store_, key, "bytes");
      if (step < fails) break;
      ASSERT_FALSE(put) << at;
      EXPECT_EQ(put.error().code, number == ENOSPC ? Errc::kStorageFull : Errc::kStorageError)
          << at;
      EXPECT_NE(put.error().message.find(root_), std::string::npos);
      Open({});
      const auto reader = store_->Open(key);
      ASSERT_TRUE(reader) << at;
      if (*reader) {
        EXPECT_EQ(at, "sync directory");
        EXPECT_EQ(*ReadFront(**reader, 100), "bytes");
      }
      EXPECT_LE(ListAll(*store_, PrefixOf(key), {.unfinished = true})->size(), *reader ? 1u : 0u)
          << at;
    }
  }
}

// A process that is killed at any step: the object is there as a whole, or not at all, and what is
// left of it can be told from the work of the living.
TEST_F(PosixStoreTest, AKillAtAnyStepLeavesAllOrNothing) {
  int killed = 0;
  for (int stop = 1;; ++stop) {
    const std::string key = "s" + std::to_string(stop) + "/k";
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int step = 0;
      const auto store = PosixStore::Open(root_, false, [&](std::string_view) {
        if (++step == stop) ::kill(::getpid(), SIGKILL);
        return 0;
      });
      ::_exit(store && PutNew(**store, key, "bytes") ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    const auto reader = store_->Open(key);
    ASSERT_TRUE(reader);
    if (*reader) {
      EXPECT_EQ(*ReadFront(**reader, 100), "bytes");
    }
    if (WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      EXPECT_TRUE(*reader);
      break;
    }
    ++killed;
    ASSERT_TRUE(
        store_->List(PrefixOf(key), {.unfinished = true}, [&](const StoreEntry& entry) -> Status {
          if (entry.kind != EntryKind::kUnfinished) return {};
          const auto removed = store_->RemoveUnfinished(
              PrefixOf(key) + "/" + entry.name, entry.upload, WhoseUnfinished::kOfEndedWriters);
          EXPECT_TRUE(removed && *removed) << stop;
          return {};
        }));
    EXPECT_TRUE(PutNew(*store_, key + "2", "again")) << stop;
  }
  EXPECT_GE(killed, 6);
}

}  // namespace
}  // namespace jetkeep
