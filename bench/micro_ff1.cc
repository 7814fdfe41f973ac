// Google Benchmark cases: FF1 by length, batch and tweaks, its floor, and the
// other primitives.

#include <cstdint>
#include <vector>

#include "bench/micro_work.h"
#include "benchmark/benchmark.h"
#include "crypto/aes_gcm.h"
#include "crypto/kdf.h"
#include "crypto/luhn.h"
#include "crypto/secret_bytes.h"

namespace panvault::bench {
namespace {

Ff1Load LoadOf(const benchmark::State& state, TweakKind tweaks) {
  return {.length = static_cast<size_t>(state.range(0)),
          .messages = static_cast<size_t>(state.range(1)),
          .tweaks = tweaks};
}

void CountItems(benchmark::State& state, size_t per_iteration) {
  state.SetItemsProcessed(state.iterations() *
                          static_cast<int64_t>(per_iteration));
}

void Ff1Encrypt(benchmark::State& state, TweakKind tweaks) {
  const Ff1Load load = LoadOf(state, tweaks);
  Ff1Work work(load);
  for ([[maybe_unused]] const auto _ : state) work.Encrypt();
  CountItems(state, load.messages);
}

void Ff1Decrypt(benchmark::State& state, TweakKind tweaks) {
  const Ff1Load load = LoadOf(state, tweaks);
  Ff1Work work(load);
  for ([[maybe_unused]] const auto _ : state) work.Decrypt();
  CountItems(state, load.messages);
}

void CardLoads(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"digits", "messages"})
      ->ArgsProduct(
          {benchmark::CreateDenseRange(12, 19, 1), {1, 16, 256, 10000}});
}

BENCHMARK_CAPTURE(Ff1Encrypt, tweak_per_message, TweakKind::kPerMessage)
    ->Apply(CardLoads);
BENCHMARK_CAPTURE(Ff1Decrypt, tweak_per_message, TweakKind::kPerMessage)
    ->Apply(CardLoads);
BENCHMARK_CAPTURE(Ff1Encrypt, common_tweak, TweakKind::kCommon)
    ->ArgNames({"digits", "messages"})
    ->ArgsProduct({{15}, {1, 16, 256, 10000}});

void FloorBatch(benchmark::State& state) {
  const auto messages = static_cast<size_t>(state.range(0));
  AesFloor floor(messages);
  for ([[maybe_unused]] const auto _ : state) floor.RunBatch();
  CountItems(state, messages);
}
BENCHMARK(FloorBatch)
    ->ArgName("messages")
    ->Arg(1)
    ->Arg(16)
    ->Arg(256)
    ->Arg(10000);

void FloorChained(benchmark::State& state) {
  AesFloor floor(1);
  for ([[maybe_unused]] const auto _ : state) floor.RunChained();
  CountItems(state, 1);
}
BENCHMARK(FloorChained);

crypto::SecretBytes SecretOf(size_t size) {
  return crypto::SecretBytes::CopyOf(std::vector<uint8_t>(size, 0x5a));
}

void AesGcmOpen(benchmark::State& state) {
  const crypto::SecretBytes key = SecretOf(32);
  const std::vector<uint8_t> aad(40, 1);
  const auto sealed = crypto::AesGcmSeal(key, aad, SecretOf(32));
  for ([[maybe_unused]] const auto _ : state) {
    benchmark::DoNotOptimize(crypto::AesGcmOpen(key, aad, *sealed));
  }
}
BENCHMARK(AesGcmOpen);

void AesGcmSeal(benchmark::State& state) {
  const crypto::SecretBytes key = SecretOf(32);
  const crypto::SecretBytes text = SecretOf(32);
  const std::vector<uint8_t> aad(40, 1);
  for ([[maybe_unused]] const auto _ : state) {
    benchmark::DoNotOptimize(crypto::AesGcmSeal(key, aad, text));
  }
}
BENCHMARK(AesGcmSeal);

void HmacSha256(benchmark::State& state) {
  const crypto::SecretBytes key = SecretOf(32);
  const std::vector<uint8_t> message(static_cast<size_t>(state.range(0)), 1);
  for ([[maybe_unused]] const auto _ : state) {
    benchmark::DoNotOptimize(crypto::HmacSha256(key, message));
  }
}
BENCHMARK(HmacSha256)->ArgName("bytes")->Arg(16)->Arg(64);

void HkdfSha256(benchmark::State& state) {
  const crypto::SecretBytes key = SecretOf(32);
  for ([[maybe_unused]] const auto _ : state) {
    benchmark::DoNotOptimize(crypto::HkdfSha256(key, {}, "purpose", 32));
  }
}
BENCHMARK(HkdfSha256);

void LuhnRemainder(benchmark::State& state) {
  const std::vector<uint8_t> digits(static_cast<size_t>(state.range(0)), 7);
  for ([[maybe_unused]] const auto _ : state)
    benchmark::DoNotOptimize(crypto::LuhnRemainder(digits));
}
BENCHMARK(LuhnRemainder)->ArgName("digits")->Arg(16)->Arg(19);

}  // namespace
}  // namespace panvault::bench
