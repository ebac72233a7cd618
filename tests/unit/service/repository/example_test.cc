// The worked example of FORMAT.md, read from the page itself.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "service/repository/repository.h"
#include "service/store/posix_filesystem.h"

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

// path -> bytes, of every "### `path`" below "## Example".
std::map<std::string, std::string> ExampleFiles() {
  std::map<std::string, std::string> files;
  std::ifstream page(JETKEEP_FORMAT_PAGE);
  std::string path;
  bool in_example = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) in_example = line == "## Example";
    if (!in_example) continue;
    if (line.starts_with("### `")) {
      path = line.substr(5, line.size() - 6);
    } else if (line.starts_with("    ") && !path.empty()) {
      const std::string text = line.substr(4);
      files[path] += path.ends_with(".json") ? text + "\n" : FromHex(text);
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

  fs::path directory_;
  BlockWorkers workers_{1};
};

TEST_F(ExampleTest, IsAWholeRepository) {
  const auto example = ExampleFiles();
  ASSERT_EQ(example.size(), 3U);
  for (const auto& [path, bytes] : example) {
    fs::create_directories((directory_ / path).parent_path());
    std::ofstream(directory_ / path, std::ios::binary) << bytes;
  }
  const auto files = PosixFileSystem::Open(directory_, false);
  ASSERT_TRUE(files) << files.error().message;
  const auto repository = Repository::OpenExisting(**files, workers_, {});
  ASSERT_TRUE(repository) << repository.error().message;
  const auto manifest = (*repository)->Load(kId);
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->stream, "ORDERS");
  EXPECT_EQ(manifest->deleted.Count(), 1U);
  EXPECT_EQ(manifest->consumers.at(0).state.pending.count(3), 1U);
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
  EXPECT_TRUE((*repository)->FindStrangers()->empty());
}

TEST_F(ExampleTest, IsWhatAWriterWrites) {
  const auto files = PosixFileSystem::Open(directory_, true);
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
  const auto example = ExampleFiles();
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
