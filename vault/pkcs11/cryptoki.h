// Cryptoki: the types and constants of PKCS #11 2.40 under the standard's own
// names, as p11-kit declares them. Nothing of p11-kit is linked: a module is
// loaded while the program runs (module.h).

#ifndef PANVAULT_VAULT_PKCS11_CRYPTOKI_H_
#define PANVAULT_VAULT_PKCS11_CRYPTOKI_H_

#include <p11-kit/pkcs11.h>

#endif  // PANVAULT_VAULT_PKCS11_CRYPTOKI_H_
