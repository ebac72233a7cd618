// RestoredConsumers: brings the consumers of a stream that was just restored to where the backup
// has them.
//
// Those of the archive are waited for and compared; then those that no archive brings back are
// created. For a stream of one replica that is all.
//
// A follower counts as current before it has the stream's messages (seen on 2.15: five seconds
// before), and a consumer that is created on it then begins at sequence 1, whatever its
// configuration says. So consumers of a replicated stream are waited for until they see messages,
// and one that began too early is created again. One of the archive that stays behind is no reason
// to throw the stream away: it is deleted and created, to start above its acknowledgement floor.
// Where messages live by their consumers (work queue, interest) it is only reported, since deleting
// it could take messages along.
//
// Ownership: server and token outlive it. Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/jetstream.h"
#include "service/engine/restore/consumer_plan.h"
#include "service/engine/restore/restore_check.h"

namespace jetkeep {

struct RestoredStream {
  std::string name;
  std::uint64_t first_sequence = 0;
  bool replicated = false;
  bool removes_on_ack = false;
  // Whether messages of the backup are gone by now, by the stream's own rules.
  std::function<bool()> messages_went;
  // How many messages of the backup have a higher sequence.
  std::function<std::uint64_t(std::uint64_t sequence)> messages_above;
};

struct RestoredConsumersTimes {
  // How long the replicas may take to get the stream's messages.
  std::chrono::milliseconds catch_up{std::chrono::minutes(10)};
  // One that exists with a wrong position may still be reading its state for so long.
  std::chrono::milliseconds settle{std::chrono::seconds(5)};
};

class RestoredConsumers {
 public:
  RestoredConsumers(JetStream& server, const RestoredConsumersTimes& times,
                    const CancelToken& cancel)
      : server_(server), times_(times), cancel_(cancel) {}

  // kRestoreMismatch: one is missing, or without replicas stands wrong.
  Status BringUp(const RestoredStream& stream, const ConsumerPlan& plan);
  std::vector<std::string> TakeWarnings() { return std::move(warnings_); }
  // Those that were created again, to start elsewhere.
  const std::set<std::string>& made_anew() const { return made_anew_; }

 private:
  // The differences that are left when those of `expected` have settled, or time is up.
  Result<ConsumerDifferences> Await(const RestoredStream& stream,
                                    const std::vector<ConsumerBackup>& expected);
  // Whether any of them has no message to deliver although there are some.
  bool AnyWaits(const RestoredStream& stream, const std::vector<ConsumerBackup>& expected,
                const std::vector<ConsumerInfo>& consumers);
  Status RecreateConsumer(const RestoredStream& stream, const ConsumerBackup& consumer,
                          const std::string& difference);
  Status Create(const RestoredStream& stream, const ConsumerBackup& consumer);
  // Whether one that was created stands at its start. Waits until its node has messages.
  Result<bool> BeganRight(const RestoredStream& stream, const std::string& consumer,
                          std::uint64_t start);

  JetStream& server_;
  const RestoredConsumersTimes times_;
  const CancelToken& cancel_;
  std::vector<std::string> warnings_;
  std::set<std::string> made_anew_;
};

}  // namespace jetkeep
