#include "service/cli/several_repositories.h"

#include <chrono>
#include <map>
#include <utility>

namespace jetkeep {
namespace {

constexpr std::chrono::milliseconds kWait{150};

}  // namespace

std::optional<std::string> SeveralRepositories(std::span<const Answerer> instances,
                                               const Answerer& answered) {
  std::map<std::pair<std::string, std::string>, std::string> places;  // with one of their instances
  for (const Answerer& one : instances) {
    places.try_emplace({one.repository, one.account}, one.instance);
  }
  if (places.size() < 2) return std::nullopt;
  std::string text = "instances with different repositories answer on these subjects: ";
  for (const auto& [place, instance] : places) {
    if (!text.ends_with(": ")) text += ", ";
    text += "repository " + (place.first.empty() ? "(unknown)" : place.first) + " (account " +
            place.second + ", instance " + instance + ")";
  }
  return text + "; this answer is from instance " + answered.instance +
         "; use --instance ID to ask one of them";
}

void WarnOfSeveralRepositories(ControlClient& client, Console& console) {
  if (client.asks_one_instance() || console.json()) return;
  if (const auto text = SeveralRepositories(client.Discover(kWait), client.answerer())) {
    console.Warn(*text);
  }
}

}  // namespace jetkeep
