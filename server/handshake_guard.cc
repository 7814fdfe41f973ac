#include "server/handshake_guard.h"

#include "nlohmann/json.hpp"
#include "vault/errors.h"

namespace panvault::server {
namespace {

using Json = nlohmann::ordered_json;

// A record that cannot be written changes nothing: the connection is refused
// in any case.
void NoteRefusal(const absl::Status& status, absl::string_view caller,
                 JsonLog& log) {
  Json fields = Json::object();
  if (!caller.empty()) fields["caller"] = std::string(caller);
  fields["reason"] = std::string(vault::NameOf(vault::FactsOf(status).reason));
  fields["message"] = std::string(status.message());
  fields["pci"] = {"7.3.3", "8.3.1", "10.2.1.4"};
  log.Write("connection_refused", fields).IgnoreError();
}

}  // namespace

absl::Status HandshakeGuard::Decide(absl::string_view leaf_pem,
                                    absl::string_view chain_pem, absl::Time now,
                                    std::string& caller) {
  const auto svid = svids_.Identify(leaf_pem, chain_pem, now);
  if (!svid.ok()) return svid.status();
  if (answer_unknown_callers_ || access_.Get()->Find((*svid)->id) != nullptr) {
    return absl::OkStatus();
  }
  caller = std::string((*svid)->id.text());
  return vault::MakeError({.reason = vault::Reason::kCallerUnknown},
                          "this SPIFFE ID is not on the allowlist");
}

absl::Status HandshakeGuard::Decide(absl::string_view leaf_pem,
                                    absl::string_view chain_pem,
                                    absl::Time now) {
  std::string caller;
  return Decide(leaf_pem, chain_pem, now, caller);
}

absl::Status HandshakeGuard::Check(absl::string_view leaf_pem,
                                   absl::string_view chain_pem,
                                   absl::Time now) {
  std::string caller;
  absl::Status status = Decide(leaf_pem, chain_pem, now, caller);
  if (!status.ok()) NoteRefusal(status, caller, log_);
  return status;
}

}  // namespace panvault::server
