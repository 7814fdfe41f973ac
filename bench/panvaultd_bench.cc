// panvaultd-bench: panvaultd with the null handlers beside the real ones, so
// that both are measured behind the same listener, TLS and threads. Its command
// line is panvaultd's. Never deploy it: NullService asks for no grant.

#include "bench/null_service.h"
#include "server/cmd/daemon.h"

int main(int argc, char** argv) {
  panvault::bench::NullService null_service;
  grpc::Service* const extra[] = {&null_service};
  return panvault::server::RunPanvaultd(argc, argv, extra);
}
