#include "tests/crypto/ff1_reference.h"

#include <openssl/bn.h>
#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace panvault::crypto {
namespace {

using Bytes = std::vector<uint8_t>;

void Must(bool ok) {
  if (ok) return;
  std::fputs("the FF1 reference: OpenSSL failed\n", stderr);
  std::abort();
}

struct Free {
  void operator()(BIGNUM* n) const { BN_free(n); }
  void operator()(BN_CTX* n) const { BN_CTX_free(n); }
  void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); }
};
using Number = std::unique_ptr<BIGNUM, Free>;

Number NewNumber() {
  Number number(BN_new());
  Must(number != nullptr);
  return number;
}

const EVP_CIPHER* CbcFor(size_t key_bytes) {
  return key_bytes == 16   ? EVP_aes_128_cbc()
         : key_bytes == 24 ? EVP_aes_192_cbc()
                           : EVP_aes_256_cbc();
}

void Append(Bytes& bytes, uint64_t value, int width) {
  for (int i = width - 1; i >= 0; --i) {
    bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }
}

}  // namespace

struct ReferenceFf1::Impl {
  Impl(const Bytes& key, uint32_t radix_in) : radix(radix_in) {
    Must(cbc != nullptr && work != nullptr);
    Must(EVP_EncryptInit_ex(cbc.get(), CbcFor(key.size()), nullptr, key.data(),
                            nullptr) == 1);
    Must(EVP_CIPHER_CTX_set_padding(cbc.get(), 0) == 1);
  }

  // CBC-MAC: the last block of AES-CBC with a zero IV (algorithm 6 of the
  // standard).
  Bytes Prf(const Bytes& x) {
    static constexpr uint8_t kZeroIv[16] = {};
    Bytes chain(x.size());
    int size = 0;
    Must(EVP_EncryptInit_ex(cbc.get(), nullptr, nullptr, nullptr, kZeroIv) ==
         1);
    Must(EVP_EncryptUpdate(cbc.get(), chain.data(), &size, x.data(),
                           static_cast<int>(x.size())) == 1);
    Must(size == static_cast<int>(x.size()));
    return Bytes(chain.end() - 16, chain.end());
  }

  // NUM_radix(X), algorithm 1.
  void Num(const uint8_t* x, size_t n, BIGNUM* number) const {
    BN_zero(number);
    for (size_t i = 0; i < n; ++i) {
      Must(BN_mul_word(number, radix) == 1 && BN_add_word(number, x[i]) == 1);
    }
  }

  // STR^m_radix(number), algorithm 3; `number` is used up.
  Bytes Str(BIGNUM* number, size_t m) const {
    Bytes x(m);
    for (size_t i = m; i-- > 0;) {
      x[i] = static_cast<uint8_t>(BN_div_word(number, radix));
    }
    return x;
  }

  // radix^m.
  void Power(size_t m, BIGNUM* power) {
    Must(BN_one(power) == 1);
    for (size_t i = 0; i < m; ++i) Must(BN_mul_word(power, radix) == 1);
  }

  // Algorithms 7 and 8.
  Bytes Run(bool encrypt, const Bytes& tweak, const Bytes& message) {
    const size_t n = message.size();
    const size_t t = tweak.size();
    const size_t u = n / 2;  // 1
    const size_t v = n - u;
    Power(u, power_u.get());
    Power(v, power_v.get());
    Num(message.data(), u, a.get());  // 2
    Num(message.data() + u, v, b.get());
    // 3: ceil(v * log2(radix)) is the number of bits of radix^v - 1.
    Must(BN_copy(c.get(), power_v.get()) != nullptr &&
         BN_sub_word(c.get(), 1) == 1);
    const auto bits = static_cast<size_t>(BN_num_bits(c.get()));
    const size_t bytes = (bits + 7) / 8;
    const size_t d = 4 * ((bytes + 3) / 4) + 4;  // 4
    Bytes p = {1, 2, 1};                         // 5
    Append(p, radix, 3);
    p.push_back(10);
    p.push_back(static_cast<uint8_t>(u % 256));
    Append(p, n, 4);
    Append(p, t, 4);

    for (int step = 0; step < 10; ++step) {  // 6
      const int i = encrypt ? step : 9 - step;
      Bytes q = p;
      q.insert(q.end(), tweak.begin(), tweak.end());
      while ((q.size() + bytes + 1) % 16 != 0) q.push_back(0);
      q.push_back(static_cast<uint8_t>(i));
      const size_t at = q.size();
      q.resize(at + bytes);
      Must(BN_bn2binpad(encrypt ? b.get() : a.get(), q.data() + at,
                        static_cast<int>(bytes)) >= 0);
      const Bytes r = Prf(q);  // 6.ii
      Bytes s = r;             // 6.iii
      for (uint64_t j = 1; s.size() < d; ++j) {
        Bytes block = r;
        for (size_t k = 0; k < 8; ++k) {
          block[15 - k] ^= static_cast<uint8_t>(j >> (8 * k));
        }
        const Bytes more = Prf(block);
        s.insert(s.end(), more.begin(), more.end());
      }
      Must(BN_bin2bn(s.data(), static_cast<int>(d), y.get()) != nullptr);
      const BIGNUM* const m = i % 2 == 0 ? power_u.get() : power_v.get();  // v
      if (encrypt) {
        Must(BN_mod_add(c.get(), a.get(), y.get(), m, work.get()) == 1);
        std::swap(a, b);  // viii: A = B
        std::swap(b, c);  // ix: B = C
      } else {
        Must(BN_mod_sub(c.get(), b.get(), y.get(), m, work.get()) == 1);
        std::swap(b, a);
        std::swap(a, c);
      }
    }
    Bytes result = Str(a.get(), u);  // 7
    const Bytes right = Str(b.get(), v);
    result.insert(result.end(), right.begin(), right.end());
    return result;
  }

  const uint32_t radix;
  const std::unique_ptr<EVP_CIPHER_CTX, Free> cbc{EVP_CIPHER_CTX_new()};
  const std::unique_ptr<BN_CTX, Free> work{BN_CTX_new()};
  Number power_u = NewNumber();
  Number power_v = NewNumber();
  Number a = NewNumber();
  Number b = NewNumber();
  Number c = NewNumber();
  Number y = NewNumber();
};

ReferenceFf1::ReferenceFf1(const Bytes& key, uint32_t radix)
    : impl_(std::make_unique<Impl>(key, radix)) {}
ReferenceFf1::~ReferenceFf1() = default;

Bytes ReferenceFf1::Encrypt(const Bytes& tweak, const Bytes& numerals) {
  return impl_->Run(true, tweak, numerals);
}

Bytes ReferenceFf1::Decrypt(const Bytes& tweak, const Bytes& numerals) {
  return impl_->Run(false, tweak, numerals);
}

}  // namespace panvault::crypto
