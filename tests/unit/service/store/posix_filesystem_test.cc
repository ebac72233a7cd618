#include "service/store/posix_filesystem.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace jetkeep {
namespace {

class PosixFileSystemTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "jetkeep_store_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    auto opened = PosixFileSystem::Open(root_, false);
    ASSERT_TRUE(opened);
    files_ = std::move(*opened);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void Put(const std::string& path, std::string_view bytes) {
    const auto file = files_->Create(path);
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE((*file)->Append(bytes));
    ASSERT_TRUE((*file)->Sync());
    ASSERT_TRUE((*file)->Close());
  }

  std::string root_;
  std::unique_ptr<PosixFileSystem> files_;
};

TEST_F(PosixFileSystemTest, WritesReadsListsAndRemoves) {
  ASSERT_TRUE(files_->MakeDirectories("a/b"));
  Put("a/b/f", "hello");
  const auto file = files_->Open("a/b/f");
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->size(), 5u);
  char bytes[3];
  ASSERT_TRUE((*file)->ReadAt(2, 3, bytes));
  EXPECT_EQ(std::string_view(bytes, 3), "llo");
  EXPECT_EQ((*file)->ReadAt(3, 3, bytes).error().code, Errc::kRepositoryCorrupt);
  const auto entries = files_->List("a/b", true);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 1u);
  EXPECT_EQ((*entries)[0].size, 5u);
  EXPECT_FALSE(files_->RemoveDirectory("a/b"));
  ASSERT_TRUE(files_->Remove("a/b/f"));
  ASSERT_TRUE(files_->Remove("a/b/f"));
  EXPECT_FALSE(*files_->Exists("a/b/f"));
  EXPECT_TRUE(files_->RemoveDirectory("a/b"));
}

TEST_F(PosixFileSystemTest, NeitherCreateNorRenameReplacesAnything) {
  Put("one", "1");
  Put("two", "2");
  EXPECT_FALSE(files_->Create("one"));
  EXPECT_FALSE(files_->Rename("one", "two"));
  ASSERT_TRUE(files_->Rename("one", "three"));
  EXPECT_FALSE(*files_->Exists("one"));
}

TEST_F(PosixFileSystemTest, StaysInsideItsRoot) {
  for (const std::string& path : std::initializer_list<std::string>{
           "../x", "a/../../x", "/etc/passwd", "a//b", ".", "a/", "a/./b"}) {
    EXPECT_FALSE(files_->Create(path)) << path;
    EXPECT_FALSE(files_->Open(path)) << path;
    EXPECT_FALSE(files_->Remove(path)) << path;
    EXPECT_FALSE(files_->TryLock(path)) << path;
  }
  ASSERT_EQ(::symlink("/etc/passwd", (root_ + "/link").c_str()), 0);
  EXPECT_FALSE(files_->Open("link"));
  ASSERT_EQ(::mkfifo((root_ + "/pipe").c_str(), 0600), 0);
  EXPECT_FALSE(files_->Open("pipe"));
}

TEST_F(PosixFileSystemTest, LocksExcludeAsTheyShould) {
  auto other = PosixFileSystem::Open(root_, false);
  auto held = files_->TryLock("lock");
  ASSERT_TRUE(held && *held);
  const auto refused = (*other)->TryLock("lock");
  EXPECT_TRUE(refused && !*refused);
  held->reset();
  const auto shared = files_->TryLock("lock", LockKind::kShared);
  const auto second = (*other)->TryLock("lock", LockKind::kShared);
  EXPECT_TRUE(shared && *shared && second && *second);
  const auto exclusive = files_->TryLock("lock", LockKind::kExclusive);
  EXPECT_TRUE(exclusive && !*exclusive);
  EXPECT_FALSE(files_->TryLock("absent", LockKind::kExclusive));
  EXPECT_FALSE(*files_->Exists("absent"));
}

TEST_F(PosixFileSystemTest, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(PosixFileSystem::Open(root_ + "/nowhere", false).error().code,
            Errc::kRepositoryMissing);
  const auto file = files_->Open("absent");
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find(root_ + "/absent"), std::string::npos);
}

TEST_F(PosixFileSystemTest, FollowsNoSymbolicLinkWhereverItStands) {
  ASSERT_TRUE(files_->MakeDirectories("real/inner"));
  Put("real/inner/f", "hello");
  namespace fs = std::filesystem;
  fs::create_directory_symlink(fs::path(root_) / "real", fs::path(root_) / "link");
  fs::create_symlink(fs::path(root_) / "real/inner/f", fs::path(root_) / "real/f");
  const auto is_link_error = [](const auto& result) {
    return !result && result.error().code == Errc::kStorageError && !result.error().hint.empty();
  };
  for (const std::string path : {"link/inner/f", "link/inner", "link/f"}) {
    EXPECT_TRUE(is_link_error(files_->Open(path))) << path;
    EXPECT_TRUE(is_link_error(files_->Create(path + "x"))) << path;
    EXPECT_TRUE(is_link_error(files_->List(path, false))) << path;
    EXPECT_TRUE(is_link_error(files_->Exists(path))) << path;
    EXPECT_TRUE(is_link_error(files_->Remove(path))) << path;
    EXPECT_TRUE(is_link_error(files_->RemoveDirectory(path))) << path;
    EXPECT_TRUE(is_link_error(files_->MakeDirectories(path + "/new"))) << path;
    EXPECT_TRUE(is_link_error(files_->SyncDirectory(path))) << path;
    EXPECT_TRUE(is_link_error(files_->TryLock(path))) << path;
    EXPECT_TRUE(is_link_error(files_->Rename(path, "elsewhere"))) << path;
    EXPECT_TRUE(is_link_error(files_->Rename("real/inner/f", path + "x"))) << path;
  }
  EXPECT_TRUE(is_link_error(files_->List("link", false)));
  EXPECT_TRUE(is_link_error(files_->Open("real/f")));
  EXPECT_TRUE(files_->Open("real/inner/f"));
  const auto entries = files_->List("", false);
  ASSERT_TRUE(entries);
  for (const DirectoryEntry& entry : *entries) {
    EXPECT_EQ(entry.kind, entry.name == "link" ? EntryKind::kSymbolicLink : EntryKind::kDirectory)
        << entry.name;
  }
}

}  // namespace
}  // namespace jetkeep
