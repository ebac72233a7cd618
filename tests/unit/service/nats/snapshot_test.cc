#include <gmock/gmock.h>

#include <atomic>

#include "service/work/backoff.h"
#include "tests/support/fault_proxy.h"
#include "tests/unit/service/nats/fixture.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

constexpr std::uint64_t kMessages = 3000;
constexpr std::size_t kSize = 10'000;  // 30 MB in all, more than any window

using SnapshotOf = EachServer;

TEST_P(SnapshotOf, ComesWholeAndRestoresUnderItsName) {
  FillStream(*connection_, *client_, "S", kMessages, kSize);
  ASSERT_TRUE(connection_->Request(
      "$JS.API.CONSUMER.DURABLE.CREATE.S.D",
      R"({"stream_name":"S","config":{"durable_name":"D","ack_policy":"explicit"}})", seconds(5)));
  const auto consumers = client_->Consumers("S");
  ASSERT_TRUE(consumers) << Why(consumers);
  ASSERT_EQ(consumers->size(), 1u);
  EXPECT_EQ((*consumers)[0].name, "D");
  KeepingSink sink;
  const auto done = client_->Snapshot("S", {}, {}, sink);
  ASSERT_TRUE(done) << Why(done);
  EXPECT_EQ(sink.reply.state.messages, kMessages);
  EXPECT_GT(sink.bytes.size(), kMessages * kSize);

  ASSERT_TRUE(client_->DeleteStream("S"));
  EXPECT_EQ(client_->GetStream("S").error().code, Errc::kStreamNotFound);
  auto session = client_->BeginRestore("S", sink.reply.config_json, sink.reply.state, {}, {});
  ASSERT_TRUE(session) << Why(session);
  const std::size_t step = (*session)->MaxChunk();
  for (std::size_t at = 0; at < sink.bytes.size(); at += step) {
    const auto sent = (*session)->Send(std::string_view(sink.bytes).substr(at, step));
    ASSERT_TRUE(sent) << Why(sent);
  }
  const auto info = (*session)->Finish(seconds(60));
  ASSERT_TRUE(info) << Why(info);
  EXPECT_EQ(info->state.messages, kMessages);
  const auto names = client_->StreamNames();
  ASSERT_TRUE(names);
  EXPECT_THAT(*names, ::testing::ElementsAre("S"));
  EXPECT_EQ(client_->Consumers("S")->size(), 1u);
}

TEST_P(SnapshotOf, DeletedSequencesAreCounted) {
  FillStream(*connection_, *client_, "S", 10, 16);
  for (const char* seq : {"3", "4", "7"}) {
    ASSERT_TRUE(connection_->Request("$JS.API.STREAM.MSG.DELETE.S",
                                     R"({"seq":)" + std::string(seq) + "}", seconds(5)));
  }
  const auto info = client_->GetStream("S");
  ASSERT_TRUE(info) << Why(info);
  EXPECT_EQ(info->state.num_deleted, 3u);
  EXPECT_EQ(info->storage, "file");
}

TEST_P(SnapshotOf, AMissingStreamIsNotFound) {
  KeepingSink sink;
  EXPECT_EQ(client_->Snapshot("NONE", {}, {}, sink).error().code, Errc::kStreamNotFound);
  EXPECT_EQ(client_->Snapshot("a.b", {}, {}, sink).error().code, Errc::kInvalidName);
}

TEST_P(SnapshotOf, ComesInLargerChunksFromAServerThatIsNear) {
  FillStream(*connection_, *client_, "S", 200, kSize);
  // A busy machine can seem far away.
  EXPECT_TRUE(Eventually([&] {
    KeepingSink sink;
    return client_->Snapshot("S", {}, {}, sink) && sink.largest == 512 * 1024;
  }));
  KeepingSink as_asked;
  SnapshotOptions options;
  options.chunk_bytes = 64 * 1024;
  EXPECT_TRUE(client_->Snapshot("S", options, {}, as_asked));
  EXPECT_EQ(as_asked.largest, 64U * 1024);

  testing::FaultProxy proxy(server_->port());
  proxy.ToServer({.delay = milliseconds(10)});
  auto through = MustConnect(proxy.Url());
  KeepingSink from_afar;
  EXPECT_TRUE(MustJetStream(*through)->Snapshot("S", {}, {}, from_afar));
  EXPECT_EQ(from_afar.largest, 128U * 1024);
}

TEST_P(SnapshotOf, CancellingEndsItSoonAndTheStreamCanBeTakenAgain) {
  FillStream(*connection_, *client_, "S", kMessages, kSize);
  CancelToken cancel;
  KeepingSink sink;
  sink.on_chunk = [&]() -> Status {
    if (sink.chunks == 5) cancel.Cancel();
    return {};
  };
  const auto start = steady_clock::now();
  EXPECT_EQ(client_->Snapshot("S", {}, cancel, sink).error().code, Errc::kCancelled);
  EXPECT_LT(steady_clock::now() - start, seconds(2));
  // Until the server has noticed, it says that one is in progress.
  EXPECT_TRUE(Eventually(
      [&] {
        KeepingSink again;
        const auto done = client_->Snapshot("S", {}, {}, again);
        if (done) return true;
        EXPECT_EQ(done.error().code, Errc::kServerBusy) << done.error().message;
        return false;
      },
      seconds(20)));
}

TEST_P(SnapshotOf, AServerKilledOnTheWayEndsItInTime) {
  FillStream(*connection_, *client_, "S", kMessages, kSize);
  KeepingSink sink;
  sink.on_chunk = [&]() -> Status {
    if (sink.chunks == 20) server_->Kill();
    return {};
  };
  const auto start = steady_clock::now();
  const auto done = client_->Snapshot("S", {}, {}, sink);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kTransferInterrupted) << done.error().message;
  EXPECT_LT(steady_clock::now() - start, seconds(5));
}

TEST_P(SnapshotOf, AStalledServerEndsItAfterTheIdleTime) {
  FillStream(*connection_, *client_, "S", kMessages, kSize);
  KeepingSink sink;
  sink.on_chunk = [&]() -> Status {
    if (sink.chunks == 20) server_->Pause();
    return {};
  };
  SnapshotOptions options;
  options.idle_timeout = milliseconds(700);
  const auto start = steady_clock::now();
  const auto done = client_->Snapshot("S", options, {}, sink);
  server_->Resume();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kTransferInterrupted) << done.error().message;
  EXPECT_LT(steady_clock::now() - start, seconds(4));
}

TEST_P(SnapshotOf, ACutConnectionIsNeverTakenForAnEnd) {
  FillStream(*connection_, *client_, "S", kMessages, kSize);
  testing::FaultProxy proxy(server_->port());
  auto through = MustConnect(proxy.Url());
  auto client = MustJetStream(*through);
  KeepingSink sink;
  sink.on_chunk = [&]() -> Status {
    if (sink.chunks == 30) proxy.CutAll();
    return {};
  };
  const auto done = client->Snapshot("S", {}, {}, sink);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kTransferInterrupted) << done.error().message;
}

// The server that is there later knows nothing of the snapshot.
TEST_P(SnapshotOf, AnAcknowledgementIsNeverKeptForALaterConnection) {
  FillStream(*connection_, *client_, "S", kMessages, kSize);
  testing::FaultProxy proxy(server_->port());
  auto through = MustConnect(proxy.Url());
  auto client = MustJetStream(*through);
  std::atomic<std::uint64_t> acknowledged = 0;
  std::atomic<bool> marked = false;
  auto acknowledgements =
      connection_->Subscribe("$JS.SNAPSHOT.ACK.>", "", [&](const Message&) { ++acknowledged; });
  auto marks = connection_->Subscribe("mark", "", [&](const Message&) { marked = true; });
  ASSERT_TRUE(connection_->Flush(seconds(5)));
  std::uint64_t before = 0;
  KeepingSink sink;
  sink.on_chunk = [&]() -> Status {
    if (sink.chunks != 8) return {};
    // Chunks that have arrived are still to be acknowledged.
    EXPECT_TRUE(Eventually([&] { return acknowledged == sink.chunks; }));
    before = acknowledged;
    server_->Kill();
    EXPECT_TRUE(Eventually([&] { return !through->connected(); }));
    return {};
  };
  const auto done = client->Snapshot("S", {}, {}, sink);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kTransferInterrupted) << done.error().message;
  ASSERT_EQ(sink.chunks, 8u) << "no chunk counts after the connection was lost";
  server_->Start();
  ASSERT_TRUE(Eventually([&] { return through->connected() && connection_->connected(); }));
  ASSERT_TRUE(connection_->Flush(seconds(5)));
  // Sent behind all that was kept.
  ASSERT_TRUE(through->Publish("mark", ""));
  ASSERT_TRUE(Eventually([&] { return marked.load(); }));
  EXPECT_EQ(acknowledged, before);
}

TEST_P(SnapshotOf, ASinkThatFailsEndsItWithItsError) {
  FillStream(*connection_, *client_, "S", kMessages, kSize);
  KeepingSink sink;
  sink.on_chunk = []() -> Status { return Fail(Errc::kScratchFull, "full"); };
  EXPECT_EQ(client_->Snapshot("S", {}, {}, sink).error().code, Errc::kScratchFull);
}

INSTANTIATE_TEST_SUITE_P(All, SnapshotOf, ::testing::ValuesIn(testing::ServerVersions()), TestName);

}  // namespace
}  // namespace jetkeep
