#include "client/doctor.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/error.h"
#include "client/tcp_connect.h"
#include "crypto/private_key.h"
#include "crypto/secret_bytes.h"
#include "crypto/tls_probe.h"
#include "crypto/x509_certificate.h"

namespace panvault::client {
namespace {

using crypto::Certificate;
using crypto::CertificateFacts;

constexpr char kRefusedByServer[] =
    "the server closed the connection once it had seen our certificate. Either "
    "this SPIFFE ID is not on its allowlist, or its bundle for our trust "
    "domain "
    "lacks our CA. Its log says which, under \"connection_refused\"";

std::string TimeText(int64_t seconds) {
  return absl::FormatTime(absl::RFC3339_sec, absl::FromUnixSeconds(seconds),
                          absl::UTCTimeZone());
}

// "ends 2026-01-01T00:00:00Z", or what is wrong with it.
Finding CheckTime(std::string step, const CertificateFacts& facts,
                  absl::Time now) {
  const int64_t now_s = absl::ToUnixSeconds(now);
  if (now_s < facts.not_before_s) {
    return {std::move(step), Verdict::kRefused,
            absl::StrCat("the certificate is valid only from ",
                         TimeText(facts.not_before_s), ", and our clock says ",
                         TimeText(now_s))};
  }
  if (now_s >= facts.not_after_s) {
    return {std::move(step), Verdict::kRefused,
            absl::StrCat("the certificate has expired at ",
                         TimeText(facts.not_after_s), "; our clock says ",
                         TimeText(now_s))};
  }
  return {std::move(step), Verdict::kOk,
          absl::StrCat("ends ", TimeText(facts.not_after_s))};
}

class Doctor final {
 public:
  Doctor(const ClientOptions& options, absl::Time now)
      : options_(options), files_(options.channel.files), now_(now) {}

  std::vector<Finding> Run() {
    if (ReadFiles() && CheckOwn() && Connect() && CheckServer() && BeServed()) {
      Call();
    }
    return std::move(findings_);
  }

 private:
  // True if one may go on.
  bool Note(Finding finding) {
    findings_.push_back(std::move(finding));
    return findings_.back().verdict == Verdict::kOk;
  }
  bool Refuse(const char* step, std::string text) {
    return Note({step, Verdict::kRefused, std::move(text)});
  }

  bool ReadFiles();
  bool CheckOwn();
  bool Connect();
  bool CheckServer();
  bool BeServed();
  void Call();

  const ClientOptions& options_;
  const TlsFiles& files_;
  const absl::Time now_;
  std::vector<Finding> findings_;

  std::string svid_pem_;
  crypto::SecretBytes key_pem_;
  std::vector<Certificate> chain_;
  std::vector<Certificate> bundle_;
  crypto::TlsFindings seen_;
};

absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) {
    return absl::NotFoundError(absl::StrCat("cannot read ", path));
  }
  return text.str();
}

bool Doctor::ReadFiles() {
  constexpr char kStep[] = "files";
  const auto svid = ReadText(files_.svid_file);
  if (!svid.ok()) return Refuse(kStep, std::string(svid.status().message()));
  auto key = ReadText(files_.key_file);
  if (!key.ok()) return Refuse(kStep, std::string(key.status().message()));
  const auto bundle = ReadText(files_.bundle_file);
  if (!bundle.ok()) {
    return Refuse(kStep, std::string(bundle.status().message()));
  }
  auto chain = Certificate::ManyFromPem(*svid);
  if (!chain.ok()) {
    return Refuse(kStep,
                  absl::StrCat(files_.svid_file, ": no certificates in PEM: ",
                               chain.status().message()));
  }
  auto anchors = Certificate::ManyFromPem(*bundle);
  if (!anchors.ok()) {
    return Refuse(kStep,
                  absl::StrCat(files_.bundle_file, ": no certificates in PEM: ",
                               anchors.status().message()));
  }
  svid_pem_ = *svid;
  key_pem_ = crypto::SecretBytes::CopyOf(
      {reinterpret_cast<const uint8_t*>(key->data()), key->size()});
  std::fill(key->begin(), key->end(), '\0');
  chain_ = *std::move(chain);
  bundle_ = *std::move(anchors);
  return Note({kStep, Verdict::kOk,
               absl::StrCat(chain_.size(), " certificates, ", bundle_.size(),
                            " in the bundle")});
}

bool Doctor::CheckOwn() {
  constexpr char kStep[] = "own certificate";
  const CertificateFacts& facts = chain_.front().facts();
  if (facts.uris.size() != 1 ||
      !absl::StartsWith(facts.uris.front(), "spiffe://")) {
    return Refuse(kStep, "it has no, or more than, one SPIFFE ID");
  }
  if (facts.is_ca) return Refuse(kStep, "it is a CA's; want a leaf");
  if (!facts.key_usage_critical || !facts.digital_signature ||
      facts.key_cert_sign || facts.crl_sign) {
    return Refuse(kStep,
                  "its keyUsage is not that of an X509-SVID: critical, with "
                  "digitalSignature, without keyCertSign and cRLSign");
  }
  if (facts.has_extended_key_usage && !facts.client_auth) {
    return Refuse(kStep, "its extendedKeyUsage has no clientAuth");
  }
  if (!crypto::CheckPrivateKey(key_pem_, chain_.front()).ok()) {
    return Refuse(kStep, absl::StrCat(files_.key_file, " is not its key"));
  }
  Finding time = CheckTime(kStep, facts, now_);
  time.text = absl::StrCat(facts.uris.front(), ", serial ", facts.serial, ", ",
                           time.text);
  return Note(std::move(time));
}

bool Doctor::Connect() {
  constexpr char kStep[] = "connection";
  const auto socket = TcpConnect(options_.channel.target, options_.timeout);
  if (!socket.ok()) {
    return Note({kStep, Verdict::kNoConnection,
                 std::string(socket.status().message())});
  }
  auto seen = crypto::ProbeTls(socket->get(), {.certificates_pem = svid_pem_,
                                               .private_key_pem = &key_pem_});
  if (!seen.ok()) return Refuse(kStep, std::string(seen.status().message()));
  seen_ = *std::move(seen);
  if (!seen_.handshake) {
    return Refuse(kStep, absl::StrCat("no TLS handshake: ", seen_.why));
  }
  return Note(
      {kStep, Verdict::kOk, absl::StrCat(seen_.version, ", ", seen_.cipher)});
}

bool Doctor::CheckServer() {
  constexpr char kStep[] = "server's certificate";
  if (seen_.shown.empty()) return Refuse(kStep, "it shows none");
  const Certificate& leaf = seen_.shown.front();
  const auto& uris = leaf.facts().uris;
  if (uris.size() != 1 || uris.front() != options_.channel.server_spiffe_id) {
    return Refuse(
        kStep,
        absl::StrCat("it is not that of ", options_.channel.server_spiffe_id,
                     " but of ", uris.size() == 1 ? uris.front() : "nobody"));
  }
  Finding time = CheckTime(kStep, leaf.facts(), now_);
  if (time.verdict != Verdict::kOk) return Note(std::move(time));
  const auto anchors = crypto::TrustAnchors::Create(bundle_);
  if (!anchors.ok()) {
    return Refuse(kStep, absl::StrCat(files_.bundle_file, ": ",
                                      anchors.status().message()));
  }
  const absl::Status path = anchors->Verify(
      leaf, absl::MakeConstSpan(seen_.shown).subspan(1),
      crypto::PeerRole::kServer, absl::ToUnixSeconds(now_), /*skew_s=*/0);
  if (!path.ok()) {
    return Refuse(kStep, absl::StrCat("our bundle does not vouch for it: ",
                                      path.message()));
  }
  time.text = absl::StrCat(uris.front(), ", ", time.text);
  return Note(std::move(time));
}

bool Doctor::BeServed() {
  constexpr char kStep[] = "our certificate at the server";
  if (seen_.accepted) return Note({kStep, Verdict::kOk, "accepted"});
  return Refuse(kStep, absl::StrCat(kRefusedByServer, " (", seen_.why, ")"));
}

void Doctor::Call() {
  constexpr char kStep[] = "a call";
  const auto client = Client::Create(options_);
  if (!client.ok()) {
    Refuse(kStep, std::string(client.status().message()));
    return;
  }
  const auto profiles = (*client)->ListTokenProfiles();
  if (profiles.ok()) {
    Note({kStep, Verdict::kOk,
          absl::StrCat("answered; profiles that we may list: ",
                       profiles->size())});
    return;
  }
  const absl::Status& status = profiles.status();
  // Not to have this one grant is no illness.
  const CallError error = CallErrorOf(status);
  if (error.reason == "NOT_GRANTED") {
    Note({kStep, Verdict::kOk, "answered; we may not list profiles"});
  } else if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) {
    Note({kStep, Verdict::kNoConnection, std::string(status.message())});
  } else {
    Refuse(kStep, std::string(status.message()));
  }
}

}  // namespace

std::vector<Finding> Diagnose(const ClientOptions& options, absl::Time now) {
  return Doctor(options, now).Run();
}

}  // namespace panvault::client
