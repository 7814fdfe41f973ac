#include "tests/client/test_authority.h"

#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace panvault::client {
namespace {

crypto::Validity HourAroundNow() {
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  return {now - 3600, now + 3600};
}

}  // namespace

TempDir::TempDir() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "panvault-client.XXXXXX")
          .string();
  path_ = mkdtemp(pattern.data());
}
TempDir::~TempDir() { std::filesystem::remove_all(path_); }
std::string TempDir::operator/(absl::string_view name) const {
  return absl::StrCat(path_, "/", name);
}

void WriteFile(const std::string& path, absl::string_view content) {
  const std::string draft = path + ".new";
  std::ofstream(draft) << content;
  std::filesystem::rename(draft, path);
}

std::string KeyPem(const crypto::IssuedSvid& svid) {
  const auto key = svid.private_key_pem.ExposeSecret();
  return std::string(key.begin(), key.end());
}

TestAuthority::TestAuthority()
    : issuer_(
          crypto::X509Issuer::Create("fake.test", HourAroundNow()).value()) {}

crypto::IssuedSvid TestAuthority::Issue(absl::string_view spiffe_id,
                                        absl::Duration life) const {
  crypto::Validity validity = HourAroundNow();
  validity.not_after_s = absl::ToUnixSeconds(absl::Now() + life);
  return issuer_.IssueSvid(spiffe_id, validity).value();
}

TlsFiles TestAuthority::WriteIdentity(const std::string& dir,
                                      absl::string_view spiffe_id,
                                      absl::Duration life) const {
  const crypto::IssuedSvid svid = Issue(spiffe_id, life);
  TlsFiles files = {dir + "/svid.pem", dir + "/key.pem", dir + "/bundle.pem"};
  WriteFile(files.key_file, KeyPem(svid));
  WriteFile(files.svid_file, svid.certificate_pem);
  WriteFile(files.bundle_file, bundle_pem());
  return files;
}

}  // namespace panvault::client
