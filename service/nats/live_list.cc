#include "service/nats/live_list.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "protocol/js_api/requests.h"
#include "protocol/js_api/responses.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kSlice{100};

// One request for messages: so many, in so many bytes (headers may be large), for so long.
constexpr std::uint64_t kBatch = 2048;
constexpr std::uint64_t kBatchBytes = 1024 * 1024;
constexpr std::uint64_t kWaitMs = 1000;
constexpr int kMostEmptyEnds = 20;

class Listing {
 public:
  Listing(Connection& connection, const ApiSubjects& subjects, const std::string& stream,
          const LiveRange& range, const CancelToken& cancel)
      : connection_(connection),
        subjects_(subjects),
        stream_(stream),
        range_(range),
        cancel_(cancel),
        generation_(connection.generation()),
        denial_mark_(connection.DenialMark()) {}
  // Leaves nothing behind; if this does not reach the server, it removes the consumer by itself.
  ~Listing() {
    if (!name_.empty()) {
      static_cast<void>(connection_.PublishRequest(subjects_.DeleteConsumer(stream_, name_), inbox_,
                                                   std::string_view()));
    }
  }
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;

  Status Run(const std::function<Status(std::uint64_t sequence)>& take) {
    JETKEEP_TRY(Create());
    // How many are pending is no sign of the end: messages that are deleted meanwhile disturb the
    // server's count.
    for (;;) {
      JETKEEP_TRY(AskForMore());
      JETKEEP_ASSIGN(const Message message, Next());
      const auto delivery = ParseDeliveryReply(message.reply());
      if (!delivery) {
        // The end of a request for messages. Nothing came in its time: all others were deleted.
        if (delivered_ == delivered_before_ && message.header("Status") == "408") break;
        if (delivered_ == delivered_before_ && ++empty_ends_ > kMostEmptyEnds) {
          return Fail(Errc::kServerError,
                      "stream " + stream_ + " cannot be listed: " +
                          std::string(message.header("Description")
                                          .value_or("requests for messages end without one")));
        }
        delivered_before_ = delivered_;
        asked_ = 0;
        continue;
      }
      if (delivery->consumer_sequence != ++delivered_) {
        return Fail(Errc::kTransferInterrupted,
                    "messages were lost while stream " + stream_ + " was listed");
      }
      if (asked_ > 0) --asked_;
      if (delivery->stream_sequence > range_.last) break;
      JETKEEP_TRY(take(delivery->stream_sequence));
      if (delivery->stream_sequence == range_.last) break;
    }
    return {};
  }

 private:
  Status Create() {
    inbox_ = connection_.NewInbox();
    JETKEEP_ASSIGN(answers_, connection_.SubscribeSync(inbox_, -1, -1));
    const std::string name =
        std::string(kListingConsumerPrefix) + inbox_.substr(inbox_.rfind('.') + 1);
    asked_subject_ = subjects_.CreateConsumer(stream_, name);
    JETKEEP_TRY(connection_.PublishRequest(
        asked_subject_, inbox_,
        CreateConsumerRequest(stream_, ListingConsumerConfig(name, range_.first))));
    JETKEEP_ASSIGN(const Message answer, Next());
    JETKEEP_ASSIGN(const ConsumerInfo info, ParseConsumerInfo(answer.data()));
    name_ = info.name;
    asked_subject_ = subjects_.NextOfConsumer(stream_, name_);
    return {};
  }

  // Two requests overlap, so that the server never waits for the next.
  Status AskForMore() {
    while (asked_ <= kBatch / 2) {
      JETKEEP_TRY(connection_.PublishRequest(asked_subject_, inbox_,
                                             NextBatchRequest(kBatch, kBatchBytes, kWaitMs)));
      asked_ += kBatch;
    }
    return {};
  }

  Result<Message> Next() {
    const auto began = steady_clock::now();
    for (;;) {
      auto message = answers_->Next(kSlice);
      if (message) {
        if (message->data().empty() && message->header("Status") == "503") {
          return Fail(Errc::kNoResponders, "no responders on " + asked_subject_);
        }
        return message;
      }
      if (message.error().code != Errc::kTimeout) return message;
      JETKEEP_TRY(cancel_.Check());
      if (const auto denied = connection_.DeniedSince(denial_mark_, asked_subject_)) {
        return Fail(Errc::kPermissionDenied, "permission denied to publish on " + *denied);
      }
      if (!connection_.connected() || connection_.generation() != generation_) {
        return Fail(Errc::kTransferInterrupted,
                    "the connection was lost while stream " + stream_ + " was listed");
      }
      if (steady_clock::now() - began >= range_.timeout) {
        return Fail(Errc::kTimeout, "no answer on " + asked_subject_ + " within " +
                                        std::to_string(range_.timeout.count()) + " ms");
      }
    }
  }

  Connection& connection_;
  const ApiSubjects& subjects_;
  const std::string& stream_;
  const LiveRange range_;
  const CancelToken& cancel_;
  const std::uint64_t generation_;
  const std::uint64_t denial_mark_;
  std::string inbox_;
  std::string asked_subject_;
  std::string name_;  // of the consumer, once it is made
  std::unique_ptr<SyncSubscription> answers_;
  std::uint64_t asked_ = 0;  // messages that may still come without a further request
  std::uint64_t delivered_ = 0;
  std::uint64_t delivered_before_ = 0;  // when a request ended last
  int empty_ends_ = 0;
};

}  // namespace

Status ListLive(Connection& connection, const ApiSubjects& subjects, const std::string& stream,
                const LiveRange& range, const std::function<Status(std::uint64_t sequence)>& take,
                const CancelToken& cancel) {
  return Listing(connection, subjects, stream, range, cancel).Run(take);
}

}  // namespace jetkeep
