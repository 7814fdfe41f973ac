// What this shows: messages are used again, wiped and empty; what has grown too
// large or is too many is freed; and no two calls ever share one.

#include "server/message_pool.h"

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "panvault/v1/token_vault.pb.h"

namespace panvault::server {
namespace {

using UnaryPool = MessagePool<v1::TokenizeRequest, v1::TokenizeResponse>;
using BatchPool =
    MessagePool<v1::BatchTokenizeRequest, v1::BatchTokenizeResponse>;

constexpr MessagePoolOptions kRoomy{.pairs_max = 4, .pair_bytes_max = 1 << 20};
// On the heap, not in the string itself.
const std::string& LongPan() {
  static const auto& pan = *new std::string(
      "4111111111111111411111111111111141111111111111114111111111111111");
  return pan;
}

TEST(MessagePool, GivesOutAPairAgainOnceItIsBack) {
  UnaryPool pool(kRoomy);
  auto* const first = pool.AllocateMessages();
  v1::TokenizeRequest* const request = first->request();
  v1::TokenizeResponse* const response = first->response();
  EXPECT_EQ(pool.size(), 0u);
  first->Release();
  EXPECT_EQ(pool.size(), 1u);

  auto* const second = pool.AllocateMessages();
  EXPECT_EQ(second->request(), request);
  EXPECT_EQ(second->response(), response);
  EXPECT_EQ(pool.size(), 0u);
  second->Release();
}

TEST(MessagePool, NeverGivesOnePairToTwoCalls) {
  UnaryPool pool(kRoomy);
  std::vector<grpc::MessageHolder<v1::TokenizeRequest, v1::TokenizeResponse>*>
      pairs;
  std::set<const void*> messages;
  for (int round = 0; round < 2; ++round) {
    messages.clear();
    for (int i = 0; i < 6; ++i) {
      pairs.push_back(pool.AllocateMessages());
      messages.insert(pairs.back()->request());
      messages.insert(pairs.back()->response());
    }
    EXPECT_EQ(messages.size(), 12u);
    for (auto* const pair : pairs) pair->Release();
    pairs.clear();
  }
}

TEST(MessagePool, WipesAndEmptiesWhatComesBack) {
  UnaryPool pool(kRoomy);
  auto* const pair = pool.AllocateMessages();
  pair->request()->set_profile("cards");
  pair->request()->set_pan(LongPan());
  pair->response()->set_token(LongPan());
  pair->response()->set_key_version(7);
  const char* const pan = pair->request()->pan().data();
  const char* const token = pair->response()->token().data();
  pair->Release();

  // The pool has kept the pair, and so this memory.
  ASSERT_EQ(pool.size(), 1u);
  for (const char* const memory : {pan, token}) {
    EXPECT_EQ(std::count(memory, memory + LongPan().size(), '\0'),
              static_cast<std::ptrdiff_t>(LongPan().size()));
  }
  auto* const again = pool.AllocateMessages();
  EXPECT_EQ(again->request()->ByteSizeLong(), 0u);
  EXPECT_EQ(again->response()->ByteSizeLong(), 0u);
  again->Release();
}

TEST(MessagePool, KeepsTheMemoryOfItems) {
  BatchPool pool(kRoomy);
  auto* const pair = pool.AllocateMessages();
  for (int i = 0; i < 100; ++i) pair->request()->add_items()->set_pan("4");
  const v1::BatchTokenizeItem* const item = &pair->request()->items(99);
  pair->Release();
  auto* const again = pool.AllocateMessages();
  for (int i = 0; i < 100; ++i) again->request()->add_items();
  EXPECT_EQ(&again->request()->items(99), item);
  again->Release();
}

TEST(MessagePool, FreesAPairThatHasGrownTooLarge) {
  BatchPool pool({.pairs_max = 4, .pair_bytes_max = 10'000});
  auto* const small = pool.AllocateMessages();
  for (int i = 0; i < 10; ++i) small->request()->add_items()->set_pan("4");
  small->Release();
  EXPECT_EQ(pool.size(), 1u);

  // By many items, by one that is large, and by a response.
  auto* pair = pool.AllocateMessages();
  for (int i = 0; i < 1000; ++i) pair->request()->add_items()->set_pan("4");
  pair->Release();
  EXPECT_EQ(pool.size(), 0u);
  pair = pool.AllocateMessages();
  pair->request()->add_items()->set_context(std::string(20'000, 'x'));
  pair->Release();
  EXPECT_EQ(pool.size(), 0u);
  pair = pool.AllocateMessages();
  for (int i = 0; i < 1000; ++i) pair->response()->add_results();
  pair->Release();
  EXPECT_EQ(pool.size(), 0u);
}

// Each call is small; what they leave behind adds up.
TEST(MessagePool, FreesAPairThatHasGrownBitByBit) {
  UnaryPool pool({.pairs_max = 4, .pair_bytes_max = 1'000});
  pool.AllocateMessages()->Release();
  ASSERT_EQ(pool.size(), 1u);
  for (size_t size = 50; pool.size() == 1 && size < 3'000; size += 50) {
    auto* const pair = pool.AllocateMessages();
    pair->request()->set_context(std::string(size, 'x'));
    pair->Release();
    EXPECT_EQ(pool.size(), size < 700 ? 1u : pool.size()) << size;
  }
  EXPECT_EQ(pool.size(), 0u);
}

// What the pool goes by instead of looking.
TEST(MessagePool, KnowsTheMostMemoryOfABytePerWireByte) {
  const auto check = [](const google::protobuf::Message& message) {
    EXPECT_LE(message.SpaceUsedLong(),
              kBytesPerWireByteMax * message.ByteSizeLong() + 1'000)
        << message.GetTypeName();
  };
  v1::BatchTokenizeRequest tokenize;
  v1::BatchTokenizeResponse tokenized;
  v1::BatchDetokenizeRequest detokenize;
  v1::BatchDetokenizeResponse detokenized;
  for (int i = 0; i < 1'000; ++i) {
    tokenize.add_items();
    tokenized.add_results();
    detokenize.add_items();
    detokenized.add_results();
  }
  check(tokenize);
  check(tokenized);
  check(detokenize);
  check(detokenized);
  for (int i = 0; i < 1'000; ++i) {
    tokenize.mutable_items(i)->set_pan("4");
    tokenized.mutable_results(i)->mutable_error();
    detokenize.mutable_items(i)->set_token("4");
    detokenized.mutable_results(i)->mutable_error();
  }
  check(tokenize);
  check(tokenized);
  check(detokenize);
  check(detokenized);
}

TEST(MessagePool, KeepsNoMoreThanItsBound) {
  UnaryPool pool({.pairs_max = 2, .pair_bytes_max = 1 << 20});
  std::vector<grpc::MessageHolder<v1::TokenizeRequest, v1::TokenizeResponse>*>
      pairs;
  for (int i = 0; i < 5; ++i) pairs.push_back(pool.AllocateMessages());
  for (auto* const pair : pairs) pair->Release();
  EXPECT_EQ(pool.size(), 2u);
}

TEST(MessagePool, WorksWithoutKeepingAny) {
  UnaryPool pool({.pairs_max = 0, .pair_bytes_max = 1 << 20});
  for (int i = 0; i < 3; ++i) pool.AllocateMessages()->Release();
  EXPECT_EQ(pool.size(), 0u);
}

TEST(MessagePool, GivesEmptyMessagesToManyThreads) {
  UnaryPool pool(kRoomy);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&pool] {
      for (int i = 0; i < 2000; ++i) {
        auto* const pair = pool.AllocateMessages();
        EXPECT_TRUE(pair->request()->pan().empty());
        EXPECT_TRUE(pair->response()->token().empty());
        pair->request()->set_pan(LongPan());
        pair->response()->set_token(LongPan());
        pair->Release();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(pool.size(), kRoomy.pairs_max);
  EXPECT_GE(pool.size(), 1u);
}

}  // namespace
}  // namespace panvault::server
