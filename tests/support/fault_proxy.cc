#include "tests/support/fault_proxy.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

namespace jetkeep::testing {
namespace {

constexpr std::size_t kBlock = 16 * 1024;
constexpr int kPollMs = 20;

bool Readable(int descriptor) {
  pollfd wait{descriptor, POLLIN, 0};
  return ::poll(&wait, 1, kPollMs) > 0;
}

bool SendAll(int descriptor, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(descriptor, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

// Applies the plan to a block that begins at position `at`; the bytes to pass on are left in
// `block`.
void Hurt(const FaultPlan& plan, std::uint64_t at, std::string& block) {
  if (plan.corrupt_at >= at && plan.corrupt_at - at < block.size()) {
    char& byte = block[plan.corrupt_at - at];
    byte = static_cast<char>(~byte);
  }
  const std::uint64_t end = at + block.size();
  if (plan.drop_at != FaultPlan::kNever && plan.drop_at < end &&
      plan.drop_at + plan.drop_bytes > at) {
    const std::uint64_t begin = std::max(plan.drop_at, at) - at;
    block.erase(begin, std::min(plan.drop_at + plan.drop_bytes, end) - at - begin);
  }
}

// Where the occurrence is that ends the traffic; npos: not in the block.
std::size_t StallIn(const FaultPlan& plan, const std::string& block, std::uint64_t& seen) {
  if (plan.stall_before.empty()) return std::string::npos;
  for (std::size_t at = block.find(plan.stall_before); at != std::string::npos;
       at = block.find(plan.stall_before, at + 1)) {
    if (++seen == plan.stall_before_number) return at;
  }
  return std::string::npos;
}

}  // namespace

struct FaultProxy::Connection {
  TcpSocket client;
  TcpSocket server;
  std::atomic<bool> open{true};

  // The descriptors stay valid until both carriers have ended; only the traffic stops here.
  void Cut() {
    open = false;
    ::shutdown(client.descriptor(), SHUT_RDWR);
    ::shutdown(server.descriptor(), SHUT_RDWR);
  }
};

FaultProxy::FaultProxy(std::uint16_t server_port)
    : server_port_(server_port),
      listener_(TcpSocket::ListenLoopback(0)),
      port_(listener_.LocalPort()),
      acceptor_([this] { Accept(); }) {}

FaultProxy::~FaultProxy() {
  stopping_ = true;
  acceptor_.join();
  CutAll();
  for (auto& carrier : carriers_) carrier.join();
}

void FaultProxy::ToServer(const FaultPlan& plan) {
  const std::lock_guard lock(mutex_);
  to_server_ = plan;
}

void FaultProxy::ToClient(const FaultPlan& plan) {
  const std::lock_guard lock(mutex_);
  to_client_ = plan;
}

void FaultProxy::CutAll() {
  const std::lock_guard lock(mutex_);
  for (const auto& connection : connections_) connection->Cut();
}

void FaultProxy::Accept() {
  while (!stopping_) {
    if (!Readable(listener_.descriptor())) continue;
    auto connection = std::make_shared<Connection>();
    connection->client = TcpSocket(::accept(listener_.descriptor(), nullptr, nullptr));
    connection->server = TcpSocket::ConnectLoopback(server_port_);
    if (!connection->client.valid() || !connection->server.valid()) continue;
    ++connection_count_;
    const std::lock_guard lock(mutex_);
    connections_.push_back(connection);
    const int client = connection->client.descriptor();
    const int server = connection->server.descriptor();
    carriers_.emplace_back([=, this, plan = to_server_] {
      Carry(connection, client, server, plan, bytes_to_server_, hold_to_server_);
    });
    carriers_.emplace_back([=, this, plan = to_client_] {
      Carry(connection, server, client, plan, bytes_to_client_, hold_to_client_);
    });
  }
}

void FaultProxy::Carry(const std::shared_ptr<Connection>& connection, int from, int to,
                       const FaultPlan& plan, std::atomic<std::uint64_t>& counter,
                       const std::atomic<bool>& held) {
  std::uint64_t at = 0;
  std::uint64_t seen = 0;
  bool stalled = false;
  while (connection->open && !stopping_) {
    if (at >= plan.cut_after) break;
    if (at >= plan.stall_after || stalled || held) {
      std::this_thread::sleep_for(std::chrono::milliseconds(kPollMs));
      continue;
    }
    if (!Readable(from)) continue;
    const std::uint64_t allowed = std::min(plan.cut_after, plan.stall_after) - at;
    std::string block(std::min<std::uint64_t>(kBlock, allowed), '\0');
    const ssize_t received = ::recv(from, block.data(), block.size(), 0);
    if (received <= 0) break;
    block.resize(static_cast<std::size_t>(received));
    const std::uint64_t begin = at;
    at += block.size();
    counter += block.size();
    std::this_thread::sleep_for(plan.delay);
    if (plan.bytes_per_second > 0) {
      std::this_thread::sleep_for(
          std::chrono::microseconds(block.size() * 1'000'000 / plan.bytes_per_second));
    }
    Hurt(plan, begin, block);
    const std::size_t end = StallIn(plan, block, seen);
    if (end != std::string::npos) block.resize(end);
    if (!SendAll(to, block.data(), block.size())) break;
    if (end == std::string::npos) continue;
    stalled = true;
    ++stalled_;
  }
  connection->Cut();
}

}  // namespace jetkeep::testing
