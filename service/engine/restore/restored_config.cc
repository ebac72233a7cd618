#include "service/engine/restore/restored_config.h"

#include <algorithm>
#include <vector>

#include "protocol/js_config/config_compare.h"
#include "protocol/js_config/consumer_config.h"
#include "protocol/js_config/restore_token.h"
#include "service/engine/restore/restore_check.h"

namespace jetkeep {
namespace {

void CompareOne(const ConsumerBackup& asked, const std::vector<ConsumerInfo>& live,
                const std::set<std::string>& made_anew, std::vector<std::string>& differences) {
  const auto found = std::find_if(
      live.begin(), live.end(), [&](const ConsumerInfo& info) { return info.name == asked.name; });
  if (found == live.end()) return;  // whether it has to be there was looked at before
  const bool anew = made_anew.count(asked.name) != 0;
  const std::string wanted = anew ? WithoutStart(asked.config_json) : asked.config_json;
  const std::string there = anew ? WithoutStart(found->config_json) : found->config_json;
  for (const std::string& difference : CompareConfigs(ConfigOf::kConsumer, wanted, there)) {
    differences.push_back("consumer " + asked.name + ": " + difference);
  }
}

}  // namespace

Status CheckRestoredConfigs(JetStream& server, const RestorePlan& plan,
                            const std::set<std::string>& made_anew) {
  const std::string& stream = plan.target.stream;
  JETKEEP_ASSIGN(const StreamInfo info, server.GetStream(stream));
  std::vector<std::string> differences =
      CompareConfigs(ConfigOf::kStream, WithoutRestoreToken(plan.target.config_json),
                     WithoutRestoreToken(info.config_json));
  if (!plan.consumers.archived.empty() || !plan.consumers.created.empty()) {
    JETKEEP_ASSIGN(const std::vector<ConsumerInfo> live, server.Consumers(stream));
    for (const auto* consumers : {&plan.consumers.archived, &plan.consumers.created}) {
      for (const ConsumerBackup& asked : *consumers) {
        CompareOne(asked, live, made_anew, differences);
      }
    }
  }
  if (differences.empty()) return {};
  return RestoreMismatch(
      stream, "the configuration is not what was asked for: " + JoinedDifferences(differences));
}

}  // namespace jetkeep
