#include "server/dev/dev_files.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace panvault::dev {
namespace {

constexpr absl::Duration kReviewWithin = absl::Hours(24 * 180);

constexpr absl::string_view kConfigTemplate =
    R"(# How panvaultd serves. Fields: proto/panvault/v1/config.proto.
# Paths are relative to this folder. Edit freely: an edited file is kept.

# Callers connect here with mutual TLS 1.3.
listen: $LISTEN
# gRPC health without TLS: for this host only.
health_listen: $HEALTH

tls:
  svid_file: identities/panvaultd/svid.pem
  key_file: identities/panvaultd/key.pem
  bundle_file: ca/bundle.pem
  # So that `stranger` is told what is wrong; leave it out in production.
  answer_unknown_callers: true

# Who may call what.
access_file: access.yaml

postgres:
  # The private server of this folder, through its unix socket.
  conninfo: $CONNINFO
  pool_size: 4
  refresh_s: 5

# In production this key lives elsewhere than the database it protects.
kek:
  file: kek
)";

constexpr absl::string_view kAccessTemplate =
    R"(# Who may call what. Fields: proto/panvault/v1/access.proto.
# What is not granted here is refused. panvaultd never changes this file.
#
# Try it: remove "Detokenize" below, start panvaultd again, and payment-api gets
# PERMISSION_DENIED (NOT_GRANTED). identities/stranger is not listed at all: it
# gets PERMISSION_DENIED (CALLER_UNKNOWN), though its certificate is valid.

callers:
  # Each caller is one declared flow: the name appears in logs and evidence.
  - name: payment-api
    # Compared byte for byte with the SPIFFE ID in the caller's certificate.
    spiffe_id: $CALLER_ID
    grants:
      # Each of the methods, on each of the profiles. Exact names, no wildcards:
      # a profile that is not listed can neither be used nor created.
      - methods:
          - Tokenize
          - Detokenize
          - BatchTokenize
          - BatchDetokenize
          - BulkTokenize
          - BulkDetokenize
          - ValidateToken
          # Administration. In production this is another caller's: who uses
          # keys should not manage them.
          - CreateTokenProfile
          - GetTokenProfile
          - ListTokenProfiles
          - ListKeyVersions
        profiles: [cards-demo, cards-last4, cards-bin6, cards-bin8]
        # The most that Detokenize shows: LAST4, BIN_LAST4 or FULL.
        reveal: FULL
      # About the server itself, so without profiles: who is connected. In
      # production this is an operator's.
      - methods: [ListConnections]
    # For the assessor: why the flow exists, and who answers for it.
    justification: Charges cards through the payment processor, which needs the whole PAN.
    owner: payments-team
    approved_by: security-team
    # Access is reviewed every six months (PCI DSS 7.2.4, 7.2.5.1).
    review_by: "$REVIEW_BY"
    # 1.2.5 allowed services, 7.2.5 least privilege of application accounts,
    # 8.6.1 interactive use of such accounts.
    pci: ["1.2.5", "7.2.5", "8.6.1"]
)";

// Single quotes: the one YAML scalar without escapes.
absl::StatusOr<std::string> Quoted(absl::string_view name,
                                   const std::string& value) {
  if (std::any_of(value.begin(), value.end(), [](char c) {
        return absl::ascii_iscntrl(static_cast<unsigned char>(c));
      })) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " has control characters"));
  }
  return absl::StrCat("'", absl::StrReplaceAll(value, {{"'", "''"}}), "'");
}

}  // namespace

absl::StatusOr<std::string> DevConfigYaml(const DevOptions& options) {
  const auto listen = Quoted("listen", options.listen);
  if (!listen.ok()) return listen.status();
  const auto health = Quoted("health_listen", options.health_listen);
  if (!health.ok()) return health.status();
  const auto conninfo = Quoted("conninfo", options.conninfo);
  if (!conninfo.ok()) return conninfo.status();
  return absl::StrReplaceAll(
      kConfigTemplate,
      {{"$LISTEN", *listen}, {"$HEALTH", *health}, {"$CONNINFO", *conninfo}});
}

std::string DevAccessYaml(absl::Time now) {
  const std::string review_by =
      absl::FormatTime("%Y-%m-%d", now + kReviewWithin, absl::UTCTimeZone());
  return absl::StrReplaceAll(kAccessTemplate, {{"$CALLER_ID", kDevCallerId},
                                               {"$REVIEW_BY", review_by}});
}

}  // namespace panvault::dev
