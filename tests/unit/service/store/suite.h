// What every Store has to do, whatever it keeps its objects in and whatever layers lie in front.
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(Name, StoreSuite, Maker);
//
// A Maker has a member `Store& store()`, fresh for each test, and `std::unique_ptr<…> Other()`, the
// same store as another process would open it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "service/store/lease.h"
#include "service/store/objects.h"

namespace jetkeep {

template <typename Maker>
class StoreSuite : public testing::Test {
 protected:
  Store& store() { return maker_.store(); }

  void Put(const std::string& key, std::string_view bytes) {
    const Status put = PutNew(store(), key, bytes);
    ASSERT_TRUE(put) << key << ": " << put.error().message;
  }
  std::string Get(const std::string& key) {
    const auto reader = store().Open(key);
    EXPECT_TRUE(reader) << reader.error().message;
    if (!reader || !*reader) return "(none)";
    const auto bytes = ReadFront(**reader, 1 << 20);
    return bytes ? *bytes : bytes.error().message;
  }
  // "name" of an object, "name/" of a prefix, "name?" of what is unfinished.
  std::vector<std::string> Names(const std::string& prefix, const ListOptions& options = {}) {
    std::vector<std::string> names;
    const auto entries = ListAll(store(), prefix, options);
    EXPECT_TRUE(entries) << entries.error().message;
    if (!entries) return names;
    for (const StoreEntry& entry : *entries) {
      names.push_back(entry.name + (entry.kind == EntryKind::kPrefix       ? "/"
                                    : entry.kind == EntryKind::kUnfinished ? "?"
                                                                           : ""));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  Maker maker_;
};

TYPED_TEST_SUITE_P(StoreSuite);

TYPED_TEST_P(StoreSuite, AnObjectAppearsWholeAndWhereItBelongs) {
  const auto writer = this->store().Create("a/b/one");
  ASSERT_TRUE(writer) << writer.error().message;
  ASSERT_TRUE((*writer)->Append("hello, "));
  EXPECT_FALSE(*this->store().Exists("a/b/one"));
  EXPECT_FALSE(*this->store().Open("a/b/one"));
  EXPECT_THAT(this->Names("a/b"), testing::IsEmpty());
  ASSERT_TRUE((*writer)->Append("world"));
  ASSERT_TRUE((*writer)->Commit(Durability::kDurable));
  ASSERT_TRUE(this->store().Flush("a/b"));
  EXPECT_EQ(this->Get("a/b/one"), "hello, world");
  EXPECT_TRUE(*this->store().Exists("a/b/one"));
}

TYPED_TEST_P(StoreSuite, NothingIsLeftOfWhatWasNotCommitted) {
  {
    const auto writer = this->store().Create("a/one");
    ASSERT_TRUE(writer && (*writer)->Append("bytes"));
    EXPECT_THAT(this->Names("a", {.unfinished = true}), testing::ElementsAre("one?"));
  }
  EXPECT_THAT(this->Names("a", {.unfinished = true}), testing::IsEmpty());
}

TYPED_TEST_P(StoreSuite, NoObjectIsReplaced) {
  this->Put("k", "first");
  const Status again = PutNew(this->store(), "k", "second");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kObjectExists);
  EXPECT_EQ(this->Get("k"), "first");
  // Of two that write at once, one commits first.
  const auto one = this->store().Create("m");
  const auto two = this->store().Create("m");
  ASSERT_TRUE(one && two);
  ASSERT_TRUE((*one)->Append("1"));
  ASSERT_TRUE((*two)->Append("2"));
  ASSERT_TRUE((*two)->Commit(Durability::kVolatile));
  const Status late = (*one)->Commit(Durability::kDurable);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::kObjectExists);
  EXPECT_EQ(this->Get("m"), "2");
}

TYPED_TEST_P(StoreSuite, OfManyThatCreateAtOnceOneSucceeds) {
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> made{0};
    std::atomic<int> refused{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const Status put = PutNew(this->store(), "race/" + std::to_string(round), std::to_string(i),
                                  Durability::kVolatile);
        if (put) {
          ++made;
        } else if (put.error().code == Errc::kObjectExists) {
          ++refused;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(refused, 3);
  }
}

TYPED_TEST_P(StoreSuite, RangesAreReadExactlyOrNotAtAll) {
  this->Put("k", "0123456789");
  const auto reader = this->store().Open("k");
  ASSERT_TRUE(reader && *reader);
  EXPECT_EQ((*reader)->size(), 10u);
  std::string bytes(4, '\0');
  ASSERT_TRUE((*reader)->ReadAt(3, 4, bytes.data()));
  EXPECT_EQ(bytes, "3456");
  ASSERT_TRUE((*reader)->ReadAt(10, 0, bytes.data()));
  EXPECT_EQ((*reader)->ReadAt(8, 4, bytes.data()).error().code, Errc::kRepositoryCorrupt);
  EXPECT_EQ((*reader)->ReadAt(11, 1, bytes.data()).error().code, Errc::kRepositoryCorrupt);
  // What is open stays readable.
  ASSERT_TRUE(this->store().Remove("k"));
  ASSERT_TRUE((*reader)->ReadAt(0, 4, bytes.data()));
  EXPECT_EQ(bytes, "0123");
}

TYPED_TEST_P(StoreSuite, AKnownSizeIsCompared) {
  this->Put("k", "0123456789");
  const auto right = this->store().Open("k", 10);
  ASSERT_TRUE(right && *right);
  EXPECT_EQ((*right)->size(), 10u);
  for (const std::uint64_t wrong : {9u, 11u}) {
    const auto reader = this->store().Open("k", wrong);
    char byte = 0;
    const Status read = reader ? (*reader)->ReadAt(0, 1, &byte) : Fail(reader.error());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::kRepositoryCorrupt);
  }
  const auto absent = this->store().Open("none", 10);
  ASSERT_TRUE(absent);
  EXPECT_FALSE(*absent);
}

TYPED_TEST_P(StoreSuite, ListsOneLevelOrAll) {
  for (const std::string key : {"top", "a/one", "a/two", "a/b/three", "ab/four"}) {
    this->Put(key, "12345");
  }
  EXPECT_THAT(this->Names(""), testing::ElementsAre("a/", "ab/", "top"));
  EXPECT_THAT(this->Names("a"), testing::ElementsAre("b/", "one", "two"));
  EXPECT_THAT(this->Names("a", {.depth = Depth::kAll}),
              testing::ElementsAre("b/three", "one", "two"));
  EXPECT_THAT(this->Names("", {.depth = Depth::kAll}),
              testing::ElementsAre("a/b/three", "a/one", "a/two", "ab/four", "top"));
  EXPECT_THAT(this->Names("nowhere"), testing::IsEmpty());
  EXPECT_THAT(this->Names("a/nowhere/deeper"), testing::IsEmpty());
  const auto sizes = ListAll(this->store(), "ab", {.sizes = true});
  ASSERT_TRUE(sizes);
  EXPECT_EQ(sizes->at(0).size, 5u);
  // A visitor ends it.
  int visited = 0;
  const Status ended = this->store().List("a", {}, [&](const StoreEntry&) -> Status {
    ++visited;
    return Fail(Errc::kCancelled, "enough");
  });
  EXPECT_EQ(visited, 1);
  EXPECT_EQ(ended.error().code, Errc::kCancelled);
}

TYPED_TEST_P(StoreSuite, RemovesWhatIsThereAndWhatIsNot) {
  this->Put("a/one", "1");
  this->Put("a/two", "2");
  EXPECT_FALSE(this->store().Tidy("a"));
  const std::vector<std::string> keys{"a/one", "a/none", "nowhere/none"};
  EXPECT_TRUE(this->store().RemoveAll(keys));
  EXPECT_THAT(this->Names("a"), testing::ElementsAre("two"));
  EXPECT_TRUE(this->store().Remove("a/two"));
  EXPECT_TRUE(this->store().Remove("a/two"));
  EXPECT_TRUE(this->store().Tidy("a"));
  EXPECT_TRUE(this->store().Flush("a")) << "it is gone, and that lasts";
  EXPECT_THAT(this->Names(""), testing::IsEmpty());
  this->Put("a/one", "again");
  EXPECT_EQ(this->Get("a/one"), "again");
}

TYPED_TEST_P(StoreSuite, PrefixesComeAndGoBesideWriters) {
  std::atomic<bool> done{false};
  std::thread tidy([&] {
    while (!done) {
      this->store().Tidy("come/and/go");
      // One that never rests leaves no moment between a new directory and its first object.
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  });
  for (int i = 0; i < 30; ++i) {
    const std::string key = "come/and/go/" + std::to_string(i);
    const Status put = PutNew(this->store(), key, "x", Durability::kVolatile);
    EXPECT_TRUE(put) << put.error().message;
    EXPECT_TRUE(this->store().Remove(key));
  }
  done = true;
  tidy.join();
}

TYPED_TEST_P(StoreSuite, UnfinishedObjectsOfTheLivingAreLeftAlone) {
  auto writer = this->store().Create("a/one");
  ASSERT_TRUE(writer && (*writer)->Append("1"));
  const auto other = this->maker_.Other();
  auto entries = ListAll(*other, "a", {.unfinished = true});
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 1u);
  EXPECT_EQ(entries->at(0).kind, EntryKind::kUnfinished);
  if (this->store().locks()) {
    const auto removed =
        other->RemoveUnfinished("a/one", entries->at(0).upload, WhoseUnfinished::kOfEndedWriters);
    ASSERT_TRUE(removed) << removed.error().message;
    EXPECT_FALSE(*removed);
    EXPECT_TRUE((*writer)->Commit(Durability::kDurable));
    EXPECT_EQ(this->Get("a/one"), "1");
    writer = this->store().Create("a/two");
    ASSERT_TRUE(writer);
    entries = ListAll(*other, "a", {.unfinished = true});
    ASSERT_EQ(entries->size(), 2u);
  }
  for (const StoreEntry& entry : *entries) {
    if (entry.kind != EntryKind::kUnfinished) continue;
    const auto removed =
        other->RemoveUnfinished("a/" + entry.name, entry.upload, WhoseUnfinished::kOfAnyWriter);
    EXPECT_TRUE(removed && *removed);
    const auto again =
        other->RemoveUnfinished("a/" + entry.name, entry.upload, WhoseUnfinished::kOfEndedWriters);
    EXPECT_TRUE(again && *again) << "absent is no error";
  }
  EXPECT_FALSE((*writer)->Commit(Durability::kDurable)) << "what was removed cannot appear";
  EXPECT_FALSE(*this->store().Exists("a/two"));
}

TYPED_TEST_P(StoreSuite, LocksTellTheLiving) {
  this->Put("k", "1");
  const auto other = this->maker_.Other();
  const auto absent = other->TryLock("none", LockKind::kExclusive);
  ASSERT_TRUE(absent);
  EXPECT_TRUE(absent->absent);
  EXPECT_FALSE(*other->Exists("none"));
  auto shared = this->store().TryLock("k", LockKind::kShared);
  ASSERT_TRUE(shared && shared->lock);
  EXPECT_TRUE(other->TryLock("k", LockKind::kShared)->lock);
  if (!this->store().locks()) return;
  EXPECT_FALSE(other->TryLock("k", LockKind::kExclusive)->lock);
  shared->lock.reset();
  const auto exclusive = other->TryLock("k", LockKind::kExclusive);
  ASSERT_TRUE(exclusive && exclusive->lock);
  EXPECT_FALSE(this->store().TryLock("k", LockKind::kShared)->lock);
  // One that is made locked can never be seen without.
  auto writer = this->store().Create("made");
  ASSERT_TRUE(writer);
  auto lock = (*writer)->Lock();
  ASSERT_TRUE(lock && *lock);
  ASSERT_TRUE((*writer)->Commit(Durability::kVolatile));
  writer->reset();
  EXPECT_FALSE(other->TryLock("made", LockKind::kExclusive)->lock);
  lock->reset();
  EXPECT_TRUE(other->TryLock("made", LockKind::kExclusive)->lock);
}

TYPED_TEST_P(StoreSuite, KeysStayInside) {
  for (const std::string key :
       {"../x", "a/../../x", "/etc/passwd", "a//b", ".", "a/", "a/./b", ""}) {
    EXPECT_FALSE(this->store().Create(key)) << key;
    EXPECT_FALSE(this->store().Open(key)) << key;
    EXPECT_FALSE(this->store().Exists(key)) << key;
    EXPECT_FALSE(this->store().Remove(key)) << key;
    EXPECT_FALSE(this->store().TryLock(key, LockKind::kShared)) << key;
  }
  // Names as a repository has them.
  for (const std::string key : {"%24@g/@orders/x~0f", "lease.k-1.2", "repository.json"}) {
    this->Put(key, key);
    EXPECT_EQ(this->Get(key), key);
  }
}

TYPED_TEST_P(StoreSuite, LeasesNeedNothingElse) {
  const auto other = this->maker_.Other();
  auto now = std::chrono::steady_clock::time_point();
  const LeaseOptions options{std::chrono::seconds(10), false, [&now] { return now; }};
  Leases ours(this->store(), options);
  Leases theirs(*other, options);
  for (const std::string key : {"k", "a/b/backup-1"}) {
    const auto mine = key == "k" ? ours.TryAcquire(key) : ours.AcquireNew(key);
    ASSERT_TRUE(mine && *mine) << key;
    EXPECT_FALSE(*theirs.TryAcquire(key));
    EXPECT_FALSE(*theirs.AcquireNew(key));
    now += std::chrono::seconds(9);
    EXPECT_TRUE((*mine)->Renew());
    EXPECT_FALSE(*theirs.TryAcquire(key));
    now += std::chrono::seconds(10);
    const auto taken = theirs.TryAcquire(key);
    ASSERT_TRUE(taken && *taken) << key;
    EXPECT_EQ((*mine)->Check().error().code, Errc::kLeaseLost);
    EXPECT_TRUE((*taken)->Check());
    EXPECT_TRUE((*taken)->Erase());
  }
}

REGISTER_TYPED_TEST_SUITE_P(StoreSuite, AnObjectAppearsWholeAndWhereItBelongs,
                            NothingIsLeftOfWhatWasNotCommitted, NoObjectIsReplaced,
                            OfManyThatCreateAtOnceOneSucceeds, RangesAreReadExactlyOrNotAtAll,
                            AKnownSizeIsCompared, ListsOneLevelOrAll,
                            RemovesWhatIsThereAndWhatIsNot, PrefixesComeAndGoBesideWriters,
                            UnfinishedObjectsOfTheLivingAreLeftAlone, LocksTellTheLiving,
                            KeysStayInside, LeasesNeedNothingElse);

}  // namespace jetkeep
