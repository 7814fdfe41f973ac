#include "tests/server/workload_updates.h"

#include <cstddef>
#include <functional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "crypto/private_key.h"

namespace panvault::server {

std::string DerOf(const std::string& pem) {
  std::string all;
  size_t at = 0;
  while ((at = pem.find("-----BEGIN ", at)) != std::string::npos) {
    const size_t begin = pem.find('\n', at);
    const size_t end = pem.find("-----END ", begin);
    std::string der;
    absl::Base64Unescape(
        absl::StrReplaceAll(pem.substr(begin, end - begin), {{"\n", ""}}),
        &der);
    all += der;
    at = end + 1;
  }
  return all;
}

X509SVID SvidOf(const client::TestAuthority& authority, const std::string& id) {
  const crypto::IssuedSvid issued = authority.Issue(id);
  X509SVID svid;
  svid.set_spiffe_id(id);
  svid.set_x509_svid(DerOf(issued.certificate_pem));
  svid.set_x509_svid_key(DerOf(client::KeyPem(issued)));
  svid.set_bundle(DerOf(authority.bundle_pem()));
  return svid;
}

X509SVIDResponse UpdateOf(const client::TestAuthority& authority,
                          const std::string& id) {
  X509SVIDResponse update;
  *update.add_svids() = SvidOf(authority, id);
  return update;
}

std::vector<BadUpdate> BadUpdates(const client::TestAuthority& authority,
                                  const std::string& id) {
  const client::TestAuthority stranger;
  const X509SVID other = SvidOf(authority, id + "2");
  const X509SVID second = SvidOf(authority, id);
  std::vector<BadUpdate> bad;
  const auto add = [&](const std::string& what, const std::string& why,
                       const std::function<void(X509SVID&)>& change) {
    bad.push_back({what, why, UpdateOf(authority, id)});
    change(*bad.back().update.mutable_svids(0));
  };
  add("a certificate with another ID", "spiffe_id", [&](X509SVID& svid) {
    svid.set_x509_svid(other.x509_svid());
    svid.set_x509_svid_key(other.x509_svid_key());
  });
  add("two certificates, swapped", "x509_svid_key", [&](X509SVID& svid) {
    svid.set_x509_svid(svid.bundle() + svid.x509_svid());
  });
  add("the key of another", "not the key",
      [&](X509SVID& svid) { svid.set_x509_svid_key(second.x509_svid_key()); });
  add("an empty bundle", "bundle: no certificate",
      [](X509SVID& svid) { svid.clear_bundle(); });
  add("a stranger's bundle", "no path",
      [&](X509SVID& svid) { svid.set_bundle(DerOf(stranger.bundle_pem())); });
  add("a leaf as a bundle", "bundle",
      [](X509SVID& svid) { svid.set_bundle(svid.x509_svid()); });
  add("no certificate", "x509_svid: no certificate",
      [](X509SVID& svid) { svid.clear_x509_svid(); });
  add("no key", "x509_svid_key",
      [](X509SVID& svid) { svid.clear_x509_svid_key(); });
  add("a certificate in PEM", "not a certificate in DER", [&](X509SVID& svid) {
    svid.set_x509_svid(authority.Issue(id).certificate_pem);
  });
  add("bytes after the certificate", "not a certificate in DER",
      [](X509SVID& svid) { svid.mutable_x509_svid()->push_back('\0'); });
  add("bytes after the key", "bytes after the key",
      [](X509SVID& svid) { svid.mutable_x509_svid_key()->push_back('\0'); });
  add("a certificate that is cut off", "not a certificate in DER",
      [](X509SVID& svid) { svid.mutable_x509_svid()->pop_back(); });
  add("a key that is too large", "over", [](X509SVID& svid) {
    svid.mutable_x509_svid_key()->resize(crypto::kPrivateKeyBytesMax + 1);
  });
  add("too many certificates", "over", [](X509SVID& svid) {
    const std::string one = svid.x509_svid();
    for (int i = 0; i < 8; ++i) svid.mutable_x509_svid()->append(one);
  });
  const auto federate = [&](const std::string& what, const std::string& key,
                            const std::string& der) {
    bad.push_back({what, "federated_bundles", UpdateOf(authority, id)});
    (*bad.back().update.mutable_federated_bundles())[key] = der;
  };
  const std::string der = DerOf(stranger.bundle_pem());
  federate("a trust domain without scheme", "other.test", der);
  federate("a workload in place of a trust domain", "spiffe://other.test/x",
           der);
  federate("a trust domain with a slash", "spiffe://other.test/", der);
  federate("a trust domain in upper case", "spiffe://OTHER.test", der);
  federate("no trust domain", "spiffe://", der);
  federate("a federated bundle of garbage", "spiffe://other.test", "garbage");
  federate("a second bundle of our own", "spiffe://fake.test", der);
  return bad;
}

}  // namespace panvault::server
