// The environment of the process, as configuration sees it. Thread-safety: a plain value.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep {

class Environment {
 public:
  using Variables = std::map<std::string, std::string, std::less<>>;

  explicit Environment(Variables variables) : variables_(std::move(variables)) {}

  // Nothing if the variable is absent or empty.
  std::optional<std::string> operator()(std::string_view name) const;
  const Variables& variables() const { return variables_; }

 private:
  Variables variables_;
};

// That of this process.
Environment ProcessEnvironment();

// Refuses variables that cannot be honoured: those of the nats command line that Jetkeep does not
// support, and those that look like a misspelling of one that it reads. Other unknown JETKEEP_
// variables are no error (a container platform may set some), and are returned as warnings.
Result<std::vector<std::string>> CheckVariables(const Environment& environment);

// `path` with the home directory in place of a leading "~".
std::string ExpandHome(std::string_view path, const Environment& environment);

// A secret as the nats command line takes it: the text itself, or a reference to it:
// env://NAME, file://PATH or data:;base64,TEXT. No message repeats the text.
Result<std::string> ResolveSecret(const std::string& text, const Environment& environment);
// The path of file://PATH; nothing if the text is no such reference.
std::optional<std::string> SecretPath(std::string_view text, const Environment& environment);
Result<std::string> ReadSecret(const std::string& path);

}  // namespace jetkeep
