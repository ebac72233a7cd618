// Answers of the JetStream API, read without losing a bit: whole numbers stay whole, configurations
// stay the server's bytes. Every Parse… first looks for an error in the answer and returns that as
// ours; an answer that cannot be read is kServerError. Bytes may be hostile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "jetkeep/publisher.h"
#include "jetkeep/stream_state.h"

namespace jetkeep {

// One page of a list. The caller asks on until it has seen `total` items.
template <typename T>
struct Page {
  std::uint64_t total = 0;
  std::vector<T> items;
};

// The part of INFO (`INFO {…}`, the first line a server sends) that we use.
struct ServerInfo {
  std::string id;
  std::string name;
  std::string version;
  std::string cluster;
  std::uint64_t max_payload = 0;
  bool tls_required = false;
  bool tls_verify = false;  // a client certificate is required
};

Result<AccountInfo> ParseAccountInfo(std::string_view body);
Result<Page<std::string>> ParseStreamNames(std::string_view body);
// One page of STREAM.LIST.
struct StreamListPage {
  std::uint64_t total = 0;
  std::vector<ListedStream> streams;
  std::vector<std::string> unavailable;  // missing or offline; may be among the streams, too
};
Result<StreamListPage> ParseStreamList(std::string_view body);
// The list of deleted sequences, if there is one, goes to `deleted`.
Result<StreamInfo> ParseStreamInfo(std::string_view body, const DeletedTaker& deleted = {});
// No value: the stream has no such message.
Result<std::optional<StoredMessage>> ParseStoredMessage(std::string_view body);
// A page in which the server reports consumers as missing or offline is kServerBusy.
Result<Page<ConsumerInfo>> ParseConsumerList(std::string_view body);
Result<ConsumerInfo> ParseConsumerInfo(std::string_view body);
Result<SnapshotReply> ParseSnapshotReply(std::string_view body);
// The subject that takes the chunks.
Result<std::string> ParseRestoreReply(std::string_view body);
Status ParseDeleteReply(std::string_view body);
// The answer to one chunk of a restore: empty is good.
Status ParseChunkAnswer(std::string_view body);
// The answer of a stream to a message.
Result<PublishAck> ParsePublishAck(std::string_view body);

Result<ServerInfo> ParseServerInfo(std::string_view line);

}  // namespace jetkeep
