// A KEK in memory, and one that fails.

#ifndef PANVAULT_TESTS_TESTING_MEMORY_KEK_H_
#define PANVAULT_TESTS_TESTING_MEMORY_KEK_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "crypto/secret_bytes.h"
#include "vault/kek_provider.h"

namespace panvault::testing {

// Wraps like the file provider. Thread-safe.
class MemoryKek final : public vault::KekProvider {
 public:
  // 32 times `byte`; the id follows from it.
  explicit MemoryKek(uint8_t byte = 0x42);

  const std::string& kek_id() const override { return kek_id_; }
  absl::StatusOr<std::vector<uint8_t>> Wrap(
      const crypto::SecretBytes& dek,
      absl::Span<const uint8_t> aad) const override;
  absl::StatusOr<crypto::SecretBytes> Unwrap(
      absl::Span<const uint8_t> wrapped,
      absl::Span<const uint8_t> aad) const override;

  // Calls so far.
  int unwraps() const { return unwraps_; }

 private:
  const std::string kek_id_;
  const crypto::SecretBytes kek_;
  mutable std::atomic<int> unwraps_{0};
};

// Has the id of `like`, and fails every call with `status`.
class FailingKek final : public vault::KekProvider {
 public:
  FailingKek(const vault::KekProvider& like, absl::Status status);

  const std::string& kek_id() const override { return kek_id_; }
  absl::StatusOr<std::vector<uint8_t>> Wrap(
      const crypto::SecretBytes& dek,
      absl::Span<const uint8_t> aad) const override;
  absl::StatusOr<crypto::SecretBytes> Unwrap(
      absl::Span<const uint8_t> wrapped,
      absl::Span<const uint8_t> aad) const override;

 private:
  const std::string kek_id_;
  const absl::Status status_;
};

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_TESTING_MEMORY_KEK_H_
