#include "server/kek.h"

#include <string>

#include "nlohmann/json.hpp"
#include "vault/file_kek_provider.h"
#include "vault/pkcs11/pkcs11_kek_provider.h"

namespace panvault::server {

absl::StatusOr<std::unique_ptr<const vault::KekProvider>> LoadKek(
    const Config& config, JsonLog& log, Metrics& metrics) {
  if (!config.kek_token.has_value()) {
    return vault::NewFileKekProvider(config.kek_file);
  }
  const KekToken& token = *config.kek_token;
  vault::pkcs11::Pkcs11KekOptions options;
  options.place = {token.module, token.token_label, token.key_label};
  options.pin_file = token.pin_file;
  options.on_change = [&log, &metrics](const absl::Status& status) {
    metrics.SetKekAvailable(status.ok());
    // For operators, as keys_load_failed: the next call finds a broken log.
    if (status.ok()) {
      log.Write("kek_available", {}).IgnoreError();
    } else {
      // Names functions, codes, labels: never a value.
      log.Write("kek_unavailable", {{"message", std::string(status.message())}})
          .IgnoreError();
    }
  };
  return vault::pkcs11::NewPkcs11KekProvider(options);
}

}  // namespace panvault::server
