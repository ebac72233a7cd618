#include "service/cli/follow/interrupts.h"

#include <unistd.h>

#include <csignal>

namespace jetkeep {
namespace {

volatile std::sig_atomic_t g_signals = 0;

extern "C" void CountSignal(int signal_number) {
  if (g_signals > 0) ::_exit(128 + signal_number);
  g_signals = 1;
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
