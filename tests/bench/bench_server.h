// A server for the load generator's tests: real gRPC and mutual TLS, the real
// NullService, and a token vault that echoes too but fails when told to.

#ifndef PANVAULT_TESTS_BENCH_BENCH_SERVER_H_
#define PANVAULT_TESTS_BENCH_BENCH_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/null_service.h"
#include "client/channel.h"
#include "grpcpp/channel.h"
#include "grpcpp/server.h"
#include "grpcpp/support/status.h"
#include "tests/client/test_authority.h"

namespace panvault::bench {

// Thread-safe.
class BenchServer final {
 public:
  struct Options {
    // Called by each call of the vault with how many came before; what it
    // returns, unless OK, is the answer. May sleep. May be null.
    std::function<grpc::Status(int earlier)> script = nullptr;
    // The vault refuses the first item of each batch, with PAN_LUHN.
    bool refuse_first_item = false;
    // The vault leaves the last item of each batch out of its answer.
    bool drop_last_item = false;
  };
  BenchServer() : BenchServer(Options{}) {}
  explicit BenchServer(Options options);
  ~BenchServer();

  const std::string& address() const { return address_; }
  // svid.pem, key.pem, bundle.pem of a client.
  const std::string& identity_dir() const { return dir_.path(); }
  client::ChannelOptions channel_options() const;
  std::vector<std::shared_ptr<grpc::Channel>> OpenChannels(size_t count) const;
  // Of the vault.
  int calls() const;

 private:
  class Vault;

  const client::TestAuthority authority_;
  const client::TempDir dir_;
  const client::TlsFiles files_;
  std::unique_ptr<Vault> vault_;
  NullService null_service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace panvault::bench

#endif  // PANVAULT_TESTS_BENCH_BENCH_SERVER_H_
