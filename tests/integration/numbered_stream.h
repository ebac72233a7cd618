// Streams whose messages are numbered by one writer, so that what is live when message n is the
// newest follows from n alone: the judge of backups that are taken meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "tests/integration/site.h"

namespace jetkeep::testing {

// Which message has which number, and which are live when number n is the newest.
struct Model {
  nlohmann::json config;   // of stream S
  std::uint64_t fill = 0;  // messages that are there before the first backup
  std::function<OutgoingMessage(std::uint64_t number)> message;
  std::function<std::set<std::uint64_t>(std::uint64_t newest)> live;
};

// Keys of a bucket, each there from the beginning; `cold` of them are never written again.
Model Bucket(std::uint64_t keys, std::uint64_t history, std::size_t bytes, std::uint64_t cold = 0);
// A plain stream with limits for each subject and for all.
Model TwoLimits(std::uint64_t keys, std::uint64_t history, std::uint64_t most, std::size_t bytes);
// A stream without limits in which now and then a message rolls up its subject.
Model Rollups(std::uint64_t keys, std::size_t bytes);

// Publishes the model's messages from number `next` on at a steady rate until it is stopped.
class Writer {
 public:
  Writer(const std::string& url, const Model& model, std::uint64_t next, double rate);
  ~Writer() { Stop(); }
  // The number that would have come next.
  std::uint64_t Stop();
  double seconds() const { return seconds_; }

 private:
  void Run(const std::string& url, const Model& model, std::uint64_t next, double rate);

  std::atomic<bool> stop_ = false;
  std::uint64_t next_ = 0;
  double seconds_ = 0;
  std::thread thread_;
};

// Takes the messages of a consumer of S in order and acknowledges each at once.
class Worker {
 public:
  Worker(const std::string& url, const std::string& consumer, std::uint64_t batch);
  ~Worker() { Stop(); }
  void Stop();
  std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> acknowledged_ = 0;
  std::thread thread_;
};

// Sequences and payloads of a stream of numbered messages, against the model.
void ExpectLive(const std::map<std::uint64_t, std::string>& payloads,
                const std::set<std::uint64_t>& live, const Model& model);

// Backs the model's stream up several times while it is written to, and restores and compares each
// backup. The number of backups that reached a cut.
int BackUpWhileWritten(Site& site, const Model& model, double rate, int backups);

}  // namespace jetkeep::testing
