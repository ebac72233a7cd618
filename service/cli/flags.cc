#include "service/cli/flags.h"

#include <CLI/CLI.hpp>

namespace jetkeep {
namespace {

std::string HelpOf(const Setting& setting) {
  std::string help(setting.help);
  const std::string value = ShowSetting(setting, Config{});
  if (!value.empty() && value != "default" && help.find("(default") == std::string::npos) {
    help += " (default " + value + ")";
  }
  return help + " [" + std::string(setting.env) + "]";
}

}  // namespace

void Flags::Flag(const std::string& names, bool& value, const std::string& help) {
  app_.add_flag(names, value, help);
}

void Flags::Option(const std::string& names, std::string& value, const std::string& placeholder,
                   const std::string& help) {
  app_.add_option(names, value, help)->type_name(placeholder);
}

void Flags::Options(const std::string& names, std::vector<std::string>& values,
                    const std::string& placeholder, const std::string& help) {
  app_.add_option(names, values, help)
      ->type_name(placeholder)
      ->expected(1)
      ->allow_extra_args(false)  // or it would swallow the positional arguments behind it
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void Flags::Argument(const std::string& name, std::string& value, const std::string& help) {
  app_.add_option(name, value, help)->type_name("");
}

void Flags::RequiredArgument(const std::string& name, std::string& value, const std::string& help) {
  app_.add_option(name, value, help)->required()->type_name("");
}

void Flags::Arguments(const std::string& name, std::vector<std::string>& values,
                      const std::string& help) {
  app_.add_option(name, values, help)->type_name("");
}

void Flags::Settings(SettingGroup group, const std::string& title) {
  for (const Setting& setting : jetkeep::Settings()) {
    if (setting.group == group) AddSetting(setting, title, HelpOf(setting));
  }
}

void Flags::FlagOfSetting(std::string_view key, const std::string& title, const std::string& help) {
  AddSetting(*FindSetting(key), title, help);
}

void Flags::AddSetting(const Setting& setting, const std::string& title, const std::string& help) {
  app_.add_option(std::string(setting.flag), settings_[std::string(setting.key)], help)
      ->type_name(std::string(setting.placeholder))
      ->expected(1)
      ->allow_extra_args(false)  // or it would swallow the positional arguments behind it
      ->multi_option_policy(setting.is_list() ? CLI::MultiOptionPolicy::TakeAll
                                              : CLI::MultiOptionPolicy::Throw)
      ->group(title);
}

void Flags::Absent(const std::string& name, const std::string& hint) {
  absent_.push_back({name, hint});
}

}  // namespace jetkeep
