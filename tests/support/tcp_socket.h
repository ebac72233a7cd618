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

// GET over HTTP/1.0 from the loopback; the whole answer, empty if there is none.
std::string HttpGet(std::uint16_t port, const std::string& path);

}  // namespace jetkeep::testing
