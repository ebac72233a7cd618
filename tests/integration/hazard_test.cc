// What servers do to a snapshot by themselves: damaged stores, eviction and removal during the
// copy, consumers left out. A backup reported complete must restore exactly; anything less must be
// said.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <thread>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"
#include "tests/support/raw_snapshot.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kStreamDamaged = 70534;
constexpr std::uint64_t kBig = 3000;
constexpr std::size_t kBigBytes = 4000;
const Json kSmallBlocks{{"max_bytes", 16'000'000}};  // four blocks for the whole limit

class HazardTest : public ::testing::TestWithParam<std::string> {
 protected:
  NatsServerOptions Server() const { return {.version = GetParam()}; }
  bool V2() const { return AtLeast(GetParam(), "2.15"); }
  // Where the payload of the n-th record (from 0) of a block of Fill's messages lies.
  static std::uint64_t InsideRecord(std::uint64_t record, const std::string& stream) {
    return record * (22 + stream.size() + 2 + kBigBytes + 8) + 500;
  }
};

// Every message that came back is the one that was published under its sequence.
void ExpectNumbered(const std::map<std::uint64_t, std::string>& payloads, std::size_t bytes) {
  int wrong = 0;
  for (const auto& [sequence, payload] : payloads) {
    if (payload != NumberedPayload(sequence, bytes) && ++wrong < 5) {
      ADD_FAILURE() << "sequence " << sequence << " holds " << payload.substr(0, 20);
    }
  }
}

std::set<std::uint64_t> LostIn(const Json& shown) {
  std::set<std::uint64_t> lost;
  for (const Json& range : shown.at("lost")) {
    if (range.is_array()) {
      for (auto i = range.at(0).get<std::uint64_t>(); i <= range.at(1).get<std::uint64_t>(); ++i) {
        lost.insert(i);
      }
    } else if (range.is_object()) {
      for (auto i = range.at("first").get<std::uint64_t>();
           i <= range.at("last").get<std::uint64_t>(); ++i) {
        lost.insert(i);
      }
    } else {
      lost.insert(range.get<std::uint64_t>());
    }
  }
  return lost;
}

constexpr int kNewerBackupUnusable = 70553;

// The newest backup is damaged: a restore by name says so, and takes the good one only if allowed.
void ExpectOnlyOlderRestores(Site& site, const std::string& stream, const StreamDump& before) {
  site.client().DeleteStreamIfThere(stream);
  const Outcome refused = site.End(site.Begin("restore.request", {{"stream", stream}}));
  EXPECT_EQ(refused.err_code(), kNewerBackupUnusable) << refused.Text();
  EXPECT_EQ(site.RestoredAgainst(stream, before, {{"allow_older", true}}), "");
}

TEST_P(HazardTest, AFlippedRecordIsNamedLostAndNeverTheNewestGoodBackup) {
  for (const bool while_running : {false, true}) {
    SCOPED_TRACE(while_running ? "while the server runs" : "while the server is stopped");
    Site site({.server = Server()});
    site.Fill("S", kBig, kBigBytes, kSmallBlocks);
    const StreamDump before = DumpStream(site.client(), "S");
    ASSERT_TRUE(site.BackUp("S").completed());
    const auto blocks = BlockFiles(site.server().store_dir(), "S");
    ASSERT_GE(blocks.size(), 3U);
    if (while_running) site.server().Restart();  // nothing of the blocks is in memory
    if (!while_running) site.server().Stop();
    FlipBytes(blocks[1], InsideRecord(10, "S"), 64);
    if (!while_running) site.server().Start();
    site.Reconnect();
    site.jetkeep().WaitUntilReady();

    const Outcome damaged = site.BackUp("S");
    EXPECT_EQ(damaged.err_code(), kStreamDamaged) << damaged.Text();
    EXPECT_EQ(site.Count("S", "complete"), 1U);
    ASSERT_EQ(site.Count("S", "damaged"), 1U) << site.List("S").dump(1);
    const Json newest = site.List("S").at(0);
    EXPECT_EQ(newest.at("lost_messages"), 1);
    const auto lost = LostIn(site.Show(newest.at("id")));
    ASSERT_EQ(lost.size(), 1U);
    EXPECT_NE(damaged.error().find(std::to_string(*lost.begin())), std::string::npos)
        << damaged.error();
    if (!V2()) {
      EXPECT_NE(damaged.error().find("block 2"), std::string::npos) << damaged.error();
    }

    const Outcome accepted = site.BackUp("S", {{"accept_damaged", true}});
    EXPECT_TRUE(accepted.completed()) << accepted.Text();
    EXPECT_EQ(site.Count("S", "damaged"), 2U);

    const std::string damaged_id = newest.at("id");
    site.client().DeleteStream("S");
    const Outcome by_id = site.End(site.Begin("restore.request", {{"backup", damaged_id}}));
    EXPECT_TRUE(by_id.completed()) << by_id.Text();
    const auto payloads = ReadPayloads(site.client(), "S");
    EXPECT_EQ(payloads.size(), kBig - 1);
    EXPECT_EQ(payloads.count(*lost.begin()), 0U);
    ExpectNumbered(payloads, kBigBytes);
    ExpectOnlyOlderRestores(site, "S", before);
  }
}

TEST_P(HazardTest, ABlockFileThatVanishesIsNeverPartOfACompleteBackup) {
  Site site({.server = Server()});
  site.Fill("S", kBig, kBigBytes, kSmallBlocks);
  const StreamDump before = DumpStream(site.client(), "S");
  ASSERT_TRUE(site.BackUp("S").completed());
  site.server().Restart();
  site.Reconnect();
  site.jetkeep().WaitUntilReady();
  const auto blocks = BlockFiles(site.server().store_dir(), "S");
  ASSERT_GE(blocks.size(), 3U);
  std::filesystem::remove(blocks[1]);
  const Outcome outcome = site.BackUp("S");
  EXPECT_FALSE(outcome.completed()) << outcome.Text();
  // The server tells it in errors.txt, or ends the snapshot; which of the two hangs on its version
  // and on how far it was.
  EXPECT_TRUE(outcome.Text().find("errors.txt") != std::string::npos ||
              outcome.Text().find("message block") != std::string::npos)
      << outcome.Text();
  EXPECT_EQ(site.Count("S", "complete"), 1U);
  for (const Json& backup : site.List("S")) {
    if (backup.at("condition") == "complete") continue;
    EXPECT_GT(backup.at("lost_messages"), 100U);
  }
  if (site.Count("S", "damaged") > 0) {
    ExpectOnlyOlderRestores(site, "S", before);
  } else {
    EXPECT_EQ(site.RestoredAgainst("S", before), "");
  }
  EXPECT_EQ(site.VerifyAll(), "");
}

// A publisher pushes messages out of a stream at its limit while a slow link copies it.
void EvictDuringCopy(Site& site, const Json& limits, std::size_t bytes, int rounds) {
  site.Fill("E", 4000, bytes, limits);
  JetStreamClient publisher(site.server().Url());
  const std::string job = site.Begin("backup.request", {{"stream", "E"}});
  std::uint64_t next = 4001;
  for (int i = 0; i < rounds; ++i) {
    publisher.PublishMany(300, [&](std::uint64_t) {
      const std::uint64_t number = next++;
      return OutgoingMessage{"E.s", NumberedPayload(number, bytes), ""};
    });
    std::this_thread::sleep_for(milliseconds(50));
  }
  const Outcome outcome = site.End(job, seconds(120));
  std::cout << "  eviction: " << outcome.status.value("state", "") << ", attempts "
            << outcome.attempts() << " " << outcome.error() << "\n";
  if (!outcome.completed()) {
    EXPECT_EQ(site.Count("E", "complete"), 0U) << outcome.Text();
    EXPECT_EQ(site.VerifyAll(), "");
    return;
  }
  const Json backup = site.List("E").at(0);
  EXPECT_EQ(backup.at("condition"), "complete") << backup;
  site.client().DeleteStream("E");
  const Outcome restored = site.Restore("E");
  ASSERT_TRUE(restored.completed()) << restored.Text();
  const auto payloads = ReadPayloads(site.client(), "E");
  ASSERT_FALSE(payloads.empty());
  EXPECT_EQ(payloads.size(), backup.at("messages").get<std::uint64_t>());
  EXPECT_EQ(payloads.begin()->first, backup.at("first_sequence").get<std::uint64_t>());
  EXPECT_EQ(payloads.rbegin()->first, backup.at("last_sequence").get<std::uint64_t>());
  EXPECT_EQ(payloads.size(), payloads.rbegin()->first - payloads.begin()->first + 1)
      << "a clean cut has no holes";
  ExpectNumbered(payloads, bytes);
  const Json state = site.client().StreamInfo("E").at("state");
  EXPECT_EQ(state.at("bytes"), backup.at("bytes"));
}

TEST_P(HazardTest, EvictionByCountDuringTheCopyLeavesACleanCutOrAFailure) {
  Site site({.server = Server(), .proxy = true});
  site.proxy().ToClient({.bytes_per_second = 12'000'000});
  site.proxy().CutAll();
  site.jetkeep().WaitUntilReady();
  EvictDuringCopy(site, {{"max_msgs", 4000}}, 4000, 25);
}

TEST_P(HazardTest, EvictionByBytesDuringTheCopyLeavesACleanCutOrAFailure) {
  Site site({.server = Server(), .proxy = true});
  site.proxy().ToClient({.bytes_per_second = 12'000'000});
  site.proxy().CutAll();
  site.jetkeep().WaitUntilReady();
  EvictDuringCopy(site, {{"max_bytes", 16'300'000}}, 4000, 25);
}

TEST_P(HazardTest, AWorkQueueWithActiveWorkersIsCutCleanly) {
  Site site({.server = Server(), .proxy = true});
  site.proxy().ToClient({.bytes_per_second = 15'000'000});
  site.proxy().CutAll();
  site.jetkeep().WaitUntilReady();
  site.Fill("Q", 5000, kBigBytes, {{"retention", "workqueue"}});
  site.client().CreateConsumer("Q", {{"durable_name", "w"}, {"ack_policy", "explicit"}});
  JetStreamClient worker(site.server().Url());
  const std::string job = site.Begin("backup.request", {{"stream", "Q"}});
  std::uint64_t acked = 0;
  for (int i = 0; i < 15; ++i) {
    for (const auto& message : worker.Fetch("Q", "w", 50)) {
      worker.Ack(message);
      ++acked;
    }
  }
  const Outcome outcome = site.End(job, seconds(120));
  EXPECT_TRUE(worker.server_errors().empty());
  ASSERT_TRUE(outcome.completed()) << outcome.Text();
  const Json backup = site.List("Q").at(0);
  EXPECT_GE(backup.at("messages").get<std::uint64_t>() + acked, 5000U);
  EXPECT_LE(backup.at("messages"), 5000U);
  site.client().DeleteStream("Q");
  const Outcome restored = site.Restore("Q");
  ASSERT_TRUE(restored.completed()) << restored.Text();
  const Json state = site.client().StreamInfo("Q").at("state");
  EXPECT_EQ(state.at("messages"), backup.at("messages"));
  EXPECT_EQ(state.at("last_seq"), 5000);
  // Whatever is inside can be worked on, once each and with the right payload.
  site.client().DeleteConsumer("Q", "w");
  site.client().CreateConsumer("Q", {{"durable_name", "w2"}, {"ack_policy", "explicit"}});
  std::map<std::uint64_t, std::string> payloads;
  for (;;) {
    const auto messages = site.client().Fetch("Q", "w2", 500);
    if (messages.empty()) break;
    for (const auto& message : messages) {
      payloads[ParseDelivery(message.reply).stream_sequence] = message.payload;
    }
    for (const auto& message : messages) site.client().Publish(message.reply, "+ACK");
  }
  EXPECT_EQ(payloads.size(), backup.at("messages").get<std::uint64_t>());
  ExpectNumbered(payloads, kBigBytes);
}

TEST_P(HazardTest, MessagesDeletedAndPurgedDuringTheCopyLeaveAStateTheStreamHad) {
  Site site({.server = Server(), .proxy = true});
  site.proxy().ToClient({.bytes_per_second = 15'000'000});
  site.proxy().CutAll();
  site.jetkeep().WaitUntilReady();
  site.Fill("D", 5000, kBigBytes);
  JetStreamClient other(site.server().Url());
  const std::string job = site.Begin("backup.request", {{"stream", "D"}});
  std::set<std::uint64_t> deleted;
  for (std::uint64_t i = 0; i < 60; ++i) {
    const std::uint64_t sequence = 4990 - i * 70;
    // Servers up to 2.11 refuse deletes while a snapshot runs.
    if (!other.TryApi("STREAM.MSG.DELETE.D", {{"seq", sequence}, {"no_erase", i % 2 == 0}})
             .contains("error")) {
      deleted.insert(sequence);
    }
    std::this_thread::sleep_for(milliseconds(10));
  }
  other.TryApi("STREAM.PURGE.D", {{"seq", 501}});
  const Outcome outcome = site.End(job, seconds(120));
  std::cout << "  deleted " << deleted.size() << ", " << outcome.Text() << "\n";
  ASSERT_TRUE(outcome.completed()) << outcome.Text();
  const Json backup = site.List("D").at(0);
  site.client().DeleteStream("D");
  ASSERT_TRUE(site.Restore("D").completed());
  const auto payloads = ReadPayloads(site.client(), "D");
  EXPECT_EQ(payloads.size(), backup.at("messages").get<std::uint64_t>());
  ExpectNumbered(payloads, kBigBytes);
  for (std::uint64_t sequence = 501; sequence <= 5000; ++sequence) {
    if (payloads.count(sequence) == 0) {
      EXPECT_EQ(deleted.count(sequence), 1U) << sequence << " was never deleted";
    }
  }
  const bool purged = payloads.count(500) == 0;
  for (std::uint64_t sequence = 1; sequence <= 500; ++sequence) {
    EXPECT_TRUE(payloads.count(sequence) == 1 || purged) << sequence << ": half of a purge";
  }
  const Outcome again = site.BackUp("D");
  EXPECT_TRUE(again.completed()) << again.Text();
}

TEST_P(HazardTest, AStreamOfOneMessageAndAnEmptyOneComeBackExactly) {
  Site site({.server = Server()});
  site.Fill("ONE", 1, 10);
  site.client().CreateStream({{"name", "NONE"}, {"subjects", {"none"}}});
  for (const std::string stream : {"ONE", "NONE"}) {
    const StreamDump before = DumpStream(site.client(), stream);
    const Outcome outcome = site.BackUp(stream);
    ASSERT_TRUE(outcome.completed()) << outcome.Text();
    EXPECT_EQ(site.RestoredAgainst(stream, before), "") << stream;
  }
}

TEST_P(HazardTest, AnEncryptedStoreComesBackExactlyAndStaysReadable) {
  NatsServerOptions server = Server();
  server.cipher = "chacha";
  Site site({.server = server});
  site.Fill("S", 350, kBigBytes);
  site.client().CreateConsumer("S", {{"durable_name", "c"}, {"ack_policy", "explicit"}});
  ASSERT_EQ(site.client().Fetch("S", "c", 3).size(), 3U);
  const StreamDump before = DumpStream(site.client(), "S");
  if (RawMode()) {
    const RawSnapshot snapshot = TakeRawSnapshot(site.client(), "S");
    site.client().DeleteStream("S");
    RestoreRawSnapshot(site.client(), "S", snapshot);
    EXPECT_EQ(Joined(Compare(before, DumpStream(site.client(), "S"))), "");
  } else {
    const Outcome outcome = site.BackUp("S");
    ASSERT_TRUE(outcome.completed()) << outcome.Text();
    EXPECT_EQ(site.RestoredAgainst("S", before), "");
  }
  site.server().Restart();
  site.Reconnect();
  EXPECT_EQ(Joined(Compare(before, DumpStream(site.client(), "S"))), "") << "after a restart";
}

TEST_P(HazardTest, ConsumersAwayFromTheLeaderAreNamedAndComeBack) {
  NatsCluster cluster({.version = GetParam()});
  JetkeepProcess jetkeep({.server_url = cluster.Url()});
  JetStreamClient client(cluster.Url());
  client.CreateStream({{"name", "R"}, {"subjects", {"r"}}, {"num_replicas", 3}});
  client.PublishMany(300, [](std::uint64_t i) {
    return OutgoingMessage{"r", NumberedPayload(i + 1, 100), ""};
  });
  std::set<std::string> names{"memory", "three"};
  for (int i = 0; i < 6; ++i) names.insert("single" + std::to_string(i));
  for (const auto& name : names) {
    Json config{
        {"durable_name", name}, {"ack_policy", "explicit"}, {"ack_wait", 3'600'000'000'000}};
    if (name != "three") config["num_replicas"] = 1;
    if (name == "memory") config["mem_storage"] = true;
    client.CreateConsumer("R", config);
    // Its node may lag behind what was published.
    std::size_t acknowledged = 0;
    for (int i = 0; i < 200 && acknowledged < 10; ++i) {
      if (i > 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
      for (const auto& message : client.Fetch("R", name, 10 - acknowledged)) {
        client.Ack(message);
        ++acknowledged;
      }
    }
    ASSERT_EQ(acknowledged, 10U) << name;
  }
  const Json backup = BackUp(client, "R");
  EXPECT_EQ(backup.at("result").at("consumers"), names.size()) << backup;
  const Json shown =
      Ask(client, "backup.show", {{"backup", backup.at("result").at("id")}}).at("consumer_details");
  std::set<std::string> saved;
  for (const Json& consumer : shown) saved.insert(consumer.at("name").get<std::string>());
  EXPECT_EQ(saved, names);
  client.DeleteStream("R");
  RestoreNewest(client, "R");
  AwaitReplicas(client, "R");
  const auto restored = client.ConsumerNames("R");
  EXPECT_EQ(std::set<std::string>(restored.begin(), restored.end()), names);
  for (const auto& name : names) {
    // In a cluster it reads 0, and nothing is delivered, until the consumer has looked at its
    // stream.
    Json pending;
    for (int i = 0; i < 200 && pending != 290; ++i) {
      if (i > 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
      pending = client.ConsumerInfo("R", name).at("num_pending");
    }
    EXPECT_EQ(pending, 290) << name;
    const auto next = client.Fetch("R", name, 1);
    ASSERT_EQ(next.size(), 1U) << name;
    EXPECT_EQ(ParseDelivery(next[0].reply).stream_sequence, 11U) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, HazardTest, ::testing::ValuesIn(ServerVersions()), VersionName);

}  // namespace
}  // namespace jetkeep::testing
