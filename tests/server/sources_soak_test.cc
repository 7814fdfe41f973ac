// What this shows: while the server's certificate, key, CA and list of callers
// are replaced again and again, with every kind of bad file in between, no call
// fails: neither on connections that are open nor on new ones, and new ones are
// shown the new certificates. 40 rotations; 600 with PANVAULT_SOAK=1.

#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/channel.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/sources.h"
#include "tests/server/eventually.h"
#include "tests/server/raw_tls_client.h"
#include "tests/server/test_vault.h"
#include "tests/testing/status_matchers.h"
#include "vault/read_file.h"

namespace panvault::server {
namespace {

using ::panvault::testing::Eventually;
using ::panvault::testing::IsOk;

constexpr absl::Duration kPoll = absl::Milliseconds(20);
// Rotations are slower than gRPC's own reading in the long run: some are seen.
constexpr absl::Duration kBetween = absl::Milliseconds(250);

// The server's files, in a folder behind a link as Kubernetes has it.
class ServerFiles final {
 public:
  explicit ServerFiles(const std::string& root) : root_(root) {
    std::filesystem::create_directory(root_);
  }

  TlsFiles files() const {
    return {root_ + "/now/svid.pem", root_ + "/now/key.pem",
            root_ + "/now/bundle.pem"};
  }

  // All at once.
  void Link(const crypto::IssuedSvid& svid, const std::string& bundle) {
    const std::string folder = absl::StrCat(root_, "/", ++folders_);
    std::filesystem::create_directory(folder);
    Write(folder + "/svid.pem", svid.certificate_pem);
    Write(folder + "/key.pem", client::KeyPem(svid));
    Write(folder + "/bundle.pem", bundle);
    const std::string link = root_ + "/now";
    std::filesystem::create_directory_symlink(folder, link + ".new");
    std::filesystem::rename(link + ".new", link);
    std::filesystem::remove_all(absl::StrCat(root_, "/", folders_ - 1));
  }
  // One by one, with time to be seen in between.
  void OneByOne(const crypto::IssuedSvid& svid, const std::string& bundle) {
    Write(root_ + "/now/bundle.pem", bundle);
    Write(root_ + "/now/key.pem", client::KeyPem(svid));
    absl::SleepFor(2 * kPoll);
    Write(root_ + "/now/svid.pem", svid.certificate_pem);
  }
  void Write(const std::string& path, const std::string& content) {
    const std::string draft = path + ".new";
    client::WriteFile(draft, content);
    std::filesystem::permissions(draft, std::filesystem::perms::owner_read);
    std::filesystem::rename(draft, path);
  }

 private:
  const std::string root_;
  int folders_ = 0;
};

class Soak : public ::testing::Test {
 protected:
  Soak() {
    const std::string folder = vault_.folder() / "caller";
    std::filesystem::create_directory(folder);
    caller_ = vault_.authority().WriteIdentity(folder, kPaymentId);
    // Callers believe both CAs that the server comes from.
    client::WriteFile(caller_.bundle_file, Both());
    Rotate(0);
    Config config;
    config.tls = files_.files();
    config.access_file = vault_.access_file();
    auto sources = Sources::Start(
        config, {vault_.identity(), vault_.access(), vault_.log()},
        {.poll = kPoll});
    EXPECT_THAT(sources, IsOk());
    sources_ = *std::move(sources);
    EXPECT_TRUE(Eventually([&] { return Handshake().accepted; }));
  }

  std::string Both() const {
    return vault_.authority().bundle_pem() + second_.bundle_pem();
  }
  crypto::TlsFindings Handshake() const {
    return TryHandshake(vault_.server().address(), &caller_);
  }
  std::unique_ptr<v1::TokenVaultService::Stub> NewStub() const {
    auto channel = client::OpenChannel({.target = vault_.server().address(),
                                        .files = caller_,
                                        .server_spiffe_id = kVaultId});
    EXPECT_THAT(channel, IsOk());
    return v1::TokenVaultService::NewStub(*channel);
  }
  void Call(v1::TokenVaultService::Stub& stub) {
    v1::TokenizeRequest request;
    request.set_profile("cards");
    request.set_pan(kPan);
    v1::TokenizeResponse response;
    const grpc::Status status =
        CallOf(stub, &v1::TokenVaultService::Stub::Tokenize, request, response);
    ++calls_;
    if (status.ok()) return;
    ++failed_;
    ADD_FAILURE() << status.error_code() << " " << status.error_message();
  }

  // The server's certificate is of one CA or the other, and the bundle has one
  // or both; never without that of the callers.
  void Rotate(int i) {
    const bool from_second = i % 3 == 1;
    const crypto::IssuedSvid svid =
        (from_second ? second_ : vault_.authority()).Issue(kVaultId);
    const std::string bundle =
        i % 3 == 0 ? vault_.authority().bundle_pem() : Both();
    if (i % 2 == 0) {
      files_.Link(svid, bundle);
    } else {
      files_.OneByOne(svid, bundle);
    }
  }
  void Spoil(int i) {
    const TlsFiles files = files_.files();
    const client::TestAuthority& ca = vault_.authority();
    const std::function<void()> ways[] = {
        [&] {  // A torn pair.
          files_.Write(files.svid_file, ca.Issue(kVaultId).certificate_pem);
        },
        [&] { files_.Write(files.svid_file, ""); },
        [&] { files_.Write(files.key_file, ""); },
        [&] { files_.Write(files.bundle_file, "garbage"); },
        [&] {  // Expired.
          files_.Link(ca.Issue(kVaultId, -absl::Minutes(1)), ca.bundle_pem());
        },
        [&] {  // Another's key.
          files_.Write(files.key_file, client::KeyPem(ca.Issue(kVaultId)));
        },
        [&] {  // A bundle without our CA.
          files_.Write(files.bundle_file, stranger_.bundle_pem());
        },
        [&] { std::filesystem::remove(files.bundle_file); },
        [&] { client::WriteFile(vault_.access_file(), "callers:\n  - x\n"); },
    };
    ways[static_cast<size_t>(i) % std::size(ways)]();
  }
  uint64_t Failures() const {
    return sources_->identity_numbers().failures +
           sources_->access_numbers().failures;
  }

  mutable TestVault vault_{{.with_identity = false}};
  const client::TestAuthority second_;
  const client::TestAuthority stranger_;
  ServerFiles files_{vault_.folder() / "rotated"};
  client::TlsFiles caller_;
  std::unique_ptr<Sources> sources_;
  std::atomic<int> calls_{0};
  std::atomic<int> failed_{0};
};

TEST_F(Soak, NoCallFailsWhileEverythingRotates) {
  const char* const soak = getenv("PANVAULT_SOAK");
  const int rotations = soak != nullptr && *soak == '1' ? 600 : 40;
  std::atomic<bool> done{false};
  std::set<std::string> served;
  int refused = 0;
  int connections = 0;
  std::vector<std::thread> load;
  for (int i = 0; i < 2; ++i) {
    load.emplace_back([&] {
      for (const auto stub = NewStub(); !done;) Call(*stub);
    });
  }
  load.emplace_back([&] {
    for (; !done; connections += 2) {
      const crypto::TlsFindings outcome = Handshake();
      served.insert(SerialOf(outcome));
      if (!outcome.accepted) ++refused;
      Call(*NewStub());
      absl::SleepFor(absl::Milliseconds(10));
    }
  });

  const std::string access = vault::ReadFile(vault_.access_file()).value();
  std::set<std::string> swapped;
  for (int i = 1; i <= rotations; ++i) {
    const absl::Time start = absl::Now();
    const uint64_t failures = Failures();
    Spoil(i);
    EXPECT_TRUE(Eventually([&] { return Failures() > failures; })) << i;
    client::WriteFile(vault_.access_file(),
                      absl::StrCat(access, "# rotation ", i, "\n"));
    Rotate(i);
    EXPECT_TRUE(Eventually([&] {
      return swapped.count(vault_.identity().facts()->serial) == 0 &&
             !sources_->identity_numbers().failing &&
             !sources_->access_numbers().failing;
    })) << i;
    swapped.insert(vault_.identity().facts()->serial);
    absl::SleepFor(start + kBetween - absl::Now());
  }
  const std::string last = vault_.identity().facts()->serial;
  EXPECT_TRUE(Eventually([&] { return SerialOf(Handshake()) == last; }));
  done = true;
  for (std::thread& thread : load) thread.join();

  EXPECT_EQ(failed_, 0);
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(swapped.size(), static_cast<size_t>(rotations));
  // gRPC reads once a second.
  EXPECT_GE(served.size(), static_cast<size_t>(rotations) / 10);
  EXPECT_GE(connections, rotations);
  RecordProperty("calls", calls_);
  std::cout << rotations << " rotations, " << Failures() << " bad readings, "
            << calls_ << " calls, " << connections << " new connections, "
            << served.size() << " certificates shown\n";
}

}  // namespace
}  // namespace panvault::server
