// The programs that tests run against, as tests/get-servers.sh leaves them in $JETKEEP_SERVERS, by
// default ${XDG_CACHE_HOME:-~/.cache}/jetkeep/servers.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jetkeep::testing {

// A version is a series ("2.11") or, where two of a series are kept, a full one ("2.15.3").
// One of each kind of archive, for all cases: "2.9", "2.10", "2.15". JETKEEP_TEST_SERVERS names
// others: "2.11,2.15.3".
const std::vector<std::string>& ServerVersions();
// All seven, oldest first.
const std::vector<std::string>& AllServerVersions();
// `version` is not older than `other`: "2.10" against "2.9", "2.15.3" against "2.15".
bool AtLeast(const std::string& version, const std::string& other);

// The number that a server of this version tells: "2.10.27" of "2.10".
std::string FullVersion(const std::string& version);
// A version as part of a test name: "v2_15_3".
std::string VersionName(const ::testing::TestParamInfo<std::string>& version);

bool HasServer(const std::string& version);
// Throws std::runtime_error if it is not there.
std::string ServerBinary(const std::string& version);

// The nats command line; empty if it is not there. $NATS_CLI names another one.
std::string NatsCommandLine();

}  // namespace jetkeep::testing

// A machine without Go has not all of them; a skip is a failure where CI is set.
#define JETKEEP_NEEDS_SERVER(version)            \
  if (!::jetkeep::testing::HasServer(version))   \
  GTEST_SKIP() << "no nats-server " << (version) \
               << ": run tests/get-servers.sh, which needs Go for some versions"
#define JETKEEP_NEEDS_COMMAND_LINE()                 \
  if (::jetkeep::testing::NatsCommandLine().empty()) \
  GTEST_SKIP() << "no nats command line: run tests/get-servers.sh, which needs Go for it"
