// A KeysetStore in memory, with the faults that a test asks for.
//
// Passes tests/contract/keyset_store_contract.h, like the real one.

#ifndef PANVAULT_TESTS_TESTING_MEMORY_KEYSET_STORE_H_
#define PANVAULT_TESTS_TESTING_MEMORY_KEYSET_STORE_H_

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "vault/keyset_store.h"

namespace panvault::testing {

// Thread-safe.
class MemoryKeysetStore final : public vault::KeysetStore {
 public:
  absl::StatusOr<std::vector<vault::StoredKeyset>> LoadAll() override;
  absl::StatusOr<vault::StoredKeyset> Load(
      absl::string_view profile_name) override;
  absl::Status Create(const vault::StoredKeyset& keyset) override;

  // Replaces rows behind the vault's back: rotation elsewhere, corruption.
  void Put(const vault::StoredKeyset& keyset);
  void Erase(absl::string_view profile_name);

  // From now on every call fails with `status`; OK ends that.
  void FailWith(absl::Status status);

  // Called by every call before it looks at the rows; may block.
  void SetHook(std::function<void()> hook);

  // Calls so far, failed ones included.
  int load_all_calls() const;
  int load_calls() const;

 private:
  absl::Status Enter(int MemoryKeysetStore::*counter);

  // Guards all below.
  mutable std::mutex mutex_;
  std::map<std::string, vault::StoredKeyset, std::less<>> rows_;
  absl::Status failure_;
  std::function<void()> hook_;
  int load_all_calls_ = 0;
  int load_calls_ = 0;
  int create_calls_ = 0;
};

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_TESTING_MEMORY_KEYSET_STORE_H_
