// The repositories that the instances on the control subjects keep their backups in.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "protocol/control/document.h"
#include "service/cli/control_client.h"

namespace jetkeep {

// The backups of one account in one repository, and the instances that answer for them: they are
// alike.
struct BackupPlace {
  std::string repository;  // its id; empty: services of version 0.1 do not say it
  std::string account;
  std::vector<std::string> instances;
};

// In the order of the repositories' ids. Pure.
std::vector<BackupPlace> PlacesOf(std::span<const Answerer> instances);

// "repository ID (account NAME, instance ID)"
std::string Describe(const BackupPlace& place);

// What one place has answered.
struct ListOfPlace {
  BackupPlace place;
  std::string answered_by;  // the instance
  Document list;            // as ListFromService gives it
  std::optional<Error> error;
};

// Asks each place for its backups, of each one instance; the next one if that does not answer.
std::vector<ListOfPlace> ListEachPlace(ControlClient& client, std::span<const BackupPlace> places,
                                       const std::string& stream);

// All of them as one document: the backups, each with its `repository`, and who has answered. Pure.
Document MergeLists(std::span<const ListOfPlace> lists);

}  // namespace jetkeep
