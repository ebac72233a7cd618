// A manifest as `backup.show` tells it. Pure.
#pragma once

#include "jetkeep/backup.h"
#include "protocol/repository/manifest.h"

namespace jetkeep {

BackupDetails Describe(const Manifest& manifest);

}  // namespace jetkeep
