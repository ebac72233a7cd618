#include "tests/integration/place.h"

#include <gtest/gtest.h>

#include <utility>

namespace jetkeep::testing {

using Json = nlohmann::json;

Place::Place(const NatsServerOptions& server, const std::string& repository,
             std::vector<std::string> arguments, const std::string& user)
    : server_(server) {
  url_ = server_.Url();
  if (!user.empty()) url_ = "nats://" + user + "@127.0.0.1:" + std::to_string(server_.port());
  jetkeep_ = std::make_unique<JetkeepProcess>(JetkeepOptions{
      .server_url = url_, .repository = repository, .arguments = std::move(arguments)});
  client_ = std::make_unique<JetStreamClient>(url_);
}

void Place::BackUp(const std::string& stream) {
  const Json done = testing::BackUp(*client_, stream);
  EXPECT_EQ(done.at("result").at("condition"), "complete");
}

Json Place::Restore(const std::string& stream, const Json& more, std::chrono::seconds timeout) {
  Json request{{"stream", stream}, {"wait", true}};
  request.update(more);
  return Ask(*client_, "restore.request", request, timeout);
}

Json Place::Drill(const std::string& stream) {
  return Ask(*client_, "backup.verify", {{"stream", stream}, {"drill", true}, {"wait", true}},
             std::chrono::seconds(60));
}

int CodeOf(const Json& answer) {
  return answer.contains("error") ? answer["error"].value("err_code", 0) : 0;
}

std::string WarningsOf(const Json& answer) {
  return answer.value("warnings", Json::array()).dump();
}

}  // namespace jetkeep::testing
