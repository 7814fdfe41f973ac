#include "vault/file_kek_provider.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "crypto/kdf.h"
#include "vault/key_wrap.h"

namespace panvault::vault {
namespace {

constexpr size_t kKekBytes = 32;
constexpr absl::string_view kKekIdLabel = "panvault kek id v1";
constexpr size_t kKekIdBytes = 8;

class FileKekProvider final : public KekProvider {
 public:
  FileKekProvider(crypto::SecretBytes kek, std::string kek_id)
      : kek_(std::move(kek)), kek_id_(std::move(kek_id)) {}

  const std::string& kek_id() const override { return kek_id_; }

  absl::StatusOr<std::vector<uint8_t>> Wrap(
      const crypto::SecretBytes& dek,
      absl::Span<const uint8_t> aad) const override {
    return SealDek(kek_, dek, aad);
  }

  absl::StatusOr<crypto::SecretBytes> Unwrap(
      absl::Span<const uint8_t> wrapped,
      absl::Span<const uint8_t> aad) const override {
    return OpenDek(kek_, wrapped, aad);
  }

 private:
  const crypto::SecretBytes kek_;
  const std::string kek_id_;
};

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

absl::Status Refused(const std::string& path, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("KEK file ", path, ": ", why));
}

absl::Status OpenError(const std::string& path, int error) {
  if (error == ENOENT) {
    return absl::NotFoundError(absl::StrCat(
        "KEK file ", path, ": there is no such file; it is to hold ", kKekBytes,
        " random bytes"));
  }
  if (error == ELOOP) return Refused(path, "is a link; name the file itself");
  return Refused(path, absl::StrCat("cannot be opened: ", strerror(error)));
}

// Of the open file, not of its path: the path may mean another file by now.
absl::Status CheckFile(const std::string& path, const File& file) {
  struct stat facts = {};
  if (fstat(file.descriptor(), &facts) != 0) {
    return Refused(path, absl::StrCat("cannot be read: ", strerror(errno)));
  }
  if (!S_ISREG(facts.st_mode)) return Refused(path, "is not a regular file");
  if (facts.st_uid != geteuid()) {
    return Refused(path, absl::StrCat("belongs to user ", facts.st_uid,
                                      "; it must belong to user ", geteuid(),
                                      ", who runs this process: chown it"));
  }
  if ((facts.st_mode & 077) != 0) {
    return Refused(path, "is open to other users: chmod 0400 or 0600");
  }
  if (facts.st_size != static_cast<off_t>(kKekBytes)) {
    return Refused(path, absl::StrCat("has ", facts.st_size,
                                      " bytes; it must have exactly ",
                                      kKekBytes, " random ones"));
  }
  return absl::OkStatus();
}

absl::StatusOr<crypto::SecretBytes> ReadKek(const std::string& path) {
  // O_NONBLOCK: a FIFO must not hold up the start.
  const File file(
      open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (file.descriptor() < 0) return OpenError(path, errno);
  const absl::Status checked = CheckFile(path, file);
  if (!checked.ok()) return checked;

  crypto::SecretBytes kek(kKekBytes);
  const absl::Span<uint8_t> bytes = kek.MutableSecret();
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got =
        read(file.descriptor(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Refused(path, "could not be read to its end");
    done += static_cast<size_t>(got);
  }
  return kek;
}

// A keyed hash: it says whether two KEKs are the same, and nothing else.
absl::StatusOr<std::string> KekIdOf(const crypto::SecretBytes& kek) {
  const absl::Span<const uint8_t> label(
      reinterpret_cast<const uint8_t*>(kKekIdLabel.data()), kKekIdLabel.size());
  const absl::StatusOr<crypto::Sha256Digest> digest =
      crypto::HmacSha256(kek, label);
  if (!digest.ok()) return digest.status();
  return absl::StrCat(
      "file:",
      absl::BytesToHexString(absl::string_view(
          reinterpret_cast<const char*>(digest->data()), kKekIdBytes)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<const KekProvider>> NewFileKekProvider(
    const std::string& path) {
  absl::StatusOr<crypto::SecretBytes> kek = ReadKek(path);
  if (!kek.ok()) return kek.status();
  absl::StatusOr<std::string> kek_id = KekIdOf(*kek);
  if (!kek_id.ok()) return kek_id.status();
  return std::make_unique<const FileKekProvider>(*std::move(kek),
                                                 *std::move(kek_id));
}

}  // namespace panvault::vault
