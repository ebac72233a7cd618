#include "protocol/js_api/responses.h"

#include "protocol/base/time.h"
#include "protocol/codec/base64.h"
#include "protocol/js_api/api_error.h"
#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"

namespace jetkeep {
namespace {

// A reader's own errors are about text; to the caller they say that the server's answer is no good.
template <typename T>
Result<T> Readable(Result<T> result) {
  return FaultAs(std::move(result), Errc::kServerError, "unreadable answer");
}

Status Set(std::uint64_t& field, std::string_view value) {
  JETKEEP_ASSIGN(field, RawUnsigned(value));
  return {};
}

Status Set(std::string& field, std::string_view value) {
  if (value == "null") return {};
  JETKEEP_ASSIGN(field, RawString(value));
  return {};
}

Status Set(bool& field, std::string_view value) {
  JETKEEP_ASSIGN(field, RawBool(value));
  return {};
}

Status SetTime(std::int64_t& field, std::string_view value) {
  JETKEEP_ASSIGN(const std::string text, RawString(value));
  JETKEEP_ASSIGN(field, ParseTime(text));
  return {};
}

Status SetState(StreamState& state, std::string_view json, const DeletedTaker& deleted) {
  return ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
    if (key == "messages") return Set(state.messages, value);
    if (key == "bytes") return Set(state.bytes, value);
    if (key == "first_seq") return Set(state.first_sequence, value);
    if (key == "last_seq") return Set(state.last_sequence, value);
    if (key == "first_ts") return SetTime(state.first_time_ns, value);
    if (key == "last_ts") return SetTime(state.last_time_ns, value);
    if (key == "num_deleted") return Set(state.num_deleted, value);
    if (key == "num_subjects") return Set(state.num_subjects, value);
    if (key == "consumer_count") return Set(state.consumer_count, value);
    if (key == "deleted" && deleted) {
      return ForEachElement(value, [&](std::string_view item) -> Status {
        JETKEEP_ASSIGN(const std::uint64_t sequence, RawUnsigned(item));
        deleted(sequence);
        return {};
      });
    }
    return {};
  });
}

// A state as the server wrote it, less the list of deleted sequences, which can be of any length.
Result<std::string> StateWithoutList(std::string_view json) {
  RawObject state;
  JETKEEP_TRY(ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
    if (key != "deleted") state.Add(key, value);
    return {};
  }));
  return state.Text();
}

Status SetReplica(ReplicaInfo& replica, std::string_view json) {
  return ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
    if (key == "name") return Set(replica.name, value);
    if (key == "current") return Set(replica.current, value);
    if (key == "offline") return Set(replica.offline, value);
    if (key == "lag") return Set(replica.lag, value);
    return {};
  });
}

Status SetCluster(StreamInfo& info, std::string_view json) {
  if (json == "null") return {};
  return ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
    if (key == "leader") return Set(info.leader, value);
    if (key != "replicas") return {};
    return ForEachElement(value, [&](std::string_view item) -> Status {
      return SetReplica(info.replicas.emplace_back(), item);
    });
  });
}

Status SetPair(SequencePair& pair, std::string_view json, std::int64_t* last_active = nullptr) {
  return ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
    if (key == "last_active" && last_active != nullptr) return SetTime(*last_active, value);
    if (key == "consumer_seq") return Set(pair.consumer, value);
    if (key == "stream_seq") return Set(pair.stream, value);
    return {};
  });
}

Status Set(std::int64_t& field, std::string_view value) {
  JETKEEP_ASSIGN(field, RawSigned(value));
  return {};
}

Status SetLimits(AccountUse& use, std::string_view json) {
  return ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
    if (key == "max_memory") return Set(use.max_memory, value);
    if (key == "max_storage") return Set(use.max_storage, value);
    if (key == "max_streams") return Set(use.max_streams, value);
    if (key == "max_consumers") return Set(use.max_consumers, value);
    if (key == "max_ack_pending") return Set(use.max_ack_pending, value);
    if (key == "memory_max_stream_bytes") return Set(use.max_memory_stream, value);
    if (key == "storage_max_stream_bytes") return Set(use.max_storage_stream, value);
    if (key == "max_bytes_required") return Set(use.max_bytes_required, value);
    return {};
  });
}

Status SetUse(AccountUse& use, std::string_view key, std::string_view value) {
  if (key == "memory") return Set(use.memory, value);
  if (key == "storage") return Set(use.storage, value);
  if (key == "reserved_memory") return Set(use.reserved_memory, value);
  if (key == "reserved_storage") return Set(use.reserved_storage, value);
  if (key == "streams") return Set(use.streams, value);
  if (key == "consumers") return Set(use.consumers, value);
  if (key == "limits") return SetLimits(use, value);
  return {};
}

Result<AccountInfo> ReadAccountInfo(std::string_view json) {
  AccountInfo info;
  info.json = json;
  JETKEEP_TRY(ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
    if (key != "tiers") return SetUse(info.total, key, value);
    if (value == "null") return {};
    return ForEachMember(value, [&](std::string_view tier, std::string_view use) -> Status {
      AccountUse& of_tier = info.tiers[std::string(tier)];
      return ForEachMember(use, [&](std::string_view name, std::string_view number) -> Status {
        return SetUse(of_tier, name, number);
      });
    });
  }));
  return info;
}

Result<StreamInfo> ReadStreamInfo(std::string_view json, const DeletedTaker& deleted) {
  StreamInfo info;
  bool has_state = false;
  const auto visit = [&](std::string_view key, std::string_view value) -> Status {
    if (key == "config") {
      JETKEEP_ASSIGN(const auto storage, FindRawMember(value, "storage"));
      if (storage) JETKEEP_TRY(Set(info.storage, *storage));
      info.config_json = value;
    } else if (key == "created") {
      return Set(info.created, value);
    } else if (key == "ts") {
      return SetTime(info.answered_ns, value);
    } else if (key == "state") {
      has_state = true;
      JETKEEP_ASSIGN(info.state_json, StateWithoutList(value));
      return SetState(info.state, value, deleted);
    } else if (key == "cluster") {
      return SetCluster(info, value);
    }
    return {};
  };
  JETKEEP_TRY(ForEachMember(json, visit));
  if (info.config_json.empty()) return Fail(Errc::kInvalidRequest, "\"config\" is missing");
  if (!has_state) return Fail(Errc::kInvalidRequest, "\"state\" is missing");
  return info;
}

Result<ConsumerInfo> ReadConsumerInfo(std::string_view json) {
  ConsumerInfo info;
  const auto visit = [&](std::string_view key, std::string_view value) -> Status {
    if (key == "name") return Set(info.name, value);
    if (key == "config") {
      JETKEEP_TRY(RequireObject(value));
      info.config_json = value;
      return {};
    }
    if (key == "created") return Set(info.created, value);
    if (key == "delivered") return SetPair(info.delivered, value);
    if (key == "ack_floor") return SetPair(info.ack_floor, value, &info.last_ack_ns);
    if (key == "num_ack_pending") return Set(info.num_ack_pending, value);
    if (key == "num_redelivered") return Set(info.num_redelivered, value);
    if (key == "num_pending") return Set(info.num_pending, value);
    return {};
  };
  JETKEEP_TRY(ForEachMember(json, visit));
  if (info.name.empty()) return Fail(Errc::kInvalidRequest, "\"name\" is missing");
  if (info.config_json.empty()) return Fail(Errc::kInvalidRequest, "\"config\" is missing");
  return info;
}

Status SetBytes(std::string& field, std::string_view value) {
  std::string text;
  JETKEEP_TRY(Set(text, value));
  JETKEEP_ASSIGN(field, DecodeBase64(text));
  return {};
}

Result<StoredMessage> ReadStoredMessage(std::string_view body) {
  JETKEEP_ASSIGN(const std::string_view json, RawMember(body, "message"));
  StoredMessage message;
  JETKEEP_TRY(ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
    if (key == "seq") return Set(message.sequence, value);
    if (key == "time") return SetTime(message.timestamp_ns, value);
    if (key == "subject") return Set(message.subject, value);
    if (key == "hdrs") return SetBytes(message.headers, value);
    if (key == "data") return SetBytes(message.payload, value);
    return {};
  }));
  if (message.sequence == 0) return Fail(Errc::kInvalidRequest, "\"seq\" is missing");
  return message;
}

Result<std::string> ReadName(std::string_view json) { return RawString(json); }

// Reads the page whose items are the member `list`; `read` makes an item of an element.
template <typename T>
Result<Page<T>> ReadPage(std::string_view body, std::string_view list,
                         Result<T> (*read)(std::string_view)) {
  JETKEEP_TRY(CheckAnswer(body));
  Page<T> page;
  bool has_total = false;
  const auto visit = [&](std::string_view key, std::string_view value) -> Status {
    if (key == "total") {
      has_total = true;
      return Set(page.total, value);
    }
    const bool incomplete =
        (key == "missing" || key == "offline") && value != "null" && value != "[]" && value != "{}";
    if (incomplete) {
      return Fail(Errc::kServerBusy,
                  "the server reports some " + std::string(list) + " as " + std::string(key),
                  "Wait until every stream and consumer has a leader, then try again.");
    }
    if (key != list) return {};
    return ForEachElement(value, [&](std::string_view item) -> Status {
      JETKEEP_ASSIGN(T element, read(item));
      page.items.push_back(std::move(element));
      return {};
    });
  };
  JETKEEP_TRY(ForEachMember(body, visit));
  if (!has_total) return Fail(Errc::kInvalidRequest, "\"total\" is missing");
  return page;
}

Result<ListedStream> ReadListedStream(std::string_view json) {
  ListedStream stream;
  StreamState state;
  JETKEEP_TRY(ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
    if (key == "config") {
      JETKEEP_ASSIGN(const std::string_view name, RawMember(value, "name"));
      return Set(stream.name, name);
    }
    return key == "state" ? SetState(state, value, {}) : Status();
  }));
  if (stream.name.empty()) return Fail(Errc::kInvalidRequest, "\"name\" is missing");
  stream.messages = state.messages;
  stream.bytes = state.bytes;
  return stream;
}

// "missing" is an array of names; "offline" an object with the reason for each.
Status AddUnavailable(std::vector<std::string>& names, std::string_view value) {
  if (value == "null") return {};
  if (value.starts_with('{')) {
    return ForEachMember(value, [&](std::string_view name, std::string_view) -> Status {
      names.emplace_back(name);
      return {};
    });
  }
  return ForEachElement(value, [&](std::string_view item) -> Status {
    JETKEEP_ASSIGN(std::string name, RawString(item));
    names.push_back(std::move(name));
    return {};
  });
}

Result<StreamListPage> ReadStreamList(std::string_view body) {
  StreamListPage page;
  bool has_total = false;
  JETKEEP_TRY(ForEachMember(body, [&](std::string_view key, std::string_view value) -> Status {
    if (key == "total") {
      has_total = true;
      return Set(page.total, value);
    }
    if (key == "missing" || key == "offline") return AddUnavailable(page.unavailable, value);
    if (key != "streams") return {};
    return ForEachElement(value, [&](std::string_view item) -> Status {
      JETKEEP_ASSIGN(ListedStream stream, ReadListedStream(item));
      page.streams.push_back(std::move(stream));
      return {};
    });
  }));
  if (!has_total) return Fail(Errc::kInvalidRequest, "\"total\" is missing");
  return page;
}

Result<SnapshotReply> ReadSnapshotReply(std::string_view body) {
  JETKEEP_ASSIGN(const std::string_view config, RawMember(body, "config"));
  JETKEEP_ASSIGN(const std::string_view state, RawMember(body, "state"));
  JETKEEP_TRY(RequireObject(config));
  SnapshotReply reply;
  reply.config_json = config;
  reply.state_json = state;
  JETKEEP_TRY(SetState(reply.state, state, {}));
  return reply;
}

Result<std::string> ReadDeliverSubject(std::string_view body) {
  JETKEEP_ASSIGN(const std::string_view raw, RawMember(body, "deliver_subject"));
  JETKEEP_ASSIGN(std::string subject, RawString(raw));
  const bool literal = !subject.empty() && subject.find_first_of(std::string_view(
                                               " \t\r\n*>\0", 7)) == std::string::npos;
  if (!literal) return Fail(Errc::kInvalidRequest, "\"deliver_subject\" is not a subject");
  return subject;
}

Result<ServerInfo> ReadServerInfo(std::string_view json) {
  ServerInfo info;
  const auto visit = [&](std::string_view key, std::string_view value) -> Status {
    if (key == "server_id") return Set(info.id, value);
    if (key == "server_name") return Set(info.name, value);
    if (key == "version") return Set(info.version, value);
    if (key == "cluster") return Set(info.cluster, value);
    if (key == "max_payload") return Set(info.max_payload, value);
    if (key == "tls_required") return Set(info.tls_required, value);
    if (key == "tls_verify") return Set(info.tls_verify, value);
    return {};
  };
  JETKEEP_TRY(ForEachMember(json, visit));
  return info;
}

template <typename T>
Result<T> Answer(std::string_view body, Result<T> (*read)(std::string_view)) {
  JETKEEP_TRY(CheckAnswer(body));
  return Readable(read(body));
}

}  // namespace

Result<AccountInfo> ParseAccountInfo(std::string_view body) {
  return Answer(body, ReadAccountInfo);
}

Result<Page<std::string>> ParseStreamNames(std::string_view body) {
  return Readable(ReadPage<std::string>(body, "streams", ReadName));
}

Result<StreamListPage> ParseStreamList(std::string_view body) {
  return Answer(body, ReadStreamList);
}

Result<StreamInfo> ParseStreamInfo(std::string_view body, const DeletedTaker& deleted) {
  JETKEEP_TRY(CheckAnswer(body));
  return Readable(ReadStreamInfo(body, deleted));
}

Result<std::optional<StoredMessage>> ParseStoredMessage(std::string_view body) {
  constexpr std::uint32_t kNoMessage = 10037;
  auto message = Answer(body, ReadStoredMessage);
  if (message) return std::optional<StoredMessage>(std::move(*message));
  if (message.error().server_code == kNoMessage) return std::optional<StoredMessage>();
  return Fail(std::move(message).error());
}

Result<Page<ConsumerInfo>> ParseConsumerList(std::string_view body) {
  return Readable(ReadPage<ConsumerInfo>(body, "consumers", ReadConsumerInfo));
}

Result<ConsumerInfo> ParseConsumerInfo(std::string_view body) {
  return Answer(body, ReadConsumerInfo);
}

Result<SnapshotReply> ParseSnapshotReply(std::string_view body) {
  return Answer(body, ReadSnapshotReply);
}

Result<std::string> ParseRestoreReply(std::string_view body) {
  JETKEEP_TRY(CheckAnswer(body));
  // Clusters answer so when a node leaves them in the middle of the request.
  JETKEEP_ASSIGN(const auto subject, Readable(FindRawMember(body, "deliver_subject")));
  if (!subject) {
    return Fail(Errc::kTransferInterrupted,
                "the server answered the request to restore without a subject for the archive");
  }
  return Readable(ReadDeliverSubject(body));
}

Status ParseDeleteReply(std::string_view body) { return CheckAnswer(body); }

Status ParseChunkAnswer(std::string_view body) {
  if (body.empty()) return {};
  return CheckAnswer(body);
}

Result<PublishAck> ParsePublishAck(std::string_view body) {
  JETKEEP_TRY(CheckAnswer(body));
  PublishAck ack;
  Status read = Readable(
      Result<void>(ForEachMember(body, [&](std::string_view key, std::string_view value) -> Status {
        if (key == "stream") return Set(ack.stream, value);
        if (key == "seq") return Set(ack.sequence, value);
        if (key == "duplicate") return Set(ack.duplicate, value);
        return {};
      })));
  JETKEEP_TRY(read);
  if (!ack.stream.empty() && ack.sequence != 0) return ack;
  return Fail(Errc::kServerError, "the answer to a message is no acknowledgement");
}

Result<ServerInfo> ParseServerInfo(std::string_view line) {
  constexpr std::string_view kVerb = "INFO";
  if (line.substr(0, kVerb.size()) != kVerb) {
    return Fail(Errc::kServerError, "the server did not start with INFO");
  }
  return Readable(ReadServerInfo(line.substr(kVerb.size())));
}

}  // namespace jetkeep
