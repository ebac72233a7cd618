#include "service/engine/sets/set_plan.h"

#include <algorithm>

#include "protocol/base/stream_pattern.h"
#include "service/engine/verify/drill_plan.h"

namespace jetkeep {
namespace {

Status NoMatch(const std::string& pattern, const std::string& where) {
  return Fail(Errc::kStreamNotFound,
              (HasWildcard(pattern) ? "no stream matches \"" : "there is no stream \"") + pattern +
                  "\"" + where,
              "Nothing was backed up. List the streams with `nats stream ls`.");
}

struct Chosen {
  std::vector<ListedStream> streams;
  std::vector<std::string> unavailable;
};

// What the patterns choose of the listing. Each must choose something.
Result<Chosen> Choose(const SetSelection& selection, const StreamListing& listing) {
  // The scratch streams of drills come and go; only their whole name chooses one.
  const auto taken = [&](const std::string& name) {
    return MatchesAny(selection.streams, name) && !MatchesAny(selection.exclude, name) &&
           !(name.starts_with(kDrillStreamFront) &&
             std::find(selection.streams.begin(), selection.streams.end(), name) ==
                 selection.streams.end());
  };
  if (listing.streams.empty() && listing.unavailable.empty()) {
    return Fail(
        Errc::kStreamNotFound, "the account has no stream: there is nothing to back up",
        "No set was made. If the account should have streams, look at the server and at the "
        "user that Jetkeep logs in with.");
  }
  for (const std::string& pattern : selection.streams) {
    const auto matches = [&](const std::string& name) {
      return MatchesStreamPattern(pattern, name);
    };
    const bool any =
        std::any_of(listing.streams.begin(), listing.streams.end(),
                    [&](const ListedStream& stream) { return matches(stream.name); }) ||
        std::any_of(listing.unavailable.begin(), listing.unavailable.end(), matches);
    if (!any) return Fail(NoMatch(pattern, "").error());
  }
  Chosen chosen;
  std::copy_if(listing.streams.begin(), listing.streams.end(), std::back_inserter(chosen.streams),
               [&](const ListedStream& stream) { return taken(stream.name); });
  std::copy_if(listing.unavailable.begin(), listing.unavailable.end(),
               std::back_inserter(chosen.unavailable), taken);
  if (chosen.streams.empty() && chosen.unavailable.empty()) {
    return Fail(Errc::kStreamNotFound, "every stream that was chosen is excluded",
                "Nothing was backed up. Look at the patterns of \"exclude\" (--exclude).");
  }
  return chosen;
}

bool InGroup(const std::vector<std::string_view>& group, const std::string& name) {
  return std::any_of(group.begin(), group.end(),
                     [&](std::string_view pattern) { return MatchesStreamPattern(pattern, name); });
}

}  // namespace

bool MatchesAny(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return MatchesStreamPattern(pattern, name);
  });
}

Status CheckSelectionWords(const SetSelection& selection) {
  if (selection.streams.empty()) {
    return Fail(Errc::kInvalidRequest, "no stream is chosen",
                "Name streams or patterns of them; * means all.");
  }
  for (const auto* patterns : {&selection.streams, &selection.exclude}) {
    for (const std::string& pattern : *patterns) JETKEEP_TRY(CheckStreamPattern(pattern));
  }
  for (const std::string& group : selection.order) {
    const auto patterns = SplitPatterns(group);
    if (patterns.empty()) return CheckStreamPattern("");
    for (const std::string_view pattern : patterns) JETKEEP_TRY(CheckStreamPattern(pattern));
  }
  return {};
}

Result<SetPlan> PlanSet(const SetSelection& selection, const StreamListing& listing) {
  JETKEEP_TRY(CheckSelectionWords(selection));
  JETKEEP_ASSIGN(Chosen chosen, Choose(selection, listing));
  SetPlan plan;
  plan.unavailable = std::move(chosen.unavailable);
  plan.streams = chosen.streams.size() + plan.unavailable.size();
  std::vector<ListedStream> left = std::move(chosen.streams);
  const auto take = [&](const auto& belongs) {
    std::vector<ListedStream> group;
    std::vector<ListedStream> others;
    for (ListedStream& stream : left) {
      (belongs(stream) ? group : others).push_back(std::move(stream));
    }
    left = std::move(others);
    std::stable_sort(group.begin(), group.end(), [](const ListedStream& a, const ListedStream& b) {
      return a.bytes > b.bytes;
    });
    if (!group.empty()) plan.groups.push_back(std::move(group));
  };
  for (const std::string& words : selection.order) {
    const auto group = SplitPatterns(words);
    const bool any =
        std::any_of(left.begin(), left.end(),
                    [&](const ListedStream& stream) { return InGroup(group, stream.name); }) ||
        std::any_of(plan.unavailable.begin(), plan.unavailable.end(),
                    [&](const std::string& name) { return InGroup(group, name); });
    if (!any)
      return Fail(NoMatch(words, " among the chosen ones that \"order\" could place").error());
    take([&](const ListedStream& stream) { return InGroup(group, stream.name); });
  }
  take([](const ListedStream&) { return true; });
  return plan;
}

}  // namespace jetkeep
