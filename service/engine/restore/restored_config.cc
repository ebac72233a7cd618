#include "service/engine/restore/restored_config.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "protocol/js_config/config_compare.h"
#include "protocol/js_config/consumer_config.h"
#include "protocol/js_config/restore_token.h"
#include "service/engine/restore/restore_check.h"
#include "service/work/backoff.h"

namespace jetkeep {
namespace {

// A cluster may answer for a moment that there is no such stream, right after it has reported it as
// restored: seen on 2.10.27 where a restore of the same name had been broken off before.
constexpr std::chrono::milliseconds kLookAgain{200};
constexpr int kLooks = 15;

Result<StreamInfo> LookAt(JetStream& server, const RestorePlan& plan, const CancelToken& cancel) {
  const bool alone = !plan.server.version.empty() && plan.server.cluster.empty();
  for (int looks = 1;; ++looks) {
    Result<StreamInfo> info = server.GetStream(plan.target.stream);
    if (info || alone || info.error().code != Errc::kStreamNotFound || looks == kLooks) return info;
    JETKEEP_TRY(SleepFor(kLookAgain, cancel));
  }
}

class ConfigCheck {
 public:
  void Stream(const RestorePlan& plan, const StreamInfo& info) {
    Add("stream " + plan.target.stream,
        CompareConfigs(ConfigOf::kStream, WithoutRestoreToken(plan.target.config_json),
                       WithoutRestoreToken(info.config_json)));
  }

  void Consumer(const ConsumerBackup& asked, const std::vector<ConsumerInfo>& live,
                bool made_anew) {
    const auto found = std::find_if(live.begin(), live.end(), [&](const ConsumerInfo& info) {
      return info.name == asked.name;
    });
    if (found == live.end()) return;  // whether it has to be there was looked at before
    const std::string wanted = made_anew ? WithoutStart(asked.config_json) : asked.config_json;
    const std::string there = made_anew ? WithoutStart(found->config_json) : found->config_json;
    Add("consumer " + asked.name, CompareConfigs(ConfigOf::kConsumer, wanted, there));
  }

  const std::vector<std::string>& differences() const { return differences_; }
  std::vector<std::string> TakeWarnings() { return std::move(warnings_); }

 private:
  void Add(const std::string& of, const ConfigDifferences& found) {
    for (const std::string& difference : InWords(found.not_as_asked)) {
      differences_.push_back(of + ": " + difference);
    }
    for (const std::string& choice : InWords(found.servers_choice)) {
      warnings_.push_back(of + ": " + choice + "; the server decides this by itself");
    }
  }

  std::vector<std::string> differences_;
  std::vector<std::string> warnings_;
};

}  // namespace

Result<std::vector<std::string>> CheckRestoredConfigs(JetStream& server, const RestorePlan& plan,
                                                      const std::set<std::string>& made_anew,
                                                      const CancelToken& cancel) {
  const std::string& stream = plan.target.stream;
  JETKEEP_ASSIGN(const StreamInfo info, LookAt(server, plan, cancel));
  ConfigCheck check;
  check.Stream(plan, info);
  if (!plan.consumers.archived.empty() || !plan.consumers.created.empty()) {
    JETKEEP_ASSIGN(const std::vector<ConsumerInfo> live, server.Consumers(stream));
    for (const auto* consumers : {&plan.consumers.archived, &plan.consumers.created}) {
      for (const ConsumerBackup& asked : *consumers) {
        check.Consumer(asked, live, made_anew.count(asked.name) != 0);
      }
    }
  }
  if (check.differences().empty()) return check.TakeWarnings();
  return RestoreMismatch(stream, "the configuration is not what was asked for: " +
                                     JoinedDifferences(check.differences()));
}

}  // namespace jetkeep
