#include "service/app/libraries.h"

#include "protocol/codec/library_version.h"
#include "protocol/tar/library_version.h"
#include "service/loop/library_version.h"
#include "service/nats/library_version.h"

namespace jetkeep {

std::map<std::string, std::string> LibraryVersions() {
  return {{"nats.c", NatsLibraryVersion()},
          {"libuv", LoopLibraryVersion()},
          {"zstd", ZstdLibraryVersion()},
          {"libsodium", SodiumLibraryVersion()},
          {"libarchive", ArchiveLibraryVersion()}};
}

}  // namespace jetkeep
