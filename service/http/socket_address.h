// Names and ports into socket addresses. Private to this folder. Any thread.
#pragma once

#include <netdb.h>

#include <chrono>
#include <memory>
#include <string>

#include "jetkeep/error.h"
#include "protocol/base/host_port.h"

namespace jetkeep {

struct AddressesDelete {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, AddressesDelete>;

// to_listen: an empty host means every address of this one. Waits for DNS as long as it takes.
// Errors are kConfigInvalid.
Result<Addresses> Resolve(const HostPort& place, bool to_listen);

// The same of one to connect to, by a deadline: kTimeout.
Result<Addresses> ResolveBy(const HostPort& place, std::chrono::steady_clock::time_point deadline);

// "Connection refused".
std::string SystemText(int error_number);

}  // namespace jetkeep
