// The limits of sets: takes the snapshots of all streams of an account and throws them away (or
// keeps them), and sends such archives back; several at once, each over a connection of its own.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "protocol/js_api/responses.h"
#include "tests/bench/peer.h"

namespace jetkeep::bench {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> StreamNames(natsConnection* connection) {
  std::vector<std::string> names;
  for (;;) {
    const auto page = ParseStreamNames(Ask(connection, "$JS.API.STREAM.NAMES",
                                           R"({"offset":)" + std::to_string(names.size()) + "}"));
    if (!page) Die("names: " + page.error().message);
    names.insert(names.end(), page->items.begin(), page->items.end());
    if (page->items.empty() || names.size() >= page->total) return names;
  }
}

// Calls what(connection, name) for each name.
void ForAll(const std::string& url, const std::vector<std::string>& names, unsigned at_once,
            const std::function<void(natsConnection*, const std::string&)>& what) {
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < at_once; ++i) {
    threads.emplace_back([&] {
      natsConnection* connection = Connect(url);
      for (std::size_t at = next++; at < names.size(); at = next++) what(connection, names[at]);
      natsConnection_Destroy(connection);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

unsigned AtOnce(const std::string& text) {
  const int count = std::atoi(text.c_str());
  if (count < 1 || count > 64) Die("how many at once? 1 to 64");
  return static_cast<unsigned>(count);
}

}  // namespace

int AccountSink(const Arguments& arguments) {
  natsConnection* connection = Connect(arguments[0]);
  const std::vector<std::string> names = StreamNames(connection);
  natsConnection_Destroy(connection);
  const std::string folder = arguments.size() > 2 ? arguments[2] : "";
  std::atomic<std::uint64_t> bytes{0};
  ForAll(arguments[0], names, AtOnce(arguments[1]), [&](natsConnection* own, const auto& stream) {
    std::string place;
    if (!folder.empty()) {
      place = folder + "/" + stream;
      fs::create_directories(place);
    }
    bytes += TakeSnapshot(own, stream, place);
  });
  std::printf("%zu streams, %llu bytes\n", names.size(),
              static_cast<unsigned long long>(bytes.load()));
  return 0;
}

int AccountSender(const Arguments& arguments) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(arguments[2])) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  std::atomic<std::uint64_t> messages{0};
  ForAll(arguments[0], names, AtOnce(arguments[1]), [&](natsConnection* own, const auto& stream) {
    messages += SendArchive(own, stream, arguments[2] + "/" + stream);
  });
  std::printf("%zu streams, %llu messages\n", names.size(),
              static_cast<unsigned long long>(messages.load()));
  return 0;
}

}  // namespace jetkeep::bench
