#include "protocol/repository/consumer_codec.h"

#include "protocol/codec/varint.h"

namespace jetkeep {
namespace {

void PutText(std::string& out, std::string_view text) {
  PutUvarint(out, text.size());
  out.append(text);
}

// Takes values off the front; once something is missing, everything is.
class Input {
 public:
  explicit Input(std::string_view in) : in_(in) {}

  std::uint64_t Unsigned() {
    std::uint64_t value = 0;
    if (!ok_ || !GetUvarint(in_, value)) ok_ = false;
    return ok_ ? value : 0;
  }
  std::string_view Text() {
    const std::uint64_t size = Unsigned();
    if (!ok_ || size > in_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view text = in_.substr(0, static_cast<std::size_t>(size));
    in_.remove_prefix(text.size());
    return text;
  }
  template <typename Value>
  bool Map(SequenceMap<Value>& map) {
    const std::uint64_t count = Unsigned();
    ok_ = ok_ && map.AppendCoded(in_, count);
    return ok_;
  }
  bool ok() const { return ok_; }
  bool empty() const { return in_.empty(); }

 private:
  std::string_view in_;
  bool ok_ = true;
};

bool DecodeBody(Input& in, ConsumerBackup& consumer) {
  consumer.name = in.Text();
  consumer.config_json = in.Text();
  consumer.created = in.Text();
  const std::uint64_t origin = in.Unsigned();
  if (origin > static_cast<std::uint64_t>(ConsumerOrigin::kServer)) return false;
  consumer.origin = static_cast<ConsumerOrigin>(origin);
  ConsumerState& state = consumer.state;
  state.delivered.consumer = in.Unsigned();
  state.delivered.stream = in.Unsigned();
  state.ack_floor.consumer = in.Unsigned();
  state.ack_floor.stream = in.Unsigned();
  return in.Map(state.pending) && in.Map(state.redelivered);
}

}  // namespace

std::string EncodeConsumer(const ConsumerBackup& consumer) {
  std::string body;
  PutText(body, consumer.name);
  PutText(body, consumer.config_json);
  PutText(body, consumer.created);
  PutUvarint(body, static_cast<std::uint64_t>(consumer.origin));
  const ConsumerState& state = consumer.state;
  PutUvarint(body, state.delivered.consumer);
  PutUvarint(body, state.delivered.stream);
  PutUvarint(body, state.ack_floor.consumer);
  PutUvarint(body, state.ack_floor.stream);
  PutUvarint(body, state.pending.size());
  body += state.pending.coded();
  PutUvarint(body, state.redelivered.size());
  body += state.redelivered.coded();
  std::string item;
  item.reserve(body.size() + kMaxVarintBytes);
  PutText(item, body);
  return item;
}

Status DecodeConsumers(std::string_view items, std::vector<ConsumerBackup>& out) {
  Input in(items);
  while (!in.empty()) {
    // Bytes of the body behind what is known belong to a newer writer.
    Input body(in.Text());
    ConsumerBackup consumer;
    if (!in.ok() || !DecodeBody(body, consumer)) {
      return Fail(Errc::kRepositoryCorrupt,
                  "consumer " + std::to_string(out.size() + 1) + " of the manifest is damaged");
    }
    out.push_back(std::move(consumer));
  }
  return {};
}

}  // namespace jetkeep
