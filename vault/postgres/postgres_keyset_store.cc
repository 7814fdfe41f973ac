#include "vault/postgres/postgres_keyset_store.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "vault/errors.h"
#include "vault/postgres/connection_pool.h"
#include "vault/postgres/pqxx_compat.h"

namespace panvault::vault::postgres {
namespace {

// Times travel as whole microseconds, which is what PostgreSQL keeps, and bytes
// as hexadecimal digits: libpqxx 6.4 and 7.x have different types for both.
//
// One statement reads one snapshot, without a transaction level that a pooler
// or a distributed PostgreSQL might not offer. The outer join keeps a profile
// whose versions are missing, so that it is found broken and not unknown.
constexpr char kSelectAll[] = R"(
SELECT p.profile_id, p.name, p.scheme, p.kept, p.allow_floor,
       round(extract(epoch FROM p.create_time) * 1000000)::bigint,
       v.version, v.slot, v.state, v.is_primary, v.kek_id,
       encode(v.wrapped_dek, 'hex'),
       round(extract(epoch FROM v.create_time) * 1000000)::bigint
  FROM token_profiles p LEFT JOIN key_versions v USING (profile_id))";
constexpr char kOfOneName[] = " WHERE p.name = $1 ORDER BY v.version";
constexpr char kInOrder[] = " ORDER BY p.name, v.version";
enum Column {
  kProfileId,
  kName,
  kScheme,
  kKept,
  kAllowFloor,
  kProfileTime,
  kVersion,
  kSlot,
  kState,
  kIsPrimary,
  kKekId,
  kWrappedDek,
  kVersionTime,
};

// A taken name inserts nothing, and is not an error that would have to be told
// from others by the name of a constraint. Waits for another such INSERT.
constexpr char kInsertProfile[] = R"(
INSERT INTO token_profiles
  (profile_id, name, scheme, kept, allow_floor, create_time)
VALUES ($1, $2, $3, $4, $5,
        timestamptz 'epoch' + $6::bigint * interval '1 microsecond')
ON CONFLICT (name) DO NOTHING)";

constexpr char kInsertVersion[] = R"(
INSERT INTO key_versions
  (profile_id, version, slot, state, is_primary, kek_id, wrapped_dek,
   create_time)
VALUES ($1, $2, $3, $4, $5, $6, decode($7, 'hex'),
        timestamptz 'epoch' + $8::bigint * interval '1 microsecond'))";

std::string TextOf(const pqxx::row& row, Column column) {
  return row[column].as<std::string>();
}

absl::Time TimeOf(const pqxx::row& row, Column column) {
  return absl::FromUnixMicros(row[column].as<int64_t>());
}

// A number that this binary does not know stays one: Keyset::Unwrap refuses
// that profile, and the others go on.
template <typename Enum>
Enum EnumOf(const pqxx::row& row, Column column) {
  const int number = row[column].as<int>();
  return static_cast<Enum>(number >= 0 && number <= UINT8_MAX ? number : 0);
}

TokenProfile ProfileOf(const pqxx::row& row) {
  TokenProfile profile;
  profile.id = TextOf(row, kProfileId);
  profile.name = TextOf(row, kName);
  profile.scheme = EnumOf<TokenScheme>(row, kScheme);
  profile.kept = EnumOf<KeptDigits>(row, kKept);
  profile.allow_floor = row[kAllowFloor].as<bool>();
  profile.create_time = TimeOf(row, kProfileTime);
  return profile;
}

StoredKeyVersion VersionOf(const pqxx::row& row) {
  StoredKeyVersion version;
  version.info.version = row[kVersion].as<uint32_t>();
  version.info.slot = row[kSlot].as<unsigned>();
  version.info.state = EnumOf<KeyState>(row, kState);
  version.info.primary = row[kIsPrimary].as<bool>();
  version.info.kek_id = TextOf(row, kKekId);
  version.info.create_time = TimeOf(row, kVersionTime);
  const std::string bytes = absl::HexStringToBytes(TextOf(row, kWrappedDek));
  version.wrapped_dek.assign(bytes.begin(), bytes.end());
  return version;
}

// Of rows that are ordered by profile.
std::vector<StoredKeyset> KeysetsOf(const pqxx::result& rows) {
  std::vector<StoredKeyset> keysets;
  for (const pqxx::row& row : rows) {
    if (keysets.empty() ||
        keysets.back().profile.id != row[kProfileId].c_str()) {
      keysets.push_back({ProfileOf(row), {}});
    }
    if (!row[kVersion].is_null()) {
      keysets.back().versions.push_back(VersionOf(row));
    }
  }
  return keysets;
}

void InsertVersion(pqxx::work& work, const std::string& profile_id,
                   const StoredKeyVersion& version) {
  const absl::string_view bytes(
      reinterpret_cast<const char*>(version.wrapped_dek.data()),
      version.wrapped_dek.size());
  ExecParams(work, kInsertVersion, profile_id, version.info.version,
             version.info.slot, static_cast<int>(version.info.state),
             version.info.primary, version.info.kek_id,
             absl::BytesToHexString(bytes),
             absl::ToUnixMicros(version.info.create_time));
}

class PostgresKeysetStore final : public KeysetStore {
 public:
  explicit PostgresKeysetStore(std::unique_ptr<ConnectionPool> pool)
      : pool_(std::move(pool)) {}

  absl::StatusOr<std::vector<StoredKeyset>> LoadAll() override {
    std::vector<StoredKeyset> keysets;
    const absl::Status status = pool_->Transact([&](pqxx::work& work) {
      keysets = KeysetsOf(work.exec(std::string(kSelectAll) + kInOrder));
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
    return keysets;
  }

  absl::StatusOr<StoredKeyset> Load(absl::string_view profile_name) override {
    std::vector<StoredKeyset> keysets;
    // PostgreSQL's text has no NUL: no profile has such a name.
    if (profile_name.find('\0') == absl::string_view::npos) {
      const absl::Status status = pool_->Transact([&](pqxx::work& work) {
        keysets =
            KeysetsOf(ExecParams(work, std::string(kSelectAll) + kOfOneName,
                                 std::string(profile_name)));
        return absl::OkStatus();
      });
      if (!status.ok()) return status;
    }
    if (keysets.empty()) {
      return MakeError({Reason::kProfileUnknown, "profile", ""},
                       "no profile has this name");
    }
    return std::move(keysets.front());
  }

  absl::Status Create(const StoredKeyset& keyset) override {
    return pool_->Transact([&](pqxx::work& work) {
      const TokenProfile& profile = keyset.profile;
      const pqxx::result inserted = ExecParams(
          work, kInsertProfile, profile.id, profile.name,
          static_cast<int>(profile.scheme), static_cast<int>(profile.kept),
          profile.allow_floor, absl::ToUnixMicros(profile.create_time));
      if (inserted.affected_rows() == 0) {
        return MakeError({Reason::kProfileExists, "profile.name", ""},
                         "a profile has this name; it was not changed");
      }
      for (const StoredKeyVersion& version : keyset.versions) {
        InsertVersion(work, profile.id, version);
      }
      return absl::OkStatus();
    });
  }

 private:
  const std::unique_ptr<ConnectionPool> pool_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<KeysetStore>> NewPostgresKeysetStore(
    const PostgresOptions& options) {
  absl::StatusOr<std::unique_ptr<ConnectionPool>> pool =
      ConnectionPool::Create(options);
  if (!pool.ok()) return pool.status();
  return std::make_unique<PostgresKeysetStore>(*std::move(pool));
}

}  // namespace panvault::vault::postgres
