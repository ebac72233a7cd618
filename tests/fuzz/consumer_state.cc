// Hostile consumer states, binary (o.dat) and JSON: what decodes, encodes and decodes to the same
// again.
#include "protocol/v1/consumer_state.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "protocol/archive/consumer_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto state = jetkeep::v1::DecodeConsumerState(bytes)) {
    const auto again = jetkeep::v1::DecodeConsumerState(jetkeep::v1::EncodeConsumerState(*state));
    // The top bit is refused in sequences that decode below it, so all that decodes must come back.
    if (again && !(*again == *state)) std::abort();
  }
  if (const auto state = jetkeep::ConsumerStateFromJson(bytes)) {
    const auto again = jetkeep::ConsumerStateFromJson(jetkeep::ConsumerStateToJson(*state));
    if (!again || !(*again == *state)) std::abort();
  }
  return 0;
}
