#include "tests/integration/site.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace jetkeep::testing {

using nlohmann::json;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

int Outcome::err_code() const {
  return status.contains("error") ? status["error"].value("err_code", 0) : 0;
}

std::string Outcome::error() const {
  return status.contains("error") ? status["error"].value("description", "") : "";
}

bool Outcome::Saw(int code) const {
  if (err_code() == code) return true;
  return std::any_of(retries.begin(), retries.end(),
                     [&](const json& error) { return error.value("err_code", 0) == code; });
}

std::string Outcome::Text() const {
  std::string text = status.dump();
  for (const json& error : retries) text += "\n  retried after: " + error.dump();
  return text;
}

std::string NumberedPayload(std::uint64_t number, std::size_t bytes) {
  std::string text = std::to_string(number) + "|";
  std::uint64_t state = number * 0x9E3779B97F4A7C15U + 1;
  while (text.size() < bytes) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    text += static_cast<char>(state >> 32 & 0xff);
  }
  return text;
}

Site::Site(SiteOptions options) : options_(std::move(options)) {
  server_ = std::make_unique<NatsServer>(options_.server);
  JetkeepOptions jetkeep;
  jetkeep.server_url = server_->Url();
  if (options_.proxy) {
    proxy_ = std::make_unique<FaultProxy>(server_->port());
    jetkeep.server_url = proxy_->Url();
  }
  jetkeep.repository = options_.repository;
  jetkeep.arguments = {"--retry-first-delay", "100ms", "--retry-max-delay", "1s"};
  jetkeep.arguments.insert(jetkeep.arguments.end(), options_.arguments.begin(),
                           options_.arguments.end());
  jetkeep_ = std::make_unique<JetkeepProcess>(jetkeep);
  Reconnect();
}

void Site::Reconnect() {
  retry_events_.clear();
  client_ = std::make_unique<JetStreamClient>(server_->Url());
}

void Site::Fill(const std::string& stream, std::uint64_t count, std::size_t bytes,
                const json& more) {
  json config{{"name", stream}, {"subjects", {stream + ".>"}}};
  config.update(more);
  client_->CreateStream(config);
  client_->PublishMany(count, [&](std::uint64_t i) {
    return OutgoingMessage{stream + ".s", NumberedPayload(i + 1, bytes), ""};
  });
}

std::string Site::Begin(const std::string& subject, json request) {
  static std::atomic<int> last{0};
  const std::string job = "job" + std::to_string(++last);
  request["job"] = job;
  retry_events_[job] = client_->Subscribe("*.retrying.*." + job);
  const json answer = Ask(*client_, subject, request);
  if (answer.contains("error")) {
    throw std::runtime_error(subject + " " + request.dump() + ": " + answer.dump());
  }
  return job;
}

Outcome Site::End(const std::string& job, milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  Outcome outcome;
  for (; Clock::now() < deadline; std::this_thread::sleep_for(milliseconds(30))) {
    try {
      outcome.status = Ask(*client_, "backup.status", {{"job", job}}, milliseconds(2000));
    } catch (const std::exception&) {
      try {
        Reconnect();
      } catch (const std::exception&) {
        // The server is away.
      }
      continue;
    }
    const std::string state = outcome.status.value("state", "");
    if (state != "completed" && state != "failed" && state != "cancelled") continue;
    const auto events = retry_events_.find(job);
    if (events != retry_events_.end()) {
      while (const auto event = client_->Next(events->second, milliseconds(20))) {
        outcome.retries.push_back(event->Json().at("error"));
      }
    }
    return outcome;
  }
  throw std::runtime_error("job " + job + " did not end: " + outcome.status.dump() + "\n" +
                           jetkeep_->Log());
}

Outcome Site::BackUp(const std::string& stream, const json& more) {
  json request{{"stream", stream}};
  request.update(more);
  return End(Begin("backup.request", request));
}

Outcome Site::Restore(const std::string& stream) {
  return End(Begin("restore.request", {{"stream", stream}}));
}

json Site::List(const std::string& stream) {
  return Ask(*client_, "backup.list", {{"stream", stream}}).at("backups");
}

json Site::Show(const std::string& backup) {
  return Ask(*client_, "backup.show", {{"backup", backup}});
}

std::size_t Site::Count(const std::string& stream, const std::string& condition) {
  const json backups = List(stream);
  return static_cast<std::size_t>(
      std::count_if(backups.begin(), backups.end(),
                    [&](const json& backup) { return backup.at("condition") == condition; }));
}

std::string Site::RestoredAgainst(const std::string& stream, const StreamDump& before,
                                  const json& more) {
  client_->DeleteStreamIfThere(stream);
  json request = more;
  request["stream"] = stream;
  const Outcome restored = End(Begin("restore.request", request));
  if (!restored.completed()) return restored.Text();
  return Joined(Compare(before, DumpStream(*client_, stream)));
}

std::string Site::VerifyAll() {
  const ProgramResult result = RunJetkeep({"verify", "--repository", jetkeep_->repository()});
  return result.exit_code == 0 ? "" : result.output + result.error;
}

std::map<std::uint64_t, std::string> ReadPayloads(JetStreamClient& client,
                                                  const std::string& stream) {
  std::map<std::uint64_t, std::string> payloads;
  client.CreateConsumer(stream,
                        {{"durable_name", "reader"}, {"ack_policy", "none"}, {"max_waiting", 512}});
  for (;;) {
    const auto messages = client.Fetch(stream, "reader", 200);
    if (messages.empty()) break;
    for (const auto& message : messages) {
      payloads[ParseDelivery(message.reply).stream_sequence] = message.payload;
    }
  }
  client.DeleteConsumer(stream, "reader");
  return payloads;
}

std::vector<std::string> BlockFiles(const std::string& store, const std::string& stream) {
  const std::filesystem::path folder =
      std::filesystem::path(store) / "jetstream" / "$G" / "streams" / stream / "msgs";
  std::map<int, std::string> blocks;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".blk") {
      blocks[std::stoi(entry.path().stem().string())] = entry.path().string();
    }
  }
  std::vector<std::string> paths;
  for (const auto& [number, path] : blocks) paths.push_back(path);
  return paths;
}

void FlipBytes(const std::string& path, std::uint64_t offset, std::size_t count) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  std::string bytes(count, '\0');
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(bytes.data(), static_cast<std::streamsize>(count));
  if (!file) throw std::runtime_error("cannot read " + path);
  for (char& byte : bytes) byte = static_cast<char>(~byte);
  file.seekp(static_cast<std::streamoff>(offset));
  file.write(bytes.data(), static_cast<std::streamsize>(count));
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

std::vector<std::string> FilesBelow(const std::string& directory) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && name != "repository.json" &&
        entry.path().parent_path().filename() != "jk.jobs" &&
        name.find("lock") == std::string::npos) {
      files.push_back(entry.path().string());
    }
  }
  return files;
}

}  // namespace jetkeep::testing
