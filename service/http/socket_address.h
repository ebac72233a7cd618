// Names and ports into socket addresses. Private to this folder. Any thread; may wait for DNS.
#pragma once

#include <netdb.h>

#include <memory>
#include <string>

#include "jetkeep/error.h"
#include "protocol/base/host_port.h"

namespace jetkeep {

struct AddressesDelete {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, AddressesDelete>;

// to_listen: an empty host means every address of this one. Errors are kConfigInvalid.
Result<Addresses> Resolve(const HostPort& place, bool to_listen);

// "Connection refused".
std::string SystemText(int error_number);

}  // namespace jetkeep
