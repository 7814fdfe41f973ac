// PemTable: a hash table by the text of a certificate.
//
// The text is some 900 bytes, and hashing it took most of a look. Its end is
// the signature, which differs from one certificate to the next and is the CA's
// to make; equality is still that of the whole text.

#ifndef PANVAULT_SERVER_PEM_TABLE_H_
#define PANVAULT_SERVER_PEM_TABLE_H_

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace panvault::server {

// Some 28 bytes of the signature, before the line that ends it.
inline constexpr size_t kPemTailBytes = 64;

struct PemTailHash {
  using is_transparent = void;
  size_t operator()(absl::string_view pem) const {
    return absl::HashOf(
        pem.substr(pem.size() - std::min(pem.size(), kPemTailBytes)));
  }
};

struct PemEqual {
  using is_transparent = void;
  bool operator()(absl::string_view a, absl::string_view b) const {
    return a == b;
  }
};

template <typename Value>
using PemTable = absl::flat_hash_map<std::string, Value, PemTailHash, PemEqual>;

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_PEM_TABLE_H_
