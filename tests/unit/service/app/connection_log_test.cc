#include "service/app/connection_log.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

class SetClock : public WallClock {
 public:
  std::int64_t Now() const override { return now; }
  std::int64_t now = 1'800'000'000'000'000'000;
};

constexpr std::int64_t kSecond = 1'000'000'000;

class ConnectionLogTest : public ::testing::Test {
 protected:
  ConnectionLogTest() : stream_(fmemopen(buffer_, sizeof buffer_, "w")) {
    log::Start({log::Level::kInfo, log::Format::kText, stream_});
  }
  ~ConnectionLogTest() override {
    log::Start({});
    std::fclose(stream_);
  }
  // An attempt to connect has failed.
  void Fails(const std::string& why) {
    ConnectionEvent event;
    event.error = why;
    connection_log.Observe(event);
  }
  void Becomes(ConnectionState state) {
    ConnectionEvent event;
    event.state = state;
    event.state_changed = true;
    connection_log.Observe(event);
  }
  // How often the log says that there is no connection.
  int Warnings() {
    std::fflush(stream_);
    const std::string text = buffer_;
    int count = 0;
    for (auto at = text.find("trying again"); at != std::string::npos;
         at = text.find("trying again", at + 1)) {
      ++count;
    }
    return count;
  }

  SetClock clock;
  ConnectionLog connection_log{clock};

 private:
  char buffer_[16 * 1024] = {};
  std::FILE* stream_;
};

TEST_F(ConnectionLogTest, TheReasonIsSaidAtOnceAndAgainEveryThirtySeconds) {
  Fails("no server listens");
  EXPECT_EQ(Warnings(), 1);
  for (int i = 0; i < 29; ++i) {
    clock.now += kSecond;
    Fails("no server listens");
  }
  EXPECT_EQ(Warnings(), 1) << "attempts come every few seconds; the log must stay readable";
  clock.now += kSecond;
  Fails("no server listens");
  EXPECT_EQ(Warnings(), 2);
  for (int i = 0; i < 90; ++i) {
    clock.now += kSecond;
    Fails("no server listens");
  }
  EXPECT_EQ(Warnings(), 5);
}

TEST_F(ConnectionLogTest, AnotherReasonIsSaidAtOnce) {
  Fails("no server listens");
  Fails("wrong password");
  Fails("wrong password");
  EXPECT_EQ(Warnings(), 2);
  Fails("no server listens");
  EXPECT_EQ(Warnings(), 3);
}

TEST_F(ConnectionLogTest, AfterAConnectionTheSameReasonIsNews) {
  Fails("no server listens");
  EXPECT_FALSE(connection_log.ever_connected());
  Becomes(ConnectionState::kConnected);
  EXPECT_TRUE(connection_log.ever_connected());
  Becomes(ConnectionState::kReconnecting);
  Fails("no server listens");
  EXPECT_EQ(Warnings(), 2);
}

TEST_F(ConnectionLogTest, AClockThatIsSetBackSilencesNothing) {
  Fails("no server listens");
  clock.now -= 3600 * kSecond;
  Fails("no server listens");
  EXPECT_EQ(Warnings(), 2);
  clock.now += 30 * kSecond;
  Fails("no server listens");
  EXPECT_EQ(Warnings(), 3);
}

}  // namespace
}  // namespace jetkeep
