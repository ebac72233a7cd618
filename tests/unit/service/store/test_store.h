// TestStore: a MemoryStore behind a FaultStore, for tests that damage objects, make operations fail
// and stop the machine.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "service/store/layers/fault_store.h"
#include "service/store/memory/memory_store.h"

namespace jetkeep {

struct TestMemory {
  MemoryStore memory;
};

class TestStore : private TestMemory, public FaultStore {
 public:
  TestStore() : FaultStore(memory) {}

  // Nothing fails any more.
  void Crash(bool keep_unflushed = false) {
    SetFault({});
    memory.Crash(keep_unflushed);
    Forget();
  }
  std::vector<std::string> Paths() const { return memory.Keys(); }
  std::string Read(const std::string& key) const { return memory.Get(key); }
  void Write(const std::string& key, std::string bytes) { memory.Set(key, std::move(bytes)); }
  void Erase(const std::string& key) { memory.Erase(key); }
  void MakeLink(const std::string& key) { memory.SetKind(key, EntryKind::kSymbolicLink); }
};

}  // namespace jetkeep
