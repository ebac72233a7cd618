#include "tests/support/ack_publisher.h"

#include <stdexcept>
#include <thread>

namespace jetkeep::testing {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kAnswered = milliseconds(2500);
constexpr auto kGivesUp = seconds(60);

std::string HeadersOf(const LivingMessage& message, const std::string& id) {
  std::vector<std::pair<std::string, std::string>> headers{{"Nats-Msg-Id", id}};
  if (message.rollup != StreamModel::Rollup::kNone) {
    headers.emplace_back("Nats-Rollup",
                         message.rollup == StreamModel::Rollup::kAll ? "all" : "sub");
  }
  if (message.time_to_live) {
    headers.emplace_back("Nats-TTL", std::to_string(message.time_to_live->count()) + "s");
  }
  return HeaderBlock(headers);
}

// Of {"stream":"S","seq":17,…}; 0: none.
std::uint64_t SequenceIn(const std::string& acknowledgement) {
  static const std::string kKey = "\"seq\":";
  const auto at = acknowledgement.find(kKey);
  if (at == std::string::npos || acknowledgement.find("\"error\"") != std::string::npos) return 0;
  return std::strtoull(acknowledgement.c_str() + at + kKey.size(), nullptr, 10);
}

}  // namespace

AckPublisher::AckPublisher(std::string url, std::string name, StreamModel& model)
    : url_(std::move(url)), name_(std::move(name)), model_(model) {
  Connect();
}

void AckPublisher::Connect() {
  client_ = std::make_unique<JetStreamClient>(url_);
  inbox_ = client_->NewInbox() + ".";
  acks_ = client_->Subscribe(inbox_ + "*");
}

void AckPublisher::Send(const LivingMessage& message) {
  const std::uint64_t number = ++last_number_;
  UnderWay& one = under_way_[number];
  one = {message, HeadersOf(message, name_ + std::to_string(number)), Clock::now()};
  try {
    client_->Publish(message.subject, message.payload, one.headers,
                     inbox_ + std::to_string(number));
  } catch (const std::exception&) {
    // Drain sends it again.
  }
}

bool AckPublisher::Take(std::uint64_t number, const NatsMessage& answer) {
  const auto found = under_way_.find(number);
  if (found == under_way_.end()) return true;
  const UnderWay& one = found->second;
  const std::uint64_t sequence = SequenceIn(answer.payload);
  if (sequence == 0) {
    const bool refused = answer.payload.find("maximum ") != std::string::npos;
    if (refused) under_way_.erase(found);
    return refused;
  }
  constexpr std::uint64_t kRecord = 30;
  const std::uint64_t bytes = kRecord + one.message.subject.size() + one.message.payload.size() +
                              sizeof(std::uint32_t) + one.headers.size();
  StreamModel::Written written{.sequence = sequence,
                               .subject = one.message.subject,
                               .content = ContentDigest(one.message.subject, one.message.payload),
                               .bytes = bytes,
                               .rollup = one.message.rollup,
                               .sent = one.sent,
                               .acknowledged = Clock::now()};
  if (one.message.time_to_live) written.expires = one.sent + *one.message.time_to_live;
  model_.Add(std::move(written));
  under_way_.erase(found);
  return true;
}

void AckPublisher::Drain() {
  try {
    bool well = true;
    while (well && !under_way_.empty()) {
      const auto answer = client_->Next(acks_, kAnswered);
      if (!answer) break;
      well = Take(std::stoull(answer->subject.substr(inbox_.size())), *answer);
    }
  } catch (const std::runtime_error&) {
    // The connection is lost.
  }
  while (!under_way_.empty()) SendAgain(under_way_.begin()->first);
}

void AckPublisher::SendAgain(std::uint64_t number) {
  const auto deadline = Clock::now() + kGivesUp;
  for (; Clock::now() < deadline; std::this_thread::sleep_for(milliseconds(50))) {
    try {
      const UnderWay& one = under_way_.at(number);
      const NatsMessage answer =
          client_->Request(one.message.subject, one.message.payload, kAnswered, one.headers);
      if (Take(number, answer)) return;
    } catch (const std::runtime_error&) {
      try {
        Connect();
      } catch (const std::runtime_error&) {
        // Its server is away.
      }
    }
  }
  throw std::runtime_error("a message is not acknowledged: " +
                           under_way_.at(number).message.subject);
}

}  // namespace jetkeep::testing
