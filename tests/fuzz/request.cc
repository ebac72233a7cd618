// Requests: any bytes are read in either encoding or refused, and what was read survives a round
// trip.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "protocol/control/body.h"
#include "protocol/control/prune_document.h"
#include "protocol/control/requests.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jetkeep;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const Result<Document> document = DecodeBody(body);
  if (!document) return 0;
  static_cast<void>(ParseBackupRequest(*document));
  static_cast<void>(ParseRestoreRequest(*document));
  static_cast<void>(ParseVerifyRequest(*document));
  static_cast<void>(ParseListRequest(*document));
  static_cast<void>(ParseShowRequest(*document));
  static_cast<void>(ParseGetRequest(*document));
  static_cast<void>(ParseMessagesRequest(*document));
  static_cast<void>(ParseDeleteRequest(*document));
  static_cast<void>(ParseStatsRequest(*document));
  static_cast<void>(ParseDiffRequest(*document));
  static_cast<void>(ParseRepublishRequest(*document));
  static_cast<void>(ParseDriftRequest(*document));
  static_cast<void>(ParsePruneRequest(*document));
  static_cast<void>(ParseStatusRequest(*document));
  static_cast<void>(ParseCancelRequest(*document));
  for (const Encoding encoding : {Encoding::kJson, Encoding::kMsgpack}) {
    const Result<Document> again = DecodeBody(EncodeBody(*document, encoding), kAnswerLimits);
    if (!again || *again != *document) std::abort();
  }
  return 0;
}
