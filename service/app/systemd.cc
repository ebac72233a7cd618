#include "service/app/systemd.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "service/telemetry/log.h"
#include "service/work/descriptor.h"

namespace jetkeep {
namespace {

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::uint64_t Number(const std::string& text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// What the manager may wait between two signs of life; 0: as long as it takes.
std::chrono::milliseconds WatchdogTime() {
  const std::string process = Variable("WATCHDOG_PID");
  if (!process.empty() && process != std::to_string(::getpid())) return {};
  return std::chrono::milliseconds(
      std::min<std::uint64_t>(Number(Variable("WATCHDOG_USEC")) / 1'000, 1ULL << 40U));
}

// A line of its own, whatever the text is.
std::string StatusLine(std::string_view status) {
  std::string line = "STATUS=" + std::string(status);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

}  // namespace

Systemd::Systemd(EventLoop& loop) : socket_(Variable("NOTIFY_SOCKET")) {
  const std::chrono::milliseconds time = WatchdogTime();
  if (socket_.empty() || time.count() == 0) return;
  watchdog_ = Timer::Every(loop, std::max(time / 3, std::chrono::milliseconds(1)),
                           [this] { Send("WATCHDOG=1"); });
}

void Systemd::Ready(std::string_view status) { Send("READY=1\n" + StatusLine(status)); }

void Systemd::Reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  Send("RELOADING=1\nMONOTONIC_USEC=" +
       std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
}

void Systemd::Stopping() { Send("STOPPING=1\nSTATUS=stopping"); }

void Systemd::Status(std::string_view status) { Send(StatusLine(status)); }

void Systemd::Send(const std::string& lines) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';  // a name that is no file
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const Descriptor fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  // A lost READY=1 would cost the service its life; the manager is rarely far behind.
  const timeval patience{0, 500'000};
  static_cast<void>(::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience));
  const ssize_t sent = fd.get() < 0 ? -1
                                    : ::sendto(fd.get(), lines.data(), lines.size(), MSG_NOSIGNAL,
                                               reinterpret_cast<const sockaddr*>(&address), size);
  if (sent < 0) log::Debug("the service manager could not be notified", {{"socket", socket_}});
}

}  // namespace jetkeep
