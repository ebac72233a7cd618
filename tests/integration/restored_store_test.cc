// What a restored stream is worth to its readers: the same as one that the server itself restored
// from its own snapshot, for each kind of store, and read with as few bytes from its disk. The
// restored streams must survive restarts, and what happens to them afterwards must, too.
//
// JETKEEP_STORES: other servers and stores than those below, such as "2.14/aes-s2 2.11/plain".
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <sstream>
#include <thread>

#include "tests/integration/site.h"
#include "tests/support/raw_snapshot.h"
#include "tests/support/servers.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using Sequences = std::vector<std::uint64_t>;

constexpr std::uint64_t kCount = 3000;
// A consumer's reading may take this many times the bytes that it takes after the native restore:
// blocks are not cut at the same places.
constexpr std::uint64_t kReadAtMost = 4;
constexpr std::uint64_t kReadBesides = std::uint64_t{32} << 20;

// Of each the gaps that its name says.
const std::vector<std::string> kShapes{"whole", "scattered", "runs", "far", "end", "emptied"};

std::vector<std::string> Stores() {
  const char* set = std::getenv("JETKEEP_STORES");
  // 2.10 with a key is the one that read restored blocks anew for each message.
  std::istringstream in(set != nullptr ? set : "2.9/aes 2.10/plain 2.10/chacha-s2 2.15/aes");
  std::vector<std::string> stores;
  for (std::string store; in >> store;) stores.push_back(store);
  return stores;
}

// Of one consumer that reads everything.
struct Reading {
  Sequences sequences;
  std::uint64_t bytes_read = 0;  // by the server, from disk and network
};

struct Look {
  Json state;
  Sequences deleted;
  Reading pulled, pushed, filtered;
  Sequences stored;  // by STREAM.MSG.GET
};

class RestoredStoreTest : public ::testing::TestWithParam<std::string> {
 protected:
  RestoredStoreTest() : version_(GetParam().substr(0, GetParam().find('/'))) {
    const std::string store = GetParam().substr(version_.size() + 1);
    NatsServerOptions server;
    server.version = version_;
    if (store.rfind("aes", 0) == 0) server.cipher = "aes";
    if (store.rfind("chacha", 0) == 0) server.cipher = "chacha";
    if (store.find("s2") != std::string::npos) config_["compression"] = "s2";
    site_ = std::make_unique<Site>(SiteOptions{.server = server});
    // Servers 2.9 stop answering those who pull from a sparse bucket, whoever restored it.
    if (!Is29()) shapes_.emplace_back("bucket");
    if (!Is29() && !Is210()) shapes_.emplace_back("ttl");
  }

  bool Is29() const { return version_.rfind("2.9", 0) == 0; }
  bool Is210() const { return version_.rfind("2.10", 0) == 0; }

  JetStreamClient& client() { return site_->client(); }

  void Restart() {
    site_->server().Restart();
    site_->Reconnect();
    site_->jetkeep().WaitUntilReady();
  }

  std::uint64_t ServerRead() {
    std::istringstream io(ReadWholeFile("/proc/" + std::to_string(site_->server().pid()) + "/io"));
    std::string name;
    std::uint64_t bytes = 0;
    io >> name >> bytes;
    EXPECT_EQ(name, "rchar:");
    return bytes;
  }

  void MakeStream(const std::string& shape) {
    Json config{{"name", shape}, {"subjects", {shape + ".>"}}};
    config.update(config_);
    if (shape == "bucket") config["max_msgs_per_subject"] = 1;
    if (shape == "ttl") config["allow_msg_ttl"] = true;
    client().CreateStream(config);
    const std::uint64_t keys = shape == "bucket" ? kCount / 3 : 50;
    std::mt19937_64 random(7);
    client().PublishMany(kCount, [&](std::uint64_t i) {
      const std::uint64_t key = shape == "bucket" ? random() % keys : i % keys;
      return OutgoingMessage{shape + ".k" + std::to_string(key), NumberedPayload(i + 1, 1500), ""};
    });
    if (shape == "scattered" || shape == "ttl") Delete(shape, 5, kCount, 3);
    if (shape == "runs") {
      Delete(shape, 500, 1500);
      Delete(shape, kCount - 700, kCount - 300);
    }
    if (shape == "far") {
      client().PurgeStream(shape, {{"seq", kCount - 50}});
      Delete(shape, kCount - 20, kCount - 20);
    }
    if (shape == "end") {
      Delete(shape, 100, 100);
      Delete(shape, kCount - 30, kCount);
    }
    if (shape == "emptied") client().PurgeStream(shape);
  }

  void Delete(const std::string& stream, std::uint64_t first, std::uint64_t last,
              std::uint64_t step = 1) {
    for (std::uint64_t sequence = first; sequence <= last; sequence += step) {
      client().DeleteMessage(stream, sequence, sequence % 2 == 0);
    }
  }

  // What a stream may live through next.
  void Change(const std::string& stream) {
    client().PublishMany(300, [&](std::uint64_t i) {
      return OutgoingMessage{stream + ".k" + std::to_string(i % 60), NumberedPayload(i, 900), ""};
    });
    for (const std::uint64_t sequence : {kCount - 1, kCount + 10, kCount + 299, kCount + 300}) {
      client().TryApi("STREAM.MSG.DELETE." + stream, {{"seq", sequence}, {"no_erase", false}});
    }
    client().PurgeStream(stream, {{"filter", stream + ".k7"}});
    client().PurgeStream(stream, {{"seq", 201}});
  }

  Reading Pull(const std::string& stream) {
    Reading reading;
    const std::uint64_t before = ServerRead();
    client().CreateConsumer(stream, {{"durable_name", "puller"}, {"ack_policy", "none"}});
    for (;;) {
      const auto messages = client().Fetch(stream, "puller", 500);
      for (const auto& message : messages) {
        reading.sequences.push_back(ParseDelivery(message.reply).stream_sequence);
      }
      if (messages.empty()) break;
    }
    client().DeleteConsumer(stream, "puller");
    reading.bytes_read = ServerRead() - before;
    return reading;
  }

  Reading Push(const std::string& stream, const std::string& filter) {
    Reading reading;
    const std::uint64_t before = ServerRead();
    const std::string inbox = client().NewInbox();
    const auto subscription = client().Subscribe(inbox);
    client().Flush();
    const Json made = client().CreateConsumer(stream, {{"durable_name", "pusher"},
                                                       {"ack_policy", "none"},
                                                       {"filter_subject", filter},
                                                       {"deliver_subject", inbox}});
    // What was delivered before the answer was made is pending no more.
    const bool none = made.at("num_pending") == 0;
    while (const auto message =
               client().Next(subscription, std::chrono::milliseconds(none ? 200 : 10'000))) {
      const auto delivery = ParseDelivery(message->reply);
      reading.sequences.push_back(delivery.stream_sequence);
      if (delivery.pending == 0) break;
    }
    client().DeleteConsumer(stream, "pusher");
    client().Unsubscribe(subscription);
    reading.bytes_read = ServerRead() - before;
    return reading;
  }

  Json StateOf(const std::string& stream) {
    Json state = client().StreamInfo(stream, true).at("state");
    state.erase("consumer_count");
    // The year 1, or 1970.
    if (state.at("messages") == 0) state.erase("first_ts");
    return state;
  }

  Look LookAt(const std::string& stream) {
    Look look;
    look.state = StateOf(stream);
    look.deleted = look.state.value("deleted", Sequences{});
    look.pulled = Pull(stream);
    look.pushed = Push(stream, stream + ".>");
    look.filtered = Push(stream, stream + ".k9");
    for (std::uint64_t sequence = 1; sequence <= kCount + 301; sequence += 13) {
      const Json answer = client().TryApi("STREAM.MSG.GET." + stream, {{"seq", sequence}});
      if (answer.contains("message")) look.stored.push_back(sequence);
    }
    return look;
  }

  std::map<std::string, Look> LookAtAll() {
    std::map<std::string, Look> looks;
    for (const auto& shape : shapes_) looks[shape] = LookAt(shape);
    return looks;
  }

  const std::string version_;
  std::vector<std::string> shapes_ = kShapes;
  Json config_ = Json::object();
  std::unique_ptr<Site> site_;
};

// A stream is what its own numbers say.
void ExpectSound(const Look& look) {
  const auto first = look.state.at("first_seq").get<std::uint64_t>();
  const auto last = look.state.at("last_seq").get<std::uint64_t>();
  const auto messages = look.state.at("messages").get<std::uint64_t>();
  const std::uint64_t deleted = last + 1 - first - messages;
  EXPECT_EQ(look.state.value("num_deleted", std::uint64_t{0}), deleted);
  EXPECT_EQ(look.deleted.size(), deleted);
  Sequences live;
  auto gap = look.deleted.begin();
  for (std::uint64_t sequence = first; sequence <= last; ++sequence) {
    if (gap != look.deleted.end() && *gap == sequence) {
      ++gap;
    } else {
      live.push_back(sequence);
    }
  }
  EXPECT_TRUE(gap == look.deleted.end()) << *gap << " is no sequence of the stream";
  EXPECT_EQ(look.pulled.sequences, live);
  EXPECT_EQ(look.pushed.sequences, live);
  Sequences stored;
  for (const std::uint64_t sequence : live) {
    if (sequence % 13 == 1) stored.push_back(sequence);
  }
  EXPECT_EQ(look.stored, stored);
}

void ExpectSame(const Look& expected, const Look& actual) {
  EXPECT_EQ(expected.state, actual.state);
  EXPECT_EQ(expected.pulled.sequences, actual.pulled.sequences);
  EXPECT_EQ(expected.filtered.sequences, actual.filtered.sequences);
}

void ExpectAsFast(const Reading& native, const Reading& ours) {
  EXPECT_LE(ours.bytes_read, kReadAtMost * native.bytes_read + kReadBesides);
}

TEST_P(RestoredStoreTest, IsAsExactAndAsFastAsWhatTheServerItselfRestores) {
  std::map<std::string, RawSnapshot> snapshots;
  std::map<std::string, Json> originals;
  for (const auto& shape : shapes_) {
    MakeStream(shape);
    originals[shape] = StateOf(shape);
    const Outcome backup = site_->BackUp(shape);
    ASSERT_TRUE(backup.completed()) << backup.Text();
    snapshots[shape] = TakeRawSnapshot(client(), shape);
    client().DeleteStream(shape);
    RestoreRawSnapshot(client(), shape, snapshots[shape]);
  }
  const auto native = LookAtAll();
  for (const auto& shape : shapes_) {
    client().DeleteStream(shape);
    const Outcome restored = site_->Restore(shape);
    ASSERT_TRUE(restored.completed()) << restored.Text();
  }
  const auto ours = LookAtAll();
  for (const auto& shape : shapes_) {
    SCOPED_TRACE(shape);
    ExpectSound(ours.at(shape));
    EXPECT_EQ(originals.at(shape), ours.at(shape).state);
    EXPECT_EQ(native.at(shape).filtered.sequences, ours.at(shape).filtered.sequences);
    ExpectAsFast(native.at(shape).pulled, ours.at(shape).pulled);
    ExpectAsFast(native.at(shape).pushed, ours.at(shape).pushed);
    ExpectAsFast(native.at(shape).filtered, ours.at(shape).filtered);
  }
  Restart();
  for (const auto& [shape, look] : LookAtAll()) {
    SCOPED_TRACE(shape + " after a restart");
    ExpectSound(look);
    ExpectSame(ours.at(shape), look);
    ExpectAsFast(native.at(shape).pulled, look.pulled);
  }
  // Servers 2.9 lose deletes and purges in a restart, whoever restored the stream.
  if (Is29()) return;
  for (const auto& shape : shapes_) {
    client().DeleteStream(shape);
    ASSERT_TRUE(site_->Restore(shape).completed());
    Change(shape);
  }
  const auto changed = LookAtAll();
  Restart();
  for (const auto& [shape, look] : LookAtAll()) {
    SCOPED_TRACE(shape + " changed and restarted");
    ExpectSound(changed.at(shape));
    ExpectSound(look);
    ExpectSame(changed.at(shape), look);
  }
}

// More subjects than an index is kept in memory for.
TEST(RestoredSubjectsTest, AnEncryptedBucketOfManyKeysReadsAsFastOn210) {
  NatsServerOptions server;
  server.version = "2.10";
  server.cipher = "chacha";
  Site site({.server = server});
  constexpr std::uint64_t kKeys = 60'000;
  site.client().CreateStream({{"name", "B"}, {"subjects", {"B.>"}}, {"max_msgs_per_subject", 1}});
  const std::string longest(60, 'k');
  site.client().PublishMany(kKeys + 1000, [&](std::uint64_t i) {
    return OutgoingMessage{"B." + longest + std::to_string(i % kKeys), NumberedPayload(i, 40), ""};
  });
  const StreamDump before = DumpStream(site.client(), "B");
  ASSERT_TRUE(site.BackUp("B").completed());
  site.client().DeleteStream("B");
  const Outcome restored = site.Restore("B");
  ASSERT_TRUE(restored.completed()) << restored.Text();
  EXPECT_EQ(restored.Text().find("index"), std::string::npos) << restored.Text();
  // Anew for each message, the blocks would be read as 200 GB.
  EXPECT_EQ(Joined(Compare(before, DumpStream(site.client(), "B"))), "");
}

class FirstSequenceTest : public ::testing::TestWithParam<std::string> {};

// 2.10 up to 2.10.27 removes all messages of such a stream, from its own snapshot, too.
TEST_P(FirstSequenceTest, AStreamThatBeginsAtItsFirstSeqIsRestoredExactlyOrRefusedBefore) {
  JETKEEP_NEEDS_SERVER(GetParam());
  NatsServerOptions server;
  server.version = GetParam();
  Site site({.server = server});
  for (const std::uint64_t first : {std::uint64_t{1000}, (std::uint64_t{1} << 32) - 2}) {
    const std::string name = "F" + std::to_string(first);
    site.Fill(name, 5, 100, {{"first_seq", first}});
    const StreamDump before = DumpStream(site.client(), name);
    ASSERT_EQ(before.state.at("first_seq"), first);
    const Outcome backup = site.BackUp(name);
    ASSERT_TRUE(backup.completed()) << backup.Text();
    const Json drill = Ask(site.client(), "backup.verify",
                           {{"backup", backup.backup()}, {"wait", true}, {"drill", true}},
                           std::chrono::minutes(1));
    EXPECT_EQ(drill.value("damaged", 1), 0) << drill;
    site.client().DeleteStream(name);
    const Outcome restored = site.Restore(name);
    if (GetParam() != "2.10") {
      ASSERT_TRUE(restored.completed()) << restored.Text();
      EXPECT_EQ(Joined(Compare(before, DumpStream(site.client(), name))), "");
      continue;
    }
    EXPECT_FALSE(restored.completed()) << restored.Text();
    EXPECT_NE(restored.error().find("first_seq"), std::string::npos) << restored.Text();
    EXPECT_FALSE(site.client().StreamExists(name));
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, FirstSequenceTest, ::testing::Values("2.10", "2.11", "2.15"),
                         VersionName);

class EmptiedStreamTest : public ::testing::TestWithParam<std::string> {};

// However it lost its messages, and whatever the server then says of its first sequence.
TEST_P(EmptiedStreamTest, ComesBackWithItsLastSequence) {
  JETKEEP_NEEDS_SERVER(GetParam());
  NatsServerOptions server;
  server.version = GetParam();
  Site site({.server = server});
  JetStreamClient& client = site.client();
  for (const std::string how : {"filters", "deletes", "backwards", "limit", "tail"}) {
    SCOPED_TRACE(how);
    Json config{{"name", how}, {"subjects", {how + ".>"}}};
    if (how == "limit") config["max_age"] = 1'000'000'000;
    client.CreateStream(config);
    client.PublishMany(60, [&](std::uint64_t i) {
      return OutgoingMessage{how + ".k" + std::to_string(i % 3), NumberedPayload(i, 100), ""};
    });
    for (std::uint64_t i = 1; i <= 60; ++i) {
      if (how == "deletes") client.DeleteMessage(how, i);
      if (how == "backwards") client.DeleteMessage(how, 61 - i);
    }
    for (const char* key : {"k1", "k0", "k2"}) {
      if (how == "filters") client.PurgeStream(how, {{"filter", how + "." + key}});
    }
    if (how == "tail") {
      // Servers from 2.10 then say that the empty stream begins at 20.
      client.PurgeStream(how, {{"seq", 20}});
      for (std::uint64_t i = 58; i <= 60; ++i) client.DeleteMessage(how, i);
      client.PurgeStream(how, {{"seq", 58}});
    }
    for (int i = 0; i < 200 && client.StreamInfo(how).at("state").at("messages") != 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    if (how == "tail" && GetParam() != "2.9") {
      EXPECT_LT(client.StreamInfo(how).at("state").at("first_seq"), 60);
    }
    const Outcome backup = site.BackUp(how);
    ASSERT_TRUE(backup.completed()) << backup.Text();
    client.DeleteStream(how);
    const Outcome restored = site.Restore(how);
    ASSERT_TRUE(restored.completed()) << restored.Text();
    const Json state = client.StreamInfo(how).at("state");
    EXPECT_EQ(state.at("messages"), 0) << state;
    EXPECT_EQ(state.at("last_seq"), 60) << state;
    EXPECT_EQ(client.PublishAcked(how + ".k1", "next"), 61U);
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, EmptiedStreamTest,
                         ::testing::Values("2.9", "2.10", "2.12", "2.15"), VersionName);

std::string StoreName(const ::testing::TestParamInfo<std::string>& store) {
  std::string name = store.param;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return "On" + name;
}

INSTANTIATE_TEST_SUITE_P(Stores, RestoredStoreTest, ::testing::ValuesIn(Stores()), StoreName);

}  // namespace
}  // namespace jetkeep::testing
