#include "tests/support/tcp_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <random>
#include <stdexcept>
#include <utility>

namespace jetkeep::testing {
namespace {

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* Generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

TcpSocket::TcpSocket(TcpSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

TcpSocket& TcpSocket::operator=(TcpSocket&& other) noexcept {
  Close();
  descriptor_ = std::exchange(other.descriptor_, -1);
  return *this;
}

TcpSocket TcpSocket::ConnectLoopback(std::uint16_t port) {
  TcpSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(port);
  if (::connect(socket.descriptor_, Generic(address), sizeof(address)) != 0) return {};
  const int on = 1;
  ::setsockopt(socket.descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return socket;
}

TcpSocket TcpSocket::ListenLoopback(std::uint16_t port) {
  TcpSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const sockaddr_in address = Loopback(port);
  if (::bind(socket.descriptor_, Generic(address), sizeof(address)) != 0 ||
      ::listen(socket.descriptor_, 64) != 0) {
    throw std::runtime_error("cannot listen on port " + std::to_string(port));
  }
  return socket;
}

std::uint16_t TcpSocket::LocalPort() const {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

void TcpSocket::Close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

// Below the range from which the kernel takes ports for outgoing connections, and by chance, so
// that neither those nor another program of the tests takes it before a server does.
std::uint16_t FreePort() {
  thread_local std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<int> ports(10'000, 30'000);
  for (;;) {
    try {
      return TcpSocket::ListenLoopback(static_cast<std::uint16_t>(ports(random))).LocalPort();
    } catch (const std::runtime_error&) {
      continue;  // taken
    }
  }
}

ReservedPort::ReservedPort() {
  // Ports are the machine's, so the place is no matter of $TMPDIR.
  const std::string folder = "/tmp/jetkeep-ports-" + std::to_string(::getuid());
  ::mkdir(folder.c_str(), 0700);
  for (;;) {
    number_ = FreePort();
    const std::string path = folder + "/" + std::to_string(number_);
    lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0) throw std::runtime_error("cannot open " + path);
    if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
    ::close(lock_);
  }
}

ReservedPort::~ReservedPort() { ::close(lock_); }

std::string HttpGet(std::uint16_t port, const std::string& path) {
  const TcpSocket socket = TcpSocket::ConnectLoopback(port);
  if (!socket.valid()) return {};
  const timeval limit{5, 0};
  ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
  if (::send(socket.descriptor(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return {};
  std::string answer;
  char block[4096];
  while (true) {
    const ssize_t received = ::recv(socket.descriptor(), block, sizeof(block), 0);
    if (received <= 0) return answer;
    answer.append(block, static_cast<std::size_t>(received));
  }
}

}  // namespace jetkeep::testing
