#include "tests/support/servers.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <stdexcept>

namespace jetkeep::testing {
namespace {

std::string Setting(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::vector<std::string> Parts(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

std::string Folder() {
  if (std::string set = Setting("JETKEEP_SERVERS"); !set.empty()) return set;
  const std::string cache = Setting("XDG_CACHE_HOME");
  return (cache.empty() ? Setting("HOME") + "/.cache" : cache) + "/jetkeep/servers";
}

std::vector<int> Numbers(const std::string& version) {
  std::vector<int> numbers;
  for (const std::string& part : Parts(version, '.')) numbers.push_back(std::stoi(part));
  return numbers;
}

}  // namespace

const std::vector<std::string>& ServerVersions() {
  static const std::vector<std::string> versions = [] {
    const auto named = Parts(Setting("JETKEEP_TEST_SERVERS"), ',');
    return named.empty() ? std::vector<std::string>{"2.9", "2.10", "2.15"} : named;
  }();
  return versions;
}

const std::vector<std::string>& AllServerVersions() {
  static const std::vector<std::string> versions{"2.9",  "2.10", "2.11",  "2.12",
                                                 "2.14", "2.15", "2.15.3"};
  return versions;
}

bool AtLeast(const std::string& version, const std::string& other) {
  return Numbers(version) >= Numbers(other);
}

std::string FullVersion(const std::string& version) {
  static const std::map<std::string, std::string> numbers{
      {"2.9", "2.9.10"},   {"2.10", "2.10.27"}, {"2.11", "2.11.17"}, {"2.12", "2.12.15"},
      {"2.14", "2.14.10"}, {"2.15", "2.15.1"},  {"2.15.3", "2.15.3"}};
  return numbers.at(version);
}

std::string VersionName(const ::testing::TestParamInfo<std::string>& version) {
  std::string name = "v" + version.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

bool HasServer(const std::string& version) {
  return std::filesystem::exists(Folder() + "/" + version + "/nats-server");
}

std::string ServerBinary(const std::string& version) {
  if (!HasServer(version)) {
    throw std::runtime_error("no nats-server " + version + " in " + Folder() +
                             ": run tests/get-servers.sh");
  }
  return Folder() + "/" + version + "/nats-server";
}

std::string NatsCommandLine() {
  if (std::string set = Setting("NATS_CLI"); !set.empty()) return set;
  const std::string kept = Folder() + "/nats-0.5.1/nats";
  return std::filesystem::exists(kept) ? kept : "";
}

}  // namespace jetkeep::testing
