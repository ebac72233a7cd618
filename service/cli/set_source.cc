#include "service/cli/set_source.h"

#include <charconv>
#include <utility>
#include <vector>

#include "protocol/control/requests.h"
#include "protocol/repository/set_record.h"
#include "service/cli/local_repository.h"
#include "service/cli/render/fields.h"

namespace jetkeep {

bool MeansSet(std::string_view word) {
  constexpr std::size_t kFront = kSetIdFront.size();
  return word.starts_with(kSetIdFront) && word.size() > kFront && word[kFront] >= '0' &&
         word[kFront] <= '9';
}

Status CheckSetWord(std::string_view word) {
  if (word == kLatestSet) return {};
  JETKEEP_TRY(CheckSetReference(word));
  if (MeansSet(word)) return {};
  return Fail(Errc::kInvalidName, "\"" + std::string(word) + "\" is not the id of a set",
              "Ids of sets begin with set- and a digit; `jetkeep list --sets` shows them.");
}

Result<std::string> ChooseSetId(const Document& sets, std::string_view word) {
  std::vector<std::string> found;
  for (const Document& set : sets) {
    std::string id = TextOf(set, "id");
    if (id == word) return id;
    if (id.starts_with(word)) found.push_back(std::move(id));
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return Fail(Errc::kSetNotFound, "no set's id begins with " + std::string(word),
                "Run `jetkeep list --sets` to see all sets.");
  }
  return Fail(Errc::kUsage,
              "the ids of " + std::to_string(found.size()) + " sets begin with " +
                  std::string(word) + ": " + found[0] + ", " + found[1] +
                  (found.size() > 2 ? " and more" : ""),
              "Give more of the id.");
}

// A set that appears while we read moves the others: none is shown twice.
Result<Document> SetsFromService(ControlClient& client) {
  Document sets = Document::array();
  Document warnings = Document::array();
  std::uint64_t total = 0;
  std::uint64_t offset = 0;
  do {
    SetsRequest request;
    request.offset = offset;
    request.limit = kMaxListLimit;
    JETKEEP_ASSIGN(const Document page, client.Call(EndpointId::kSets, ToDocument(request)));
    total = CountOf(page, "total");
    warnings = MemberOf(page, "warnings");
    const Document& list = MemberOf(page, "sets");
    if (!list.is_array() || list.empty()) break;
    offset += list.size();
    for (const Document& set : list) {
      if (!sets.empty() && TextOf(sets.back(), "id") == TextOf(set, "id")) continue;
      sets.push_back(set);
    }
  } while (offset < total);
  return Document{
      {"total", sets.size()}, {"sets", std::move(sets)}, {"warnings", std::move(warnings)}};
}

Result<std::string> SetIdFromService(ControlClient& client, const std::string& word) {
  if (IsSetId(word) || word == kLatestSet) return word;
  JETKEEP_ASSIGN(const Document list, SetsFromService(client));
  return ChooseSetId(MemberOf(list, "sets"), word);
}

Result<std::string> SetIdFromRepository(const Context& context, const std::string& word) {
  if (IsSetId(word) || word == kLatestSet) return word;
  JETKEEP_ASSIGN(const Document list, SetsFromRepository(context.config()));
  return ChooseSetId(MemberOf(list, "sets"), word);
}

Result<Document> SetFromService(ControlClient& client, const std::string& set_id) {
  SetRequest request{set_id};
  JETKEEP_ASSIGN(Document set, client.Call(EndpointId::kSet, ToDocument(request)));
  request.set = TextOf(set, "id");
  for (;;) {
    const std::uint64_t left = CountOf(MemberOf(set, "truncated"), "members");
    request.offset = MemberOf(set, "members").size();
    if (left == 0 || request.offset == 0) break;
    JETKEEP_ASSIGN(Document page, client.Call(EndpointId::kSet, ToDocument(request)));
    Document& members = page["members"];
    if (members.empty()) break;
    for (Document& member : members) set["members"].push_back(std::move(member));
    const std::uint64_t more = CountOf(MemberOf(page, "truncated"), "members");
    if (more == 0) {
      set["truncated"].erase("members");
    } else {
      set["truncated"]["members"] = more;
    }
  }
  if (set.contains("truncated") && set["truncated"].empty()) set.erase("truncated");
  return set;
}

Result<std::uint64_t> ReadParallel(const std::string& text) {
  std::uint64_t number = 0;
  if (text.empty()) return number;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0 ||
      number > kMaxParallelStreams) {
    return Fail(Errc::kUsage, "--parallel \"" + text + "\" is no number from 1 to " +
                                  std::to_string(kMaxParallelStreams));
  }
  return number;
}

}  // namespace jetkeep
