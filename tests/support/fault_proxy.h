// FaultProxy: a TCP proxy on the loopback that hurts the bytes between a client and a server.
//
// Every connection gets the plan that was set when it began; positions count the bytes of that
// connection and direction. Thread-safety: members may be called from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/tcp_socket.h"

namespace jetkeep::testing {

struct FaultPlan {
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  std::chrono::milliseconds delay{0};  // before each block is passed on
  std::uint64_t bytes_per_second = 0;  // 0: no limit
  std::uint64_t cut_after = kNever;    // the connection is closed there
  std::uint64_t stall_after = kNever;  // nothing passes any more, the connection stays open
  std::uint64_t corrupt_at = kNever;   // this byte is inverted
  std::uint64_t drop_at = kNever;      // from here `drop_bytes` vanish
  std::uint64_t drop_bytes = 0;
  // From the so-many-th occurrence of the text on nothing passes any more; the connection stays
  // open. One that two reads split is not seen.
  std::string stall_before = {};
  std::uint64_t stall_before_number = 1;
};

class FaultProxy {
 public:
  explicit FaultProxy(std::uint16_t server_port);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  std::uint16_t port() const { return port_; }
  std::string Url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  // For connections that begin after the call.
  void ToServer(const FaultPlan& plan);
  void ToClient(const FaultPlan& plan);
  // While held, no byte passes in that direction on any connection, and all stay open.
  void HoldToServer(bool held) { hold_to_server_ = held; }
  void HoldToClient(bool held) { hold_to_client_ = held; }
  // Closes every connection that is open now.
  void CutAll();
  // Connections that have reached their plan's `stall_before`.
  std::uint64_t stalled() const { return stalled_; }
  std::uint64_t connections() const { return connection_count_; }
  std::uint64_t bytes_to_client() const { return bytes_to_client_; }
  std::uint64_t bytes_to_server() const { return bytes_to_server_; }

 private:
  struct Connection;
  void Accept();
  void Carry(const std::shared_ptr<Connection>& connection, int from, int to, const FaultPlan& plan,
             std::atomic<std::uint64_t>& counter, const std::atomic<bool>& held);

  std::uint16_t server_port_;
  TcpSocket listener_;
  std::uint16_t port_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> connection_count_{0};
  std::atomic<std::uint64_t> bytes_to_client_{0};
  std::atomic<std::uint64_t> bytes_to_server_{0};
  std::atomic<std::uint64_t> stalled_{0};
  std::atomic<bool> hold_to_server_{false};
  std::atomic<bool> hold_to_client_{false};
  std::mutex mutex_;
  FaultPlan to_server_;
  FaultPlan to_client_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::vector<std::thread> carriers_;
  std::thread acceptor_;
};

}  // namespace jetkeep::testing
