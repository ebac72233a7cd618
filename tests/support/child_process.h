// ChildProcess: a program started by a test, ended by its pid at the latest in the destructor.
// The kernel kills the child when the thread that started it ends, so start children on a thread
// that lives on. Failures throw std::runtime_error, which GoogleTest reports.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jetkeep::testing {

struct CommandLine {
  std::vector<std::string> arguments;                   // [0] is the program
  std::map<std::string, std::string> environment = {};  // added to this process's own
  std::string output_path = {};                         // standard output is appended here
  std::string error_path = {};                          // empty: as output_path
};

class ChildProcess {
 public:
  explicit ChildProcess(const CommandLine& command);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  bool Running();
  void Signal(int signal);
  // The exit code (128 + signal if a signal ended it), or nothing if it still runs after `timeout`.
  std::optional<int> Wait(std::chrono::milliseconds timeout);
  // SIGTERM, and SIGKILL if that does not end it within `grace`; the exit code.
  int Stop(std::chrono::milliseconds grace = std::chrono::seconds(10));
  int Kill();
  // Peak resident memory so far, in KiB (VmHWM); 0 once the process has ended.
  std::uint64_t PeakRssKib() const;

 private:
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

struct ProgramResult {
  int exit_code = -1;
  std::string output;
  std::string error;
};

// Runs a program to its end, at most for `timeout` (then it is killed and the call throws).
ProgramResult RunProgram(const std::vector<std::string>& arguments,
                         const std::map<std::string, std::string>& environment = {},
                         std::chrono::milliseconds timeout = std::chrono::seconds(120));

std::string ReadWholeFile(const std::string& path);

}  // namespace jetkeep::testing
