// What LeakSanitizer passes over, in each binary that links libpqxx.
//
// libpqxx 6.4 asks for the client's encoding before it takes hold of a result,
// and that throws if the connection is broken (connection_base::make_result):
// one PGresult, some 2 KB, is lost for each connection that breaks in use.

extern "C" const char* __lsan_default_suppressions();

extern "C" const char* __lsan_default_suppressions() {
  return "leak:PQmakeEmptyPGresult\n";
}
