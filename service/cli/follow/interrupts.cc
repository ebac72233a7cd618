#include "service/cli/follow/interrupts.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace jetkeep {
namespace {

// A signal handler may touch an atomic that needs no lock; other threads read it.
std::atomic<int> g_signals{0};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void CountSignal(int signal_number) {
  if (g_signals.exchange(1) > 0) ::_exit(128 + signal_number);
}

void Install(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  ::sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

InterruptCounter::InterruptCounter() {
  g_signals = 0;
  Install(&CountSignal);
}

InterruptCounter::~InterruptCounter() { Install(SIG_DFL); }

int InterruptCounter::count() const { return g_signals; }

}  // namespace jetkeep
