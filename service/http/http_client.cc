#include "service/http/http_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "service/http/socket_address.h"
#include "service/work/descriptor.h"

namespace jetkeep {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kMaxStatusLine = 1024;

// A connection with a deadline for all of it.
class Exchange {
 public:
  Exchange(Clock::time_point deadline, std::string where)
      : deadline_(deadline), where_(std::move(where)) {}

  Status Connect(const Addresses& addresses) {
    int why = 0;
    for (const addrinfo* each = addresses.get(); each != nullptr; each = each->ai_next) {
      fd_ = Descriptor(::socket(each->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      if (fd_.get() < 0) return NotConnected(errno);
      if (::connect(fd_.get(), each->ai_addr, each->ai_addrlen) == 0) return {};
      why = errno;
      if (why != EINPROGRESS) continue;
      JETKEEP_TRY(Wait(POLLOUT));
      socklen_t size = sizeof why;
      if (::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &why, &size) == 0 && why == 0) return {};
    }
    return NotConnected(why);
  }

  Status Send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        text.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN || errno == EINTR) {
        JETKEEP_TRY(Wait(POLLOUT));
      } else {
        return NotConnected(errno);
      }
    }
    return {};
  }

  // The first line of the answer.
  Result<std::string> ReadLine() {
    std::string line;
    while (line.find('\n') == std::string::npos && line.size() < kMaxStatusLine) {
      std::array<char, 512> piece;
      const ssize_t got = ::recv(fd_.get(), piece.data(), piece.size(), 0);
      if (got > 0) {
        line.append(piece.data(), static_cast<std::size_t>(got));
      } else if (got == 0) {
        break;
      } else if (errno == EAGAIN || errno == EINTR) {
        JETKEEP_TRY(Wait(POLLIN));
      } else {
        return NotConnected(errno);
      }
    }
    return line;
  }

 private:
  tl::unexpected<Error> NotConnected(int why) const {
    return Fail(Errc::kNotConnected, where_ + ": " + SystemText(why));
  }

  Status Wait(short events) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
    pollfd polled{fd_.get(), events, 0};
    if (left.count() <= 0 || ::poll(&polled, 1, static_cast<int>(left.count())) == 0) {
      return Fail(Errc::kTimeout, where_ + ": no answer in time");
    }
    return {};
  }

  const Clock::time_point deadline_;
  const std::string where_;
  Descriptor fd_;
};

}  // namespace

Result<int> HttpPost(const HttpUrl& url, std::string_view type, std::string_view body,
                     std::chrono::milliseconds timeout) {
  const bool ipv6 = url.place.host.find(':') != std::string::npos;
  const std::string host =
      (ipv6 ? "[" + url.place.host + "]" : url.place.host) + ":" + std::to_string(url.place.port);
  const Clock::time_point deadline = Clock::now() + timeout;
  JETKEEP_ASSIGN(const Addresses addresses, ResolveBy(url.place, deadline));
  Exchange exchange(deadline, host);
  JETKEEP_TRY(exchange.Connect(addresses));
  std::string request = "POST " + url.path + " HTTP/1.1\r\nHost: " + host;
  request += "\r\nUser-Agent: jetkeep\r\nConnection: close\r\nContent-Type: ";
  request += type;
  request += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  JETKEEP_TRY(exchange.Send(request));
  JETKEEP_TRY(exchange.Send(body));
  JETKEEP_ASSIGN(const std::string line, exchange.ReadLine());
  const std::size_t space = line.find(' ');
  int status = 0;
  if (!line.starts_with("HTTP/1.") || space == std::string::npos ||
      std::from_chars(line.data() + space + 1, line.data() + line.size(), status).ec !=
          std::errc()) {
    return Fail(Errc::kUnexpectedAnswer, host + ": the answer is not HTTP");
  }
  return status;
}

}  // namespace jetkeep
