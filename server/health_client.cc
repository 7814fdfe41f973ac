#include "server/health_client.h"

#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/channel_arguments.h"
#include "server/listen_address.h"

namespace panvault::server {
namespace {

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
// HealthCheckResponse with status SERVING and NOT_SERVING: small enough to be
// read without generated code, which gRPC's packages do not ship.
constexpr absl::string_view kServing("\x08\x01", 2);
constexpr absl::string_view kNotServing("\x08\x02", 2);

// An address, not a name: nothing is asked of a name server.
std::string TargetOf(const std::string& address) {
  if (absl::StartsWith(address, kUnixPrefix)) return address;
  return absl::StrCat(address[0] == '[' ? "ipv6:" : "ipv4:", address);
}

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, 64);
  return grpc::CreateCustomChannel(
      TargetOf(address), grpc::InsecureChannelCredentials(), arguments);
}

std::string TextOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return "";
  std::string text;
  for (const grpc::Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

}  // namespace

absl::StatusOr<Health> AskHealth(const std::string& address,
                                 absl::Duration timeout) {
  if (!absl::StartsWith(address, kUnixPrefix) &&
      absl::EndsWith(address, ":0")) {
    return absl::InvalidArgumentError(
        "health_listen: port 0 names no server to ask");
  }
  grpc::GenericStub stub(ChannelTo(address));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  const grpc::Slice everything;  // The server as a whole: an empty message.
  grpc::ByteBuffer request(&everything, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> ended;
  stub.UnaryCall(
      &context, kCheck, grpc::StubOptions(), &request, &response,
      [&ended](grpc::Status status) { ended.set_value(std::move(status)); });
  const grpc::Status status = ended.get_future().get();
  const std::string text = TextOf(response);
  if (status.ok() && text == kServing) return Health::kServing;
  if (status.ok() && text == kNotServing) return Health::kNotServing;
  return absl::UnavailableError(
      absl::StrCat("no answer from gRPC health on ", address));
}

}  // namespace panvault::server
