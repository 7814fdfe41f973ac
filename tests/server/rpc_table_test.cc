// What this shows: the table has one row for each RPC of the services, and
// no other, so that an RPC that nobody thought of authorising fails here.

#include "server/rpc_table.h"

#include <map>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "panvault/v1/key_admin.pb.h"
#include "panvault/v1/server_admin.pb.h"
#include "panvault/v1/token_vault.pb.h"

namespace panvault::server {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// By path: "/panvault.v1.TokenVaultService/Tokenize".
std::map<std::string, const MethodDescriptor*> MethodsOfTheServices() {
  // Of every service in the .proto files, should there be another one day.
  std::map<std::string, const MethodDescriptor*> methods;
  for (const auto* file : {v1::TokenizeRequest::descriptor()->file(),
                           v1::TokenProfile::descriptor()->file(),
                           v1::Connection::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      const ServiceDescriptor& service = *file->service(s);
      for (int m = 0; m < service.method_count(); ++m) {
        methods["/" + service.full_name() + "/" + service.method(m)->name()] =
            service.method(m);
      }
    }
  }
  return methods;
}

TEST(RpcTableTest, HasARowForEveryRpcAndNoOther) {
  const auto methods = MethodsOfTheServices();
  EXPECT_EQ(methods.size(), kRpcCount);
  std::set<std::string> rows;
  for (const RpcRow& row : RpcTable()) {
    EXPECT_TRUE(rows.insert(std::string(row.path)).second) << row.path;
    EXPECT_TRUE(methods.contains(std::string(row.path)))
        << row.path << " is no RPC";
  }
  for (const auto& [path, method] : methods) {
    EXPECT_TRUE(rows.contains(path)) << path << " has no row";
  }
}

TEST(RpcTableTest, AllServicesAreCovered) {
  // Should the walk above find nothing, it would be content.
  const auto methods = MethodsOfTheServices();
  for (const char* name :
       {"panvault.v1.TokenVaultService", "panvault.v1.KeyAdminService",
        "panvault.v1.ServerAdminService"}) {
    const ServiceDescriptor* const service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
            name);
    ASSERT_NE(service, nullptr) << name;
    ASSERT_GT(service->method_count(), 0) << name;
    EXPECT_TRUE(methods.contains(std::string("/") + name + "/" +
                                 service->method(0)->name()));
  }
}

TEST(RpcTableTest, NamesAreThoseOfThePaths) {
  const auto methods = MethodsOfTheServices();
  for (const RpcRow& row : RpcTable()) {
    ASSERT_TRUE(methods.contains(std::string(row.path))) << row.path;
    EXPECT_EQ(row.name, methods.at(std::string(row.path))->name());
  }
}

TEST(RpcTableTest, NamesLeadBackToTheirRow) {
  for (const RpcRow& row : RpcTable()) {
    EXPECT_EQ(RpcNamed(row.name), row.rpc) << row.name;
    EXPECT_EQ(RpcAt(row.path), row.rpc) << row.path;
    EXPECT_EQ(RpcAt(row.name), std::nullopt) << row.name;
    EXPECT_EQ(RowOf(row.rpc).name, row.name);
  }
}

TEST(RpcTableTest, NamesAreExact) {
  for (const char* name :
       {"", "*", "tokenize", "TOKENIZE", "Tokenize ", " Tokenize", "Token",
        "Tokenizes", "kTokenize", "/panvault.v1.TokenVaultService/Tokenize",
        "TokenVaultService.Tokenize", "Check", "ServerReflectionInfo"}) {
    EXPECT_EQ(RpcNamed(name), std::nullopt) << name;
  }
  EXPECT_EQ(RpcNamed(absl::string_view("Tokenize\0", 9)), std::nullopt);
}

TEST(RpcTableTest, RowsThatNeedARevealLevelAreThoseThatShowPans) {
  for (const auto& [path, method] : MethodsOfTheServices()) {
    const std::optional<Rpc> rpc = RpcNamed(method->name());
    ASSERT_TRUE(rpc.has_value()) << path;
    const bool shows_pans =
        method->name().find("Detokenize") != std::string::npos;
    EXPECT_EQ(RowOf(*rpc).needs_reveal, shows_pans) << path;
    if (method->input_type()->FindFieldByName("reveal") != nullptr) {
      EXPECT_TRUE(RowOf(*rpc).needs_reveal) << path;
    }
  }
}

TEST(RpcTableTest, RowsAreAboutWhatTheirRequestsAndServicesAre) {
  for (const auto& [path, method] : MethodsOfTheServices()) {
    const std::optional<Rpc> rpc = RpcNamed(method->name());
    ASSERT_TRUE(rpc.has_value()) << path;
    const Descriptor& request = *method->input_type();
    const bool names_one = request.FindFieldByName("profile") != nullptr ||
                           request.FindFieldByName("name") != nullptr;
    EXPECT_EQ(RowOf(*rpc).scope == RpcScope::kOneProfile, names_one) << path;
    EXPECT_EQ(RowOf(*rpc).scope == RpcScope::kServer,
              method->service()->name() == "ServerAdminService")
        << path;
  }
}

}  // namespace
}  // namespace panvault::server
