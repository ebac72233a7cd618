#include "service/control/request_switches.h"

#include <algorithm>
#include <string_view>

namespace jetkeep {
namespace {

std::string_view SwitchOf(EndpointId endpoint) {
  switch (endpoint) {
    case EndpointId::kRestore:
      return "restore";
    case EndpointId::kDelete:
      return "delete";
    case EndpointId::kPrune:
      return "prune";
    case EndpointId::kRepublish:
      return "republish";
    default:
      return {};
  }
}

bool IsDryRun(const Document& body) {
  const auto found = body.find("dry_run");
  return found != body.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace

Status CheckSwitchedOn(const std::vector<std::string>& refuse, EndpointId endpoint,
                       const Document& body) {
  const std::string_view name = SwitchOf(endpoint);
  if (name.empty() || std::find(refuse.begin(), refuse.end(), name) == refuse.end()) return {};
  if (IsDryRun(body)) return {};
  return Fail(
      Errc::kSwitchedOff, std::string(name) + " is switched off for this instance",
      "Its operator has listed it in control.refuse. Ask another instance, or the operator.");
}

}  // namespace jetkeep
