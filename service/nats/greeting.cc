#include "service/nats/greeting.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "protocol/base/server_url.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kLongestLine = 64 * 1024;
constexpr std::string_view kInfo = "INFO ";
constexpr std::string_view kError = "-ERR ";

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

HostPort SplitUrl(const std::string& text) {
  std::string url(SplitServerUrl(text).host);
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

// Empty, or why there is no connection.
std::string Connect(int fd, const addrinfo& address, steady_clock::time_point deadline) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return {};
  if (errno != EINPROGRESS) return std::strerror(errno);
  if (!WaitFor(fd, POLLOUT, deadline)) return "no answer in time";
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  return error == 0 ? std::string() : std::strerror(error);
}

void ReadLine(int fd, steady_clock::time_point deadline, Greeting& greeting) {
  std::string line;
  char buffer[4096];
  greeting.outcome = Greeting::Outcome::kSilent;
  while (line.size() < kLongestLine) {
    if (!WaitFor(fd, POLLIN, deadline)) {
      greeting.detail = "no greeting in time";
      return;
    }
    const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) {
      greeting.detail = "the connection was closed without a greeting";
      return;
    }
    line.append(buffer, static_cast<std::size_t>(got));
    const auto begins = [&](std::string_view word) {
      return line.starts_with(word.substr(0, line.size()));
    };
    if (!begins(kInfo) && !begins(kError)) break;
    const auto end = line.find("\r\n");
    if (end == std::string::npos) continue;
    line.resize(end);
    if (begins(kInfo)) {
      greeting.outcome = Greeting::Outcome::kGreeted;
      greeting.line = std::move(line);
    } else {
      greeting.outcome = Greeting::Outcome::kRefused;
      greeting.detail = "the server refuses: " + line.substr(kError.size());
    }
    return;
  }
  greeting.outcome = Greeting::Outcome::kNotNats;
  greeting.detail = "the greeting is not that of a NATS server";
}

}  // namespace

Greeting ReadGreeting(const std::string& url, milliseconds timeout) {
  const auto deadline = steady_clock::now() + timeout;
  const HostPort target = SplitUrl(url);
  Greeting greeting;
  greeting.address = target.host + ":" + target.port;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int resolved = ::getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found);
  if (resolved != 0) {
    greeting.outcome = Greeting::Outcome::kNameNotFound;
    greeting.detail = gai_strerror(resolved);
    return greeting;
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  greeting.outcome = Greeting::Outcome::kNotReached;
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    const Socket socket(
        ::socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol));
    greeting.detail = socket.fd() < 0 ? std::strerror(errno) : Connect(socket.fd(), *at, deadline);
    if (!greeting.detail.empty()) continue;
    ReadLine(socket.fd(), deadline, greeting);
    break;
  }
  return greeting;
}

Result<ServerInfo> AskServerInfo(const std::string& url, milliseconds timeout) {
  const Greeting greeting = ReadGreeting(url, timeout);
  switch (greeting.outcome) {
    case Greeting::Outcome::kGreeted:
      return ParseServerInfo(greeting.line);
    case Greeting::Outcome::kSilent:
      return Fail(Errc::kTimeout, greeting.address + ": " + greeting.detail);
    case Greeting::Outcome::kNotNats:
    case Greeting::Outcome::kRefused:
      return Fail(Errc::kServerError, greeting.address + ": " + greeting.detail);
    case Greeting::Outcome::kNameNotFound:
    case Greeting::Outcome::kNotReached:
      break;
  }
  return Fail(Errc::kNotConnected, greeting.address + ": " + greeting.detail);
}

}  // namespace jetkeep
