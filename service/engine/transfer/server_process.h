// Whether a process is a nats-server whose store lies in, or around, a folder. An idle server keeps
// no file of its store open, so its command line and its configuration are asked.
//
// What is found: --store_dir and -sd, and store_dir in the file of --config with what that
// includes. Paths are looked up as the process sees them (its root and its working directory), and
// compared as files, so that a container's mount is found too. Not found: a server whose program
// has another name, or whose configuration changed since it started. Thread-safety: any.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace jetkeep {

// The device and the number of a file.
using FileIdentity = std::pair<dev_t, ino_t>;

// Of the folder, and of those around it, which may be a server's if it is a part of one.
std::vector<FileIdentity> StoreIdentities(const std::string& folder);

struct ServerSight {
  // "nats-server (process 4711) was started with …"; empty: not one of these.
  std::string seen;
  // It is a server, and where its store lies cannot be told.
  bool hidden = false;
};

// process: its folder in /proc.
ServerSight LookAtServer(const std::filesystem::path& process,
                         const std::vector<FileIdentity>& store);

}  // namespace jetkeep
