#include "service/http/socket_address.h"

#include <sys/socket.h>

#include <future>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

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

Result<Addresses> ResolveBy(const HostPort& place, std::chrono::steady_clock::time_point deadline) {
  auto found = std::make_shared<std::promise<Result<Addresses>>>();
  std::future<Result<Addresses>> answer = found->get_future();
  // The resolver takes no deadline, and cannot be stopped: its thread owns all that it needs.
  try {
    std::thread([found, place] { found->set_value(Resolve(place, false)); }).detach();
  } catch (const std::system_error& error) {
    return Fail(Errc::kInternal, std::string("no thread to find an address: ") + error.what());
  }
  if (answer.wait_until(deadline) == std::future_status::ready) return answer.get();
  return Fail(Errc::kTimeout, "the address of " + place.host + " was not found in time");
}

std::string SystemText(int error_number) {
  return std::error_code(error_number, std::generic_category()).message();
}

}  // namespace jetkeep
