// Subjects of the JetStream API, for servers of the own domain, of another domain, or behind an
// account import with a prefix of its own. Source: ADR-1, ADR-19 and the server's API.
// Thread-safety: a plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

class ApiSubjects {
 public:
  ApiSubjects() = default;
  // At most one of the two may be set: a prefix as it stands before ".INFO" ("$JS.API"), or a
  // domain.
  static Result<ApiSubjects> Create(std::string_view prefix, std::string_view domain);

  const std::string& prefix() const { return prefix_; }
  // The prefix is neither the own server's nor that of a domain: an account import put it there.
  bool Imported() const;
  std::string AccountInfo() const { return prefix_ + ".INFO"; }
  std::string StreamNames() const { return prefix_ + ".STREAM.NAMES"; }
  std::string StreamList() const { return prefix_ + ".STREAM.LIST"; }
  std::string StreamInfo(std::string_view stream) const { return Of(".STREAM.INFO.", stream); }
  std::string UpdateStream(std::string_view stream) const { return Of(".STREAM.UPDATE.", stream); }
  std::string GetMessage(std::string_view stream) const { return Of(".STREAM.MSG.GET.", stream); }
  std::string Snapshot(std::string_view stream) const { return Of(".STREAM.SNAPSHOT.", stream); }
  std::string Restore(std::string_view stream) const { return Of(".STREAM.RESTORE.", stream); }
  std::string DeleteStream(std::string_view stream) const { return Of(".STREAM.DELETE.", stream); }
  std::string ConsumerList(std::string_view stream) const { return Of(".CONSUMER.LIST.", stream); }
  std::string CreateConsumer(std::string_view stream, std::string_view consumer) const {
    return Of(".CONSUMER.CREATE.", stream) + "." + std::string(consumer);
  }
  std::string NextOfConsumer(std::string_view stream, std::string_view consumer) const {
    return Of(".CONSUMER.MSG.NEXT.", stream) + "." + std::string(consumer);
  }
  std::string DeleteConsumer(std::string_view stream, std::string_view consumer) const {
    return Of(".CONSUMER.DELETE.", stream) + "." + std::string(consumer);
  }
  // For a durable consumer without a name beside; the other subject adds one to its configuration.
  std::string CreateDurable(std::string_view stream, std::string_view consumer) const {
    return Of(".CONSUMER.DURABLE.CREATE.", stream) + "." + std::string(consumer);
  }

 private:
  std::string Of(std::string_view verb, std::string_view stream) const {
    return prefix_ + std::string(verb) + std::string(stream);
  }

  std::string prefix_ = "$JS.API";
};

// What the reply subject of a snapshot chunk says of the chunk
// (`$JS.SNAPSHOT.ACK.<stream>.<id>.<length>.<index>`; an import may have put tokens in front).
struct ChunkReply {
  std::uint64_t length = 0;
  std::uint64_t index = 0;  // 1, 2, 3, …
};
std::optional<ChunkReply> ParseChunkReply(std::string_view reply_subject);

// What the reply subject of a message that a consumer delivers says of it: nine tokens,
// `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<consumer sequence>.<time>.<pending>`, or
// from eleven on, with domain and account behind `$JS.ACK`.
struct DeliveryReply {
  std::uint64_t stream_sequence = 0;
  std::uint64_t consumer_sequence = 0;
};
std::optional<DeliveryReply> ParseDeliveryReply(std::string_view reply_subject);

}  // namespace jetkeep
