#include "tests/support/fault_proxy.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <set>

namespace jetkeep::testing {
namespace {

// Sends `bytes` through a proxy with `plan` towards the server; what arrives until the end or for
// 300 ms.
std::string SendThrough(const FaultPlan& plan, const std::string& bytes) {
  const TcpSocket listener = TcpSocket::ListenLoopback(0);
  FaultProxy proxy(listener.LocalPort());
  proxy.ToServer(plan);
  const TcpSocket client = TcpSocket::ConnectLoopback(proxy.port());
  const TcpSocket server(::accept(listener.descriptor(), nullptr, nullptr));
  ::send(client.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  const timeval limit{0, 300'000};
  ::setsockopt(server.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  std::string arrived;
  char block[256];
  while (arrived.size() < bytes.size()) {
    const ssize_t received = ::recv(server.descriptor(), block, sizeof(block), 0);
    if (received <= 0) break;
    arrived.append(block, static_cast<std::size_t>(received));
  }
  return arrived;
}

TEST(FaultProxyTest, PassesEverythingWithoutAPlan) {
  EXPECT_EQ(SendThrough({}, "0123456789"), "0123456789");
}

TEST(FaultProxyTest, CutsAndStallsAfterTheGivenBytes) {
  EXPECT_EQ(SendThrough({.cut_after = 4}, "0123456789"), "0123");
  EXPECT_EQ(SendThrough({.stall_after = 6}, "0123456789"), "012345");
}

TEST(FaultProxyTest, InvertsOneByteAndDropsARun) {
  EXPECT_EQ(SendThrough({.corrupt_at = 1}, "abc"),
            std::string("a") + static_cast<char>(~'b') + "c");
  EXPECT_EQ(SendThrough({.drop_at = 2, .drop_bytes = 3}, "0123456789"), "0156789");
}

// By chance alone, two of so many would be the same.
TEST(ReservedPortTest, NobodyTakesAPortThatAnotherHolds) {
  std::array<ReservedPort, 500> ports;
  std::set<std::uint16_t> numbers;
  for (const ReservedPort& port : ports) numbers.insert(port.number());
  EXPECT_EQ(numbers.size(), ports.size());
}

}  // namespace
}  // namespace jetkeep::testing
