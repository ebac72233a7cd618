// Opens an account: a connection, JetStream and an engine over a repository.
//
// Ownership: the repository must outlive the account. Thread-safety: that of each part.
#pragma once

#include <memory>
#include <string>

#include "jetkeep/engine.h"
#include "jetkeep/error.h"
#include "service/config/config.h"
#include "service/engine/sets/stream_gate.h"
#include "service/nats/connection.h"
#include "service/nats/jetstream_client.h"
#include "service/repository/repository.h"
#include "service/work/byte_pace.h"

namespace jetkeep {

// How fast archives come and go, all accounts together.
struct TransferPaces {
  BytePace backup;
  BytePace restore;
};

// In the order in which its parts must be taken down.
struct Account {
  std::string name;
  std::unique_ptr<Connection> connection;
  std::unique_ptr<JetStreamClient> server;
  std::shared_ptr<StreamGate> gate;  // of all engines on this server
  std::unique_ptr<Engine> engine;
};

// Where data waits that does not fit in memory.
std::string ScratchDirectory(const Config& config);

// The account without an engine. Fails as OpenAccount.
Result<std::unique_ptr<Account>> ConnectAccount(const Config& config, const AccountConfig& account,
                                                ConnectionObserver observer = {},
                                                TransferPaces* paces = nullptr);

// Fails only where Connection::Open does, for reasons that waiting cannot remove. The engine cleans
// up restores that a killed process has left. With other accounts in the configuration it returns
// before the connection has been tried, so that a server that is away keeps none of them waiting.
// `paces`, where there are any, outlive the account.
Result<std::unique_ptr<Account>> OpenAccount(const Config& config, const AccountConfig& account,
                                             Repository& repository, ConnectionObserver observer,
                                             TransferPaces* paces = nullptr);

// An engine for the account and its own backups. Account and repository outlive it.
std::unique_ptr<Engine> MakeOwnEngine(const Config& config, const Account& account,
                                      Repository& repository);

// An engine that restores what is in the repository, of another account, into this account. `own`:
// that of the target's own backups, where there is one. All of them outlive it.
std::unique_ptr<Engine> MakeEngineInto(const Config& config, const Account& target,
                                       Repository& repository, Repository* own = nullptr);

}  // namespace jetkeep
