#include "service/http/http_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "service/http/socket_address.h"

namespace jetkeep {
namespace {

constexpr int kBacklog = 64;
// How long a client may take to notice that its answer is complete.
constexpr std::chrono::seconds kFarewell{1};
// Between attempts when the system lacks something.
constexpr std::chrono::milliseconds kPause{100};

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
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Error";
  }
}

std::string HeadOf(const HttpAnswer& answer) {
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  text += ReasonOf(answer.status);
  text += "\r\nContent-Type: " + answer.type;
  text += "\r\nContent-Length: " + std::to_string(answer.body->size());
  if (answer.status == 405) text += "\r\nAllow: GET, HEAD";
  text += "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
  return text;
}

HttpAnswer Refusal(int status) {
  return {.status = status, .body = MakeHttpBody(std::string(ReasonOf(status)) + "\n")};
}

HttpAnswer Guarded(const HttpServer::Handler& handler, std::string_view path) {
  try {
    return handler(path);
  } catch (const std::exception&) {
    return Refusal(500);
  }
}

bool WouldWait(int error_number) {
  return error_number == EAGAIN || error_number == EWOULDBLOCK || error_number == EINTR;
}

// A socket that listens, or the error number.
tl::expected<Descriptor, int> ListenOn(const sockaddr_storage& address, socklen_t size) {
  Descriptor fd(::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return tl::unexpected(errno);
  const int on = 1;
  const int off = 0;
  // Only what is left of connections of a process before; never two listeners.
  static_cast<void>(::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  if (address.ss_family == AF_INET6) {
    static_cast<void>(::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off));
  }
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(fd.get(), kBacklog) != 0) {
    return tl::unexpected(errno);
  }
  return fd;
}

struct Candidate {
  sockaddr_storage address{};
  socklen_t size = 0;
  friend bool operator==(const Candidate& a, const Candidate& b) {
    return a.size == b.size && std::memcmp(&a.address, &b.address, a.size) == 0;
  }
};

// Each address once: a file of hosts may name one twice.
std::vector<Candidate> CandidatesOf(const addrinfo* found) {
  std::vector<Candidate> candidates;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    Candidate candidate;
    if (each->ai_addrlen > sizeof candidate.address) continue;
    candidate.size = each->ai_addrlen;
    std::memcpy(&candidate.address, each->ai_addr, each->ai_addrlen);
    if (std::find(candidates.begin(), candidates.end(), candidate) == candidates.end()) {
      candidates.push_back(candidate);
    }
  }
  return candidates;
}

void SetPort(Candidate& candidate, std::uint16_t port) {
  if (candidate.address.ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(candidate.address).sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in&>(candidate.address).sin_port = htons(port);
  }
}

std::uint16_t PortOf(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  if (bound.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6&>(bound).sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in&>(bound).sin_port);
}

// A kind of address, or an address of a name, that this host does not have.
bool IsAbsent(int why) { return why == EADDRNOTAVAIL || why == EAFNOSUPPORT; }

// A port that is in use at one of the addresses is an error, though others are free: whoever asked
// there would reach another program.
Result<std::vector<Descriptor>> ListenOnAll(const HostPort& place, const std::string& shown) {
  JETKEEP_ASSIGN(const Addresses found, Resolve(place, true));
  std::vector<Candidate> candidates = CandidatesOf(found.get());
  // A socket for every IPv6 address takes IPv4 as well.
  std::stable_partition(candidates.begin(), candidates.end(), [&](const Candidate& each) {
    return place.host.empty() && each.address.ss_family == AF_INET6;
  });
  std::vector<Descriptor> listeners;
  int why = EADDRNOTAVAIL;
  for (Candidate& each : candidates) {
    if (place.port == 0 && !listeners.empty()) SetPort(each, PortOf(listeners.front().get()));
    auto listener = ListenOn(each.address, each.size);
    if (listener) {
      listeners.push_back(*std::move(listener));
      if (place.host.empty()) break;
      continue;
    }
    why = listener.error();
    if (IsAbsent(why)) continue;
    listeners.clear();
    break;
  }
  if (!listeners.empty()) return listeners;
  return Fail(Errc::kConfigInvalid, "http.listen: " + shown + ": " + SystemText(why),
              why == EADDRINUSE
                  ? "Another program, or another jetkeep, listens there: choose another port."
                  : "Name an address of this host and a port from 1024 on, like 127.0.0.1:9425.");
}

}  // namespace

struct HttpServer::Client {
  Descriptor fd;
  Clock::time_point deadline;  // of what it is at
  Clock::time_point end;       // of the connection
  std::string in = {};         // of its head
  std::string head = {};       // of the answer
  HttpBody body = nullptr;     // that follows it
  std::size_t sent = 0;        // of both
  bool answered = false;       // all is sent; what still comes is thrown away

  std::string_view Left() const {
    if (sent < head.size()) return std::string_view(head).substr(sent);
    return body == nullptr ? std::string_view()
                           : std::string_view(*body).substr(sent - head.size());
  }
  // Its place may be given to another one: it has not asked yet, or has its answer.
  bool may_go() const { return head.empty(); }
};

Result<std::unique_ptr<HttpServer>> HttpServer::Listen(const std::string& address, Handler handler,
                                                       HttpLimits limits) {
  const auto place = ParseHostPort(address);
  if (!place) {
    return Fail(Errc::kConfigInvalid, "http.listen is not an address", "Write HOST:PORT.");
  }
  JETKEEP_ASSIGN(std::vector<Descriptor> listeners, ListenOnAll(*place, address));
  Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (wake.get() < 0) return Fail(Errc::kInternal, "eventfd: " + SystemText(errno));
  const std::uint16_t port = PortOf(listeners.front().get());
  return std::unique_ptr<HttpServer>(
      new HttpServer(std::move(listeners), std::move(wake), port, std::move(handler), limits));
}

HttpServer::HttpServer(std::vector<Descriptor> listeners, Descriptor wake, std::uint16_t port,
                       Handler handler, HttpLimits limits)
    : listeners_(std::move(listeners)),
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
    const bool place = HasPlace(clients);
    for (const Descriptor& listener : listeners_) {
      polled.push_back({place ? listener.get() : -1, POLLIN, 0});
    }
    auto wait = std::chrono::milliseconds(-1);
    const Clock::time_point now = Clock::now();
    for (const Client& client : clients) {
      const bool writes = !client.Left().empty();
      polled.push_back({client.fd.get(), static_cast<short>(writes ? POLLOUT : POLLIN), 0});
      const auto left =
          std::max(std::chrono::milliseconds(0),
                   std::chrono::ceil<std::chrono::milliseconds>(client.deadline - now));
      if (wait.count() < 0 || left < wait) wait = left;
    }
    if (::poll(polled.data(), polled.size(), static_cast<int>(wait.count())) < 0) {
      // It fails again at once if it lacks memory.
      if (errno != EINTR) std::this_thread::sleep_for(kPause);
      continue;
    }
    const Clock::time_point woken = Clock::now();
    const std::size_t before = 1 + listeners_.size();
    for (std::size_t i = 0; i < clients.size(); ++i) {
      const bool done =
          (polled[i + before].revents != 0 && !Step(clients[i])) || clients[i].deadline <= woken;
      if (done) clients[i].fd = Descriptor();
    }
    std::erase_if(clients, [](const Client& client) { return client.fd.get() < 0; });
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
      if ((polled[i + 1].revents & POLLIN) != 0) Accept(listeners_[i].get(), clients);
    }
  }
}

bool HttpServer::HasPlace(const std::vector<Client>& clients) const {
  return clients.size() < limits_.connections ||
         std::any_of(clients.begin(), clients.end(), [](const Client& c) { return c.may_go(); });
}

// One after the other: what the others have sent is read in between, so that a client loses its
// place only if it has said nothing for as long as it took all others to come.
void HttpServer::Accept(int listener, std::vector<Client>& clients) const {
  if (!HasPlace(clients)) return;
  Descriptor fd(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd.get() < 0) {
    // Without descriptors the listener stays ready: this thread must not spin meanwhile.
    if (!WouldWait(errno)) std::this_thread::sleep_for(kPause);
    return;
  }
  if (clients.size() >= limits_.connections) {
    // The oldest comes first.
    clients.erase(std::find_if(clients.begin(), clients.end(),
                               [](const Client& client) { return client.may_go(); }));
  }
  const Clock::time_point now = Clock::now();
  const Clock::time_point end = now + limits_.whole_connection;
  clients.push_back({std::move(fd), std::min(end, now + limits_.head), end});
}

bool HttpServer::Step(Client& client) const {
  if (!client.Left().empty()) return Write(client);
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
  if (end == std::string::npos && client.in.size() <= kMaxHead) return true;
  // A head that does not end has no line to go by.
  Answer(client, std::string_view(client.in).substr(0, end == std::string::npos ? 0 : end));
  client.in = std::string();
  client.deadline = client.end;
  return Write(client);
}

bool HttpServer::Write(Client& client) {
  const std::string_view left = client.Left();
  const ssize_t sent = ::send(client.fd.get(), left.data(), left.size(), MSG_NOSIGNAL);
  if (sent < 0) return WouldWait(errno);
  client.sent += static_cast<std::size_t>(sent);
  if (!client.Left().empty()) return true;
  // Closing at once, with input unread, would take the answer back.
  client.answered = true;
  client.head = std::string();
  client.body = nullptr;
  client.sent = 0;
  client.deadline = std::min(client.deadline, Clock::now() + kFarewell);
  return ::shutdown(client.fd.get(), SHUT_WR) == 0;
}

void HttpServer::Answer(Client& client, std::string_view head) const {
  const std::string_view line = head.substr(0, head.find("\r\n"));
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  const std::string_view method = line.substr(0, first);
  HttpAnswer answer;
  if (head.empty() && client.in.size() > kMaxHead) {
    answer = Refusal(431);
  } else if (second == std::string_view::npos || !line.substr(second + 1).starts_with("HTTP/1.")) {
    answer = Refusal(400);
  } else if (method != "GET" && method != "HEAD") {
    answer = Refusal(405);
  } else {
    const std::string_view target = line.substr(first + 1, second - first - 1);
    answer = Guarded(handler_, target.substr(0, target.find('?')));
  }
  client.head = HeadOf(answer);
  if (method != "HEAD") client.body = std::move(answer.body);
}

}  // namespace jetkeep
