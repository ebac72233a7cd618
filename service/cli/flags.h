// Flags: what a verb declares of its command line. Verbs know nothing of the library behind it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "service/config/settings.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace jetkeep {

// A flag that people try and that there is not: what to do instead.
struct AbsentFlag {
  std::string name;
  std::string hint;
};

// Values land in the variables given, which must live as long as the verb. Names are written with
// their dashes and a comma between: "-q,--quiet". Thread-safety: one thread.
class Flags {
 public:
  using SettingTexts = std::map<std::string, std::vector<std::string>, std::less<>>;
  Flags(CLI::App& app, SettingTexts& settings) : app_(app), settings_(settings) {}

  void Flag(const std::string& names, bool& value, const std::string& help);
  void Option(const std::string& names, std::string& value, const std::string& placeholder,
              const std::string& help);
  // May be given several times.
  void Options(const std::string& names, std::vector<std::string>& values,
               const std::string& placeholder, const std::string& help);
  void Argument(const std::string& name, std::string& value, const std::string& help);
  void RequiredArgument(const std::string& name, std::string& value, const std::string& help);
  // Any number, also none.
  void Arguments(const std::string& name, std::vector<std::string>& values,
                 const std::string& help);

  // Settings as flags; those that are given win over all other sources of configuration.
  void Settings(SettingGroup group, const std::string& title);
  // A setting whose flag counts here, and whose other sources do not.
  void FlagOfSetting(std::string_view key, const std::string& title, const std::string& help);

  void Absent(const std::string& name, const std::string& hint);
  const std::vector<AbsentFlag>& absent() const { return absent_; }

 private:
  void AddSetting(const Setting& setting, const std::string& title, const std::string& help);

  CLI::App& app_;
  SettingTexts& settings_;
  std::vector<AbsentFlag> absent_;
};

}  // namespace jetkeep
