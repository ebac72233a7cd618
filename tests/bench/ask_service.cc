// One request, its answer on stdout: what a program that uses Jetkeep through NATS would do.
#include <cstdio>
#include <string>

#include "tests/bench/peer.h"

namespace jetkeep::bench {

int AskService(const Arguments& arguments) {
  natsConnection* connection = Connect(arguments[0]);
  const std::string answer = Ask(connection, arguments[1], arguments[2], std::stoi(arguments[3]));
  std::puts(answer.c_str());
  natsConnection_Destroy(connection);
  return answer.find("\"error\"") == std::string::npos ? 0 : 1;
}

}  // namespace jetkeep::bench
