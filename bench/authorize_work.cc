#include "bench/authorize_work.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/authorize_peer.h"
#include "crypto/x509_issuer.h"
#include "server/call_guard.h"
#include "server/peer_identity.h"

namespace panvault::bench {
namespace {

constexpr char kTrustDomain[] = "bench.panvault.internal";
// The one that calls, neither first nor last.
constexpr int kCalling = 17;

void CheckOk(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "benchmark: authorization: %s\n", what);
  std::abort();
}

std::string IdOf(int caller) {
  return absl::StrCat("spiffe://", kTrustDomain, "/ns/team-", caller,
                      "/sa/payment-api-", caller);
}

std::shared_ptr<const server::AccessPolicy> NewPolicy() {
  std::string text = "callers:\n";
  for (int i = 0; i < kCallers; ++i) {
    absl::StrAppend(&text, "- name: payment-api-", i,
                    "\n  spiffe_id: ", IdOf(i),
                    "\n  grants:\n"
                    "  - methods: [Tokenize, BatchTokenize, ValidateToken]\n"
                    "    profiles: [cards-eu, cards-us]\n"
                    "  - methods: [Detokenize, BatchDetokenize]\n"
                    "    profiles: [cards-eu, cards-uk]\n"
                    "    reveal: BIN_LAST4\n"
                    "  - methods: [BulkTokenize, BulkDetokenize]\n"
                    "    profiles: [cards-archive]\n"
                    "    reveal: FULL\n"
                    "  justification: settlement\n  owner: payments\n"
                    "  approved_by: security\n  review_by: '2099-12-31'\n"
                    "  pci: ['3.5.1', '7.2.5']\n");
  }
  auto policy = server::AccessPolicy::Parse("policy", text);
  CheckOk(policy.ok(), "the policy is not good");
  return *std::move(policy);
}

std::unique_ptr<server::SvidVerifier> NewVerifier(
    const std::string& bundle_pem) {
  auto roots = crypto::Certificate::ManyFromPem(bundle_pem);
  CheckOk(roots.ok(), "the CA cannot be read");
  auto anchors = crypto::TrustAnchors::Create(*std::move(roots));
  CheckOk(anchors.ok(), "the CA is not good");
  auto bundles = std::make_shared<server::TrustBundles>();
  bundles->emplace(kTrustDomain, *std::move(anchors));
  return std::make_unique<server::SvidVerifier>(std::move(bundles));
}

crypto::IssuedSvid Issue(const crypto::X509Issuer& issuer,
                         const std::string& id, crypto::Validity validity,
                         absl::string_view dns_name) {
  auto svid = issuer.IssueSvid(id, validity, dns_name);
  CheckOk(svid.ok(), "no certificate");
  return *std::move(svid);
}

server::AccessQuestion QuestionOf(server::Rpc rpc) {
  server::AccessQuestion question{rpc, "cards-eu", {}};
  if (server::RowOf(rpc).needs_reveal) {
    question.reveal = vault::Reveal::kBinLast4;
  }
  return question;
}

// Stands for what gRPC makes for each call: an object that shares the
// connection's properties.
struct CallsShare {
  explicit CallsShare(std::shared_ptr<const grpc::AuthContext> properties)
      : of_connection(std::move(properties)) {}
  std::shared_ptr<const grpc::AuthContext> of_connection;
};

}  // namespace

AuthorizeWork::AuthorizeWork()
    : access_(std::make_unique<server::AccessPolicyHolder>(NewPolicy())),
      streams_([](absl::string_view) { CheckOk(false, "too many streams"); }),
      processor_(server::NewStreamProcessor(streams_)) {
  const absl::Time now = absl::Now();
  const crypto::Validity validity = {absl::ToUnixSeconds(now) - 60,
                                     absl::ToUnixSeconds(now) + 86400};
  const auto issuer = crypto::X509Issuer::Create(kTrustDomain, validity);
  CheckOk(issuer.ok(), "no CA");
  svids_ = NewVerifier(issuer->bundle_pem());
  for (int i = 0; i < kCallers; ++i) {
    const crypto::IssuedSvid caller = Issue(*issuer, IdOf(i), validity, "");
    CheckOk(svids_->Identify(caller.certificate_pem, "", now).ok(),
            "a certificate is not good");
    if (i != kCalling) continue;
    const auto shown = ShownByGrpc(
        caller,
        Issue(*issuer, absl::StrCat("spiffe://", kTrustDomain, "/panvaultd"),
              validity, kServerDnsName),
        issuer->bundle_pem());
    CheckOk(shown != nullptr, "no call over TLS");
    auth_ = std::const_pointer_cast<grpc::AuthContext>(shown);
  }
}

std::shared_ptr<const grpc::AuthContext> AuthorizeWork::NewAuthContext() const {
  const auto share = std::shared_ptr<const CallsShare>(new CallsShare(auth_));
  return {share, share->of_connection.get()};
}

void AuthorizeWork::Decide(server::Rpc rpc) {
  const auto auth = NewAuthContext();
  const auto shown = server::CertificatesOf(*auth);
  CheckOk(shown.ok(), "the caller has no certificate");
  const std::shared_ptr<const server::AccessPolicy> policy = access_->Get();
  server::Admission admission;
  const absl::Status status = server::Admit(
      svids_->Identify(shown->leaf_pem, shown->chain_pem, absl::Now()), *policy,
      QuestionOf(rpc), admission);
  CheckOk(status.ok() && admission.profile_granted, "a call was refused");
}

void AuthorizeWork::WatchStream() {
  grpc::AuthMetadataProcessor::OutputMetadata consumed;
  grpc::AuthMetadataProcessor::OutputMetadata response;
  processor_->Process({}, auth_.get(), &consumed, &response);
  const auto shown = server::CertificatesOf(*auth_);
  CheckOk(shown.ok(), "the caller has no certificate");
  streams_.BecameCall(shown->leaf_pem);
}

}  // namespace panvault::bench
