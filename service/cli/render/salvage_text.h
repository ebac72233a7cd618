// What a salvage found, as a document and for people. Pure.
#pragma once

#include <string>

#include "protocol/control/document.h"
#include "service/engine/salvage/salvage.h"

namespace jetkeep {

Document ToDocument(const SalvageReport& report);
Document ToDocument(const StoreListing& listing);

std::string SalvageTable(const SalvageReport& report);
std::string StoreTable(const StoreListing& listing);
// What a person should know of the stream besides its row, a line each; none if it is whole.
std::vector<std::string> SalvageRemarks(const SalvagedStream& stream);

}  // namespace jetkeep
