#include "tests/support/nats_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <random>
#include <stdexcept>

namespace jetkeep::testing {
namespace {

constexpr std::size_t kReadBlock = 256 * 1024;
constexpr std::size_t kWriteAt = 64 * 1024;
using Clock = std::chrono::steady_clock;

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const auto end = line.find(' ');
    if (end != 0) words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) break;
    line.remove_prefix(end + 1);
  }
  return words;
}

std::size_t Number(std::string_view text) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::string NatsMessage::Header(std::string_view name) const {
  const auto at = headers.find("\r\n" + std::string(name) + ":");
  if (at == std::string::npos) return {};
  auto begin = at + 2 + name.size() + 1;
  while (begin < headers.size() && headers[begin] == ' ') ++begin;
  return headers.substr(begin, headers.find("\r\n", begin) - begin);
}

int NatsMessage::Status() const {
  constexpr std::string_view kStart = "NATS/1.0 ";
  if (headers.rfind(kStart, 0) != 0) return 0;
  return static_cast<int>(Number(std::string_view(headers).substr(kStart.size(), 3)));
}

std::string HeaderBlock(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string block = "NATS/1.0\r\n";
  for (const auto& [name, value] : headers) block += name + ": " + value + "\r\n";
  return block + "\r\n";
}

NatsClient::NatsClient(const std::string& url) {
  const std::string rest = url.substr(url.find("://") + 3);
  const auto at = rest.rfind('@');
  const auto colon = rest.rfind(':');
  nlohmann::json connect{{"verbose", false},      {"pedantic", false},    {"headers", true},
                         {"no_responders", true}, {"protocol", 1},        {"lang", "test"},
                         {"version", "1"},        {"tls_required", false}};
  if (at != std::string::npos) {
    const auto split = rest.find(':');
    connect["user"] = rest.substr(0, split);
    connect["pass"] = rest.substr(split + 1, at - split - 1);
  }
  socket_ = TcpSocket::ConnectLoopback(static_cast<std::uint16_t>(Number(rest.substr(colon + 1))));
  if (!socket_.valid()) throw std::runtime_error("cannot connect to " + url);
  inbox_prefix_ = "_INBOX.t" + std::to_string(std::random_device{}()) +
                  std::to_string(std::random_device{}()) + ".";
  Send("CONNECT " + connect.dump() + "\r\n");
  Flush();
  if (!errors_.empty()) throw std::runtime_error("server refused: " + errors_.front());
}

void NatsClient::Publish(std::string_view subject, std::string_view payload,
                         std::string_view headers, std::string_view reply) {
  std::string line(headers.empty() ? "PUB " : "HPUB ");
  line.append(subject).append(" ");
  if (!reply.empty()) line.append(reply).append(" ");
  if (!headers.empty()) line.append(std::to_string(headers.size())).append(" ");
  line.append(std::to_string(headers.size() + payload.size())).append("\r\n");
  line.append(headers).append(payload).append("\r\n");
  Send(line);
}

std::string NatsClient::NewInbox() { return inbox_prefix_ + std::to_string(++inbox_count_); }

std::uint64_t NatsClient::Subscribe(std::string_view subject, std::string_view queue) {
  const std::uint64_t id = ++last_subscription_;
  waiting_[id];
  std::string line = "SUB ";
  line.append(subject).append(" ");
  if (!queue.empty()) line.append(queue).append(" ");
  Send(line + std::to_string(id) + "\r\n");
  return id;
}

void NatsClient::Unsubscribe(std::uint64_t subscription) {
  Send("UNSUB " + std::to_string(subscription) + "\r\n");
  waiting_.erase(subscription);
}

std::optional<NatsMessage> NatsClient::Next(std::uint64_t subscription, Milliseconds timeout) {
  WriteOut();
  const auto deadline = Clock::now() + timeout;
  auto& queue = waiting_.at(subscription);
  while (queue.empty()) {
    if (pong_due_) WriteOut();
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline - Clock::now());
    if (left.count() < 0 || !ReadSome(left)) {
      if (Clock::now() >= deadline) return std::nullopt;
    }
  }
  NatsMessage message = std::move(queue.front());
  queue.pop_front();
  return message;
}

void NatsClient::Flush() {
  const std::uint64_t wanted = pongs_ + 1;
  Send("PING\r\n");
  WriteOut();
  const auto deadline = Clock::now() + kDefaultTimeout;
  while (pongs_ < wanted && errors_.empty()) {
    ReadSome(Milliseconds(100));
    if (Clock::now() > deadline) throw std::runtime_error("the server does not answer a PING");
  }
}

NatsMessage NatsClient::Request(std::string_view subject, std::string_view payload,
                                Milliseconds timeout, std::string_view headers) {
  const std::string inbox = NewInbox();
  const auto subscription = Subscribe(inbox);
  Publish(subject, payload, headers, inbox);
  auto answer = Next(subscription, timeout);
  Unsubscribe(subscription);
  if (!answer) {
    throw std::runtime_error("no answer on " + std::string(subject) +
                             (errors_.empty() ? "" : ": " + errors_.back()));
  }
  return std::move(*answer);
}

void NatsClient::Send(std::string_view bytes) {
  out_.append(bytes);
  if (out_.size() >= kWriteAt) WriteOut();
}

void NatsClient::WriteOut() {
  std::size_t sent = 0;
  while (sent < out_.size()) {
    const ssize_t wrote = ::send(socket_.descriptor(), out_.data() + sent, out_.size() - sent,
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
    if (wrote > 0) {
      sent += static_cast<std::size_t>(wrote);
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) throw std::runtime_error("connection lost in a send");
    // Keeps reading while the server does not take more, so that neither side waits for the other.
    pollfd wait{socket_.descriptor(), POLLIN | POLLOUT, 0};
    ::poll(&wait, 1, 1000);
    if ((wait.revents & POLLIN) != 0) ReadSome(Milliseconds(0));
  }
  out_.clear();
  if (pong_due_) {
    pong_due_ = false;
    out_ = "PONG\r\n";
    WriteOut();
  }
}

bool NatsClient::ReadSome(Milliseconds timeout) {
  pollfd wait{socket_.descriptor(), POLLIN, 0};
  if (::poll(&wait, 1, static_cast<int>(std::max<std::int64_t>(timeout.count(), 0))) <= 0) {
    return false;
  }
  in_.erase(0, parsed_);
  parsed_ = 0;
  const std::size_t kept = in_.size();
  in_.resize(kept + kReadBlock);
  const ssize_t received = ::recv(socket_.descriptor(), in_.data() + kept, kReadBlock, 0);
  in_.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(received, 0)));
  if (received <= 0) {
    throw std::runtime_error("connection closed by the server" +
                             (errors_.empty() ? std::string() : ": " + errors_.back()));
  }
  while (ParseOne()) {
  }
  return true;
}

bool NatsClient::ParseOne() {
  const auto end = in_.find("\r\n", parsed_);
  if (end == std::string::npos) return false;
  const std::string_view line(in_.data() + parsed_, end - parsed_);
  const std::size_t next = end + 2;
  const bool has_headers = line.rfind("HMSG ", 0) == 0;
  if (has_headers || line.rfind("MSG ", 0) == 0) {
    const auto size = Number(line.substr(line.rfind(' ') + 1));
    if (in_.size() < next + size + 2) return false;
    TakeMessage(line, has_headers, next);
    parsed_ = next + size + 2;
    return true;
  }
  if (line == "PONG") ++pongs_;
  if (line.rfind("-ERR", 0) == 0) errors_.emplace_back(line);
  if (line == "PING") pong_due_ = true;
  parsed_ = next;
  return true;
}

void NatsClient::TakeMessage(std::string_view line, bool has_headers, std::size_t body_at) {
  const auto words = Words(line);
  const std::size_t sizes = has_headers ? 2 : 1;
  const auto found = waiting_.find(Number(words[2]));
  if (found == waiting_.end()) return;
  NatsMessage message;
  message.subject = words[1];
  if (words.size() == 4 + sizes) message.reply = words[3];
  const std::size_t total = Number(words.back());
  const std::size_t header_size = has_headers ? Number(words[words.size() - 2]) : 0;
  message.headers.assign(in_, body_at, header_size);
  message.payload.assign(in_, body_at + header_size, total - header_size);
  found->second.push_back(std::move(message));
}

}  // namespace jetkeep::testing
