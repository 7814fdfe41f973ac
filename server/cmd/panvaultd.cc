// The program `panvaultd`; see --help.

#include "server/cmd/daemon.h"

int main(int argc, char** argv) {
  return panvault::server::RunPanvaultd(argc, argv, {});
}
