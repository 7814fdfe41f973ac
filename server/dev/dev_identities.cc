#include "server/dev/dev_identities.h"

#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "crypto/x509_issuer.h"
#include "server/dev/state_folder.h"

namespace panvault::dev {
namespace {

// Clocks of other processes may be a little behind.
constexpr absl::Duration kBackdated = absl::Minutes(1);

struct Identity {
  const char* name;
  const char* spiffe_id;
  const char* dns_name;  // Empty: none.
};
constexpr Identity kIdentities[] = {
    {kDevServerName, kDevServerId, kDevServerDnsName},
    {kDevCallerName, kDevCallerId, ""},
    {kDevStrangerName, kDevStrangerId, ""}};

std::string FolderOf(const std::string& state_dir, const Identity& identity) {
  return absl::StrCat(state_dir, "/identities/", identity.name);
}

std::string StampOf(const std::string& state_dir) {
  return state_dir + "/identities/issued";
}

std::string BundleOf(const std::string& state_dir) {
  return state_dir + "/ca/bundle.pem";
}

bool IsFile(const std::string& path) {
  struct stat facts = {};
  return lstat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) &&
         facts.st_uid == geteuid();
}

bool AllFilesAreThere(const std::string& state_dir) {
  if (!IsFile(BundleOf(state_dir))) return false;
  for (const Identity& identity : kIdentities) {
    for (const char* file : {"/svid.pem", "/key.pem", "/bundle.pem"}) {
      if (!IsFile(FolderOf(state_dir, identity) + file)) return false;
    }
  }
  return true;
}

// When the SVIDs end, if they are complete and good now.
std::optional<absl::Time> GoodUntil(const std::string& state_dir,
                                    absl::Time now) {
  const auto stamp = ReadFile(StampOf(state_dir));
  if (!stamp.ok() || !AllFilesAreThere(state_dir)) return std::nullopt;
  const std::vector<std::string> parts =
      absl::StrSplit(*stamp, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  int64_t from_s = 0;
  int64_t until_s = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &from_s) ||
      !absl::SimpleAtoi(parts[1], &until_s)) {
    return std::nullopt;
  }
  const absl::Time until = absl::FromUnixSeconds(until_s);
  if (now < absl::FromUnixSeconds(from_s) || until - now < kDevSvidLeftMin) {
    return std::nullopt;
  }
  return until;
}

absl::Status Issue(const std::string& state_dir,
                   const crypto::X509Issuer& issuer, const Identity& identity,
                   crypto::Validity validity) {
  const std::string folder = FolderOf(state_dir, identity);
  if (absl::Status status = MakeFolder(folder); !status.ok()) return status;
  const auto svid =
      issuer.IssueSvid(identity.spiffe_id, validity, identity.dns_name);
  if (!svid.ok()) return svid.status();
  const auto key = svid->private_key_pem.ExposeSecret();
  const NewFile files[] = {
      {folder + "/key.pem",
       absl::string_view(reinterpret_cast<const char*>(key.data()), key.size()),
       0600},
      {folder + "/svid.pem", svid->certificate_pem, 0644},
      {folder + "/bundle.pem", issuer.bundle_pem(), 0644}};
  for (const NewFile& file : files) {
    if (absl::Status status = WriteFile(file); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DevIdentities> EnsureDevIdentities(const std::string& state_dir,
                                                  absl::Time now) {
  if (const auto until = GoodUntil(state_dir, now)) {
    return DevIdentities{.not_after = *until, .issued = false};
  }
  for (const char* folder : {"/ca", "/identities"}) {
    absl::Status status = MakeFolder(state_dir + folder);
    if (!status.ok()) return status;
  }
  // While it is absent, what is there counts as half-written.
  unlink(StampOf(state_dir).c_str());

  const int64_t from_s = absl::ToUnixSeconds(now - kBackdated);
  const int64_t until_s = absl::ToUnixSeconds(now + kDevSvidLife);
  const auto issuer = crypto::X509Issuer::Create(
      kDevTrustDomain, {from_s, absl::ToUnixSeconds(now + kDevCaLife)});
  if (!issuer.ok()) return issuer.status();
  absl::Status status =
      WriteFile({BundleOf(state_dir), issuer->bundle_pem(), 0644});
  for (const Identity& identity : kIdentities) {
    if (status.ok()) {
      status = Issue(state_dir, *issuer, identity, {from_s, until_s});
    }
  }
  if (status.ok()) {
    const std::string stamp = absl::StrCat(from_s, " ", until_s, "\n");
    status = WriteFile({StampOf(state_dir), stamp, 0644});
  }
  if (!status.ok()) return status;
  return DevIdentities{.not_after = absl::FromUnixSeconds(until_s),
                       .issued = true};
}

}  // namespace panvault::dev
