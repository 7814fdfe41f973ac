// Module: a vendor's PKCS #11 library, loaded into this process.
//
// What is loaded runs with all that this process may do, its keys included, so
// nobody but root and this process's user may be able to change it.

#ifndef PANVAULT_VAULT_PKCS11_MODULE_H_
#define PANVAULT_VAULT_PKCS11_MODULE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "vault/pkcs11/cryptoki.h"

namespace panvault::vault::pkcs11 {

// Not thread-safe.
class Module final {
 public:
  // kFailedPrecondition, with the path and why, unless `path` is absolute and
  // leads to a regular file which, like each folder above it, belongs to root
  // or this process's user and can be written by nobody else (or lies in a
  // folder such as /tmp, where only owners may rename), and which is a module
  // of Cryptoki 2 or 3. kNotFound if there is no such file. Links are followed.
  //
  // A module is never unloaded: its threads, or a call that has not come back,
  // may still be in it.
  static absl::StatusOr<std::unique_ptr<Module>> Load(const std::string& path);

  // C_Initialize, for several threads; OK if it is already done. C_Finalize,
  // which ends all sessions of this process; its failure means nothing to us.
  absl::Status Initialize();
  void Finalize();

  // All functions that panvault calls are there. Valid for ever.
  const CK_FUNCTION_LIST& functions() const { return functions_; }

 private:
  explicit Module(const CK_FUNCTION_LIST& functions) : functions_(functions) {}

  const CK_FUNCTION_LIST& functions_;
};

}  // namespace panvault::vault::pkcs11

#endif  // PANVAULT_VAULT_PKCS11_MODULE_H_
