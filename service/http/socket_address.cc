#include "service/http/socket_address.h"

#include <sys/socket.h>

#include <system_error>

namespace jetkeep {

Result<Addresses> Resolve(const HostPort& place, bool to_listen) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (to_listen ? AI_PASSIVE : 0);
  addrinfo* found = nullptr;
  const std::string port = std::to_string(place.port);
  const int failed = ::getaddrinfo(place.host.empty() ? nullptr : place.host.c_str(), port.c_str(),
                                   &hints, &found);
  if (failed != 0) {
    return Fail(Errc::kConfigInvalid,
                "the address of " + place.host + " cannot be found: " + ::gai_strerror(failed));
  }
  return Addresses(found);
}

std::string SystemText(int error_number) {
  return std::error_code(error_number, std::generic_category()).message();
}

}  // namespace jetkeep
