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

TEST_P(LookInsideTest, StatsAreThoseOfTheStream) {
  struct Counted {
    std::uint64_t messages = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
  };
  std::map<std::string, Counted> subjects;
  for (const DumpedMessage& message : dump_.messages) {
    Counted& counted = subjects[SubjectOf(message.sequence)];
    if (counted.messages++ == 0) counted.first = message.sequence;
    counted.last = message.sequence;
  }
  const Json state = site_->client().StreamInfo("KV_B").at("state");
  const auto stats = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"stats", "KV_B", "--json"});
    const ProgramResult result = Run(words);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return Json::parse(result.output);
  };
  const Json all = stats({"--top", "1000"});
  EXPECT_EQ(all.at("messages"), state.at("messages"));
  EXPECT_EQ(all.at("bytes"), state.at("bytes"));
  EXPECT_EQ(all.at("first_sequence"), state.at("first_seq"));
  EXPECT_EQ(all.at("last_sequence"), state.at("last_seq"));
  EXPECT_EQ(all.at("all_subjects"), subjects.size());
  EXPECT_FALSE(all.contains("others"));
  ASSERT_EQ(all.at("subjects").size(), subjects.size());
  std::uint64_t bytes = 0;
  for (const Json& subject : all.at("subjects")) {
    const Counted& counted = subjects[subject.at("subject").get<std::string>()];
    EXPECT_EQ(subject.at("messages"), counted.messages);
    EXPECT_EQ(subject.at("first_sequence"), counted.first);
    EXPECT_EQ(subject.at("last_sequence"), counted.last);
    bytes += subject.at("bytes").get<std::uint64_t>();
  }
  EXPECT_EQ(bytes, state.at("bytes"));
  EXPECT_EQ(all.at("period"), "hour");
  std::uint64_t in_hours = 0;
  for (const Json& hour : all.at("periods")) in_hours += hour.at("messages").get<std::uint64_t>();
  EXPECT_EQ(in_hours, dump_.messages.size());
  // A part of it, and few subjects listed.
  const Json some =
      stats({"--first", "250", "--exclude", "$KV.B.k7", "--by", "messages", "--top", "3"});
  EXPECT_EQ(some.at("messages"), 50);  // of 51, without 287
  EXPECT_EQ(some.at("subjects").size(), 3U);
  EXPECT_EQ(some.at("others").at("messages").get<std::uint64_t>() +
                some.at("subjects")[0].at("messages").get<std::uint64_t>() +
                some.at("subjects")[1].at("messages").get<std::uint64_t>() +
                some.at("subjects")[2].at("messages").get<std::uint64_t>(),
            some.at("messages").get<std::uint64_t>());
  EXPECT_EQ(stats({"--last-of-each"}).at("messages"), subjects.size());
  EXPECT_EQ(stats({"--subject", "nothing.>"}).at("messages"), 0);
  const ProgramResult text = Run({"stats", "KV_B", "--top", "2"});
  EXPECT_NE(text.output.find("SUBJECT"), std::string::npos) << text.output;
  EXPECT_NE(text.output.find("38 other subjects"), std::string::npos) << text.output;
  EXPECT_NE(text.output.find("HOUR"), std::string::npos) << text.output;
  EXPECT_EQ(Run({"stats", "NOSUCH"}).exit_code, 11);
  EXPECT_EQ(Run({"stats", "KV_B", "--top", "0"}).exit_code, 2);
  EXPECT_EQ(Run({"stats", "KV_B", "--by", "age"}).exit_code, 2);
  EXPECT_EQ(Run({"stats", "KV_B", "--first", "5", "--last", "4"}).exit_code, 2);
}

INSTANTIATE_TEST_SUITE_P(Servers, LookInsideTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing
