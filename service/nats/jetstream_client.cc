#include "service/nats/jetstream_client.h"

#include <map>
#include <optional>
#include <set>

#include "protocol/base/names.h"
#include "protocol/js_api/requests.h"
#include "protocol/js_api/responses.h"
#include "protocol/js_api/server_version.h"
#include "protocol/js_config/consumer_config.h"
#include "protocol/js_config/stream_config.h"
#include "service/nats/greeting.h"
#include "service/nats/list_pages.h"
#include "service/nats/message_publisher.h"
#include "service/nats/restore_transfer.h"
#include "service/nats/snapshot_transfer.h"
#include "service/nats/stream_reader.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;

// Behind one address may stand several servers, of which one is ours.
constexpr int kIdentityTries = 6;
constexpr milliseconds kIdentityTimeout{1000};

// Of the streams whose name was there and which the list did not tell of.
constexpr std::uint64_t kMostAsked = 1'000;

// A server looks through the whole stream before it answers these.
constexpr milliseconds kLongRequest{30'000};

// Larger chunks of a snapshot cost server and client less. But each must arrive and be acknowledged
// before the server gives up, 2 s after the one before: likely where round trips are so short.
constexpr milliseconds kNearRoundTrip{2};
constexpr std::uint64_t kNearChunkBytes = 512 * 1024;
constexpr std::uint64_t kLeastChunksInWindow = 8;
// Where backups are slowed down: chunks small enough for acknowledgements to be many, and a window
// small enough for the beginning of an archive not to come at full speed.
constexpr std::uint64_t kPacedChunksASecond = 16;
constexpr std::uint64_t kLeastPacedChunk = 64 * 1024;
constexpr std::uint64_t kMostPacedWindow = 8 * 1024 * 1024;

// A deletion waits so long for the beginning or end of a restore. What is dangerous there comes
// first and takes moments; unpacking takes the rest.
constexpr milliseconds kLongestTurn{5000};

// What every server refuses (2.9.10 to 2.15.3), whether there is such a stream or not, without a
// line in its log: a configuration without a name, and a body where none is expected.
constexpr const char* kNameless = "{}";
constexpr const char* kNotEmpty = "?";

const std::string& ItsName(const std::string& name) { return name; }

std::uint64_t PacedChunk(std::uint64_t rate) {
  return std::clamp(rate / kPacedChunksASecond, kLeastPacedChunk, kNearChunkBytes);
}

std::uint64_t PacedWindow(std::uint64_t rate, std::uint64_t chunk) {
  return std::clamp(rate / 2, kLeastChunksInWindow * chunk,
                    std::max(kMostPacedWindow, kLeastChunksInWindow * chunk));
}

}  // namespace

Result<std::unique_ptr<JetStreamClient>> JetStreamClient::Create(Connection& connection,
                                                                 const JetStreamOptions& options) {
  JETKEEP_ASSIGN(ApiSubjects subjects, ApiSubjects::Create(options.api_prefix, options.domain));
  return std::unique_ptr<JetStreamClient>(
      new JetStreamClient(connection, std::move(subjects), options));
}

Result<Message> JetStreamClient::Call(const std::string& subject, const std::string& body) {
  auto answer = connection_.Request(subject, body, timeout_);
  if (!answer && answer.error().code == Errc::kNoResponders) {
    answer.error().message = "nobody answers " + subject;
    answer.error().hint =
        "Check that JetStream is enabled for this account, and the API prefix or domain.";
    // Where nobody has ever answered, trying again cannot be expected to help.
    if (chosen_api_ && !answered_) answer.error().code = Errc::kConfigInvalid;
  }
  if (answer) answered_ = true;
  return answer;
}

Result<ServerIdentity> JetStreamClient::Server() {
  if (!connection_.connected()) return Fail(Errc::kNotConnected, "not connected to a server");
  const std::uint64_t generation = connection_.generation();
  const MutexLock lock(identity_mutex_);
  if (generation == identity_generation_) return identity_;
  ServerIdentity identity;
  identity.max_payload = connection_.MaxPayload();
  identity.api_imported = subjects_.Imported();
  const std::string id = connection_.ServerId();
  for (int i = 0; i < kIdentityTries; ++i) {
    const auto info = AskServerInfo(connection_.ServerUrl(), kIdentityTimeout);
    if (!info) break;
    if (info->id != id) continue;
    identity.version = info->version;
    identity.name = info->name;
    identity.cluster = info->cluster;
    break;
  }
  identity_ = std::move(identity);
  identity_generation_ = generation;
  return identity_;
}

Result<AccountInfo> JetStreamClient::Account() {
  JETKEEP_ASSIGN(const Message answer, Call(subjects_.AccountInfo(), {}));
  return ParseAccountInfo(answer.data());
}

Result<std::vector<std::string>> JetStreamClient::StreamNames() {
  const auto page = [this](std::uint64_t offset) -> Result<Page<std::string>> {
    JETKEEP_ASSIGN(const Message answer, Call(subjects_.StreamNames(), PageRequest(offset)));
    return ParseStreamNames(answer.data());
  };
  return AllPages<std::string>(page, ItsName);
}

// The names tell which streams there are; the list tells of each, if its leader answered. A cluster
// lists a stream whose servers are all offline among the streams and among the missing ones.
Result<StreamListing> JetStreamClient::ListStreams() {
  JETKEEP_ASSIGN(const std::vector<std::string> names, StreamNames());
  std::map<std::string, ListedStream> found;
  JETKEEP_ASSIGN(std::set<std::string> unavailable, ReadStreamList(found));
  for (const std::string& name : unavailable) found.erase(name);
  // Deleted since, or made again after its place in the list was read: only the stream itself can
  // tell. After one that does not tell, nobody knows how long the next one takes.
  std::uint64_t left = kMostAsked;
  for (const std::string& name : names) {
    if (found.contains(name) || unavailable.contains(name)) continue;
    const auto info = left == 0 ? Result<StreamInfo>(Fail(Errc::kServerBusy, "too many to ask"))
                                : GetStream(name);
    if (info) {
      found[name] = {name, info->state.messages, info->state.bytes};
      --left;
    } else if (info.error().code != Errc::kStreamNotFound) {
      unavailable.insert(name);
      left = 0;
    } else {
      --left;
    }
  }
  StreamListing listing;
  listing.unavailable.assign(unavailable.begin(), unavailable.end());
  for (auto& [name, stream] : found) listing.streams.push_back(std::move(stream));
  return listing;
}

Result<std::set<std::string>> JetStreamClient::ReadStreamList(
    std::map<std::string, ListedStream>& found) {
  std::set<std::string> told;
  JETKEEP_TRY(ReadPages([&](std::uint64_t offset) -> Result<PageRange> {
    JETKEEP_ASSIGN(const Message answer, Call(subjects_.StreamList(), PageRequest(offset)));
    JETKEEP_ASSIGN(StreamListPage page, ParseStreamList(answer.data()));
    std::set<std::string> on_page(page.unavailable.begin(), page.unavailable.end());
    told.insert(page.unavailable.begin(), page.unavailable.end());
    for (ListedStream& stream : page.streams) {
      on_page.insert(stream.name);
      std::string name = stream.name;
      found[std::move(name)] = std::move(stream);
    }
    PageRange range;
    range.total = page.total;
    for (const std::string& name : on_page) AddToRange(range, name);
    return range;
  }));
  return told;
}

Result<std::vector<std::string>> JetStreamClient::StreamsOn(const std::string& subject) {
  const auto page = [&](std::uint64_t offset) -> Result<Page<std::string>> {
    JETKEEP_ASSIGN(const Message answer,
                   Call(subjects_.StreamNames(), NamesOnSubjectRequest(subject, offset)));
    return ParseStreamNames(answer.data());
  };
  return AllPages<std::string>(page, ItsName);
}

Result<StreamInfo> JetStreamClient::GetStream(const std::string& stream) {
  JETKEEP_TRY(CheckStreamName(stream));
  JETKEEP_ASSIGN(const Message answer, Call(subjects_.StreamInfo(stream), {}));
  auto info = ParseStreamInfo(answer.data());
  if (!info) return Fail(std::move(info.error()).Within("stream " + stream));
  return info;
}

Result<StreamInfo> JetStreamClient::UpdateStream(const std::string& stream,
                                                 const std::string& config_json) {
  JETKEEP_TRY(CheckStreamName(stream));
  JETKEEP_ASSIGN(const Message answer, Call(subjects_.UpdateStream(stream), config_json));
  auto info = ParseStreamInfo(answer.data());
  if (!info) return Fail(std::move(info.error()).Within("update of stream " + stream));
  return info;
}

Result<std::optional<StoredMessage>> JetStreamClient::NextMessage(const std::string& stream,
                                                                  std::uint64_t sequence) {
  JETKEEP_TRY(CheckStreamName(stream));
  JETKEEP_ASSIGN(const Message answer,
                 Call(subjects_.GetMessage(stream), NextMessageRequest(sequence)));
  auto message = ParseStoredMessage(answer.data());
  if (!message) return Fail(std::move(message.error()).Within("messages of stream " + stream));
  return message;
}

Result<std::unique_ptr<StreamReader>> JetStreamClient::ReadStream(const std::string& stream,
                                                                  std::uint64_t largest_message,
                                                                  const CancelToken& cancel) {
  JETKEEP_TRY(CheckStreamName(stream));
  return StreamReaderClient::Open(connection_, subjects_, stream, largest_message,
                                  std::max(timeout_, kLongRequest), cancel);
}

Result<std::unique_ptr<MessagePublisher>> JetStreamClient::OpenPublisher(
    const AckTaker& taker, const CancelToken& cancel) {
  return MessagePublisherClient::Open(connection_, timeout_, taker, cancel);
}

Result<std::vector<ConsumerInfo>> JetStreamClient::Consumers(const std::string& stream) {
  JETKEEP_TRY(CheckStreamName(stream));
  const auto page = [&](std::uint64_t offset) -> Result<Page<ConsumerInfo>> {
    JETKEEP_ASSIGN(const Message answer, Call(subjects_.ConsumerList(stream), PageRequest(offset)));
    return ParseConsumerList(answer.data());
  };
  auto consumers = AllPages<ConsumerInfo>(
      page, [](const ConsumerInfo& consumer) -> const std::string& { return consumer.name; });
  if (!consumers) {
    return Fail(std::move(consumers.error()).Within("consumers of stream " + stream));
  }
  return consumers;
}

std::string JetStreamClient::CreationSubject(const std::string& stream, const std::string& name,
                                             const std::string& config_json) const {
  const ConsumerConfigFacts config = ReadConsumerConfig(config_json);
  return config.durable && !config.named ? subjects_.CreateDurable(stream, name)
                                         : subjects_.CreateConsumer(stream, name);
}

Result<ConsumerInfo> JetStreamClient::CreateConsumer(const std::string& stream,
                                                     const std::string& name,
                                                     const std::string& config_json) {
  return SendConsumer(stream, name, config_json, {});
}

Result<ConsumerInfo> JetStreamClient::SendConsumer(const std::string& stream,
                                                   const std::string& name,
                                                   const std::string& config_json,
                                                   std::string_view action) {
  JETKEEP_TRY(CheckStreamName(stream));
  JETKEEP_TRY(CheckConsumerName(name));
  const std::string subject = CreationSubject(stream, name, config_json);
  JETKEEP_ASSIGN(const Message answer,
                 Call(subject, CreateConsumerRequest(stream, config_json, action)));
  auto info = ParseConsumerInfo(answer.data());
  if (!info) {
    return Fail(std::move(info.error()).Within("consumer " + name + " of stream " + stream));
  }
  return info;
}

Result<ConsumerInfo> JetStreamClient::PutConsumer(const std::string& stream,
                                                  const std::string& name,
                                                  const std::string& config_json, bool exists) {
  return SendConsumer(stream, name, config_json, exists ? "update" : "create");
}

Status JetStreamClient::DeleteConsumer(const std::string& stream, const std::string& consumer) {
  JETKEEP_TRY(CheckStreamName(stream));
  JETKEEP_TRY(CheckConsumerName(consumer));
  JETKEEP_ASSIGN(const Message answer, Call(subjects_.DeleteConsumer(stream, consumer), {}));
  auto done = ParseDeleteReply(answer.data());
  if (!done) {
    return Fail(
        std::move(done.error()).Within("delete of consumer " + consumer + " of stream " + stream));
  }
  return {};
}

std::uint64_t JetStreamClient::SnapshotChunk(const std::string& stream, std::uint64_t window) {
  if (connection_.MaxPayload() < kNearChunkBytes ||
      (window != 0 && window < kLeastChunksInWindow * kNearChunkBytes)) {
    return 0;
  }
  // The stream's leader answers, which is who sends the chunks.
  const auto asked = std::chrono::steady_clock::now();
  const auto info = GetStream(stream);
  return info && std::chrono::steady_clock::now() - asked <= kNearRoundTrip ? kNearChunkBytes : 0;
}

Status JetStreamClient::Snapshot(const std::string& stream, const SnapshotOptions& options,
                                 const CancelToken& cancel, SnapshotSink& sink) {
  JETKEEP_TRY(CheckStreamName(stream));
  SnapshotRequest request;
  request.chunk_size = options.chunk_bytes;
  const std::uint64_t rate = backup_pace_ == nullptr ? 0 : backup_pace_->rate();
  if (rate != 0 && request.chunk_size == 0) request.chunk_size = PacedChunk(rate);
  const std::uint64_t window = rate != 0 && options.window_bytes == 0
                                   ? PacedWindow(rate, request.chunk_size)
                                   : options.window_bytes;
  if (window != 0) {
    JETKEEP_ASSIGN(const ServerIdentity server, Server());
    if (KnowsWindowSize(server.version)) request.window_size = window;
  }
  if (request.chunk_size == 0) request.chunk_size = SnapshotChunk(stream, request.window_size);
  SnapshotTransfer transfer(connection_, subjects_.Snapshot(stream), std::move(request),
                            std::max(timeout_, kLongRequest), options.idle_timeout, cancel);
  transfer.SetImported(subjects_.Imported());
  transfer.SetPace(backup_pace_);
  auto done = transfer.Run(sink);
  if (!done) return Fail(std::move(done.error()).Within("snapshot of stream " + stream));
  return {};
}

Result<std::unique_ptr<RestoreSession>> JetStreamClient::BeginRestore(
    const std::string& stream, const std::string& config_json, const StreamState& state,
    const RestoreOptions& options, const CancelToken& cancel) {
  JETKEEP_TRY(CheckStreamName(stream));
  JETKEEP_ASSIGN(const StreamConfigFacts config, ReadStreamConfig(config_json));
  JETKEEP_TRY(CheckNames(config, stream));
  auto session = RestoreTransfer::Begin(
      connection_, subjects_.Restore(stream), RestoreRequest(config_json, state),
      std::max(timeout_, kLongRequest), options, RestoresTakeTurns() ? &restore_turn_ : nullptr,
      restore_pace_, cancel);
  if (!session) return Fail(std::move(session.error()).Within("restore of stream " + stream));
  return session;
}

bool JetStreamClient::RestoresTakeTurns() {
  // Behind a domain or a prefix is another server.
  const auto server = Server();
  if (!server || chosen_api_) return true;
  return server->cluster.empty() && !LocksStreamsInRestores(server->version);
}

Status JetStreamClient::DeleteStream(const std::string& stream) {
  JETKEEP_TRY(CheckStreamName(stream));
  std::optional<RestoreTurn::Held> turn;
  if (RestoresTakeTurns()) turn = restore_turn_.TryTake(kLongestTurn);
  JETKEEP_ASSIGN(const Message answer, Call(subjects_.DeleteStream(stream), {}));
  auto done = ParseDeleteReply(answer.data());
  if (!done) return Fail(std::move(done.error()).Within("delete of stream " + stream));
  return {};
}

Status JetStreamClient::Probe(const std::string& subject, const char* body) {
  const auto answer = Call(subject, body);
  if (answer) return {};
  Error error = answer.error();
  if (error.code == Errc::kPermissionDenied || error.code == Errc::kNoResponders) {
    error.code = Errc::kPermissionDenied;
    error.hint = "Grant this user (or import for this account) permission to publish on " +
                 subject + "; OPERATIONS.md lists what each subject is for.";
  }
  return Fail(std::move(error));
}

Status JetStreamClient::MayUpdateStream(const std::string& stream) {
  JETKEEP_TRY(CheckStreamName(stream));
  return Probe(subjects_.UpdateStream(stream), kNameless);
}

Status JetStreamClient::MayDeleteStream(const std::string& stream) {
  JETKEEP_TRY(CheckStreamName(stream));
  return Probe(subjects_.DeleteStream(stream), kNotEmpty);
}

Status JetStreamClient::MayCreateConsumer(const std::string& stream, const std::string& name,
                                          const std::string& config_json) {
  JETKEEP_TRY(CheckStreamName(stream));
  JETKEEP_TRY(CheckConsumerName(name));
  const std::string subject = CreationSubject(stream, name, config_json);
  return Probe(subject, kNameless);
}

}  // namespace jetkeep
