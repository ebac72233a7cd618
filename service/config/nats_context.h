// Contexts of the nats command line: saved connection settings (NATS architecture decision record
// 21).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "service/config/environment.h"
#include "service/config/settings.h"

namespace jetkeep {

struct NatsContext {
  std::string name;
  struct Value {
    const Setting* setting = nullptr;
    std::string text;
  };
  std::vector<Value> values;  // only settings that the context gives
};

// `name` is a context's name or the path of a .json file. Whatever the context demands and Jetkeep
// cannot honour (a SOCKS proxy, TLS first, …) is an error, never ignored.
Result<NatsContext> LoadNatsContext(const std::string& name, const Environment& environment);

// The name in context.txt, if there is one.
std::optional<std::string> SelectedNatsContext(const Environment& environment);

}  // namespace jetkeep
