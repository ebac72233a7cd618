#include "service/jobs/kinds/partial.h"

#include <utility>

namespace jetkeep {
namespace {

constexpr std::size_t kMostNamed = 5;

}  // namespace

Error PartialError(const std::string& what, std::uint64_t failed, std::uint64_t streams,
                   const std::vector<MemberFailure>& failures, std::string hint) {
  std::string text = what + " is partial: " + std::to_string(failed) + " of " +
                     std::to_string(streams) + " streams failed";
  for (std::size_t i = 0; i < failures.size() && i < kMostNamed; ++i) {
    text += (i == 0 ? ": " : "; ") + failures[i].stream + " (" + failures[i].error.message + ")";
  }
  if (failed > kMostNamed) text += "; and " + std::to_string(failed - kMostNamed) + " more";
  return {Errc::kPartial, std::move(text), std::move(hint), 0};
}

}  // namespace jetkeep
