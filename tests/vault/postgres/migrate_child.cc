// A process that migrates the database of its one argument: for migrate_test,
// which cannot fork because it has threads.

#include <cstdlib>
#include <iostream>

#include "vault/postgres/migrate.h"

int main(int argc, char** argv) {
  if (argc != 2) return EXIT_FAILURE;
  const auto report = panvault::vault::postgres::Migrate(argv[1]);
  if (report.ok()) return EXIT_SUCCESS;
  std::cerr << report.status() << std::endl;
  return EXIT_FAILURE;
}
