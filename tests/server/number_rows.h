// Malformed PANs and tokens, each with the reason that names what is wrong.

#ifndef PANVAULT_TESTS_SERVER_NUMBER_ROWS_H_
#define PANVAULT_TESTS_SERVER_NUMBER_ROWS_H_

#include <string>
#include <vector>

#include "panvault/v1/error.pb.h"

namespace panvault::testing {

struct NumberRow {
  const char* what;
  std::string number;
  v1::ErrorReason as_pan;
  v1::ErrorReason as_token;
};

inline std::vector<NumberRow> MalformedNumbers() {
  struct Text {
    const char* what;
    std::string number;
  };
  const Text wrong_length[] = {
      {"empty", ""},
      {"11 digits", "41111111116"},
      {"20 digits", "41111111111111111113"},
      {"100,000 digits", std::string(100'000, '4')},
      {"16 full-width digits",  // 48 bytes.
       "\uff14\uff11\uff11\uff11\uff11\uff11\uff11\uff11"
       "\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11"},
  };
  const Text wrong_digits[] = {
      {"a letter", "411111111111111l"},
      {"letters", "zyxwvutsrqponmlk"},
      {"hexadecimal", "0x41111111111111"},
      {"spaces", "4111 1111 1111 1111"},
      {"a space in front", " 4111111111111111"},
      {"a line end", "4111111111111111\n"},
      {"dashes", "4111-1111-1111-1111"},
      {"a sign", "+411111111111111"},
      {"full-width digits at the ends", "\uff14111111111111\uff11"},
      {"full-width digits, 15 bytes", "\uff14\uff11\uff11\uff11\uff11"},
      {"a NUL at the end", std::string("411111111111111\0", 16)},
      {"a NUL inside", std::string("41111111\0"
                                   "1111111",
                                   16)},
      {"a byte over 127", "411111111111111\xb1"},
      {"the byte before '0'", "411111111111111/"},
      {"the byte after '9'", "411111111111111:"},
  };
  std::vector<NumberRow> rows;
  for (const auto& [what, number] : wrong_length) {
    rows.push_back({what, number, v1::ERROR_REASON_PAN_LENGTH,
                    v1::ERROR_REASON_TOKEN_LENGTH});
  }
  for (const auto& [what, number] : wrong_digits) {
    rows.push_back({what, number, v1::ERROR_REASON_PAN_DIGITS,
                    v1::ERROR_REASON_TOKEN_DIGITS});
  }
  return rows;
}

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_SERVER_NUMBER_ROWS_H_
