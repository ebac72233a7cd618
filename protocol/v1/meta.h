// meta.inf and meta.sum of a v1 archive, for streams and consumers.
//
// meta.inf is the configuration, a JSON object, with two more members in front: `Created` (RFC
// 3339) and, for consumers, `Name`. It is built and taken apart as text, so that the configuration
// stays the server's bytes. meta.sum is 16 hexadecimal digits: HighwayHash-64 of meta.inf under the
// SHA-256 of the stream's name, or of "<stream>/<consumer>". A wrong one passes a restore, and
// loses the stream when the server starts the next time. Source: behaviour and source of
// nats-server 2.9 to 2.14. Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep::v1 {

struct Meta {
  std::string created;      // as written; empty if there is none
  std::string name;         // a stream's `name`, a consumer's `Name`
  std::string config_json;  // all members but Created and, for consumers, Name, in their order
};

std::string StreamMetaSum(std::string_view stream, std::string_view meta_json);
std::string ConsumerMetaSum(std::string_view stream, std::string_view consumer,
                            std::string_view meta_json);

// `config_json` must be a JSON object (else kInvalidRequest); members Created (and Name) in it are
// replaced. An empty `created` becomes the zero time of servers.
Result<std::string> BuildStreamMeta(std::string_view created, std::string_view config_json);
Result<std::string> BuildConsumerMeta(std::string_view created, std::string_view name,
                                      std::string_view config_json);

// What is not such a document is kArchiveCorrupt.
Result<Meta> ParseStreamMeta(std::string_view meta_json);
Result<Meta> ParseConsumerMeta(std::string_view meta_json);

}  // namespace jetkeep::v1
