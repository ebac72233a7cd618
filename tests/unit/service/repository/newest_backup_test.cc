#include "service/repository/newest_backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "service/repository/listing.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using testing::Contains;
using testing::Not;

class NewestBackupTest : public RepositoryTest {
 protected:
  void SetUp() override { repository_ = Open(); }
  void Make(int lineage, int id, std::uint64_t last) {
    const auto writer = repository_->BeginBackup("ORDERS", TestId(lineage), TestId(id));
    ASSERT_TRUE(writer);
    for (std::uint64_t s = 1; s <= last; ++s) {
      ASSERT_TRUE((*writer)->AddRecord({s, 1, "orders.new", "", "x"}));
    }
    ASSERT_TRUE((*writer)->Finish(TestManifest("ORDERS", TestId(lineage), last, 0), 1));
  }
  LineagePath Place(int lineage) { return *LineagePath::Make("$G", "ORDERS", TestId(lineage)); }
  void Damage(int lineage, int id) {
    const std::string path = Place(lineage).Manifest(TestId(id));
    std::string bytes = files().Read(path);
    bytes[150] = static_cast<char>(bytes[150] ^ 1);
    files().Write(path, bytes);
  }
  // By the one who reads all, and by the one who reads what is needed.
  std::string NewestOfAll() {
    const auto all = FindBackups(files(), workers_, "$G", "ORDERS");
    EXPECT_TRUE(all);
    return !all || all->backups.empty() ? "" : all->backups.front().id;
  }
  static std::string IdOf(const Result<NewestBackup>& found) {
    EXPECT_TRUE(found);
    return found && found->newest ? found->newest->id : "";
  }
  std::string NewestFound() { return IdOf(repository_->FindNewest("ORDERS")); }
  // How many manifests `f` opens.
  int Opened(const std::function<void()>& f) {
    std::atomic<int> opened{0};
    files().SetFault(
        [&](Operation operation, const std::string& key, std::uint64_t) -> std::optional<Injected> {
          if (operation == Operation::kOpen && key.ends_with(".manifest")) ++opened;
          return std::nullopt;
        });
    f();
    files().SetFault({});
    return opened;
  }

  std::unique_ptr<Repository> repository_;
};

TEST_F(NewestBackupTest, IsTheSameThatReadingAllWouldFind) {
  std::mt19937 random(11);  // NOLINT: the same cases each time
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  std::vector<std::pair<int, int>> made;  // lineage and id
  int next = 10;
  int lineage = 1;
  for (int step = 0; step < 60; ++step) {
    const int what = below(10);
    if (what < 6 || made.empty()) {
      if (below(8) == 0) lineage = next;
      Make(lineage, next, static_cast<std::uint64_t>(below(12)));
      made.emplace_back(lineage, next++);
    } else {
      const auto at = made.begin() + below(static_cast<int>(made.size()));
      if (what < 8) {
        files().Erase(Place(at->first).Manifest(TestId(at->second)));
        made.erase(at);
      } else if (what == 8) {
        // One of another lineage, under a later name.
        const int copy = next++;
        files().Write(Place(lineage).Manifest(TestId(copy)),
                      files().Read(Place(at->first).Manifest(TestId(at->second))));
        const auto found = repository_->FindNewest("ORDERS");
        ASSERT_TRUE(found);
        EXPECT_THAT(found->ids, Not(Contains(TestId(copy)))) << step;
      } else {
        // Before anybody has read it.
        Make(lineage, next, 5);
        Damage(lineage, next);
        ++next;
      }
    }
    EXPECT_EQ(NewestFound(), NewestOfAll()) << step;
    NewestBackups fresh;
    EXPECT_EQ(IdOf(fresh.Find(files(), workers_, "$G", "ORDERS")), NewestOfAll()) << step;
  }
}

TEST_F(NewestBackupTest, ReadsWhatIsNewAndNothingTwice) {
  for (int id = 1; id <= 40; ++id) Make(1, id, 3);
  for (int id = 41; id <= 80; ++id) Make(41, id, 3);
  EXPECT_EQ(Opened([&] { EXPECT_EQ(NewestFound(), TestId(80)); }), 40) << "the newest lineage only";
  EXPECT_EQ(Opened([&] { EXPECT_EQ(NewestFound(), TestId(80)); }), 0);
  Make(41, 81, 4);
  EXPECT_EQ(Opened([&] { EXPECT_EQ(NewestFound(), TestId(81)); }), 1);
  // What cannot be read is tried again.
  Make(41, 82, 5);
  Damage(41, 82);
  for (int i = 0; i < 2; ++i) {
    EXPECT_GE(Opened([&] {
                const auto found = repository_->FindNewest("ORDERS");
                ASSERT_TRUE(found);
                ASSERT_EQ(found->unreadable.size(), 1u);
                EXPECT_EQ(found->unreadable[0].id, TestId(82));
                EXPECT_THAT(found->ids, Contains(TestId(82)));
              }),
              1);
  }
  ASSERT_TRUE(repository_->Delete(TestId(81)));
  EXPECT_EQ(NewestFound(), TestId(80));
}

}  // namespace
}  // namespace jetkeep
