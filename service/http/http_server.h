// HttpServer: answers GET and HEAD of a few fixed paths on a thread of its own, for monitoring.
//
// Its own few lines instead of a library's, for the sake of its bounds: no client, slow or hostile,
// keeps a connection longer than its limits allow, keeps others out by saying nothing, or takes
// more memory than kMaxHead; bodies belong to those who make them, and may be shared by all
// clients. A port that is in use is an error. It serves plain HTTP/1.x, and closes each connection
// after its answer.
//
// Thread-safety: created and destroyed by one thread; the handler is called on the server's own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "jetkeep/error.h"
#include "service/work/descriptor.h"

namespace jetkeep {

// One text for as many clients as read it.
using HttpBody = std::shared_ptr<const std::string>;
inline HttpBody MakeHttpBody(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

struct HttpAnswer {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  HttpBody body = MakeHttpBody({});  // not null
};

struct HttpLimits {
  std::size_t connections = 32;                        // at once
  std::chrono::milliseconds head{2'000};               // until the whole head has come
  std::chrono::milliseconds whole_connection{10'000};  // from its beginning to its end
};

class HttpServer {
 public:
  static constexpr std::size_t kMaxHead = 8192;

  // `path` is without its query. It must not wait. If it throws, the answer is 500.
  using Handler = std::function<HttpAnswer(std::string_view path)>;

  // address: HOST:PORT, [IPV6]:PORT or :PORT. A name is listened on with all addresses of it that
  // this host has. kConfigInvalid: it cannot be listened on.
  static Result<std::unique_ptr<HttpServer>> Listen(const std::string& address, Handler handler,
                                                    HttpLimits limits = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Client;

  HttpServer(std::vector<Descriptor> listeners, Descriptor wake, std::uint16_t port,
             Handler handler, HttpLimits limits);
  void Serve();
  bool HasPlace(const std::vector<Client>& clients) const;
  void Accept(int listener, std::vector<Client>& clients) const;
  // False: the connection is done with.
  bool Step(Client& client) const;
  bool Read(Client& client) const;
  static bool Write(Client& client);
  void Answer(Client& client, std::string_view head) const;

  const std::vector<Descriptor> listeners_;
  const Descriptor wake_;
  const std::uint16_t port_;
  const Handler handler_;
  const HttpLimits limits_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace jetkeep
