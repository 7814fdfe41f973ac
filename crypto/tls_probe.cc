#include "crypto/tls_probe.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "crypto/openssl.h"
#include "crypto/x509_native.h"

namespace panvault::crypto {
namespace {

using ContextPtr = std::unique_ptr<SSL_CTX, OpenSslFree<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, OpenSslFree<SSL_free>>;

// Keeps a write to a connection that is gone from ending the process: OpenSSL
// writes without MSG_NOSIGNAL. A SIGPIPE of this thread's own is taken back.
class NoSigpipe final {
 public:
  NoSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;
  ~NoSigpipe() {
    if (sigismember(&before_, SIGPIPE) == 0) {
      const timespec now = {};
      sigtimedwait(&pipe_, nullptr, &now);
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_;
  sigset_t before_;
};

int CountTicket(SSL* ssl, SSL_SESSION* /*session*/) {
  ++*static_cast<int*>(SSL_get_app_data(ssl));
  return 0;
}

// As they are, however bad: what the other end makes of them is the question.
bool UseCertificates(SSL_CTX* context, absl::string_view pem) {
  const BioPtr text =
      ReadFrom({reinterpret_cast<const uint8_t*>(pem.data()), pem.size()});
  const X509Ptr leaf(
      PEM_read_bio_X509(text.get(), nullptr, NoPassphrase, nullptr));
  if (leaf == nullptr || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    return false;
  }
  while (true) {
    X509Ptr next(PEM_read_bio_X509(text.get(), nullptr, NoPassphrase, nullptr));
    if (next == nullptr) return true;
    if (SSL_CTX_add_extra_chain_cert(context, next.get()) != 1) return false;
    static_cast<void>(next.release());  // The context has it now.
  }
}

bool UseIdentity(SSL_CTX* context, const TlsProbe& probe) {
  if (probe.private_key_pem == nullptr ||
      !UseCertificates(context, probe.certificates_pem)) {
    return false;
  }
  const BioPtr text = ReadFrom(probe.private_key_pem->ExposeSecret());
  const PkeyPtr read(
      PEM_read_bio_PrivateKey(text.get(), nullptr, NoPassphrase, nullptr));
  return read != nullptr && SSL_CTX_use_PrivateKey(context, read.get()) == 1 &&
         SSL_CTX_check_private_key(context) == 1;
}

// The process may have settings for all its TLS (server/tls.h): this client is
// to see what the other end does by itself.
ContextPtr NewContext(const TlsProbe& probe) {
  ContextPtr context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return context;
  SSL_CTX_clear_options(context.get(), SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TICKET);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(
      context.get(), probe.tls12_only ? TLS1_2_VERSION : TLS1_3_VERSION);
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT);
  SSL_CTX_sess_set_new_cb(context.get(), CountTicket);
  return context;
}

std::vector<Certificate> Shown(SSL* ssl) {
  std::vector<Certificate> certificates;
  const STACK_OF(X509)* const chain = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    uint8_t* der = nullptr;
    const int size = i2d_X509(sk_X509_value(chain, i), &der);
    if (size <= 0) continue;
    auto read = Certificate::FromDer({der, static_cast<size_t>(size)});
    OPENSSL_free(der);
    if (read.ok()) certificates.push_back(*std::move(read));
  }
  return certificates;
}

std::string WhyItEnded(SSL* ssl, int result) {
  const int kind = SSL_get_error(ssl, result);
  const unsigned long error = ERR_get_error();
  const char* const reason = ERR_reason_error_string(error);
  ERR_clear_error();
  if (kind == SSL_ERROR_ZERO_RETURN) return "the other end closed it";
  if (reason != nullptr) return reason;
  if (kind == SSL_ERROR_SYSCALL && errno != 0) return strerror(errno);
  return kind == SSL_ERROR_WANT_READ ? "no answer in time"
                                     : "the other end closed it";
}

}  // namespace

absl::StatusOr<TlsFindings> ProbeTls(int fd, const TlsProbe& probe) {
  const ContextPtr context = NewContext(probe);
  if (context == nullptr) return OpenSslError("SSL_CTX_new");
  if (!probe.certificates_pem.empty() && !UseIdentity(context.get(), probe)) {
    ERR_clear_error();
    return absl::InvalidArgumentError(
        "the certificates and the key are not of each other");
  }
  const SslPtr ssl(SSL_new(context.get()));
  if (ssl == nullptr) return OpenSslError("SSL_new");
  TlsFindings findings;
  SSL_set_app_data(ssl.get(), &findings.session_tickets);
  constexpr unsigned char kH2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(ssl.get(), kH2, sizeof kH2);
  SSL_set_fd(ssl.get(), fd);

  const NoSigpipe no_sigpipe;
  errno = 0;
  int result = SSL_connect(ssl.get());
  findings.handshake = result == 1;
  findings.shown = Shown(ssl.get());
  if (findings.handshake) {
    findings.version = SSL_get_version(ssl.get());
    findings.cipher = SSL_get_cipher_name(ssl.get());
    const unsigned char* protocol = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl.get(), &protocol, &size);
    findings.http2 = size == 2 && protocol[0] == 'h' && protocol[1] == '2';
    char byte = 0;
    result = SSL_read(ssl.get(), &byte, 1);
    findings.accepted = result == 1;
  }
  if (!findings.accepted) findings.why = WhyItEnded(ssl.get(), result);
  ERR_clear_error();
  return findings;
}

}  // namespace panvault::crypto
