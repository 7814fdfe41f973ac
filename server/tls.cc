#include "server/tls.h"

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

#include "crypto/openssl.h"

namespace panvault::server {
namespace {

// The suites are one of each kind that RFC 8446 section 9.1 says to have; AES
// first, since every server of ours has it in hardware.
// "-SessionTicket" alone still sends tickets, which then name sessions in the
// server's cache; NumTickets ends that.
constexpr char kOpenSslConfig[] = R"(openssl_conf = panvault
[panvault]
ssl_conf = ssl
[ssl]
system_default = everything
[everything]
MinProtocol = TLSv1.3
Protocol = -TLSv1.2
Options = -SessionTicket
NumTickets = 0
Ciphersuites = TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256
)";

using ConfPtr = std::unique_ptr<CONF, crypto::OpenSslFree<NCONF_free>>;

}  // namespace

absl::Status RequireTls13() {
  // First, so that the system's own configuration (its providers) is read now
  // and does not replace ours later.
  if (OPENSSL_init_ssl(0, nullptr) != 1) {
    return absl::InternalError("OpenSSL does not start");
  }
  const crypto::BioPtr text(BIO_new_mem_buf(kOpenSslConfig, -1));
  const ConfPtr config(NCONF_new(nullptr));
  if (NCONF_load_bio(config.get(), text.get(), nullptr) != 1 ||
      CONF_modules_load(config.get(), nullptr, 0) != 1) {
    ERR_clear_error();
    return absl::InternalError("OpenSSL refuses the TLS settings");
  }
  return absl::OkStatus();
}

}  // namespace panvault::server
