#include "bench/authorize_work.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/call_guard.h"

namespace panvault::bench {
namespace {

void CheckOk(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "benchmark: authorization: %s\n", what);
  std::abort();
}

std::shared_ptr<const server::AccessPolicy> NewPolicy() {
  std::string text = "callers:\n";
  for (int i = 0; i < kIdentities; ++i) {
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

std::shared_ptr<const server::TrustBundles> BundlesOf(
    const Identities& identities) {
  auto roots = crypto::Certificate::ManyFromPem(identities.bundle_pem);
  CheckOk(roots.ok(), "the CA cannot be read");
  auto anchors = crypto::TrustAnchors::Create(*std::move(roots));
  CheckOk(anchors.ok(), "the CA is not good");
  auto bundles = std::make_shared<server::TrustBundles>();
  bundles->emplace(kTrustDomain, *std::move(anchors));
  return bundles;
}

server::ShownCertificates Shown(grpc::ServerContextBase& call) {
  const auto shown = server::CertificatesOf(call);
  CheckOk(shown.ok(), "the caller has no certificate");
  return *shown;
}

server::AccessQuestion QuestionOf(server::Rpc rpc) {
  server::AccessQuestion question{rpc, "cards-eu", {}};
  if (server::RowOf(rpc).needs_reveal) {
    question.reveal = vault::Reveal::kBinLast4;
  }
  return question;
}

}  // namespace

AuthorizeWork::AuthorizeWork(const Identities& identities)
    : svids_(BundlesOf(identities)),
      access_(NewPolicy()),
      call_(identities),
      auth_(std::const_pointer_cast<grpc::AuthContext>(
          call_.context().auth_context())),
      shown_(Shown(call_.context())),
      svid_(svids_.Identify(shown_.leaf_pem, shown_.chain_pem, absl::Now())),
      streams_([](absl::string_view, int64_t) {
        CheckOk(false, "too many streams");
      }),
      processor_(server::NewStreamProcessor(streams_)) {
  for (const crypto::IssuedSvid& caller : identities.callers) {
    // Known with the chain that it shows.
    if (&caller == &identities.calling()) continue;
    CheckOk(svids_.Identify(caller.certificate_pem, "", absl::Now()).ok(),
            "a certificate is not good");
  }
}

void AuthorizeWork::Decide(server::Rpc rpc) {
  const std::shared_ptr<const server::AccessPolicy> policy = access_.Get();
  server::Admission admission;
  const auto shown = server::CertificatesOf(call_.context());
  CheckOk(shown.ok(), "the caller has no certificate");
  const absl::Status status = server::Admit(
      svids_.Identify(shown->leaf_pem, shown->chain_pem, absl::Now()), *policy,
      QuestionOf(rpc), admission);
  CheckOk(status.ok() && admission.profile_granted, "a call was refused");
}

void AuthorizeWork::ReadCertificates() { Shown(call_.context()); }

void AuthorizeWork::Identify() {
  const auto svid =
      svids_.Identify(shown_.leaf_pem, shown_.chain_pem, absl::Now());
  CheckOk(svid.ok(), "a certificate is not good");
}

void AuthorizeWork::Admit(server::Rpc rpc) {
  const std::shared_ptr<const server::AccessPolicy> policy = access_.Get();
  server::Admission admission;
  const absl::Status status =
      server::Admit(svid_, *policy, QuestionOf(rpc), admission);
  CheckOk(status.ok() && admission.profile_granted, "a call was refused");
}

void AuthorizeWork::WatchStream() {
  grpc::AuthMetadataProcessor::OutputMetadata consumed;
  grpc::AuthMetadataProcessor::OutputMetadata response;
  processor_->Process({}, auth_.get(), &consumed, &response);
  streams_.BecameCall(Shown(call_.context()).leaf_pem);
}

}  // namespace panvault::bench
