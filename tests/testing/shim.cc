#include "tests/testing/shim.h"

#include <dlfcn.h>

#include <filesystem>

#include "gtest/gtest.h"
#include "tests/testing/temp_folder.h"

namespace panvault::testing {

void Shim::Reset() {
  calls = logins = initialisations = ends = sessions = 0;
  fail_at = fail_percent = 0;
  error = CKR_DEVICE_ERROR;
  removed = stalls = wants_finalize = false;
  other_key = finds_key = 0;
  decrypt_error = 0;
  decrypts_nothing = takes_every_tag = encrypts_to_zeros = false;
  repeats_nonce = false;
  size_error = 0;
  login_error = 0;
  token_flags = token_flags_cleared = 0;
}

// A copy that only we can change, whatever the umask of who has built it.
std::string ShimModule() {
  static const TempFolder folder;
  static const std::string path = [] {
    std::string copy = folder.path() + "/shim.so";
    std::filesystem::copy_file(PANVAULT_SHIM_MODULE, copy);
    std::filesystem::permissions(copy, std::filesystem::perms(0755));
    return copy;
  }();
  return path;
}

Shim& TheShim() {
  static Shim* const shim = [] {
    void* const library = dlopen(ShimModule().c_str(), RTLD_NOW | RTLD_LOCAL);
    EXPECT_NE(library, nullptr) << dlerror();
    return reinterpret_cast<Shim* (*)()>(dlsym(library, "panvault_shim"))();
  }();
  return *shim;
}

}  // namespace panvault::testing
