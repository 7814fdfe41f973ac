// A panvault server for the client's tests: real gRPC and real mutual TLS, but
// its tokens are nines' complements and its faults are scripted.

#ifndef PANVAULT_TESTS_CLIENT_FAKE_VAULT_H_
#define PANVAULT_TESTS_CLIENT_FAKE_VAULT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "client/client.h"
#include "grpcpp/server.h"
#include "grpcpp/support/status.h"
#include "panvault/v1/error.pb.h"
#include "tests/client/test_authority.h"

namespace panvault::client {

// The status of a failed call, with its ErrorDetail, as panvaultd sends it.
grpc::Status RpcError(grpc::StatusCode code, v1::ErrorReason reason,
                      const std::string& message);

// What a data-plane call asked for; of a batch, its last item.
struct Asked {
  std::string profile;
  std::string context;
  uint32_t key_version = 0;
};

// Thread-safe.
class FakeVault final {
 public:
  struct Options {
    std::string spiffe_id = kServerId;
    // Instead of a free port: "127.0.0.1:1234".
    std::string address = "127.0.0.1:0";
    // Called first by every handler with the method's name and how often it
    // was called before; what it returns, unless OK, is the answer.
    std::function<grpc::Status(const std::string& method, int earlier)> script =
        nullptr;
    // Profiles with this name answer with key_version_required.
    std::string floor_profile = "floor";
    // Whether every answer of ListConnections says to go on after id 2.
    bool endless_list = false;
  };
  FakeVault(const TestAuthority& authority, Options options);
  ~FakeVault();

  std::string address() const;
  int calls(const std::string& method) const;
  // Of the last call of Tokenize, Detokenize or their batches.
  Asked last_asked() const;
  // The SPIFFE ID of the last caller.
  std::string last_caller() const;
  // The PEM certificate of the last caller.
  std::string last_certificate() const;
  // The address of the last caller's end of the connection.
  std::string last_peer() const;
  void Stop();

  struct Services;

 private:
  std::unique_ptr<Services> services_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

// Everything a test needs to connect.
class FakeSetup {
 public:
  explicit FakeSetup(FakeVault::Options options = {});

  ClientOptions OptionsFor(const std::string& address) const;
  std::unique_ptr<Client> MakeClient() const;

  TestAuthority authority;
  TempDir dir;
  TlsFiles files;
  FakeVault vault;
};

}  // namespace panvault::client

#endif  // PANVAULT_TESTS_CLIENT_FAKE_VAULT_H_
