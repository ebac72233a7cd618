// Answers of a server, as hostile as they come: nothing may crash, hang or read beyond the bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "protocol/js_api/api_error.h"
#include "protocol/js_api/api_subjects.h"
#include "protocol/js_api/responses.h"
#include "protocol/json/raw_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jetkeep;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)ParseStreamNames(text);
  (void)ParseStreamList(text);
  (void)ParseStreamInfo(text);
  (void)ParseConsumerList(text);
  (void)ParseConsumerInfo(text);
  (void)ParseSnapshotReply(text);
  (void)ParseRestoreReply(text);
  (void)ParseChunkAnswer(text);
  (void)ParseServerInfo(text);
  (void)ParseChunkReply(text);
  // A value that was found must lie inside the text, and be found again in an object of its own.
  const auto found = FindRawMember(text, "config");
  if (found && *found) {
    const std::string_view value = **found;
    if (value.data() < text.data() || value.data() + value.size() > text.data() + text.size()) {
      std::abort();
    }
    const std::string again = "{\"config\":" + std::string(value) + "}";
    const auto second = RawMember(again, "config");
    if (!second || *second != value) std::abort();
  }
  return 0;
}
