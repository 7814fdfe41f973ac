#include "tests/testing/keysets.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/secret_bytes.h"
#include "gtest/gtest.h"
#include "tests/testing/memory_kek.h"
#include "vault/key_wrap.h"

namespace panvault::testing {

vault::StoredKeyset MakeStored(const KeysetSpec& spec,
                               const vault::KekProvider& kek) {
  vault::StoredKeyset stored;
  uint64_t hash = 1469598103934665603u;  // FNV-1a
  for (const char c : spec.name) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211u;
  }
  stored.profile.id = absl::StrCat(absl::Hex(hash, absl::kZeroPad16),
                                   absl::Hex(~hash, absl::kZeroPad16));
  stored.profile.name = spec.name;
  stored.profile.kept = spec.kept;
  stored.profile.allow_floor = spec.allow_floor;
  stored.profile.create_time = absl::FromUnixSeconds(1'800'000'000);
  for (const VersionSpec& version : spec.versions) {
    vault::StoredKeyVersion row;
    row.info.version = version.version;
    row.info.slot = version.slot;
    row.info.state = version.state;
    row.info.primary = version.primary;
    row.info.kek_id = kek.kek_id();
    row.info.create_time = stored.profile.create_time;
    const auto seed = version.dek_seed != 0
                          ? version.dek_seed
                          : static_cast<uint8_t>(version.version);
    const auto dek = crypto::SecretBytes::CopyOf(
        std::vector<uint8_t>(vault::kDekBytes, seed));
    auto wrapped = kek.Wrap(dek, vault::DekAad({.profile_id = stored.profile.id,
                                                .version = version.version,
                                                .kek_id = row.info.kek_id}));
    EXPECT_TRUE(wrapped.ok()) << wrapped.status();
    if (wrapped.ok()) row.wrapped_dek = *std::move(wrapped);
    stored.versions.push_back(std::move(row));
  }
  return stored;
}

std::shared_ptr<const vault::Keyset> MakeKeyset(const KeysetSpec& spec) {
  const MemoryKek kek;
  auto keyset = vault::Keyset::Unwrap(MakeStored(spec, kek), kek, nullptr);
  EXPECT_TRUE(keyset.ok()) << keyset.status();
  return keyset.ok() ? *std::move(keyset) : nullptr;
}

}  // namespace panvault::testing
