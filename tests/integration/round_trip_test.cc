// A stream of every kind goes through backup, deletion and restore, and is the same: messages,
// state and consumers, at once and after a restart of the server.
#include "tests/integration/round_trip.h"

#include <atomic>
#include <random>
#include <set>
#include <thread>

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
constexpr std::int64_t kHourNs = 3'600'000'000'000;

struct Installation {
  std::unique_ptr<NatsServer> server;
  std::unique_ptr<JetkeepProcess> jetkeep;
  struct Kept {
    StreamDump dump;
    CompareOptions options;
  };
  std::map<std::string, Kept> restored;  // by stream: what must still be there after a restart
};

class RoundTripTest : public ::testing::TestWithParam<std::string> {
 protected:
  static std::map<std::string, Installation>& Installations() {
    static std::map<std::string, Installation> installations;
    return installations;
  }

  void SetUp() override {
    Installation& here = Installations()[GetParam()];
    if (!here.server) {
      here.server = std::make_unique<NatsServer>(NatsServerOptions{.version = GetParam()});
    }
    if (!here.jetkeep && !RawMode()) {
      here.jetkeep =
          std::make_unique<JetkeepProcess>(JetkeepOptions{.server_url = here.server->Url()});
    }
    client_ = std::make_unique<JetStreamClient>(here.server->Url());
  }
  static void TearDownTestSuite() { Installations().clear(); }

  JetStreamClient& client() { return *client_; }
  bool ServerIs(const std::string& version) const { return GetParam() == version; }

  // A file stream with the subjects `<name>.>`, and what `more` says.
  void Create(const std::string& name, const Json& more = Json::object()) {
    Json config{{"name", name}, {"subjects", {name + ".>"}}, {"storage", "file"}};
    config.update(more);
    client().CreateStream(config);
  }
  void Fill(const std::string& name, int count, int subjects = 7) {
    for (int i = 0; i < count; ++i) {
      client().PublishAcked(name + ".s" + std::to_string(i % subjects),
                            "message " + std::to_string(i));
    }
  }
  void ExpectRoundTrip(const std::string& stream, const CompareOptions& options = {}) {
    Installation::Kept kept{{}, options};
    EXPECT_EQ(RoundTrip(client(), stream, kept.dump, options), "") << stream;
    Installations()[GetParam()].restored[stream] = std::move(kept);
  }

 private:
  std::unique_ptr<JetStreamClient> client_;
};

TEST_P(RoundTripTest, EmptyStream) {
  Create("EMPTY");
  ExpectRoundTrip("EMPTY");
}

TEST_P(RoundTripTest, EmptyStreamWithAConsumer) {
  Create("EMPTY_C");
  client().CreateConsumer("EMPTY_C", {{"durable_name", "waits"}, {"ack_policy", "explicit"}});
  ExpectRoundTrip("EMPTY_C");
}

TEST_P(RoundTripTest, OneMessage) {
  Create("ONE");
  Fill("ONE", 1);
  ExpectRoundTrip("ONE");
}

TEST_P(RoundTripTest, ConfigurationWithManyFields) {
  Json more{{"description", "says \"what\" <it> is & why"},
            {"max_consumers", 50},
            {"max_msg_size", 5000},
            {"duplicate_window", 60'000'000'000},
            {"discard", "new"},
            {"allow_direct", true},
            {"subjects", {"MANY.>", "many.*.ü"}}};
  if (!ServerIs("2.9")) {
    more["metadata"] = {{"owner", "team"}, {"ключ", "значение"}};
    more["compression"] = "s2";
  }
  Create("MANY", more);
  Fill("MANY", 30);
  ExpectRoundTrip("MANY");
}

TEST_P(RoundTripTest, HeadersBinaryAndEmptyPayloads) {
  Create("CONTENT");
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  client().PublishAcked("CONTENT.empty", "");
  client().PublishAcked("CONTENT.binary", every_byte);
  client().PublishAcked("CONTENT.headers", "x",
                        HeaderBlock({{"A", "1"},
                                     {"A", "2"},
                                     {"a", "lower"},
                                     {"Empty", ""},
                                     {"Nats-Msg-Id", "id-1"},
                                     {"Ünicode", "ß ✓"}}));
  client().PublishAcked("CONTENT.only-headers", "", HeaderBlock({{"X", "y"}}));
  client().PublishAcked("CONTENT.odd-headers", every_byte,
                        "NATS/1.0\r\nno-space:v\r\nwide:   v  \r\n\r\n");
  client().PublishAcked("CONTENT.many-headers", "p",
                        HeaderBlock(std::vector<std::pair<std::string, std::string>>(
                            400, {"Key", std::string(100, 'v')})));
  ExpectRoundTrip("CONTENT");
}

TEST_P(RoundTripTest, PayloadsOfOneMebibyte) {
  Create("LARGE");
  std::mt19937_64 random(7);
  for (int i = 0; i < 24; ++i) {
    std::string payload(1 << 20, '\0');
    if (i % 2 == 0) {
      for (std::size_t at = 0; at < payload.size(); at += 8) {
        const std::uint64_t word = random();
        payload.replace(at, 8, reinterpret_cast<const char*>(&word), 8);
      }
    }
    client().PublishAcked("LARGE.p", payload);
  }
  ExpectRoundTrip("LARGE");
}

TEST_P(RoundTripTest, AMillionSmallMessages) {
  Create("MILLION");
  client().PublishMany(1'000'000, [](std::uint64_t i) {
    return OutgoingMessage{"MILLION.s" + std::to_string(i % 50),
                           "{\"reading\": " + std::to_string(i * 7919) + "}", ""};
  });
  client().CreateConsumer("MILLION", {{"durable_name", "far"},
                                      {"ack_policy", "none"},
                                      {"deliver_policy", "by_start_sequence"},
                                      {"opt_start_seq", 900'000}});
  ExpectRoundTrip("MILLION");
}

TEST_P(RoundTripTest, SubjectsOfManyBlocksAreCountedAndTheIndexIsTaken) {
  Create("INDEXED");
  client().PublishMany(6000, [](std::uint64_t i) {
    return OutgoingMessage{"INDEXED.s" + std::to_string(i * i % 997), std::string(4000, 'x'), ""};
  });
  const auto counts = [&] {
    return client()
        .Api("STREAM.INFO.INDEXED", {{"subjects_filter", ">"}})
        .at("state")
        .at("subjects");
  };
  const Json before = counts();
  ASSERT_GT(before.size(), 100U);
  ExpectRoundTrip("INDEXED");
  EXPECT_EQ(counts(), before);
  // A server that finds the index wrong says so and reads all blocks again.
  const std::string log = ReadWholeFile(Installations()[GetParam()].server->log_path());
  EXPECT_EQ(log.find("Stream state"), std::string::npos) << log;
}

TEST_P(RoundTripTest, DeletedAtTheHeadInsideAndAtTheEnd) {
  Create("DELETED");
  Fill("DELETED", 300);
  for (std::uint64_t sequence = 1; sequence <= 20; ++sequence) {
    client().DeleteMessage("DELETED", sequence, sequence % 2 == 0);
  }
  for (std::uint64_t sequence = 50; sequence <= 260; sequence += 7) {
    client().DeleteMessage("DELETED", sequence, sequence % 2 == 0);
  }
  for (std::uint64_t sequence = 120; sequence <= 150; ++sequence) {
    client().TryApi("STREAM.MSG.DELETE.DELETED", {{"seq", sequence}});
  }
  client().DeleteMessage("DELETED", 299);
  client().DeleteMessage("DELETED", 300, true);
  ExpectRoundTrip("DELETED");
}

TEST_P(RoundTripTest, AllMessagesDeletedKeepTheSequence) {
  Create("GONE");
  Fill("GONE", 25);
  for (std::uint64_t sequence = 1; sequence <= 25; ++sequence) {
    client().DeleteMessage("GONE", sequence);
  }
  ExpectRoundTrip("GONE");
  EXPECT_EQ(client().PublishAcked("GONE.next", "goes on"), 26U);
  Installations()[GetParam()].restored["GONE"].dump = DumpStream(client(), "GONE");
}

TEST_P(RoundTripTest, PurgedStreamKeepsTheSequence) {
  Create("PURGED");
  Fill("PURGED", 40);
  client().PurgeStream("PURGED");
  ExpectRoundTrip("PURGED");
}

TEST_P(RoundTripTest, PurgedBySubjectSequenceAndKeep) {
  Create("PURGE");
  Fill("PURGE", 200);
  client().PurgeStream("PURGE", {{"filter", "PURGE.s3"}});
  client().PurgeStream("PURGE", {{"filter", "PURGE.s5"}, {"keep", 2}});
  client().PurgeStream("PURGE", {{"seq", 30}});
  ExpectRoundTrip("PURGE");
}

TEST_P(RoundTripTest, LimitsOfCountAndSize) {
  Create("MAX_MSGS", {{"max_msgs", 50}});
  Fill("MAX_MSGS", 120);
  ExpectRoundTrip("MAX_MSGS");
  Create("MAX_BYTES", {{"max_bytes", 4096}});
  Fill("MAX_BYTES", 200);
  ExpectRoundTrip("MAX_BYTES");
  Create("MAX_PER", {{"max_msgs_per_subject", 3}});
  Fill("MAX_PER", 200, 11);
  ExpectRoundTrip("MAX_PER");
}

TEST_P(RoundTripTest, ExpiredMessagesAreNotThereAndTheOthersStay) {
  Create("MAX_AGE", {{"max_age", 1'000'000'000}, {"duplicate_window", 1'000'000'000}});
  Fill("MAX_AGE", 10);
  while (client().StreamInfo("MAX_AGE").at("state").at("messages") != 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  Json config = client().StreamInfo("MAX_AGE").at("config");
  config["max_age"] = kHourNs;
  client().UpdateStream(config);
  Fill("MAX_AGE", 15);
  ExpectRoundTrip("MAX_AGE");
}

TEST_P(RoundTripTest, KeyValueBucketWithHistoryDeletesAndPurges) {
  client().CreateBucket("settings", 5);
  for (int i = 0; i < 8; ++i) client().PutKey("settings", "a", "value " + std::to_string(i));
  for (int i = 0; i < 20; ++i) client().PutKey("settings", "k." + std::to_string(i), "v");
  client().DeleteKey("settings", "k.3");
  client().PurgeKey("settings", "k.4");
  client().PutKey("settings", "gone", "1");
  client().PutKey("settings", "gone", "2");
  client().PurgeKey("settings", "gone");
  ExpectRoundTrip("KV_settings");
}

TEST_P(RoundTripTest, ObjectStore) {
  client().CreateObjectStore("files");
  client().PutObject("files", "small", "a few bytes");
  client().PutObject("files", "Bild.png", std::string(900'000, 'p'));
  client().PutObject("files", "Bild.png", std::string(300'000, 'q'));
  ExpectRoundTrip("OBJ_files");
}

TEST_P(RoundTripTest, WorkQueueWithConsumersPartWay) {
  Create("WORK", {{"retention", "workqueue"}});
  client().CreateConsumer("WORK", {{"durable_name", "one"},
                                   {"ack_policy", "explicit"},
                                   {"filter_subject", "WORK.s1"},
                                   {"ack_wait", kHourNs}});
  client().CreateConsumer("WORK", {{"durable_name", "two"},
                                   {"ack_policy", "explicit"},
                                   {"filter_subject", "WORK.s2"},
                                   {"ack_wait", kHourNs}});
  Fill("WORK", 100, 3);
  const auto one = client().Fetch("WORK", "one", 10);
  ASSERT_EQ(one.size(), 10U);
  for (const std::size_t index : {0U, 1U, 5U, 9U}) client().Ack(one[index]);
  const auto two = client().Fetch("WORK", "two", 4);
  ASSERT_EQ(two.size(), 4U);
  client().Term(two[2]);
  ExpectRoundTrip("WORK");
}

TEST_P(RoundTripTest, InterestStreamWithConsumersPartWay) {
  Create("INTEREST", {{"retention", "interest"}});
  for (const std::string name : {"slow", "fast"}) {
    client().CreateConsumer(
        "INTEREST", {{"durable_name", name}, {"ack_policy", "explicit"}, {"ack_wait", kHourNs}});
  }
  Fill("INTEREST", 60);
  for (const auto& message : client().Fetch("INTEREST", "fast", 40)) client().Ack(message);
  const auto slow = client().Fetch("INTEREST", "slow", 20);
  for (const std::size_t index : {0U, 1U, 2U, 10U}) client().Ack(slow.at(index));
  ExpectRoundTrip("INTEREST");
}

TEST_P(RoundTripTest, ConsumersOfEveryKind) {
  Create("CONSUMED");
  Fill("CONSUMED", 200);
  client().CreateConsumer("CONSUMED", {{"durable_name", "pull"},
                                       {"description", "acks some, naks some"},
                                       {"ack_policy", "explicit"},
                                       {"ack_wait", kHourNs},
                                       {"max_deliver", 10}});
  client().CreateConsumer("CONSUMED", {{"durable_name", "untouched"}, {"ack_policy", "explicit"}});
  client().CreateConsumer("CONSUMED",
                          {{"durable_name", "all"}, {"ack_policy", "all"}, {"ack_wait", kHourNs}});
  client().CreateConsumer("CONSUMED", {{"durable_name", "push"},
                                       {"deliver_subject", "deliver.to.nobody"},
                                       {"deliver_group", "group"},
                                       {"ack_policy", "explicit"}});
  client().CreateConsumer("CONSUMED", {{"durable_name", "last"},
                                       {"deliver_policy", "last_per_subject"},
                                       {"filter_subject", "CONSUMED.>"},
                                       {"ack_policy", "explicit"}});
  client().CreateConsumer(
      "CONSUMED", {{"name", "named"}, {"ack_policy", "explicit"}, {"inactive_threshold", kHourNs}});
  if (!ServerIs("2.9")) {
    client().CreateConsumer("CONSUMED", {{"durable_name", "filters"},
                                         {"filter_subjects", {"CONSUMED.s1", "CONSUMED.s4"}},
                                         {"metadata", {{"purpose", "test"}}},
                                         {"ack_policy", "explicit"}});
  }
  const auto pulled = client().Fetch("CONSUMED", "pull", 50);
  ASSERT_EQ(pulled.size(), 50U);
  for (std::size_t i = 0; i < 50; i += 3) client().Ack(pulled[i]);
  client().Nak(pulled[1]);
  client().Nak(pulled[4]);
  ASSERT_EQ(client().Fetch("CONSUMED", "pull", 2).size(), 2U);
  client().Ack(client().Fetch("CONSUMED", "all", 30).at(11));
  client().Fetch("CONSUMED", "named", 12);
  ExpectRoundTrip("CONSUMED");
}

TEST_P(RoundTripTest, PendingMessagesComeBackToTheSameConsumer) {
  Create("AGAIN");
  Fill("AGAIN", 30);
  client().CreateConsumer(
      "AGAIN", {{"durable_name", "c"}, {"ack_policy", "explicit"}, {"ack_wait", 2'000'000'000}});
  const auto first = client().Fetch("AGAIN", "c", 10);
  for (const std::size_t index : {0U, 2U, 3U, 7U}) client().Ack(first.at(index));
  StreamDump before;
  EXPECT_EQ(RoundTrip(client(), "AGAIN", before), "");
  std::this_thread::sleep_for(std::chrono::milliseconds(3500));
  std::set<std::uint64_t> again;
  for (const auto& message : client().Fetch("AGAIN", "c", 6)) {
    const DeliveryInfo delivery = ParseDelivery(message.reply);
    EXPECT_EQ(delivery.deliveries, 2U);
    again.insert(delivery.stream_sequence);
  }
  EXPECT_EQ(again, (std::set<std::uint64_t>{2, 5, 6, 7, 9, 10}));
}

TEST_P(RoundTripTest, ConsumersInMemoryAreRebuilt) {
  Create("MEMORY_C");
  Fill("MEMORY_C", 20);
  client().CreateConsumer("MEMORY_C", {{"durable_name", "in_memory"},
                                       {"ack_policy", "explicit"},
                                       {"mem_storage", true},
                                       {"ack_wait", kHourNs}});
  for (const auto& message : client().Fetch("MEMORY_C", "in_memory", 5)) client().Ack(message);
  if (RawMode()) GTEST_SKIP() << "servers leave such consumers out";
  StreamDump before;
  const std::string differences =
      RoundTrip(client(), "MEMORY_C", before, {.config = true, .consumer_state = false});
  if (AtLeast(GetParam(), "2.15")) {
    EXPECT_EQ(differences, "");
  } else {
    // These servers restore such a consumer without its state: its start takes the place of it.
    EXPECT_EQ(
        differences,
        "consumer in_memory.config.deliver_policy: expected \"all\", is \"by_start_sequence\"\n"
        "consumer in_memory.config.opt_start_seq: expected null, is 6\n");
  }
  const auto messages = client().Fetch("MEMORY_C", "in_memory", 1);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(ParseDelivery(messages[0].reply).stream_sequence, 6U);
}

TEST_P(RoundTripTest, NamesWithEveryLegalCharacter) {
  const std::string odd = "!\"#$%&'()+,-:;<=?@[]^_`{|}~0aZ";
  const std::vector<std::string> names{odd,      "größe-名前-✓", "CON", "con",
                                       "%2E%2e", "-x",           "~",   std::string(200, 'n')};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string subject = "odd." + std::to_string(i);
    Create(names[i], {{"subjects", {subject + ".>"}}});
    client().PublishAcked(subject + ".\"quoted\"", "a");
    client().PublishAcked(subject + ".a{b}|c$d.ü.✓", "b");
    client().CreateConsumer(names[i],
                            {{"durable_name", i < 3 ? names[i] : "c"}, {"ack_policy", "explicit"}});
    ExpectRoundTrip(names[i]);
  }
}

TEST_P(RoundTripTest, SequencesAboveTwoToThe32) {
  constexpr std::uint64_t kHigh = (1ULL << 32) + 1000;
  Create("HIGH");
  client().PublishAcked("HIGH.a", "1");
  client().PurgeStream("HIGH", {{"seq", kHigh}});
  Fill("HIGH", 30);
  ASSERT_GT(client().StreamInfo("HIGH").at("state").at("last_seq").get<std::uint64_t>(), kHigh);
  client().DeleteMessage("HIGH", kHigh + 5);
  client().CreateConsumer(
      "HIGH", {{"durable_name", "c"}, {"ack_policy", "explicit"}, {"ack_wait", kHourNs}});
  const auto messages = client().Fetch("HIGH", "c", 10);
  client().Ack(messages.at(0));
  client().Ack(messages.at(3));
  ExpectRoundTrip("HIGH");
}

TEST_P(RoundTripTest, SequencesThatNoDoubleCanHold) {
  constexpr std::uint64_t kHigher = (1ULL << 53) + 1;
  Create("HIGHER");
  client().PublishAcked("HIGHER.a", "1");
  client().PurgeStream("HIGHER", {{"seq", kHigher}});
  Fill("HIGHER", 5);
  ExpectRoundTrip("HIGHER");
}

TEST_P(RoundTripTest, AFirstSequenceInTheConfiguration) {
  Json config = Json::object();
  if (!ServerIs("2.9")) config["first_seq"] = 5000;  // unknown before 2.10
  Create("FIRST", config);
  Fill("FIRST", 5);
  // 2.10 empties a stream that still begins at first_seq whenever it opens it, after a restart as
  // well.
  if (ServerIs("2.10")) client().PurgeStream("FIRST", {{"seq", 5002}});
  ExpectRoundTrip("FIRST");
}

TEST_P(RoundTripTest, AStreamThatIsWrittenToGivesOneCleanCut) {
  if (RawMode()) GTEST_SKIP() << "only a cut of Jetkeep is clean";
  Create("BUSY");
  client().PublishMany(200'000, [](std::uint64_t i) {
    return OutgoingMessage{"BUSY.before", "payload " + std::to_string(i), ""};
  });
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    JetStreamClient other(Installations()[GetParam()].server->Url());
    while (!stop) {
      other.PublishMany(50, [](std::uint64_t i) {
        return OutgoingMessage{"BUSY.during", "payload " + std::to_string(i), ""};
      });
    }
  });
  Json backup;
  EXPECT_NO_THROW(backup = BackUp(client(), "BUSY").at("result"));
  stop = true;
  writer.join();
  ASSERT_TRUE(backup.is_object());
  StreamDump expected = DumpStream(client(), "BUSY");
  const auto last = backup.at("last_sequence").get<std::uint64_t>();
  EXPECT_GE(last, 200'000U);
  while (!expected.messages.empty() && expected.messages.back().sequence > last) {
    expected.messages.pop_back();
  }
  client().DeleteStream("BUSY");
  RestoreNewest(client(), "BUSY");
  const StreamDump actual = DumpStream(client(), "BUSY");
  expected.state = actual.state;
  EXPECT_EQ(Joined(Compare(expected, actual)), "");
  EXPECT_EQ(actual.state.at("last_seq"), last);
  EXPECT_EQ(actual.state.at("messages"), last);
}

// Stays last: what the cases above restored is looked at once more.
TEST_P(RoundTripTest, EverythingIsStillTheSameAfterARestart) {
  Installation& here = Installations()[GetParam()];
  if (here.restored.empty()) GTEST_SKIP() << "no case ran before";
  here.server->Restart();
  JetStreamClient after(here.server->Url());
  for (const auto& [stream, kept] : here.restored) {
    EXPECT_EQ(Joined(Compare(kept.dump, DumpStream(after, stream), kept.options)), "") << stream;
  }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  if (!RawMode()) {
    here.jetkeep->ExpectSmallMemory();
  }
#endif
}

INSTANTIATE_TEST_SUITE_P(Servers, RoundTripTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing
