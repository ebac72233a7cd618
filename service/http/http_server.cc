#include "service/http/http_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "service/http/socket_address.h"

namespace jetkeep {
namespace {

constexpr int kBacklog = 64;
// How long a client may take to notice that its answer is complete.
constexpr std::chrono::seconds kFarewell{1};

std::string_view ReasonOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Error";
  }
}

std::string Encode(const HttpAnswer& answer, bool with_body) {
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  text += ReasonOf(answer.status);
  text += "\r\nContent-Type: " + answer.type;
  text += "\r\nContent-Length: " + std::to_string(answer.body.size());
  if (answer.status == 405) text += "\r\nAllow: GET, HEAD";
  text += "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
  if (with_body) text += answer.body;
  return text;
}

std::string Refusal(int status) {
  return Encode({.status = status, .body = std::string(ReasonOf(status)) + "\n"}, true);
}

bool WouldWait(int error_number) {
  return error_number == EAGAIN || error_number == EWOULDBLOCK || error_number == EINTR;
}

Result<Descriptor> ListenOn(const addrinfo& address, const std::string& shown) {
  Descriptor fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  const int off = 0;
  // Only what is left of connections of a process before; never two listeners.
  if (fd.get() >= 0) {
    static_cast<void>(::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
    if (address.ai_family == AF_INET6) {
      static_cast<void>(::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off));
    }
    if (::bind(fd.get(), address.ai_addr, address.ai_addrlen) == 0 &&
        ::listen(fd.get(), kBacklog) == 0) {
      return fd;
    }
  }
  const int why = errno;
  return Fail(Errc::kConfigInvalid, "http.listen: " + shown + ": " + SystemText(why),
              why == EADDRINUSE
                  ? "Another program, or another jetkeep, listens there: choose another port."
                  : "Name an address of this host and a port from 1024 on, like 127.0.0.1:9425.");
}

Result<Descriptor> ListenOnFirst(const HostPort& place, const std::string& shown) {
  JETKEEP_ASSIGN(const Addresses found, Resolve(place, true));
  std::vector<const addrinfo*> candidates;
  for (const addrinfo* each = found.get(); each != nullptr; each = each->ai_next) {
    candidates.push_back(each);
  }
  // A socket for every IPv6 address takes IPv4 as well.
  std::stable_partition(candidates.begin(), candidates.end(), [&](const addrinfo* each) {
    return place.host.empty() && each->ai_family == AF_INET6;
  });
  Result<Descriptor> listener =
      Fail(Errc::kConfigInvalid, "http.listen: " + shown + ": no address");
  for (const addrinfo* each : candidates) {
    listener = ListenOn(*each, shown);
    if (listener) break;
  }
  return listener;
}

std::uint16_t PortOf(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  if (bound.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6&>(bound).sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in&>(bound).sin_port);
}

}  // namespace

struct HttpServer::Client {
  Descriptor fd;
  Clock::time_point deadline;
  std::string in = {};
  std::string out = {};
  std::size_t sent = 0;
  bool answered = false;  // all is sent; what still comes is thrown away
};

Result<std::unique_ptr<HttpServer>> HttpServer::Listen(const std::string& address, Handler handler,
                                                       HttpLimits limits) {
  const auto place = ParseHostPort(address);
  if (!place) {
    return Fail(Errc::kConfigInvalid, "http.listen is not an address", "Write HOST:PORT.");
  }
  JETKEEP_ASSIGN(Descriptor listener, ListenOnFirst(*place, address));
  Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (wake.get() < 0) return Fail(Errc::kInternal, "eventfd: " + SystemText(errno));
  const std::uint16_t port = PortOf(listener.get());
  return std::unique_ptr<HttpServer>(
      new HttpServer(std::move(listener), std::move(wake), port, std::move(handler), limits));
}

HttpServer::HttpServer(Descriptor listener, Descriptor wake, std::uint16_t port, Handler handler,
                       HttpLimits limits)
    : listener_(std::move(listener)),
      wake_(std::move(wake)),
      port_(port),
      handler_(std::move(handler)),
      limits_(limits),
      thread_([this] { Serve(); }) {}

HttpServer::~HttpServer() {
  stopping_ = true;
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_.get(), &one, sizeof one));
  thread_.join();
}

void HttpServer::Serve() {
  std::vector<Client> clients;
  std::vector<pollfd> polled;
  while (!stopping_) {
    polled.clear();
    polled.push_back({wake_.get(), POLLIN, 0});
    const bool room = clients.size() < limits_.connections;
    polled.push_back({room ? listener_.get() : -1, POLLIN, 0});
    auto wait = std::chrono::milliseconds(-1);
    const Clock::time_point now = Clock::now();
    for (const Client& client : clients) {
      const bool writes = client.sent < client.out.size();
      polled.push_back({client.fd.get(), static_cast<short>(writes ? POLLOUT : POLLIN), 0});
      const auto left =
          std::max(std::chrono::milliseconds(0),
                   std::chrono::ceil<std::chrono::milliseconds>(client.deadline - now));
      if (wait.count() < 0 || left < wait) wait = left;
    }
    if (::poll(polled.data(), polled.size(), static_cast<int>(wait.count())) < 0) continue;
    const Clock::time_point woken = Clock::now();
    for (std::size_t i = 0; i < clients.size(); ++i) {
      const bool done =
          (polled[i + 2].revents != 0 && !Step(clients[i])) || clients[i].deadline <= woken;
      if (done) clients[i].fd = Descriptor();
    }
    std::erase_if(clients, [](const Client& client) { return client.fd.get() < 0; });
    if ((polled[1].revents & POLLIN) != 0) Accept(clients);
  }
}

void HttpServer::Accept(std::vector<Client>& clients) const {
  while (clients.size() < limits_.connections) {
    Descriptor fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.get() < 0) {
      // Without descriptors the listener stays ready: this thread must not spin meanwhile.
      if (!WouldWait(errno)) std::this_thread::sleep_for(std::chrono::milliseconds(100));
      return;
    }
    clients.push_back({std::move(fd), Clock::now() + limits_.whole_connection});
  }
}

bool HttpServer::Step(Client& client) const {
  if (client.sent < client.out.size()) return Write(client);
  return Read(client);
}

bool HttpServer::Read(Client& client) const {
  std::array<char, 4096> piece;
  const ssize_t got = ::recv(client.fd.get(), piece.data(), piece.size(), 0);
  if (got < 0) return WouldWait(errno);
  if (got == 0) return false;
  if (client.answered) return true;
  client.in.append(piece.data(), static_cast<std::size_t>(got));
  const std::size_t end = client.in.find("\r\n\r\n");
  if (end != std::string::npos) {
    client.out = AnswerTo(std::string_view(client.in).substr(0, end));
  } else if (client.in.size() > kMaxHead) {
    client.out = Refusal(431);
  } else {
    return true;
  }
  client.in = std::string();
  return Write(client);
}

bool HttpServer::Write(Client& client) {
  const ssize_t sent = ::send(client.fd.get(), client.out.data() + client.sent,
                              client.out.size() - client.sent, MSG_NOSIGNAL);
  if (sent < 0) return WouldWait(errno);
  client.sent += static_cast<std::size_t>(sent);
  if (client.sent < client.out.size()) return true;
  // Closing at once, with input unread, would take the answer back.
  client.answered = true;
  client.out = std::string();
  client.sent = 0;
  client.deadline = std::min(client.deadline, Clock::now() + kFarewell);
  return ::shutdown(client.fd.get(), SHUT_WR) == 0;
}

std::string HttpServer::AnswerTo(std::string_view head) const {
  const std::string_view line = head.substr(0, head.find("\r\n"));
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || !line.substr(second + 1).starts_with("HTTP/1.")) {
    return Refusal(400);
  }
  const std::string_view method = line.substr(0, first);
  if (method != "GET" && method != "HEAD") return Refusal(405);
  std::string_view path = line.substr(first + 1, second - first - 1);
  path = path.substr(0, path.find('?'));
  return Encode(handler_(path), method == "GET");
}

}  // namespace jetkeep
