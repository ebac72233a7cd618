// Waiting for something that the other side does in its own time.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace jetkeep::testing {

// Looks again and again until the condition holds; false if it does not within the time.
inline bool Await(const std::function<bool()>& condition,
                  std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace jetkeep::testing
