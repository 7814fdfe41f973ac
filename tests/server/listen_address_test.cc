// What this shows: an address to listen on is an IP address and a port, never a
// name, and loopback means what only this host can reach.

#include "server/listen_address.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace panvault::server {
namespace {

TEST(ListenAddressTest, LoopbackAddresses) {
  for (const char* text :
       {"127.0.0.1:8443", "127.0.0.1:0", "127.0.0.1:65535", "127.0.0.0:1",
        "127.255.255.255:1", "[::1]:8443", "[0:0:0:0:0:0:0:1]:1"}) {
    EXPECT_TRUE(IsIpAndPort(text)) << text;
    EXPECT_TRUE(IsLoopback(text)) << text;
  }
}

TEST(ListenAddressTest, AddressesThatOthersReach) {
  for (const char* text :
       {"0.0.0.0:8443", "[::]:8443", "10.0.0.1:1", "126.255.255.255:1",
        "128.0.0.0:1", "255.255.255.255:1", "[2001:db8::1]:443", "[::2]:1",
        "[1::1]:1", "[fe80::1]:1",
        // Loopback in another coat; not worth a rule of its own.
        "[::ffff:127.0.0.1]:1"}) {
    EXPECT_TRUE(IsIpAndPort(text)) << text;
    EXPECT_FALSE(IsLoopback(text)) << text;
  }
}

TEST(ListenAddressTest, WhatIsNoIpAndPort) {
  for (const char* text : {
           "",
           ":",
           ":8443",
           "127.0.0.1",
           "127.0.0.1:",
           "::1",
           "[::1]",
           "[::1",
           "[]:1",
           "::1:8443",  // Which colon?
           "localhost:8443",
           "vault.example.org:8443",  // Names.
           "127.0.0.1:65536",
           "127.0.0.1:99999",
           "127.0.0.1:100000",
           "127.0.0.1:-1",
           "127.0.0.1:+1",
           "127.0.0.1: 1",
           "127.0.0.1:1 ",
           "127.0.0.1:0x1",
           "127.0.0.1:http",
           "127.0.0.1:1:2",
           "127.1:1",
           "127.0.0:1",
           "127.0.0.1.1:1",
           "127.0.0.256:1",
           "0177.0.0.1:1",
           "2130706433:1",
           " 127.0.0.1:1",
           "[127.0.0.1]:1",
           "[fe80::1%eth0]:1",
           "[::1]1:1",
           "1[::1]:1",
           "[g::]:1",
           "[:::]:1",
           "[[::1]]:1",
           "unix:/run/health",
           "unix:8443",
           "*:8443",
       }) {
    EXPECT_FALSE(IsIpAndPort(text)) << text;
    EXPECT_FALSE(IsLoopback(text)) << text;
  }
}

TEST(ListenAddressTest, NulHidesNothing) {
  using std::literals::string_literals::operator""s;
  for (const std::string& text :
       {"127.0.0.1\0.example.org:8443"s, "[::1\0]:8443"s, "[::1\0x]:1"s,
        "\0:1"s, "127.0.0.1:1\0"s, "127.0.0.1:\0"s}) {
    EXPECT_FALSE(IsIpAndPort(text)) << text.c_str();
    EXPECT_FALSE(IsLoopback(text)) << text.c_str();
  }
}

}  // namespace
}  // namespace panvault::server
