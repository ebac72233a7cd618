#include "service/nats/server_identity.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kLongestLine = 64 * 1024;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

struct HostPort {
  std::string host;
  std::string port;
};

HostPort SplitUrl(std::string url) {
  if (const auto scheme = url.find("://"); scheme != std::string::npos) url.erase(0, scheme + 3);
  if (const auto at = url.rfind('@'); at != std::string::npos) url.erase(0, at + 1);
  if (const auto path = url.find('/'); path != std::string::npos) url.erase(path);
  HostPort target{url, "4222"};
  const auto colon = url.rfind(':');
  const auto bracket = url.rfind(']');
  const bool has_port =
      colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  if (has_port) {
    target.host = url.substr(0, colon);
    target.port = url.substr(colon + 1);
  }
  if (target.host.size() >= 2 && target.host.front() == '[' && target.host.back() == ']') {
    target.host = target.host.substr(1, target.host.size() - 2);
  }
  return target;
}

bool WaitFor(int fd, short events, steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  if (left.count() <= 0) return false;
  pollfd item{fd, events, 0};
  return ::poll(&item, 1, static_cast<int>(left.count())) == 1;
}

bool Connect(int fd, const addrinfo& address, steady_clock::time_point deadline) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return true;
  if (errno != EINPROGRESS || !WaitFor(fd, POLLOUT, deadline)) return false;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

Result<std::string> ReadLine(int fd, steady_clock::time_point deadline) {
  std::string line;
  char buffer[4096];
  while (line.size() < kLongestLine) {
    if (!WaitFor(fd, POLLIN, deadline)) {
      return Fail(Errc::kTimeout, "the server did not say who it is in time");
    }
    const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) return Fail(Errc::kNotConnected, "the server closed the connection");
    line.append(buffer, static_cast<std::size_t>(got));
    if (const auto end = line.find("\r\n"); end != std::string::npos) return line.substr(0, end);
  }
  return Fail(Errc::kServerError, "the first line of the server has no end");
}

}  // namespace

Result<ServerInfo> AskServerInfo(const std::string& url, milliseconds timeout) {
  const auto deadline = steady_clock::now() + timeout;
  const HostPort target = SplitUrl(url);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int resolved = ::getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found);
  if (resolved != 0) {
    return Fail(Errc::kNotConnected,
                "cannot resolve " + target.host + ": " + gai_strerror(resolved));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    const Socket socket(
        ::socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol));
    if (socket.fd() < 0 || !Connect(socket.fd(), *at, deadline)) continue;
    JETKEEP_ASSIGN(const std::string line, ReadLine(socket.fd(), deadline));
    return ParseServerInfo(line);
  }
  return Fail(Errc::kNotConnected, "cannot connect to " + target.host + ":" + target.port);
}

}  // namespace jetkeep
