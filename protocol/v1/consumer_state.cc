#include "protocol/v1/consumer_state.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "protocol/codec/varint.h"

namespace jetkeep::v1 {
namespace {

constexpr char kMagic = 22;
constexpr char kVersion = 2;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kTopBit = std::uint64_t{1} << 63;
constexpr std::int64_t kMaxSeconds = std::numeric_limits<std::int64_t>::max() / kSecond;

std::int64_t Seconds(const PendingMessage& message) { return message.timestamp_ns / kSecond; }

tl::unexpected<Error> Corrupt(const char* what) {
  return Fail(Errc::kArchiveCorrupt, std::string("consumer state: ") + what);
}

// The time of a pending message; false if it is outside of what nanoseconds in 64 bits can say.
bool TimeOf(int version, std::int64_t base, std::int64_t offset, std::int64_t& timestamp_ns) {
  std::int64_t seconds = 0;
  const bool overflow = version == 1 ? __builtin_add_overflow(base, offset, &seconds)
                                     : __builtin_sub_overflow(base, offset, &seconds);
  if (overflow || seconds > kMaxSeconds || seconds < -kMaxSeconds) return false;
  timestamp_ns = seconds * kSecond;
  return true;
}

Status DecodePending(std::string_view& in, int version, ConsumerState& state) {
  std::uint64_t count = 0;
  if (!GetUvarint(in, count)) return Corrupt("cut off before the pending messages");
  if (count == 0) return {};
  std::int64_t base = 0;
  if (!GetVarint(in, base)) return Corrupt("cut off before the base time");
  if (count > in.size() / 2) return Corrupt("more pending messages than bytes");
  // Servers write them in any order.
  std::vector<SequenceMap<PendingMessage>::Entry> pending;
  pending.reserve(static_cast<std::size_t>(count));
  for (; count != 0; --count) {
    std::uint64_t stream = 0;
    std::uint64_t consumer = 0;
    std::int64_t offset = 0;
    if (!GetUvarint(in, stream) || (version == 2 && !GetUvarint(in, consumer)) ||
        !GetVarint(in, offset)) {
      return Corrupt("cut off inside the pending messages");
    }
    PendingMessage message;
    stream += state.ack_floor.stream;
    if (version == 2) message.consumer_sequence = consumer + state.ack_floor.consumer;
    if (stream == 0) return Corrupt("a pending message without a sequence");
    if (!TimeOf(version, base, offset, message.timestamp_ns)) {
      return Corrupt("the time of a pending message is out of range");
    }
    pending.push_back({stream, message});
  }
  auto sorted = SequenceMap<PendingMessage>::FromUnsorted(std::move(pending));
  if (!sorted) return Corrupt("a message pending twice");
  state.pending = *std::move(sorted);
  return {};
}

Status DecodeRedelivered(std::string_view& in, ConsumerState& state) {
  std::uint64_t count = 0;
  if (!GetUvarint(in, count)) return Corrupt("cut off before the redelivered messages");
  if (count > in.size() / 2) return Corrupt("more redelivered messages than bytes");
  std::vector<SequenceMap<std::uint64_t>::Entry> redelivered;
  redelivered.reserve(static_cast<std::size_t>(count));
  for (; count != 0; --count) {
    std::uint64_t stream = 0;
    std::uint64_t times = 0;
    if (!GetUvarint(in, stream) || !GetUvarint(in, times)) {
      return Corrupt("cut off inside the redelivered messages");
    }
    // Servers skip such pairs when they read.
    if (stream == 0 || times == 0) continue;
    redelivered.push_back({stream + state.ack_floor.stream, times});
  }
  auto sorted = SequenceMap<std::uint64_t>::FromUnsorted(std::move(redelivered));
  if (!sorted) return Corrupt("a message redelivered twice");
  state.redelivered = *std::move(sorted);
  return {};
}

}  // namespace

std::string EncodeConsumerState(const ConsumerState& state) {
  std::string out;
  out.push_back(kMagic);
  out.push_back(kVersion);
  PutUvarint(out, state.ack_floor.consumer);
  PutUvarint(out, state.ack_floor.stream);
  PutUvarint(out, state.delivered.consumer);
  PutUvarint(out, state.delivered.stream);
  PutUvarint(out, state.pending.size());
  if (!state.pending.empty()) {
    std::int64_t base = std::numeric_limits<std::int64_t>::min();
    for (const auto& [sequence, message] : state.pending) base = std::max(base, Seconds(message));
    PutVarint(out, base);
    for (const auto& [sequence, message] : state.pending) {
      PutUvarint(out, sequence - state.ack_floor.stream);
      PutUvarint(out, message.consumer_sequence - state.ack_floor.consumer);
      PutVarint(out, base - Seconds(message));
    }
  }
  PutUvarint(out, state.redelivered.size());
  for (const auto& [sequence, times] : state.redelivered) {
    PutUvarint(out, sequence - state.ack_floor.stream);
    PutUvarint(out, times);
  }
  out.shrink_to_fit();
  return out;
}

Result<ConsumerState> DecodeConsumerState(std::string_view bytes) {
  ConsumerState state;
  if (bytes.empty()) return state;
  if (bytes.size() < 2 || bytes[0] != kMagic || bytes[1] < 1 || bytes[1] > kVersion) {
    return Corrupt("neither version 1 nor 2");
  }
  const int version = static_cast<unsigned char>(bytes[1]);
  std::string_view in = bytes.substr(2);
  if (!GetUvarint(in, state.ack_floor.consumer) || !GetUvarint(in, state.ack_floor.stream) ||
      !GetUvarint(in, state.delivered.consumer) || !GetUvarint(in, state.delivered.stream)) {
    return Corrupt("cut off inside the first sequences");
  }
  if (version == 1) {
    if (state.ack_floor.consumer > 1) state.delivered.consumer += state.ack_floor.consumer - 1;
    if (state.ack_floor.stream > 1) state.delivered.stream += state.ack_floor.stream - 1;
  }
  if (((state.ack_floor.stream | state.delivered.stream) & kTopBit) != 0) {
    return Corrupt("a sequence beyond 2^63");
  }
  JETKEEP_TRY(DecodePending(in, version, state));
  JETKEEP_TRY(DecodeRedelivered(in, state));
  if (!in.empty()) return Corrupt("bytes after its end");
  return state;
}

}  // namespace jetkeep::v1
