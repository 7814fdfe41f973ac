// TrustAnchors: the path from a certificate to an anchor.

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/x509_certificate.h"
#include "crypto/x509_native.h"

namespace panvault::crypto {
namespace {

using StorePtr = std::unique_ptr<X509_STORE, OpenSslFree<X509_STORE_free>>;
using StoreCtxPtr =
    std::unique_ptr<X509_STORE_CTX, OpenSslFree<X509_STORE_CTX_free>>;
// Borrows its elements.
struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using StackPtr = std::unique_ptr<STACK_OF(X509), FreeStack>;

// 112 bits: RSA of 2,048 bits and up, P-224 and up, no SHA-1.
constexpr int kSecurityLevel = 2;

absl::Status Refused(absl::string_view why) {
  ERR_clear_error();
  return absl::UnauthenticatedError(why);
}

// Of one certificate of the path.
absl::Status CheckTime(const X509* x509, int64_t now_s, int64_t skew_s) {
  // X509_cmp_time counts a second that just begins as past.
  const auto seconds = [](const ASN1_TIME* time) {
    tm parts = {};
    return ASN1_TIME_to_tm(time, &parts) == 1
               ? absl::StatusOr<int64_t>(timegm(&parts))
               : Refused("a certificate with a malformed time");
  };
  const auto begin = seconds(X509_get0_notBefore(x509));
  const auto end = seconds(X509_get0_notAfter(x509));
  if (!begin.ok()) return begin.status();
  if (!end.ok()) return end.status();
  if (now_s > *end) return Refused("certificate has expired");
  if (now_s + skew_s < *begin) return Refused("certificate is not yet valid");
  return absl::OkStatus();
}

bool Prepare(X509_STORE_CTX* context, X509_STORE* store, X509* leaf,
             STACK_OF(X509) * untrusted, PeerRole role) {
  if (X509_STORE_CTX_init(context, store, leaf, untrusted) != 1) return false;
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_depth(param, static_cast<int>(kCertificatesMax));
  X509_VERIFY_PARAM_set_auth_level(param, kSecurityLevel);
  // Times are checked here, with the skew. An anchor need not be self-signed:
  // SPIFFE bundles may hold intermediate CAs.
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME |
                                         X509_V_FLAG_PARTIAL_CHAIN |
                                         X509_V_FLAG_TRUSTED_FIRST);
  return X509_STORE_CTX_set_purpose(
             context, role == PeerRole::kClient ? X509_PURPOSE_SSL_CLIENT
                                                : X509_PURPOSE_SSL_SERVER) == 1;
}

}  // namespace

absl::StatusOr<TrustAnchors> TrustAnchors::Create(
    std::vector<Certificate> anchors) {
  if (anchors.empty()) {
    return absl::InvalidArgumentError("a trust bundle without certificates");
  }
  for (const Certificate& anchor : anchors) {
    const CertificateFacts& facts = anchor.facts();
    if (!facts.is_ca || !facts.extensions_valid ||
        (facts.has_key_usage && !facts.key_cert_sign)) {
      return absl::InvalidArgumentError(
          "a trust bundle with a certificate that is not a CA");
    }
  }
  return TrustAnchors(std::move(anchors));
}

absl::Status TrustAnchors::Verify(const Certificate& leaf,
                                  absl::Span<const Certificate> intermediates,
                                  PeerRole role, int64_t now_s,
                                  int64_t skew_s) const {
  if (intermediates.size() > kCertificatesMax) {
    return Refused(absl::StrCat("a chain of over ", kCertificatesMax,
                                " intermediate certificates"));
  }
  const StorePtr store(X509_STORE_new());
  const StackPtr untrusted(sk_X509_new_null());
  const StoreCtxPtr context(X509_STORE_CTX_new());
  if (store == nullptr || untrusted == nullptr || context == nullptr) {
    return OpenSslError("verifying a certificate");
  }
  for (const Certificate& anchor : anchors_) {
    X509_STORE_add_cert(store.get(), anchor.native().x509.get());
  }
  for (const Certificate& intermediate : intermediates) {
    sk_X509_push(untrusted.get(), intermediate.native().x509.get());
  }
  if (!Prepare(context.get(), store.get(), leaf.native().x509.get(),
               untrusted.get(), role)) {
    return OpenSslError("verifying a certificate");
  }
  if (X509_verify_cert(context.get()) != 1) {
    return Refused(
        X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
  }
  const STACK_OF(X509)* const path = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(path); ++i) {
    absl::Status status = CheckTime(sk_X509_value(path, i), now_s, skew_s);
    if (!status.ok()) return status;
  }
  ERR_clear_error();
  return absl::OkStatus();
}

}  // namespace panvault::crypto
