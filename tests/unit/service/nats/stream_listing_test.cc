// What the list of streams says where the two lists of the server disagree: streams come and go
// between them. The server that answers is the test itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "tests/support/nats_client.h"
#include "tests/unit/service/nats/fixture.h"

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string ConfigAndState(const std::string& name) {
  return R"("config":{"name":")" + name +
         R"("},"created":"2026-11-21T01:00:00Z","state":{"messages":3,"bytes":90,"first_seq":1,)"
         R"("last_seq":3,"consumer_count":0})";
}

std::string ErrorOf(int code, int err_code) {
  return R"({"error":{"code":)" + std::to_string(code) + R"(,"err_code":)" +
         std::to_string(err_code) + R"(,"description":"no"}})";
}

// Answers each request under LISTS.API with what is given for its subject.
class Answerer {
 public:
  Answerer(const std::string& url, std::map<std::string, std::string> answers)
      : client_(url), answers_(std::move(answers)) {
    const auto requests = client_.Subscribe("LISTS.API.>");
    client_.Flush();
    thread_ = std::thread([this, requests] {
      while (!stop_) {
        const auto request = client_.Next(requests, std::chrono::milliseconds(50));
        if (!request) continue;
        const auto answer = answers_.find(request->subject.substr(10));
        client_.Publish(request->reply,
                        answer == answers_.end() ? ErrorOf(404, 10059) : answer->second);
        client_.Flush();
      }
    });
  }
  ~Answerer() {
    stop_ = true;
    thread_.join();
  }

 private:
  testing::NatsClient client_;
  const std::map<std::string, std::string> answers_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

std::vector<std::string> NamesOf(const StreamListing& listing) {
  std::vector<std::string> names;
  for (const ListedStream& stream : listing.streams) names.push_back(stream.name);
  return names;
}

TEST(StreamListing, AStreamThatOnlyItsNameTellsOfIsAskedItself) {
  testing::NatsServer server({});
  const auto connection = MustConnect(server.Url());
  JetStreamOptions options;
  options.api_prefix = "LISTS.API";
  const auto client = JetStreamClient::Create(*connection, options);
  ASSERT_TRUE(client) << Why(client);
  std::map<std::string, std::string> answers = {
      {"STREAM.NAMES", R"({"total":3,"offset":0,"limit":1024,"streams":["A","B","GONE"]})"},
      {"STREAM.LIST",
       R"({"total":1,"offset":0,"limit":256,"streams":[{)" + ConfigAndState("A") + "}]}"},
      {"STREAM.INFO.B", "{" + ConfigAndState("B") + "}"}};
  {
    const Answerer answerer(server.Url(), answers);
    const auto listing = (*client)->ListStreams();
    ASSERT_TRUE(listing) << Why(listing);
    EXPECT_THAT(NamesOf(*listing), ElementsAre("A", "B"));
    EXPECT_EQ(listing->streams[1].messages, 3U);
    EXPECT_THAT(listing->unavailable, IsEmpty());
  }
  answers["STREAM.INFO.B"] = ErrorOf(500, 10118);
  const Answerer answerer(server.Url(), answers);
  const auto listing = (*client)->ListStreams();
  ASSERT_TRUE(listing) << Why(listing);
  EXPECT_THAT(NamesOf(*listing), ElementsAre("A"));
  // After one that does not tell, the others are not asked.
  EXPECT_THAT(listing->unavailable, ElementsAre("B", "GONE"));
}

}  // namespace
}  // namespace jetkeep
