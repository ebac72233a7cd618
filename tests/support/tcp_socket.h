// TcpSocket: a connected loopback socket, and what the harness needs around it.
#pragma once

#include <cstdint>
#include <string>

namespace jetkeep::testing {

class TcpSocket {
 public:
  TcpSocket() = default;
  explicit TcpSocket(int descriptor) : descriptor_(descriptor) {}
  ~TcpSocket() { Close(); }
  TcpSocket(TcpSocket&& other) noexcept;
  TcpSocket& operator=(TcpSocket&& other) noexcept;

  // An unconnected socket (descriptor -1) if nobody listens.
  static TcpSocket ConnectLoopback(std::uint16_t port);
  // Listens on 127.0.0.1; port 0 takes a free one.
  static TcpSocket ListenLoopback(std::uint16_t port);

  int descriptor() const { return descriptor_; }
  bool valid() const { return descriptor_ >= 0; }
  std::uint16_t LocalPort() const;
  void Close();

 private:
  int descriptor_ = -1;
};

// A port that nobody listens on now.
std::uint16_t FreePort();

// A port that nobody listens on, and that no other test takes as long as this lives: not before its
// server listens, and not while that is down. By a lock on a file of the port's number.
class ReservedPort {
 public:
  ReservedPort();
  ~ReservedPort();
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;

  std::uint16_t number() const { return number_; }

 private:
  std::uint16_t number_ = 0;
  int lock_ = -1;
};

// GET over HTTP/1.0 from the loopback; the whole answer, empty if there is none.
std::string HttpGet(std::uint16_t port, const std::string& path);

}  // namespace jetkeep::testing
