// Opens an account: a connection, JetStream and an engine over a repository.
//
// Ownership: the repository must outlive the account. Thread-safety: that of each part.
#pragma once

#include <memory>
#include <string>

#include "jetkeep/engine.h"
#include "jetkeep/error.h"
#include "service/config/config.h"
#include "service/nats/connection.h"
#include "service/nats/jetstream_client.h"
#include "service/repository/repository.h"

namespace jetkeep {

// In the order in which its parts must be taken down.
struct Account {
  std::string name;
  std::unique_ptr<Connection> connection;
  std::unique_ptr<JetStreamClient> server;
  std::unique_ptr<Engine> engine;
};

// Fails only where Connection::Open does, for reasons that waiting cannot remove. The engine cleans
// up restores that a killed process has left.
Result<std::unique_ptr<Account>> OpenAccount(const Config& config, const AccountConfig& account,
                                             Repository& repository, ConnectionObserver observer);

}  // namespace jetkeep
