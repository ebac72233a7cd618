#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "service/http/http_client.h"
#include "service/http/http_server.h"

namespace jetkeep {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::chrono::seconds kPatience{20};

// A client that sends what it likes.
class Raw {
 public:
  explicit Raw(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{kPatience.count(), 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  bool connected() const { return connected_; }
  bool Send(std::string_view text) {
    return ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }
  // Until the server closes the connection.
  std::string ReadAll() {
    std::string all;
    std::array<char, 4096> piece;
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), piece.data(), piece.size(), 0);
      if (got <= 0) return all;
      all.append(piece.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  Descriptor fd_;
  bool connected_ = false;
};

std::unique_ptr<HttpServer> Serving(std::size_t body = 3, HttpLimits limits = {}) {
  auto server = HttpServer::Listen(
      "127.0.0.1:0",
      [body](std::string_view path) -> HttpAnswer {
        if (path != "/there" && path != "/throws")
          return {.status = 404, .body = MakeHttpBody("no")};
        if (path == "/throws") throw std::runtime_error("no");
        return {.body = MakeHttpBody(std::string(body, 'x'))};
      },
      limits);
  EXPECT_TRUE(server) << server.error().message;
  return *std::move(server);
}

std::string AnswerTo(const HttpServer& server, std::string_view request) {
  Raw client(server.port());
  EXPECT_TRUE(client.Send(request));
  return client.ReadAll();
}

TEST(HttpServer, AnswersGetWithoutTheQuery) {
  const auto server = Serving();
  const std::string answer = AnswerTo(*server, "GET /there?x=1 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nxxx"));
}

TEST(HttpServer, AnswersHeadWithTheLengthAlone) {
  const auto server = Serving();
  const std::string answer = AnswerTo(*server, "HEAD /there HTTP/1.0\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(HttpServer, RefusesWhatItDoesNotServe) {
  const auto server = Serving();
  EXPECT_THAT(AnswerTo(*server, "GET /other HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(AnswerTo(*server, "POST /there HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"),
              StartsWith("HTTP/1.1 405"));
  for (const std::string_view bad : {"\r\n\r\n", "GET\r\n\r\n", "GET /there\r\n\r\n",
                                     "GET  HTTP/1.1\r\n\r\n", "GET /there FTP/1.1\r\n\r\n"}) {
    EXPECT_THAT(AnswerTo(*server, bad), StartsWith("HTTP/1.1 4")) << bad;
  }
}

TEST(HttpServer, RefusesAHeadThatDoesNotEnd) {
  const auto server = Serving();
  EXPECT_THAT(
      AnswerTo(*server, "GET /there HTTP/1.1\r\nX: " + std::string(HttpServer::kMaxHead, 'x')),
      StartsWith("HTTP/1.1 431"));
}

TEST(HttpServer, SendsMoreThanASocketHolds) {
  constexpr std::size_t kSize = 20'000'000;
  const auto server = Serving(kSize);
  EXPECT_GT(AnswerTo(*server, "GET /there HTTP/1.1\r\n\r\n").size(), kSize);
}

TEST(HttpServer, AHandlerThatThrowsEndsItsAnswerAlone) {
  const auto server = Serving();
  EXPECT_THAT(AnswerTo(*server, "GET /throws HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(AnswerTo(*server, "GET /there HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

std::vector<Raw> SilentClients(const HttpServer& server, std::size_t count) {
  std::vector<Raw> silent;
  for (std::size_t i = 0; i < count; ++i) {
    silent.emplace_back(server.port());
    EXPECT_TRUE(silent.back().connected());
  }
  return silent;
}

// More than it serves at once, which say nothing, and have an hour to say it.
TEST(HttpServer, SilentClientsDoNotKeepOthersOut) {
  constexpr HttpLimits kFew{
      .connections = 4, .head = std::chrono::hours(1), .whole_connection = std::chrono::hours(1)};
  const auto server = Serving(3, kFew);
  std::vector<Raw> silent = SilentClients(*server, 3 * kFew.connections);
  EXPECT_THAT(AnswerTo(*server, "GET /there HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(silent.front().ReadAll(), "");  // the oldest had to go
  EXPECT_TRUE(silent.back().Send("GET /there HTTP/1.1\r\n\r\n"));
  EXPECT_THAT(silent.back().ReadAll(), StartsWith("HTTP/1.1 200"));
}

TEST(HttpServer, AHeadHasALimitOfItsOwn) {
  constexpr HttpLimits kShort{.head = std::chrono::milliseconds(50),
                              .whole_connection = std::chrono::hours(1)};
  const auto server = Serving(3, kShort);
  Raw client(server->port());
  ASSERT_TRUE(client.Send("GET /there HTTP/1.1\r\n"));
  EXPECT_EQ(client.ReadAll(), "");
}

// A client that has asked keeps its place until it has its answer.
TEST(HttpServer, SilentClientsDoNotEndAnAnswer) {
  constexpr std::size_t kSize = 20'000'000;  // more than sockets hold
  constexpr HttpLimits kFew{
      .connections = 2, .head = std::chrono::hours(1), .whole_connection = std::chrono::hours(1)};
  const auto server = Serving(kSize, kFew);
  Raw slow(server->port());
  ASSERT_TRUE(slow.Send("GET /there HTTP/1.1\r\n\r\n"));
  EXPECT_THAT(AnswerTo(*server, "GET /other HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 404"));
  const std::vector<Raw> silent = SilentClients(*server, 8);
  EXPECT_GT(slow.ReadAll().size(), kSize);
}

TEST(HttpServer, EndsWhileAClientIsConnected) {
  auto server = Serving();
  Raw client(server->port());
  ASSERT_TRUE(client.Send("GET /there HTTP/1.1\r\n"));
  server.reset();
  EXPECT_EQ(client.ReadAll(), "");
}

TEST(HttpServer, APortInUseIsAnError) {
  const auto server = Serving();
  const auto second = HttpServer::Listen("127.0.0.1:" + std::to_string(server->port()),
                                         [](std::string_view) { return HttpAnswer{}; });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kConfigInvalid);
  EXPECT_THAT(second.error().message, HasSubstr(std::to_string(server->port())));
  EXPECT_THAT(second.error().hint, HasSubstr("another port"));
}

// One that asks at 127.0.0.1 or at ::1 would reach another program.
TEST(HttpServer, APortInUseAtOneOfSeveralAddressesIsAnError) {
  for (const auto& [taken, wanted] :
       std::vector<std::pair<std::string, std::string>>{{"127.0.0.1:", "localhost:"},
                                                        {"[::1]:", "localhost:"},
                                                        {"[::1]:", ":"},
                                                        {"127.0.0.1:", ":"}}) {
    const auto nothing = [](std::string_view) { return HttpAnswer{}; };
    const auto first = HttpServer::Listen(taken + "0", nothing);
    if (!first && taken.front() == '[') continue;  // a host without IPv6
    ASSERT_TRUE(first) << first.error().message;
    const std::string port = std::to_string((*first)->port());
    if (wanted == "localhost:") {
      const auto name = HttpServer::Listen("localhost:0", nothing);
      ASSERT_TRUE(name) << name.error().message;
      // An address that is not one of the name's.
      if (HttpServer::Listen(taken + std::to_string((*name)->port()), nothing)) continue;
    }
    EXPECT_FALSE(HttpServer::Listen(wanted + port, nothing)) << taken << ' ' << wanted;
  }
}

TEST(HttpServer, AnAddressOfAnotherHostIsAnError) {
  const auto server =
      HttpServer::Listen("192.0.2.1:0", [](std::string_view) { return HttpAnswer{}; });
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, Errc::kConfigInvalid);
}

TEST(HttpClient, ReadsTheStatus) {
  const auto server = Serving();
  const auto url = ParseHttpUrl("http://127.0.0.1:" + std::to_string(server->port()) + "/there");
  ASSERT_TRUE(url);
  EXPECT_EQ(HttpPost(*url, "text/plain", "body", kPatience).value_or(0), 405);
}

TEST(HttpClient, NobodyListening) {
  auto server = Serving();
  const auto url = ParseHttpUrl("http://127.0.0.1:" + std::to_string(server->port()));
  server.reset();
  const auto status = HttpPost(*url, "text/plain", "body", kPatience);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kNotConnected);
}

TEST(HttpClient, AServerThatDoesNotAnswerIsGivenUp) {
  const Descriptor listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const HttpUrl url{{"127.0.0.1", ntohs(address.sin_port)}, "/"};
  const auto status = HttpPost(url, "text/plain", "body", std::chrono::milliseconds(50));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kTimeout);
}

TEST(HttpUrl, IsTakenApart) {
  const auto url = ParseHttpUrl("http://gateway.example:9091/metrics/job/x%20y");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->place.host, "gateway.example");
  EXPECT_EQ(url->place.port, 9091);
  EXPECT_EQ(url->path, "/metrics/job/x%20y");
  EXPECT_EQ(ParseHttpUrl("http://gateway")->place.port, 80);
  EXPECT_EQ(ParseHttpUrl("http://[::1]:1")->place.host, "::1");
  for (const char* bad : {"", "gateway:9091", "https://gateway", "http://", "http://:9091",
                          "http://u:sesame@h", "http://h:0", "http://h:65536", "http://h/a b",
                          "http://h/\r\nX: y", "http://h/?a", "ftp://h"}) {
    const auto wrong = ParseHttpUrl(bad);
    ASSERT_FALSE(wrong) << bad;
    EXPECT_THAT(wrong.error().message, testing::Not(HasSubstr("sesame")));
  }
}

TEST(HttpUrl, PartsOfAPathAreEncoded) { EXPECT_EQ(EncodePathPart("a/b c~"), "a%2Fb%20c~"); }

}  // namespace
}  // namespace jetkeep
