// What cannot be read, or fails half-way, says nothing about the backups and hurts no other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class RepositoryFaultsTest : public RepositoryTest {
 protected:
  static Error Unreadable(const std::string& path) {
    return {Errc::kStorageError, "cannot read " + path + ": Input/output error", "Mend it.", 0};
  }
  // Every operation on a path that holds `part` fails.
  void FailAt(const std::string& part) {
    files().SetFault(
        [part](Operation, const std::string& path, std::uint64_t) -> std::optional<Error> {
          if (path.find(part) == std::string::npos) return std::nullopt;
          return Unreadable(path);
        });
  }
  // Only the operation with that number among those that change nothing.
  void FailRead(int which, int* seen) {
    files().SetFault([which, seen](Operation, const std::string& path,
                                   std::uint64_t number) -> std::optional<Error> {
      if (number != 0 || ++*seen != which) return std::nullopt;
      return Unreadable(path);
    });
  }
  LineagePath Place(const std::string& stream, int number) {
    return *LineagePath::Make("$G", stream, TestId(number));
  }
};

TEST_F(RepositoryFaultsTest, NoFailingReadIsEverTakenForDamage) {
  const auto repository = Open();
  ASSERT_TRUE(MakeBackup(*repository, "ORDERS", TestId(1), 60, 7));
  ASSERT_TRUE(repository->RecordVerification(TestId(1), {5, true, false}));
  const auto manifest = repository->Load(TestId(1));
  ASSERT_TRUE(manifest);
  int failed = 0;
  for (int which = 1;; ++which) {
    int seen = 0;
    FailRead(which, &seen);
    const auto verified = repository->Verify(TestId(1), CancelToken());
    files().SetFault({});
    if (seen < which) break;
    if (verified) {
      EXPECT_THAT(verified->findings, IsEmpty()) << which;
    } else {
      ++failed;
      EXPECT_EQ(verified.error().code, Errc::kStorageError) << verified.error().message;
      EXPECT_THAT(verified.error().message, HasSubstr("Input/output error"));
    }
  }
  EXPECT_GT(failed, 10);
  for (int which = 1;; ++which) {
    int seen = 0;
    FailRead(which, &seen);
    const auto checked = repository->CheckStored(*manifest, CancelToken());
    const auto loaded = repository->Load(TestId(1));
    const auto reader = repository->OpenReader(*manifest);
    Status read;
    if (reader) {
      read = (*reader)->ForEach([](const RecordView&) -> Status { return {}; });
    }
    files().SetFault({});
    if (seen < which) break;
    for (const Errc code : {checked ? Errc::kStorageError : checked.error().code,
                            loaded ? Errc::kStorageError : loaded.error().code,
                            reader ? Errc::kStorageError : reader.error().code,
                            read ? Errc::kStorageError : read.error().code}) {
      EXPECT_EQ(code, Errc::kStorageError) << which;
    }
    if (checked) {
      EXPECT_THAT(checked->findings, IsEmpty()) << which;
    }
  }
}

TEST_F(RepositoryFaultsTest, DamageIsReportedEvenIfOtherPartsCannotBeRead) {
  const auto repository = Open();
  const auto made = MakeBackup(*repository, "ORDERS", TestId(1), 200);
  ASSERT_TRUE(made);
  ASSERT_GT(made->segments.size(), 2u);
  const std::string damaged = Place("ORDERS", 1).Segment(made->segments[0].name);
  files().Write(damaged, files().Read(damaged) + "x");
  FailAt(made->segments[1].name);
  const auto verified = repository->Verify(TestId(1), CancelToken());
  ASSERT_TRUE(verified);
  EXPECT_THAT(verified->findings,
              ElementsAre(HasSubstr(made->segments[0].name), HasSubstr("not read")));
}

TEST_F(RepositoryFaultsTest, ABackupRemovedByHandIsGoneAndNotDamaged) {
  const auto repository = Open();
  const auto made = MakeBackup(*repository, "ORDERS", TestId(1), 60);
  ASSERT_TRUE(made);
  const std::vector<std::string> paths = files().Paths();
  files().SetFault([&, removed = false](Operation operation, const std::string& path,
                                        std::uint64_t) mutable -> std::optional<Error> {
    // Once the first segment is looked for, all of it goes.
    if (!removed && operation == Operation::kOpen && path.find("/segments/") != path.npos) {
      removed = true;
      return Error{Errc::kStorageError, "gone", "", 0};
    }
    return std::nullopt;
  });
  for (const std::string& path : paths) {
    if (path.find("/segments/") != path.npos) files().Erase(path);
  }
  EXPECT_FALSE(repository->Verify(TestId(1), CancelToken())->ok()) << "the manifest is there";
  const auto manifest = repository->Load(TestId(1));
  files().Erase(Place("ORDERS", 1).Manifest(TestId(1)));
  EXPECT_EQ(repository->Verify(TestId(1), CancelToken()).error().code, Errc::kBackupNotFound);
  EXPECT_EQ(repository->CheckStored(*manifest, CancelToken()).error().code, Errc::kBackupNotFound);
  EXPECT_EQ(repository->OpenReader(*manifest).error().code, Errc::kBackupNotFound);
}

TEST_F(RepositoryFaultsTest, AnUnreadableStreamKeepsNothingFromTheOthers) {
  const auto repository = Open();
  ASSERT_TRUE(MakeBackup(*repository, "ORDERS", TestId(1), 20));
  ASSERT_TRUE(MakeBackup(*repository, "BILLS", TestId(2), 20));
  for (const std::string& unreadable :
       {Place("ORDERS", 1).stream_directory(), Place("ORDERS", 1).directory(),
        Place("ORDERS", 1).backups(), Place("ORDERS", 1).segments()}) {
    FailAt(unreadable);
    EXPECT_TRUE(CheckBackup(*repository, TestId(2))) << unreadable;
    EXPECT_TRUE(repository->Summary(TestId(2))) << unreadable;
    EXPECT_THAT(*repository->Ids("BILLS"), ElementsAre(TestId(2)));
    EXPECT_THAT(*repository->Ids(""), testing::Contains(TestId(2)));
    const auto survey = repository->Survey();
    ASSERT_TRUE(survey) << unreadable;
    EXPECT_THAT(survey->unknown, IsEmpty());
    EXPECT_THAT(survey->orphaned, IsEmpty());
    EXPECT_THAT(survey->unreadable, Not(IsEmpty())) << unreadable;
    const CleanUpResult cleaned = repository->CleanUp();
    EXPECT_THAT(cleaned.problems, Not(IsEmpty())) << unreadable;
    EXPECT_EQ(cleaned.files_removed, 0u);
    ASSERT_TRUE(MakeBackup(*repository, "BILLS", TestId(3), 5)) << unreadable;
    EXPECT_TRUE(repository->Delete(TestId(3))) << unreadable;
    if (unreadable == Place("ORDERS", 1).segments()) continue;  // the manifest can be read
    EXPECT_EQ(repository->Ids("ORDERS").error().code, Errc::kStorageError) << unreadable;
    // Not "there is none": nobody knows.
    const auto load = repository->Load(TestId(1));
    ASSERT_FALSE(load);
    EXPECT_EQ(load.error().code, Errc::kStorageError) << unreadable;
    EXPECT_THAT(load.error().message, HasSubstr(unreadable));
    files().SetFault({});
    EXPECT_TRUE(CheckBackup(*repository, TestId(1)));
  }
}

TEST_F(RepositoryFaultsTest, ACleanUpOnAReadOnlyVolumeOnlyNamesWhatItLeaves) {
  {
    const auto repository = Open();
    ASSERT_TRUE(MakeBackup(*repository, "ORDERS", TestId(1), 20));
    auto writer = repository->BeginBackup("ORDERS", "", TestId(2));
    ASSERT_TRUE(writer);
    for (std::uint64_t s = 1; s < 100; ++s) {
      ASSERT_TRUE((*writer)->AddRecord({s, 1, "s", "", PayloadOf(s)}));
    }
    ASSERT_TRUE((*writer)->Seal());
    files().SetFault([](Operation, const std::string&, std::uint64_t number) {
      return number == 0 ? std::nullopt : std::optional(Error{Errc::kStorageError, "gone", "", 0});
    });
    writer->reset();
    files().Crash(true);
  }
  files().SetFault([](Operation operation, const std::string& path,
                      std::uint64_t number) -> std::optional<Error> {
    // Exclusive locks are asked for with the right to write, too.
    if (number == 0 && (operation != Operation::kLock || path.ends_with(".manifest"))) return {};
    return Error{Errc::kStorageError, "cannot change " + path + ": Read-only file system", "", 0};
  });
  const auto repository = Repository::OpenOrCreate(files(), workers_, SmallOptions(), 2);
  ASSERT_TRUE(repository);
  const CleanUpResult cleaned = (*repository)->CleanUp();
  EXPECT_EQ(cleaned.files_removed, 0u);
  EXPECT_THAT(cleaned.problems, Not(IsEmpty()));
  EXPECT_TRUE(CheckBackup(**repository, TestId(1)));
  const auto backup = MakeBackup(**repository, "ORDERS", TestId(3), 5);
  ASSERT_FALSE(backup);
  EXPECT_THAT(backup.error().message, HasSubstr("Read-only file system"));
  files().SetFault({});
  const CleanUpResult again = (*repository)->CleanUp();
  EXPECT_THAT(again.problems, IsEmpty());
  EXPECT_GT(again.files_removed, 0u);
  EXPECT_THAT((*repository)->Survey()->orphaned, IsEmpty());
}

TEST_F(RepositoryFaultsTest, ADeletionThatFailsSaysWhetherTheBackupIsGone) {
  for (int which = 1; which < 100; ++which) {
    Renew();
    const auto repository = Open();
    ASSERT_TRUE(MakeBackup(*repository, "ORDERS", TestId(1), 60, 7));
    ASSERT_TRUE(MakeBackup(*repository, "ORDERS", TestId(2), 30, 7));
    int seen = 0;
    files().SetFault(
        [&](Operation, const std::string& path, std::uint64_t) -> std::optional<Error> {
          return ++seen == which ? std::optional(Unreadable(path)) : std::nullopt;
        });
    const auto deleted = repository->Delete(TestId(1));
    files().SetFault({});
    const bool there = testing::Value(Ids(*repository), testing::Contains(TestId(1)));
    if (deleted) {
      EXPECT_FALSE(there) << which;
    } else {
      const bool told = deleted.error().message.find("is deleted") != std::string::npos;
      EXPECT_EQ(told, !there) << which << ": " << deleted.error().message;
    }
    // Whatever a loss of power brings back is whole, also if a clean-up came in between.
    EXPECT_THAT(repository->CleanUp().problems, IsEmpty());
    files().Crash();
    const auto after = Open();
    for (const std::string& id : Ids(*after)) {
      const Status checked = CheckBackup(*after, id);
      EXPECT_TRUE(checked) << which << ": " << id << ": " << checked.error().message;
    }
    EXPECT_THAT(Ids(*after), testing::Contains(TestId(2)));
    if (seen < which) return;
  }
  FAIL() << "a deletion has more steps than expected";
}

TEST_F(RepositoryFaultsTest, SeveralInstancesWorkOnOneLineage) {
  const auto repository = Open();
  ASSERT_TRUE(MakeBackup(*repository, "ORDERS", TestId(1), 30));
  const auto fine = [](const Error& error) {
    return error.code == Errc::kBackupNotFound || error.code == Errc::kBackupInUse;
  };
  std::atomic<bool> done{false};
  std::mutex mutex;
  std::vector<std::string> wrong;
  const auto note = [&](const std::string& what) {
    const std::lock_guard lock(mutex);
    wrong.push_back(what);
  };
  // Each has a repository of its own, as another process would.
  const auto repeat = [&](const std::function<void(Repository&)>& work) {
    return std::thread([&, work, own = std::shared_ptr<Repository>(Open())] {
      while (!done) work(*own);
    });
  };
  std::vector<std::thread> others;
  others.push_back(repeat([&](Repository& own) {
    const auto ids = own.Ids("ORDERS");
    if (!ids) return note(ids.error().message);
    for (const std::string& id : *ids) {
      if (id == TestId(1)) continue;
      const auto deleted = own.Delete(id);
      if (!deleted && !fine(deleted.error())) note("delete: " + deleted.error().message);
      if (deleted && !deleted->problems.empty()) note(deleted->problems[0].message);
    }
  }));
  others.push_back(repeat([&](Repository& own) {
    const CleanUpResult cleaned = own.CleanUp();
    if (!cleaned.problems.empty()) note("clean-up: " + cleaned.problems[0].message);
    const auto survey = own.Survey();
    if (!survey || !survey->unknown.empty()) note("survey");
  }));
  for (int i = 0; i < 2; ++i) {
    others.push_back(repeat([&](Repository& own) {
      const auto ids = own.Ids("");
      if (!ids) return note(ids.error().message);
      for (const std::string& id : *ids) {
        const auto verified = own.Verify(id, CancelToken());
        if (!verified && !fine(verified.error())) note("verify: " + verified.error().message);
        if (!verified) continue;
        if (!verified->ok()) note("verify: " + verified->findings[0]);
        Verification result;
        result.ok = true;
        result.seen_ns = verified->seen_ns;
        const Status recorded = own.RecordVerification(id, result);
        // The backup may have gone with its directory.
        if (!recorded && id == TestId(1)) note("record: " + recorded.error().message);
      }
    }));
  }
  for (int number = 2; number < 150; ++number) {
    const auto writer = repository->BeginBackup("ORDERS", TestId(1), TestId(number));
    ASSERT_TRUE(writer) << writer.error().message;
    for (std::uint64_t s = 1; s <= 40; ++s) {
      const std::string payload = PayloadOf(s);
      ASSERT_TRUE((*writer)->AddRecord(
          {s, static_cast<std::int64_t>(s) * 1000, "orders.new", "", payload}));
    }
    const auto finished =
        (*writer)->Finish(TestManifest("ORDERS", TestId(1), 40, 0), 1'800'000'000'000'000'000);
    ASSERT_TRUE(finished) << finished.error().message;
  }
  done = true;
  for (std::thread& other : others) other.join();
  EXPECT_THAT(wrong, IsEmpty());
  EXPECT_TRUE(CheckBackup(*repository, TestId(1)));
  EXPECT_THAT(repository->CleanUp().problems, IsEmpty());
  const auto survey = repository->Survey();
  EXPECT_THAT(survey->orphaned, IsEmpty());
  for (const std::string& id : Ids(*repository)) EXPECT_TRUE(CheckBackup(*repository, id)) << id;
}

TEST_F(RepositoryFaultsTest, FilesOfAnyLengthAreReadWithinBounds) {
  const auto repository = Open();
  ASSERT_TRUE(MakeBackup(*repository, "ORDERS", TestId(1), 20));
  const std::string path = Place("ORDERS", 1).Manifest(TestId(1));
  const std::string whole = files().Read(path);
  std::string longer = whole;
  longer.resize(whole.size() + 300'000'000);
  for (const std::string& bytes :
       std::vector<std::string>{longer, std::string(), std::string("JETKEEP-MANIFEST 2 "),
                                "JETKEEP-MANIFEST 2 99999999999999999999 x\n",
                                "JETKEEP-MANIFEST 2 262145 " + std::string(64, '0') + "\n"}) {
    files().Write(path, bytes);
    EXPECT_EQ(repository->Load(TestId(1)).error().code, Errc::kRepositoryCorrupt);
    EXPECT_EQ(repository->Summary(TestId(1)).error().code, Errc::kRepositoryCorrupt);
    EXPECT_FALSE(repository->Verify(TestId(1), CancelToken())->ok());
  }
}

}  // namespace
}  // namespace jetkeep
