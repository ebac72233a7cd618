#include "service/engine/restore/restore_check.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "protocol/base/join.h"
#include "protocol/js_config/consumer_config.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxDifferencesTold = 8;

void CompareNumbers(std::string_view what, std::uint64_t expected, std::uint64_t actual,
                    std::vector<std::string>& differences) {
  if (expected == actual) return;
  differences.push_back(std::string(what) + " is " + std::to_string(actual) + ", the backup has " +
                        std::to_string(expected));
}

bool Behind(const SequencePair& actual, const SequencePair& expected) {
  return actual.consumer < expected.consumer || actual.stream < expected.stream;
}

std::string Text(const SequencePair& pair) {
  return std::to_string(pair.consumer) + "/" + std::to_string(pair.stream);
}

SequenceSet NotThere(const Manifest& manifest) {
  SequenceSet gone = manifest.deleted;
  gone.Union(manifest.lost);
  return gone;
}

// Empty: it stands where the backup has it, or ahead.
std::string Elsewhere(const ConsumerBackup& consumer, std::uint64_t first_sequence,
                      bool messages_went, const ConsumerInfo& info) {
  const ConsumerState& state = consumer.state;
  // One that stands below the first message begins anew before it on some servers (2.15, in
  // memory), with a count of its own: it lacks nothing that is there.
  const auto at_first = [&](const SequencePair& pair) { return pair.stream + 1 >= first_sequence; };
  if (!at_first(state.delivered) && at_first(info.delivered) && at_first(info.ack_floor)) return {};
  if (Behind(info.delivered, state.delivered)) {
    return "has delivered up to " + Text(info.delivered) + ", the backup has " +
           Text(state.delivered);
  }
  if (Behind(info.ack_floor, state.ack_floor)) {
    return "has its acknowledgement floor at " + Text(info.ack_floor) + ", the backup has " +
           Text(state.ack_floor);
  }
  const bool floor_raised = first_sequence > 0 && state.ack_floor.stream + 1 < first_sequence;
  const bool untouched =
      info.delivered == state.delivered && info.ack_floor == state.ack_floor && !floor_raised;
  // A client may have acknowledged some out of order.
  const bool fewer = info.num_ack_pending < state.pending.size();
  if (untouched && fewer && (messages_went || info.last_ack_ns != 0)) return {};
  if (untouched && info.num_ack_pending != state.pending.size()) {
    return "has " + std::to_string(info.num_ack_pending) + " messages pending, the backup has " +
           std::to_string(state.pending.size());
  }
  return {};
}

}  // namespace

std::string JoinedDifferences(const std::vector<std::string>& differences) {
  return JoinFirst(differences, kMaxDifferencesTold, "; ", "; and ");
}

tl::unexpected<Error> RestoreMismatch(const std::string& stream, const std::string& what) {
  return Fail(Errc::kRestoreMismatch, "stream " + stream + ": " + what,
              "The restored stream was removed again; the backup is untouched.");
}

StreamState StateAfterRestore(const Manifest& manifest) {
  StreamState state = manifest.state;
  if (state.messages == 0 && state.last_sequence != 0) {
    // Where messages went otherwise than in order, servers may still name an earlier one.
    state.first_sequence = state.last_sequence + 1;
    state.num_deleted = 0;
    return state;
  }
  if (manifest.lost.empty()) return state;
  const SequenceSet gone = NotThere(manifest);
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (gone.NextRange(state.first_sequence, &first, &last) && first == state.first_sequence) {
    state.first_sequence = last + 1;
  }
  state.num_deleted = gone.CountIn(state.first_sequence, state.last_sequence);
  return state;
}

std::uint64_t MessagesAbove(const Manifest& manifest, const StreamState& restored,
                            std::uint64_t sequence) {
  const std::uint64_t from = std::max(sequence + 1, restored.first_sequence);
  if (restored.messages == 0 || from > restored.last_sequence) return 0;
  return restored.last_sequence - from + 1 -
         NotThere(manifest).CountIn(from, restored.last_sequence);
}

namespace {

// A stream that never held a message begins at 0 or, one in memory that came from a v2 archive,
// at 1.
std::uint64_t FirstOf(const StreamState& state) {
  return state.messages == 0 && state.last_sequence == 0 ? 1 : state.first_sequence;
}

}  // namespace

std::vector<std::string> CompareStates(const StreamState& expected, const StreamState& actual) {
  std::vector<std::string> differences;
  CompareNumbers("messages", expected.messages, actual.messages, differences);
  CompareNumbers("bytes", expected.bytes, actual.bytes, differences);
  CompareNumbers("the first sequence", FirstOf(expected), FirstOf(actual), differences);
  CompareNumbers("the last sequence", expected.last_sequence, actual.last_sequence, differences);
  CompareNumbers("the number of deleted messages", expected.num_deleted, actual.num_deleted,
                 differences);
  return differences;
}

ConsumerDifferences CompareConsumers(const std::vector<ConsumerBackup>& expected,
                                     std::uint64_t first_sequence,
                                     const std::vector<ConsumerInfo>& actual, bool messages_went) {
  std::map<std::string_view, const ConsumerInfo*> by_name;
  for (const ConsumerInfo& info : actual) by_name[info.name] = &info;
  ConsumerDifferences differences;
  for (const ConsumerBackup& consumer : expected) {
    const auto found = by_name.find(consumer.name);
    if (found == by_name.end()) {
      if (ReadConsumerConfig(consumer.config_json).MayVanish()) {
        differences.vanished.push_back("consumer " + consumer.name +
                                       " was removed by the server because nobody uses it");
      } else {
        differences.missing.push_back("consumer " + consumer.name + " is missing");
      }
      continue;
    }
    std::string elsewhere = Elsewhere(consumer, first_sequence, messages_went, *found->second);
    if (!elsewhere.empty()) {
      differences.elsewhere.push_back(
          {consumer.name, "consumer " + consumer.name + " " + std::move(elsewhere)});
    }
  }
  return differences;
}

}  // namespace jetkeep
