#include "protocol/codec/library_version.h"

#include <sodium.h>
#include <zstd.h>

namespace jetkeep {

std::string ZstdLibraryVersion() { return ::ZSTD_versionString(); }

std::string SodiumLibraryVersion() { return ::sodium_version_string(); }

}  // namespace jetkeep
