// Backups for people, from the documents of backup.list and backup.show.
#pragma once

#include <string>

#include "protocol/control/document.h"

namespace jetkeep {

// A table of backups, newest first as given; says so if there are none.
std::string RenderBackups(const Document& backups);
std::string RenderBackup(const Document& backup);
// "backup 2026… of stream ORDERS, completed …, 1,234 messages, 3.0 MiB, complete"
std::string DescribeBackup(const Document& backup);

}  // namespace jetkeep
