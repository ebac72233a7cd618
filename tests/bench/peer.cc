// bench_peer PART ARGUMENTS…: see peer.h.
#include "tests/bench/peer.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace jetkeep::bench {

void Die(const std::string& what) {
  std::fprintf(stderr, "bench_peer: %s\n", what.c_str());
  std::exit(1);
}

natsConnection* Connect(const std::string& url) {
  natsConnection* connection = nullptr;
  Check(natsConnection_ConnectTo(&connection, url.c_str()), "connect");
  return connection;
}

std::string Ask(natsConnection* connection, const std::string& subject, const std::string& body,
                int timeout_seconds) {
  natsMsg* answer = nullptr;
  Check(natsConnection_Request(&answer, connection, subject.c_str(), body.data(),
                               static_cast<int>(body.size()), int64_t{1000} * timeout_seconds),
        subject.c_str());
  std::string text(natsMsg_GetData(answer),
                   static_cast<std::size_t>(natsMsg_GetDataLength(answer)));
  natsMsg_Destroy(answer);
  return text;
}

std::string NewInbox() {
  natsInbox* inbox = nullptr;
  Check(natsInbox_Create(&inbox), "inbox");
  std::string subject = inbox;
  natsInbox_Destroy(inbox);
  return subject;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) Die("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void WriteFile(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) Die("cannot write " + path);
}

}  // namespace jetkeep::bench

int main(int count, char** values) {
  using namespace jetkeep::bench;
  const Arguments all(values + 1, values + count);
  if (all.empty()) Die("which part? fill, sink, send, take, give, ask or repository");
  const Arguments rest(all.begin() + 1, all.end());
  if (all[0] == "fill" && rest.size() == 6) return FillStream(rest);
  if (all[0] == "sink" && rest.size() >= 2) return NullSink(rest);
  if (all[0] == "send" && rest.size() == 3) return LimitSender(rest);
  if (all[0] == "take" && rest.size() >= 2) return AccountSink(rest);
  if (all[0] == "give" && rest.size() == 3) return AccountSender(rest);
  if (all[0] == "ask" && rest.size() == 4) return AskService(rest);
  if (all[0] == "repository" && rest.size() == 2) return FillRepository(rest);
  Die("no such part, or a wrong number of arguments: " + all[0]);
}
