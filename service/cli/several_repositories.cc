#include "service/cli/several_repositories.h"

#include <vector>

#include "service/cli/repositories.h"

namespace jetkeep {
std::optional<std::string> SeveralRepositories(std::span<const Answerer> instances,
                                               const Answerer& answered) {
  const std::vector<BackupPlace> places = PlacesOf(instances);
  if (places.size() < 2) return std::nullopt;
  std::string text = "instances with different repositories answer on these subjects: ";
  for (const BackupPlace& place : places) {
    if (&place != &places.front()) text += ", ";
    text += Describe(place);
  }
  return text + "; this answer is from instance " + answered.instance +
         "; use --instance ID to ask one of them";
}

void AskForRepositories(ControlClient& client, const Console& console) {
  if (!client.asks_one_instance() && !console.json()) client.BeginDiscovery();
}

void WarnOfSeveralRepositories(ControlClient& client, Console& console) {
  if (client.asks_one_instance() || console.json()) return;
  if (const auto text = SeveralRepositories(client.Discover(), client.answerer())) {
    console.Warn(*text);
  }
}

}  // namespace jetkeep
