// Messages of a backup, read without restoring it: through the service, and from the repository.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/integration/site.h"
#include "tests/support/servers.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;

std::vector<Json> LinesOf(const ProgramResult& result) {
  EXPECT_EQ(result.exit_code, 0) << result.output;
  std::vector<Json> lines;
  std::istringstream text(result.output);
  for (std::string line; std::getline(text, line);) lines.push_back(Json::parse(line));
  return lines;
}

std::string SubjectOf(std::uint64_t sequence) { return "$KV.B.k" + std::to_string(sequence % 40); }

class LookInsideTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    site_ = std::make_unique<Site>(SiteOptions{.server = {.version = GetParam()}});
    site_->client().CreateStream({{"name", "KV_B"},
                                  {"subjects", {"$KV.B.>"}},
                                  {"max_msgs_per_subject", 5},
                                  {"allow_rollup_hdrs", true},
                                  {"deny_delete", false}});
    for (std::uint64_t i = 1; i <= 300; ++i) {
      const std::string value = i == 77 ? std::string("\x00\xff", 2) : "value " + std::to_string(i);
      site_->client().PublishAcked(SubjectOf(i), value,
                                   i % 3 == 0 ? HeaderBlock({{"N", std::to_string(i)}}) : "");
    }
    site_->client().DeleteMessage("KV_B", 222);
    dump_ = DumpStream(site_->client(), "KV_B");
    ASSERT_TRUE(site_->BackUp("KV_B").completed());
  }
  // By the service, and without it: both say the same.
  ProgramResult Run(const std::vector<std::string>& arguments) {
    ProgramResult asked =
        RunJetkeep(arguments, {{"NATS_URL", site_->server().Url()}, {"NATS_TIMEOUT", "5s"}});
    std::vector<std::string> direct = arguments;
    direct.insert(direct.end(), {"--repository", site_->jetkeep().repository()});
    const ProgramResult read = RunJetkeep(direct, {});
    EXPECT_EQ(asked.exit_code, read.exit_code) << asked.output << read.output;
    EXPECT_EQ(asked.output, read.output);
    return asked;
  }

  std::unique_ptr<Site> site_;
  StreamDump dump_;
};

TEST_P(LookInsideTest, CatPrintsWhatTheStreamHeld) {
  const std::vector<Json> lines = LinesOf(Run({"cat", "KV_B", "--json"}));
  ASSERT_EQ(lines.size(), dump_.messages.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const DumpedMessage& message = dump_.messages[i];
    EXPECT_EQ(lines[i].at("sequence"), message.sequence);
    EXPECT_EQ(lines[i].at("subject"), SubjectOf(message.sequence));
    if (message.sequence == 77) continue;
    EXPECT_EQ(lines[i].at("payload"), "value " + std::to_string(message.sequence));
    const Json headers = lines[i].value("headers", Json::object());
    if (message.sequence % 3 == 0) {
      EXPECT_EQ(headers, Json({{"N", {std::to_string(message.sequence)}}}));
    } else {
      EXPECT_TRUE(headers.empty());
    }
  }
  std::map<std::string, std::uint64_t> last;
  for (const DumpedMessage& message : dump_.messages) {
    last[SubjectOf(message.sequence)] = message.sequence;
  }
  const std::vector<Json> lasts =
      LinesOf(Run({"cat", "KV_B", "--last-of-each", "--subject", "$KV.B.*", "--json"}));
  EXPECT_EQ(lasts.size(), last.size());
  for (const Json& line : lasts) {
    EXPECT_EQ(line.at("sequence"), last[line.at("subject").get<std::string>()]);
  }
  const ProgramResult few = Run({"cat", "KV_B", "--first", "250", "--limit", "2", "--raw"});
  EXPECT_EQ(few.output, "value 250\nvalue 251\n");
  const ProgramResult none = Run({"cat", "KV_B", "--subject", "nothing.>"});
  EXPECT_EQ(none.exit_code, 0);
  EXPECT_EQ(none.output, "");
}

TEST_P(LookInsideTest, GetFindsOneMessage) {
  EXPECT_EQ(Run({"get", "KV_B", "250", "--raw"}).output, "value 250");
  EXPECT_EQ(Run({"get", "KV_B", "--key", "k7", "--raw"}).output, "value 287");
  EXPECT_EQ(Run({"get", "KV_B", "--last", "$KV.B.k39", "--raw"}).output, "value 279");
  const ProgramResult gone = Run({"get", "KV_B", "222"});
  EXPECT_EQ(gone.exit_code, 58) << gone.output;
  EXPECT_EQ(Run({"get", "KV_B", "--key", "nobody"}).exit_code, 58);
  EXPECT_EQ(Run({"get", "NOSUCH", "1"}).exit_code, 11);
  EXPECT_EQ(Run({"get", "KV_B"}).exit_code, 2);
  EXPECT_EQ(Run({"get", "KV_B", "0"}).exit_code, 2);
  EXPECT_EQ(Run({"cat", "KV_B", "--subject", "a..b"}).exit_code, 2);
  EXPECT_EQ(Run({"cat", "KV_B", "--since", "tomorrow"}).exit_code, 2);
  EXPECT_EQ(Run({"cat", "KV_B", "--first", "5", "--last", "4"}).exit_code, 2);
}

INSTANTIATE_TEST_SUITE_P(Servers, LookInsideTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing
