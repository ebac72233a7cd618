// FakeServer: a JetStream with at most one stream, or a name without one; counts what was changed.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "jetkeep/jetstream.h"

namespace jetkeep {

class FakeServer : public JetStream {
 public:
  explicit FakeServer(bool clustered) {
    identity.version = "2.12.0";
    if (clustered) identity.cluster = "C";
  }

  ServerIdentity identity;
  std::optional<StreamInfo> stream;
  std::optional<std::string> name_only;       // a name without a stream
  std::vector<std::string> subjects_of_name;  // what its configuration has, nobody can read
  std::vector<std::string> deletes;
  std::vector<std::string> updates;
  std::function<void()> before_each;  // somebody else acts
  Error update_error;                 // server_code or code set: updates fail with it
  std::set<std::string> denied;       // of "update", "delete", "create", "info", "consumers"
  // Configurations of other streams, by name.
  std::map<std::string, std::string> others;
  std::optional<StoredMessage> message;  // the next one, whichever is asked for
  std::vector<ConsumerInfo> consumers;
  std::vector<std::string> all_names;  // if not empty, all names there are
  int looks = 0;

  Result<ServerIdentity> Server() override { return identity; }
  Result<AccountInfo> Account() override { return AccountInfo{}; }
  Result<std::vector<std::string>> StreamNames() override {
    Before();
    if (!all_names.empty()) return all_names;
    if (name_only) return std::vector<std::string>{*name_only};
    return stream ? std::vector<std::string>{"S"} : std::vector<std::string>();
  }
  Result<StreamListing> ListStreams() override { return Unused(); }
  Result<std::vector<std::string>> StreamsOn(const std::string& subject) override {
    Before();
    std::vector<std::string> names;
    for (const auto& [name, config] : others) {
      if (config.find('"' + subject + '"') != std::string::npos) names.push_back(name);
    }
    for (const std::string& own : subjects_of_name) {
      if (name_only && (own == ">" || own == subject)) names.push_back(*name_only);
    }
    return names;
  }
  Result<StreamInfo> GetStream(const std::string& name) override {
    ++looks;
    JETKEEP_TRY(May("info"));
    Before();
    if (const auto other = others.find(name); other != others.end()) {
      StreamInfo info;
      info.config_json = other->second;
      return info;
    }
    if (!stream) return Fail(Error{Errc::kStreamNotFound, "stream not found", "", 10059});
    return *stream;
  }
  Result<StreamInfo> UpdateStream(const std::string&, const std::string& config_json) override {
    Before();
    updates.push_back(config_json);
    if (update_error.server_code != 0 || !update_error.message.empty()) return Fail(update_error);
    if (!stream) return Fail(Error{Errc::kStreamNotFound, "stream not found", "", 10059});
    stream->config_json = config_json;
    return *stream;
  }
  Result<std::optional<StoredMessage>> NextMessage(const std::string&, std::uint64_t) override {
    if (!message) return Unused();
    return message;
  }
  Result<std::unique_ptr<StreamReader>> ReadStream(const std::string&, std::uint64_t,
                                                   const CancelToken&) override {
    return Unused();
  }
  Result<std::vector<ConsumerInfo>> Consumers(const std::string&) override {
    Before();
    JETKEEP_TRY(May("consumers"));
    return consumers;
  }
  Result<ConsumerInfo> CreateConsumer(const std::string&, const std::string&,
                                      const std::string&) override {
    return Unused();
  }
  Status DeleteConsumer(const std::string&, const std::string&) override { return Unused(); }
  Status Snapshot(const std::string&, const SnapshotOptions&, const CancelToken&,
                  SnapshotSink&) override {
    return Unused();
  }
  Result<std::unique_ptr<RestoreSession>> BeginRestore(const std::string&, const std::string&,
                                                       const StreamState&, const RestoreOptions&,
                                                       const CancelToken&) override {
    return Unused();
  }
  Status DeleteStream(const std::string& name) override {
    Before();
    deletes.push_back(name);
    stream.reset();
    name_only.reset();
    return {};
  }
  Status MayUpdateStream(const std::string&) override { return May("update"); }
  Status MayDeleteStream(const std::string&) override { return May("delete"); }
  Status MayCreateConsumer(const std::string&, const std::string&, const std::string&) override {
    return May("create");
  }

 private:
  Status May(const std::string& what) {
    if (!denied.contains(what)) return {};
    return Fail(Errc::kPermissionDenied, "permission denied for " + what, "Grant it.");
  }
  static tl::unexpected<Error> Unused() { return Fail(Errc::kInternal, "not used here"); }
  void Before() {
    if (before_each) before_each();
  }
};

}  // namespace jetkeep
