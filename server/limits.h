// The limits of a call, by name and with their reasons.

#ifndef PANVAULT_SERVER_LIMITS_H_
#define PANVAULT_SERVER_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace panvault::server {

// Items of one batch or bulk call: some 2 ms of work, so that the others'
// batches do not wait long.
inline constexpr size_t kBatchItemsMax = 10'000;

// Enough for a merchant's and an order's number; ends up in logs of callers.
inline constexpr size_t kReferenceBytesMax = 64;

// 10,000 items of a PAN, a full context and a full reference are 1.6 MB.
inline constexpr int kRequestBytesMax = 2 << 20;

// Names and values of a call's headers together. Ours need some 200 bytes.
inline constexpr int kMetadataBytesMax = 8 << 10;

// Calls side by side on one connection. A client that wants more waits.
inline constexpr int kStreamsPerConnectionMax = 100;

// Read from a connection at once. gRPC would grow this to 4 MiB, and works off
// what it has read whatever becomes of the connection: 100,000 streams.
inline constexpr int kReadBytesMax = 16 << 10;
// What a client may send ahead of being asked for more, of all its calls
// together. gRPC would let this grow.
inline constexpr int kAheadBytesMax = 64 << 10;
// Besides, gRPC 1.51 lets it send as much of each message as has been declared,
// and has nothing to say until it is there.
inline constexpr uint64_t kStreamAheadBytesMax = 1 << 20;
// Taken from a connection, or from all of one address, without a byte in
// answer: what comes may be no calls, but streams that are taken back at once
// (CVE-2023-44487; each costs some 15 KB and 0.1 ms, and is 28 bytes), or
// headers without end.
inline constexpr uint64_t kUnansweredBytesMax =
    uint64_t{3} * kAheadBytesMax / 2;
inline constexpr uint64_t kSourceUnansweredBytesMax =
    uint64_t{3} * kAheadBytesMax;

// By how much the process may grow before a connection is answered that has
// sent as much; a sixth of what it may have, if that is less. A header of a
// byte may take some 60 bytes of memory, and at its end four times as much.
inline constexpr uint64_t kMemoryGrowthMax = 160 << 20;

// Streams of one certificate that begin within a second and are no calls yet:
// ten times what a client can have under way on a connection. With more
// connections than ten, a multiple of it.
inline constexpr int64_t kStreamsWithoutCallMax = 1'000;

// Batches of one caller, in all its replicas, that are under way or have not
// been read: some 100 MB at most.
inline constexpr size_t kLargeAnswersPerCallerMax = 64;

// From the TCP connection to the end of the TLS handshake.
inline constexpr int kHandshakeTimeoutMs = 5'000;

// A connection is closed after this long, so that it does not outlive its
// certificate for ever; calls that are under way get the grace to finish.
inline constexpr int kConnectionAgeMs = 10 * 60'000;
inline constexpr int kConnectionGraceMs = 30'000;
inline constexpr int kConnectionIdleMs = 5 * 60'000;

// Connections of all callers together. Each takes two file descriptors and some
// 80 KB.
inline constexpr size_t kConnectionsMax = 1'024;
// Of one address: a caller's pod has one, and needs a few connections.
inline constexpr size_t kConnectionsPerSourceMax = 256;
// Descriptors for all but connections: files, PostgreSQL, gRPC's own.
inline constexpr size_t kOtherDescriptors = 256;

// Of one answer of ListConnections. At worst, if every SPIFFE ID is as long as
// one may be, 2.2 MB, where clients take 4 MiB; and a lock that calls need is
// held for 1 ms.
inline constexpr size_t kConnectionsListedMax = 1'000;

// A connection without a call. Whose it is shows with its first one.
inline constexpr absl::Duration kQuietConnectionMax = absl::Seconds(60);

// TLS handshakes: some 2.5 ms of a core each, so a quarter of one core at most
// goes to those that show no identity. At once: every caller after a restart.
inline constexpr double kHandshakesPerSecond = 100;
inline constexpr double kHandshakesBurst = 400;
inline constexpr double kSourceHandshakesPerSecond = 50;
inline constexpr double kSourceHandshakesBurst = 256;

// Of a connection that is closed because memory is short: two messages.
inline constexpr uint64_t kShedBytesMin = uint64_t{2} * kRequestBytesMax;
// What a byte of headers may cost in memory, if it stands for a whole field.
inline constexpr uint64_t kUnansweredWeight = 64;

// Finds peers that are gone without a word.
inline constexpr int kKeepaliveMs = 60'000;
inline constexpr int kKeepaliveTimeoutMs = 10'000;

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_LIMITS_H_
