// Which store a nats-server was started with, from what /proc says of it: here a folder that looks
// like one.
#include "service/engine/transfer/server_process.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/scratch_directory.h"

namespace jetkeep {
namespace {

namespace fs = std::filesystem;

class ServerProcessTest : public ::testing::Test {
 protected:
  ServerProcessTest() {
    fs::create_directories(scratch_ / "root/data/jetstream/$G/streams/S");
    fs::create_directories(scratch_ / "root/other/jetstream");
    fs::create_directories(scratch_ / "root/etc/nats");
  }

  std::string Place(const std::string& inside) const { return scratch_ / ("root" + inside); }
  void Config(const std::string& inside, const std::string& text) {
    std::ofstream(Place(inside)) << text;
  }
  ServerSight Look(const std::vector<std::string>& arguments, const std::string& folder,
                   const std::string& program = "nats-server") {
    const std::string process = scratch_ / "4711";
    fs::remove_all(process);
    fs::create_directory(process);
    fs::create_symlink("/usr/bin/" + program, process + "/exe");
    fs::create_symlink(scratch_ / "root", process + "/root");
    fs::create_symlink(Place("/etc/nats"), process + "/cwd");
    std::ofstream line(process + "/cmdline", std::ios::binary);
    line << program << '\0';
    for (const std::string& argument : arguments) line << argument << '\0';
    line.close();
    return LookAtServer(process, StoreIdentities(Place(folder)));
  }
  bool Seen(const std::vector<std::string>& arguments, const std::string& folder = "/data") {
    return !Look(arguments, folder).seen.empty();
  }

  testing::ScratchDirectory scratch_{"server-process"};
};

TEST_F(ServerProcessTest, ItsCommandLineNamesTheStore) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"-js", "-sd", "/data"}, {"--store_dir=/data"}, {"-store_dir", "../../data"}}) {
    EXPECT_TRUE(Seen(arguments)) << arguments.back();
    for (const char* inside :
         {"/data/jetstream", "/data/jetstream/$G", "/data/jetstream/$G/streams/S"}) {
      EXPECT_TRUE(Seen(arguments, inside)) << inside;
    }
    EXPECT_FALSE(Seen(arguments, "/other"));
    EXPECT_FALSE(Seen(arguments, "/other/jetstream"));
  }
  EXPECT_EQ(Look({"-sd", "/data"}, "/data").seen.find("nats-server (process 4711)"), 0U);
  EXPECT_TRUE(Look({"-sd", "/data"}, "/data", "vi").seen.empty());
  // What only lies beside its folder jetstream is not its own.
  fs::create_directories(Place("/data/copy/jetstream"));
  EXPECT_FALSE(Seen({"-sd", "/data"}, "/data/copy"));
}

TEST_F(ServerProcessTest, ItsConfigurationNamesTheStore) {
  for (const char* text :
       {"jetstream { store_dir: \"/data\" }", "jetstream {\n  store_dir = '/data'\n}",
        R"({"jetstream":{"max_mem":1,"store_dir":"/data"}})", "jetstream: {StoreDir /data, x: 1}",
        "# store_dir: /other\njetstream { store_dir /data }"}) {
    Config("/etc/nats/a.conf", text);
    EXPECT_TRUE(Seen({"-c", "/etc/nats/a.conf"})) << text;
    EXPECT_TRUE(Seen({"--config=a.conf"})) << text;
    EXPECT_FALSE(Look({"-c", "a.conf"}, "/other").hidden) << text;
    EXPECT_FALSE(Seen({"-c", "a.conf"}, "/other")) << text;
  }
  fs::create_directory(Place("/etc/nats/more"));
  Config("/etc/nats/a.conf", "port: 4222\ninclude ./more/b.conf\n");
  Config("/etc/nats/more/b.conf", "include 'c.conf'");
  Config("/etc/nats/more/c.conf", "jetstream { store_dir: /data }");
  EXPECT_TRUE(Seen({"-c", "a.conf"}));
}

TEST_F(ServerProcessTest, WhatCannotBeToldIsSaid) {
  EXPECT_TRUE(Look({"-c", "/etc/nats/absent.conf"}, "/data").hidden);
  Config("/etc/nats/a.conf", "jetstream { store_dir: $DATA }");
  EXPECT_TRUE(Look({"-c", "a.conf"}, "/data").hidden);
  Config("/etc/nats/a.conf", "include a.conf");  // itself
  EXPECT_TRUE(Look({"-c", "a.conf"}, "/data").hidden);
  for (const char* text : {"\"", "store_dir", "store_dir: \"", "include", "{{{::"}) {
    Config("/etc/nats/a.conf", text);
    EXPECT_FALSE(Seen({"-c", "a.conf"})) << text;
  }
}

}  // namespace
}  // namespace jetkeep
