#include "tests/server/test_vault.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "client/channel.h"
#include "gtest/gtest.h"
#include "server/credentials.h"
#include "server/identity_files.h"
#include "server/tls.h"

namespace panvault::server {
namespace {

constexpr char kAccess[] = R"(callers:
  - name: payment-api
    spiffe_id: $PAYMENT
    grants:
      - methods: [Tokenize, Detokenize, BatchTokenize, BatchDetokenize,
                  BulkTokenize, BulkDetokenize, ValidateToken,
                  CreateTokenProfile, GetTokenProfile, ListTokenProfiles,
                  ListKeyVersions]
        profiles: [cards, cards-last4, cards-bin6, ghost, fresh]
        reveal: FULL
      - methods: [ListConnections]
    justification: tests
    owner: tests
    approved_by: tests
    review_by: "2099-12-31"
    pci: ["7.2.5"]
  - name: receipts
    spiffe_id: $RECEIPTS
    grants:
      - methods: [Detokenize, BatchDetokenize]
        profiles: [cards]
        reveal: LAST4
    justification: tests
    owner: tests
    approved_by: tests
    review_by: "2099-12-31"
    pci: ["3.4.1"]
)";

std::string AccessText() {
  return absl::StrReplaceAll(
      kAccess, {{"$PAYMENT", kPaymentId}, {"$RECEIPTS", kReceiptsId}});
}

// Folder names cannot hold slashes.
std::string FolderOf(const client::TempDir& folder, const std::string& id) {
  return folder / absl::StrReplaceAll(id, {{"/", "_"}});
}

vault::KeysetCache::Options CacheOptions(const TestVaultOptions& options) {
  vault::KeysetCache::Options cache;
  cache.max_staleness = options.max_staleness;
  return cache;
}

}  // namespace

TestVault::TestVault(const TestVaultOptions& options)
    : keysets_(store_, kek_, CacheOptions(options)),
      log_file_(tmpfile()),
      log_(options.log_fd >= 0 ? options.log_fd : fileno(log_file_)),
      access_(std::make_unique<AccessPolicyHolder>(
          AccessPolicy::Parse("access.yaml", AccessText()).value())) {
  static const absl::Status tls13 = RequireTls13();
  EXPECT_TRUE(tls13.ok()) << tls13;
  store_.Put(testing::MakeStored({.name = "cards"}, kek_));
  store_.Put(testing::MakeStored(
      {.name = "cards-last4", .kept = vault::KeptDigits::kLast4}, kek_));
  store_.Put(testing::MakeStored({.name = "cards-bin6",
                                  .kept = vault::KeptDigits::kBin6Last4,
                                  .allow_floor = true},
                                 kek_));
  if (options.ready) {
    const absl::Status loaded = keysets_.Refresh();
    EXPECT_TRUE(loaded.ok()) << loaded;
  }

  const std::string identity = folder_ / "server";
  std::filesystem::create_directory(identity);
  const client::TlsFiles files = authority_.WriteIdentity(identity, kVaultId);
  std::filesystem::permissions(files.key_file,
                               std::filesystem::perms::owner_read);
  client::WriteFile(files.bundle_file,
                    authority_.bundle_pem() + options.more_roots_pem);
  files_ = {files.svid_file, files.key_file, files.bundle_file};
  client::WriteFile(access_file(), AccessText());
  auto live = LiveIdentity::Create(/*on_change=*/{});
  EXPECT_TRUE(live.ok()) << live.status();
  identity_ = *std::move(live);
  if (options.with_identity) {
    auto tls = LoadServerTls(files_, absl::Now());
    EXPECT_TRUE(tls.ok()) << tls.status();
    const absl::Status swapped = identity_->Swap(*std::move(tls));
    EXPECT_TRUE(swapped.ok()) << swapped;
  }
  guard_ = std::make_unique<HandshakeGuard>(svids(), *access_, log_,
                                            options.answer_unknown_callers);
  const auto credentials = NewServerCredentials(
      *identity_,
      [this](absl::string_view leaf_pem, absl::string_view chain_pem) {
        return guard_->Check(leaf_pem, chain_pem, absl::Now());
      });
  EXPECT_TRUE(credentials.ok()) << credentials.status();
  auto server = VaultServer::Start({.listen = "127.0.0.1:0",
                                    .connections = options.connections,
                                    .handshakes = options.handshakes,
                                    .credentials = *credentials,
                                    .test_tls = options.with_identity,
                                    .batch_threads = options.batch_threads,
                                    .batch_queue = options.batch_queue},
                                   {.guard = *guard_,
                                    .svids = svids(),
                                    .access = *access_,
                                    .keysets = keysets_,
                                    .log = log_,
                                    .metrics = metrics_});
  EXPECT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
}

TestVault::~TestVault() {
  server_.reset();
  fclose(log_file_);
}

std::shared_ptr<grpc::Channel> TestVault::ChannelAs(
    const std::string& spiffe_id, absl::Duration life) const {
  const std::string identity = FolderOf(folder_, spiffe_id);
  std::filesystem::create_directory(identity);
  auto channel = client::OpenChannel(
      {.target = server_->address(),
       .files = authority_.WriteIdentity(identity, spiffe_id, life),
       .server_spiffe_id = kVaultId});
  EXPECT_TRUE(channel.ok()) << channel.status();
  return *std::move(channel);
}

void TestVault::Add(const testing::KeysetSpec& spec) {
  store_.Put(testing::MakeStored(spec, kek_));
  const absl::Status loaded = keysets_.Refresh();
  EXPECT_TRUE(loaded.ok()) << loaded;
}

std::string TestVault::Log() const {
  std::string text;
  char buffer[4096];
  off_t at = 0;
  ssize_t got = 0;
  while ((got = pread(fileno(log_file_), buffer, sizeof buffer, at)) > 0) {
    text.append(buffer, static_cast<size_t>(got));
    at += got;
  }
  return text;
}

std::vector<nlohmann::json> TestVault::CallLines() const {
  std::vector<nlohmann::json> calls;
  std::istringstream lines(Log());
  for (std::string line; std::getline(lines, line);) {
    nlohmann::json parsed = nlohmann::json::parse(line);
    if (parsed["event"] == "call") calls.push_back(std::move(parsed));
  }
  return calls;
}

v1::ErrorDetail DetailOf(const grpc::Status& status) {
  v1::RpcStatus rpc;
  v1::ErrorDetail detail;
  if (!rpc.ParseFromString(status.error_details()) || rpc.details_size() != 1 ||
      rpc.code() != status.error_code() || !rpc.details(0).UnpackTo(&detail)) {
    return v1::ErrorDetail();
  }
  return detail;
}

v1::ErrorReason ReasonOf(const grpc::Status& status) {
  return DetailOf(status).reason();
}

}  // namespace panvault::server
