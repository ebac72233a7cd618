// The worked example of FORMAT.md, read from the page itself, and that of each earlier version.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "protocol/repository/sealed_json.h"
#include "protocol/repository/set_record.h"
#include "service/repository/repository.h"
#include "service/store/posix/posix_store.h"

namespace jetkeep {
namespace {

namespace fs = std::filesystem;

constexpr char kId[] = "20261121T012410Z-7k2m9qdx";

int Digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

std::string FromHex(const std::string& text) {
  std::string bytes;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    bytes.push_back(static_cast<char>(Digit(word.at(0)) * 16 + Digit(word.at(1))));
  }
  return bytes;
}

constexpr char kVersion2[] = JETKEEP_FORMAT_PAGE;
constexpr char kVersion1[] = JETKEEP_FORMAT_TESTDATA "/format-1.md";

// path -> bytes, of every "### `path`" below "## Example".
std::map<std::string, std::string> ExampleFiles(const char* name) {
  std::map<std::string, std::string> files;
  std::ifstream page(name);
  std::string path;
  bool in_example = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) in_example = line == "## Example";
    if (!in_example) continue;
    if (line.starts_with("### `")) {
      path = line.substr(5, line.size() - 6);
    } else if (line.starts_with("    ") && !path.empty()) {
      const std::string text = line.substr(4);
      const bool is_text = path.ends_with(".json") || path.starts_with("jk.");
      files[path] += is_text ? text + "\n" : FromHex(text);
    }
  }
  return files;
}

class ExampleTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = fs::path(testing::TempDir()) / ("jetkeep-example-" + std::to_string(::getpid()));
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  // Lays the example of a page out in the directory.
  void Unpack(const char* page) {
    const auto example = ExampleFiles(page);
    ASSERT_EQ(example.size(), std::string_view(page) == kVersion2 ? 4U : 3U);
    for (const auto& [path, bytes] : example) {
      fs::create_directories((directory_ / path).parent_path());
      std::ofstream(directory_ / path, std::ios::binary) << bytes;
    }
  }

  fs::path directory_;
  BlockWorkers workers_{1};
};

// What an example says besides what all have in common.
struct ExampleCase {
  const char* name;
  const char* page;
  bool exact_cut;
  std::size_t anchors;
};

class EveryVersionTest : public ExampleTest, public testing::WithParamInterface<ExampleCase> {};

INSTANTIATE_TEST_SUITE_P(Versions, EveryVersionTest,
                         testing::Values(ExampleCase{"Version1", kVersion1, false, 0},
                                         ExampleCase{"Version2", kVersion2, true, 1}),
                         [](const auto& each) { return each.param.name; });

TEST_P(EveryVersionTest, IsAWholeRepository) {
  ASSERT_NO_FATAL_FAILURE(Unpack(GetParam().page));
  const auto files = PosixStore::Open(directory_, false);
  ASSERT_TRUE(files) << files.error().message;
  const auto repository = Repository::OpenExisting(**files, workers_, {});
  ASSERT_TRUE(repository) << repository.error().message;
  const auto manifest = (*repository)->Load(kId);
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->stream, "ORDERS");
  EXPECT_EQ(manifest->exact_cut, GetParam().exact_cut);
  ASSERT_EQ(manifest->anchors.size(), GetParam().anchors);
  for (const Anchor& anchor : manifest->anchors) {
    EXPECT_EQ(anchor.sequence, 3U);
    EXPECT_EQ(anchor.digest, AnchorDigest("orders.new", "NATS/1.0\r\nA: b\r\n\r\n", "{\"n\":3}"));
  }
  const auto listing = (*repository)->List("");
  ASSERT_TRUE(listing && listing->backups.size() == 1);
  EXPECT_EQ(listing->backups[0].exact_cut, GetParam().exact_cut);
  EXPECT_EQ(manifest->deleted.Count(), 1U);
  EXPECT_EQ(manifest->consumers.at(0).state.pending.begin()->sequence, 3U);
  const auto verified = (*repository)->Verify(kId, CancelToken());
  ASSERT_TRUE(verified && verified->ok()) << (verified ? verified->findings.at(0) : "");
  const auto reader = (*repository)->OpenReader(*manifest);
  ASSERT_TRUE(reader);
  std::map<std::uint64_t, std::string> payloads;
  ASSERT_TRUE((*reader)->ForEach([&](const RecordView& record) -> Status {
    payloads[record.sequence] = record.payload;
    return {};
  }));
  EXPECT_EQ(payloads, (std::map<std::uint64_t, std::string>{{1, "{\"n\":1}"}, {3, "{\"n\":3}"}}));
  EXPECT_TRUE((*repository)->Survey()->unknown.empty());
}

TEST_F(ExampleTest, HoldsASet) {
  ASSERT_NO_FATAL_FAILURE(Unpack(kVersion2));
  const auto files = PosixStore::Open(directory_, false);
  ASSERT_TRUE(files);
  const auto repository = Repository::OpenExisting(**files, workers_, {});
  ASSERT_TRUE(repository);
  const std::string id = "set-" + std::string(kId);
  const auto set = (*repository)->LoadSet(id);
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->summary.condition, SetCondition::kPartial);
  ASSERT_EQ(set->members.size(), 2U);
  EXPECT_EQ(set->members[0].error->code, Errc::kServerBusy);
  EXPECT_EQ(set->members[1].backup, kId);
  EXPECT_TRUE(set->members[1].good());
  EXPECT_EQ((*repository)->ListSets()->sets.size(), 1U);
  // The page shows what the code writes.
  std::ifstream file(directory_ / "jk.sets" / id, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  EXPECT_EQ(EncodeSet(*set).value(), bytes.str());
  const auto removed = (*repository)->Delete(kId, LastBackup::kDelete);
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, Errc::kInSet);
}

TEST_P(EveryVersionTest, ANewBackupIsMadeBesideTheOld) {
  ASSERT_NO_FATAL_FAILURE(Unpack(GetParam().page));
  const auto files = PosixStore::Open(directory_, false);
  ASSERT_TRUE(files);
  const auto header = ExampleFiles(GetParam().page).at("repository.json");
  const auto repository = Repository::OpenOrCreate(**files, workers_, {}, 0);
  ASSERT_TRUE(repository) << repository.error().message;
  const std::string id = "20261122T012410Z-7k2m9qdx";
  const auto writer = (*repository)->BeginBackup("ORDERS", kId, id);
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->AddRecord({9, 1, "orders.new", "", "x"}));
  Manifest manifest;
  manifest.account = "$G";
  manifest.stream = "ORDERS";
  manifest.lineage = kId;
  manifest.exact_cut = true;
  manifest.state = {1, 1, 9, 1, 9, 1, 0, 1, 0};
  ASSERT_TRUE((*writer)->Finish(std::move(manifest), 1'795'310'651'000'000'000));
  const auto listing = (*repository)->List("");
  ASSERT_TRUE(listing);
  EXPECT_TRUE(listing->warnings.empty());
  ASSERT_EQ(listing->backups.size(), 2U);
  EXPECT_TRUE(listing->backups[0].exact_cut);
  EXPECT_EQ(listing->backups[1].exact_cut, GetParam().exact_cut);
  EXPECT_TRUE((*repository)->CleanUp().problems.empty());
  for (const char* each : {kId, id.c_str()}) {
    const auto verified = (*repository)->Verify(each, CancelToken());
    EXPECT_TRUE(verified && verified->ok()) << each;
  }
  std::ifstream kept(directory_ / "repository.json", std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(kept), {}), header)
      << "a repository stays what it is";
}

TEST_F(ExampleTest, ARepositoryOfANewerVersionIsRefusedAsSuch) {
  ASSERT_NO_FATAL_FAILURE(Unpack(kVersion2));
  const std::string known = ExampleFiles(kVersion2).at("repository.json");
  std::string members = known.substr(2, known.find("  \"digest\"") - 2);
  const auto at = members.find("\"version\": 2");
  ASSERT_NE(at, std::string::npos);
  members[at + 11] = '3';
  std::ofstream(directory_ / "repository.json", std::ios::binary) << SealJson(members);
  const auto files = PosixStore::Open(directory_, false);
  ASSERT_TRUE(files);
  const auto refused = Repository::OpenOrCreate(**files, workers_, {}, 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kRepositoryUnsupported) << refused.error().message;
}

TEST_F(ExampleTest, IsWhatAWriterWrites) {
  const auto files = PosixStore::Open(directory_, true);
  ASSERT_TRUE(files);
  const auto repository = Repository::OpenOrCreate(**files, workers_, {}, 0);
  ASSERT_TRUE(repository);
  const auto writer = (*repository)->BeginBackup("ORDERS", "", kId);
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->AddRecord({1, 1'795'224'240'000'000'000, "orders.new", "", "{\"n\":1}"}));
  ASSERT_TRUE((*writer)->AddRecord(
      {3, 1'795'224'241'000'000'000, "orders.new", "NATS/1.0\r\nA: b\r\n\r\n", "{\"n\":3}"}));
  Manifest manifest;
  manifest.account = "$G";
  manifest.stream = "ORDERS";
  manifest.lineage = kId;
  manifest.state = {2, 116, 1, 0, 3, 0, 1, 1, 0};
  ASSERT_TRUE((*writer)->Finish(std::move(manifest), 1'795'224'251'000'000'000));
  const auto example = ExampleFiles(kVersion2);
  int segments = 0;
  for (const auto& [path, bytes] : example) {
    if (path.find("/segments/") == std::string::npos) continue;
    ++segments;
    std::ifstream file(directory_ / path, std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), bytes);
  }
  EXPECT_EQ(segments, 1);
}

}  // namespace
}  // namespace jetkeep
