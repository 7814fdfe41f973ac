// For panvault_test_headers only (tests/CMakeLists.txt).
int main() { return 0; }
