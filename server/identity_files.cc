#include "server/identity_files.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "crypto/x509_certificate.h"
#include "vault/read_file.h"

namespace panvault::server {
namespace {

// A writer that is not done after this many readings needs more than a moment.
constexpr int kReadingsMax = 4;

absl::StatusOr<IdentityReading> ReadOnce(const TlsFiles& files) {
  absl::StatusOr<std::string> svid = vault::ReadFile(files.svid_file);
  if (!svid.ok()) return svid.status();
  absl::StatusOr<crypto::SecretBytes> key = vault::ReadKeyFile(files.key_file);
  if (!key.ok()) return key.status();
  absl::StatusOr<std::string> bundle = vault::ReadFile(files.bundle_file);
  if (!bundle.ok()) return bundle.status();
  IdentityReading reading = {
      *std::move(svid), *std::move(key), *std::move(bundle), {}};
  for (const auto& [trust_domain, path] : files.federated) {
    absl::StatusOr<std::string> pem = vault::ReadFile(path);
    if (!pem.ok()) return pem.status();
    reading.federated_pem.push_back(*std::move(pem));
  }
  return reading;
}

absl::StatusOr<std::vector<crypto::Certificate>> ParsePem(
    const std::string& path, absl::string_view pem, size_t count_max) {
  auto certificates = crypto::Certificate::ManyFromPem(pem, count_max);
  if (certificates.ok()) return certificates;
  return absl::FailedPreconditionError(absl::StrCat(
      path,
      ": not a PEM file of certificates: ", certificates.status().message()));
}

absl::StatusOr<BundleMaterial> ParseBundle(const std::string& path,
                                           std::string trust_domain,
                                           absl::string_view pem) {
  auto anchors = ParsePem(path, pem, kAnchorsMax);
  if (!anchors.ok()) return anchors.status();
  return BundleMaterial{path, std::move(trust_domain), *std::move(anchors)};
}

}  // namespace

bool operator==(const IdentityReading& a, const IdentityReading& b) {
  return a.key_pem == b.key_pem && a.svid_pem == b.svid_pem &&
         a.bundle_pem == b.bundle_pem && a.federated_pem == b.federated_pem;
}

absl::StatusOr<IdentityReading> ReadIdentityFiles(const TlsFiles& files) {
  absl::StatusOr<IdentityReading> last = ReadOnce(files);
  for (int i = 1; last.ok() && i < kReadingsMax; ++i) {
    absl::StatusOr<IdentityReading> again = ReadOnce(files);
    if (again.ok() && *again == *last) return again;
    last = std::move(again);
  }
  if (!last.ok()) return last.status();
  return absl::AbortedError(
      absl::StrCat(files.svid_file, " and its key and bundle keep changing"));
}

absl::StatusOr<ServerTls> ValidateReading(const TlsFiles& files,
                                          const IdentityReading& reading,
                                          absl::Time now) {
  IdentityMaterial material;
  material.svid_source = files.svid_file;
  material.key_source = files.key_file;
  auto chain =
      ParsePem(files.svid_file, reading.svid_pem, crypto::kCertificatesMax);
  if (!chain.ok()) return chain.status();
  material.chain = *std::move(chain);
  material.key_pem =
      crypto::SecretBytes::CopyOf(reading.key_pem.ExposeSecret());
  auto bundle = ParseBundle(files.bundle_file, "", reading.bundle_pem);
  if (!bundle.ok()) return bundle.status();
  material.bundle = *std::move(bundle);
  for (size_t i = 0; i < files.federated.size(); ++i) {
    const auto& [trust_domain, path] = files.federated[i];
    auto federated = ParseBundle(path, trust_domain, reading.federated_pem[i]);
    if (!federated.ok()) return federated.status();
    material.federated.push_back(*std::move(federated));
  }
  return ValidateIdentity(std::move(material), now);
}

absl::StatusOr<ServerTls> LoadServerTls(const TlsFiles& files, absl::Time now) {
  const absl::StatusOr<IdentityReading> reading = ReadIdentityFiles(files);
  if (!reading.ok()) return reading.status();
  return ValidateReading(files, *reading, now);
}

}  // namespace panvault::server
