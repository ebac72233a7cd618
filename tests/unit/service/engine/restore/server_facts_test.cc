#include "service/engine/restore/server_facts.h"

#include <gtest/gtest.h>

#include "tests/unit/service/engine/restore/fake_server.h"

namespace jetkeep {
namespace {

// A server with many streams, and three that matter: one on the same subject, and two that feed one
// another.
FakeServer ManyStreams() {
  FakeServer server(true);
  for (int i = 0; i < 5000; ++i) {
    const std::string name = "N" + std::to_string(i);
    server.others[name] =
        R"({"name":")" + name + R"(","subjects":["n.)" + std::to_string(i) + R"("]})";
  }
  server.others["SAME"] = R"({"name":"SAME","subjects":["s.>"]})";
  server.others["FEEDS"] = R"({"name":"FEEDS","sources":[{"name":"ORIGIN"}]})";
  server.others["ORIGIN"] = R"({"name":"ORIGIN","subjects":["o"],"sources":[{"name":"FEEDS"}]})";
  for (const auto& [name, config] : server.others) server.all_names.push_back(name);
  return server;
}

std::vector<std::string> Known(const ServerFacts& facts) {
  std::vector<std::string> known;
  for (const LiveStream& stream : facts.streams) {
    if (stream.config) known.push_back(stream.name);
  }
  return known;
}

TEST(ServerFacts, OnlyStreamsThatMatterAreAskedFor) {
  FakeServer server = ManyStreams();
  const auto facts = GatherServerFacts(
      server, R"({"name":"S","subjects":["s.>","t"],"sources":[{"name":"FEEDS"}]})", SystemClock(),
      CancelToken());
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->streams.size(), 5003U) << "names without a configuration are taken, too";
  EXPECT_EQ(Known(*facts), (std::vector<std::string>{"FEEDS", "ORIGIN", "SAME"}));
  EXPECT_EQ(server.looks, 3);
}

TEST(ServerFacts, NothingIsAskedForThatDoesNotMatter) {
  FakeServer server = ManyStreams();
  const auto facts = GatherServerFacts(server, R"({"name":"S","mirror":{"name":"AWAY"}})",
                                       SystemClock(), CancelToken());
  ASSERT_TRUE(facts);
  EXPECT_EQ(server.looks, 0);
}

// More requests by subject than it would be worth.
TEST(ServerFacts, ManySubjectsAreComparedWithAllStreams) {
  FakeServer server = ManyStreams();
  std::string subjects;
  for (int i = 0; i < 101; ++i) subjects += (i == 0 ? "\"q" : ",\"q") + std::to_string(i) + "\"";
  const auto facts = GatherServerFacts(server, R"({"name":"S","subjects":[)" + subjects + "]}",
                                       SystemClock(), CancelToken());
  ASSERT_TRUE(facts);
  EXPECT_EQ(server.looks, 2000) << "as many as are worth it";
}

}  // namespace
}  // namespace jetkeep
