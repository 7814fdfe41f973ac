// The tokenizer for one item, in one line of a test.

#ifndef PANVAULT_TESTS_VAULT_TOKENIZE_ONE_H_
#define PANVAULT_TESTS_VAULT_TOKENIZE_ONE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "vault/errors.h"
#include "vault/keyset.h"
#include "vault/pan.h"
#include "vault/tokenizer.h"

namespace panvault::testing {

inline std::string TextOf(const vault::Pan& pan) {
  std::string text;
  for (const uint8_t d : pan.ExposeDigits()) text += static_cast<char>('0' + d);
  return text;
}

inline vault::TokenizeItem TokenizeItemOf(const vault::Keyset& keyset,
                                          absl::string_view pan,
                                          absl::string_view context = "") {
  vault::TokenizeItem item;
  item.pan = pan;
  item.context = context;
  vault::Tokenize(keyset, absl::MakeSpan(&item, 1));
  EXPECT_EQ(item.status.ok(), item.token.has_value());
  return item;
}

// The token, or the name of the reason: "PAN_LUHN".
inline std::string TokenizeOne(const vault::Keyset& keyset,
                               absl::string_view pan,
                               absl::string_view context = "") {
  const vault::TokenizeItem item = TokenizeItemOf(keyset, pan, context);
  if (item.token.has_value()) return item.token->ToString();
  return std::string(vault::NameOf(vault::FactsOf(item.status).reason));
}

struct DetokenizeSpec {
  std::string context;
  uint32_t key_version = 0;
};

// The PAN, or the name of the reason.
inline std::string DetokenizeOne(const vault::Keyset& keyset,
                                 absl::string_view token,
                                 const DetokenizeSpec& spec = {}) {
  vault::DetokenizeItem item;
  item.token = token;
  item.context = spec.context;
  item.key_version = spec.key_version;
  vault::Detokenize(keyset, absl::MakeSpan(&item, 1));
  EXPECT_EQ(item.status.ok(), item.pan.has_value());
  if (item.pan.has_value()) return TextOf(*item.pan);
  return std::string(vault::NameOf(vault::FactsOf(item.status).reason));
}

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_VAULT_TOKENIZE_ONE_H_
