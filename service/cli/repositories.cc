#include "service/cli/repositories.h"

#include <map>
#include <utility>

#include "protocol/control/answers.h"
#include "service/cli/backup_source.h"
#include "service/cli/render/fields.h"

namespace jetkeep {

std::vector<BackupPlace> PlacesOf(std::span<const Answerer> instances) {
  std::map<std::pair<std::string, std::string>, BackupPlace> places;
  for (const Answerer& one : instances) {
    BackupPlace& place = places[{one.repository, one.account}];
    place.repository = one.repository;
    place.account = one.account;
    place.instances.push_back(one.instance);
  }
  std::vector<BackupPlace> list;
  list.reserve(places.size());
  for (auto& [key, place] : places) list.push_back(std::move(place));
  return list;
}

std::string Describe(const BackupPlace& place) {
  std::string text = "repository " + (place.repository.empty() ? "(unknown)" : place.repository) +
                     " (account " + place.account +
                     (place.instances.size() == 1 ? ", instance " : ", instances ");
  for (std::size_t i = 0; i < place.instances.size(); ++i) {
    text += (i == 0 ? "" : ", ") + place.instances[i];
  }
  return text + ")";
}

std::vector<ListOfPlace> ListEachPlace(ControlClient& client, std::span<const BackupPlace> places,
                                       const std::string& stream) {
  std::vector<ListOfPlace> lists;
  for (const BackupPlace& place : places) {
    ListOfPlace& one = lists.emplace_back();
    one.place = place;
    for (const std::string& instance : place.instances) {
      client.AskOnly(instance);
      auto list = ListFromService(client, stream);
      one.answered_by = instance;
      if (!list) {
        one.error = std::move(list).error();
        continue;
      }
      one.error.reset();
      one.list = *std::move(list);
      break;
    }
  }
  client.AskOnly("");
  return lists;
}

Document MergeLists(std::span<const ListOfPlace> lists) {
  std::uint64_t total = 0;
  bool incomplete = false;
  Document backups = Document::array();
  Document warnings = Document::array();
  Document repositories = Document::array();
  for (const ListOfPlace& one : lists) {
    Document about = {{"repository", one.place.repository},
                      {"account", one.place.account},
                      {"instances", one.place.instances}};
    if (one.error) {
      incomplete = true;
      about.update(ErrorAnswer(*one.error));
    } else {
      about["instance"] = one.answered_by;
      about["total"] = CountOf(one.list, "total");
      if (FlagOf(one.list, "incomplete")) about["incomplete"] = incomplete = true;
      total += CountOf(one.list, "total");
      for (const Document& backup : MemberOf(one.list, "backups")) {
        backups.push_back(backup);
        backups.back()["repository"] = one.place.repository;
      }
      for (const Document& warning : MemberOf(one.list, "warnings")) warnings.push_back(warning);
    }
    repositories.push_back(std::move(about));
  }
  Document merged = {{"total", total},
                     {"backups", std::move(backups)},
                     {"warnings", std::move(warnings)},
                     {"repositories", std::move(repositories)}};
  if (incomplete) merged["incomplete"] = true;
  return merged;
}

}  // namespace jetkeep
