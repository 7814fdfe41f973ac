// Text, hexadecimal and single messages for the tests of Ff1.

#ifndef PANVAULT_TESTS_CRYPTO_FF1_MESSAGES_H_
#define PANVAULT_TESTS_CRYPTO_FF1_MESSAGES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "crypto/ff1.h"
#include "crypto/secret_bytes.h"

namespace panvault::crypto {

using Bytes = std::vector<uint8_t>;

inline constexpr absl::string_view kBase36 =
    "0123456789abcdefghijklmnopqrstuvwxyz";

inline Bytes FromHex(absl::string_view hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  return Bytes(bytes.begin(), bytes.end());
}

// The position of each character in `alphabet`; 255 for one that is not there.
inline Bytes Numerals(absl::string_view text,
                      absl::string_view alphabet = kBase36) {
  Bytes numerals;
  for (const char c : text) {
    const size_t at = alphabet.find(c);
    numerals.push_back(at == absl::string_view::npos
                           ? uint8_t{255}
                           : static_cast<uint8_t>(at));
  }
  return numerals;
}

inline std::string Text(absl::Span<const uint8_t> numerals,
                        absl::string_view alphabet = kBase36) {
  std::string text;
  for (const uint8_t numeral : numerals) text.push_back(alphabet.at(numeral));
  return text;
}

inline absl::StatusOr<Ff1> NewFf1(absl::Span<const uint8_t> key,
                                  uint32_t radix) {
  return Ff1::Create(SecretBytes::CopyOf(key), radix);
}

// Part `index` of bytes laid out in parts of `size`.
inline Bytes Part(const Bytes& all, size_t index, size_t size) {
  const auto begin = all.begin() + static_cast<ptrdiff_t>(index * size);
  return Bytes(begin, begin + static_cast<ptrdiff_t>(size));
}

// A batch of one.
inline Ff1Batch OneMessage(Bytes& numerals, const Bytes& tweak) {
  return {.length = numerals.size(),
          .tweak_bytes = tweak.size(),
          .numerals = absl::MakeSpan(numerals),
          .tweaks = tweak};
}

}  // namespace panvault::crypto

#endif  // PANVAULT_TESTS_CRYPTO_FF1_MESSAGES_H_
