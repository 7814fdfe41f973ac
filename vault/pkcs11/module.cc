#include "vault/pkcs11/module.h"

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "vault/pkcs11/ckr.h"

namespace panvault::vault::pkcs11 {
namespace {

absl::Status Refused(absl::string_view path, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("PKCS #11 module ", path, ": ", why));
}

struct FreeDeleter {
  void operator()(char* text) const { free(text); }
};

// Without links, so that what is checked is what is loaded.
absl::StatusOr<std::string> RealPath(const std::string& path) {
  if (path.empty() || path[0] != '/') {
    return Refused(path, "is not an absolute path");
  }
  const std::unique_ptr<char, FreeDeleter> real(
      realpath(path.c_str(), nullptr));
  if (real != nullptr) return std::string(real.get());
  if (errno == ENOENT) {
    return absl::NotFoundError(
        absl::StrCat("PKCS #11 module ", path, ": no such file"));
  }
  return Refused(path, strerror(errno));
}

// Only root and we may change it, or put another in its place.
absl::Status CheckOwner(const std::string& path, const struct stat& facts) {
  if (facts.st_uid != geteuid() && facts.st_uid != 0) {
    return Refused(path, "belongs to another user than root or this process's");
  }
  const bool sticky_folder =
      S_ISDIR(facts.st_mode) && (facts.st_mode & S_ISVTX) != 0;
  if ((facts.st_mode & 0022) != 0 && !sticky_folder) {
    return Refused(path, "its group or others can change it: chmod go-w");
  }
  return absl::OkStatus();
}

absl::Status CheckFile(const std::string& real) {
  struct stat facts = {};
  if (stat(real.c_str(), &facts) != 0) return Refused(real, strerror(errno));
  if (!S_ISREG(facts.st_mode)) return Refused(real, "is not a regular file");
  if (absl::Status owner = CheckOwner(real, facts); !owner.ok()) return owner;
  std::filesystem::path folder(real);
  do {
    folder = folder.parent_path();
    if (stat(folder.c_str(), &facts) != 0) {
      return Refused(folder.string(), strerror(errno));
    }
    absl::Status owner = CheckOwner(folder.string(), facts);
    if (!owner.ok()) return owner;
  } while (folder != folder.root_path());
  return absl::OkStatus();
}

bool HasAllFunctions(const CK_FUNCTION_LIST& list) {
  return list.C_Initialize != nullptr && list.C_Finalize != nullptr &&
         list.C_GetSlotList != nullptr && list.C_GetTokenInfo != nullptr &&
         list.C_OpenSession != nullptr && list.C_CloseSession != nullptr &&
         list.C_Login != nullptr && list.C_FindObjectsInit != nullptr &&
         list.C_FindObjects != nullptr && list.C_FindObjectsFinal != nullptr &&
         list.C_GetAttributeValue != nullptr && list.C_EncryptInit != nullptr &&
         list.C_Encrypt != nullptr && list.C_DecryptInit != nullptr &&
         list.C_Decrypt != nullptr;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Module>> Module::Load(const std::string& path) {
  const absl::StatusOr<std::string> real = RealPath(path);
  if (!real.ok()) return real.status();
  if (absl::Status checked = CheckFile(*real); !checked.ok()) return checked;

  void* const library = dlopen(real->c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    // dlerror says which library or symbol is missing; it begins with a path.
    return Refused(path, absl::StrCat("cannot be loaded: ", dlerror()));
  }
  const auto get_list = reinterpret_cast<CK_C_GetFunctionList>(
      dlsym(library, "C_GetFunctionList"));
  if (get_list == nullptr) {
    return Refused(path, "is no PKCS #11 module: it has no C_GetFunctionList");
  }
  CK_FUNCTION_LIST* list = nullptr;
  if (absl::Status got = CkrStatus("C_GetFunctionList", get_list(&list));
      !got.ok()) {
    return Refused(path, got.message());
  }
  // The list of version 3 begins with that of version 2.
  if (list == nullptr || list->version.major < 2 || list->version.major > 3 ||
      !HasAllFunctions(*list)) {
    return Refused(path, "does not offer the functions of Cryptoki 2 or 3");
  }
  return std::unique_ptr<Module>(new Module(*list));
}

absl::Status Module::Initialize() {
  CK_C_INITIALIZE_ARGS arguments = {};
  arguments.flags = CKF_OS_LOCKING_OK;
  const CK_RV rv = functions_.C_Initialize(&arguments);
  if (rv == CKR_CRYPTOKI_ALREADY_INITIALIZED) return absl::OkStatus();
  return CkrStatus("C_Initialize", rv);
}

void Module::Finalize() { functions_.C_Finalize(nullptr); }

}  // namespace panvault::vault::pkcs11
