// What this shows: nothing is loaded that somebody else could have changed, and
// what is no module is refused with its path and the reason.

#include "vault/pkcs11/module.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/shim.h"
#include "tests/testing/softhsm.h"
#include "tests/testing/status_matchers.h"

namespace panvault::vault::pkcs11 {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;

class ModuleTest : public ::testing::Test {
 protected:
  ModuleTest() {
    std::filesystem::create_directory(folder());
    Permit(folder(), 0755);
    std::filesystem::copy_file(testing::SoftHsm::module(), copy());
    Permit(copy(), 0644);
  }

  std::string folder() const { return temp_.path() + "/modules"; }
  std::string copy() const { return folder() + "/softhsm.so"; }

  static void Permit(const std::string& path, mode_t mode) {
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
  }

  static void ExpectRefused(const std::string& path, const std::string& why) {
    const absl::Status status = Module::Load(path).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
  }

  testing::TempFolder temp_;
};

TEST_F(ModuleTest, LoadsTheSystemsModuleThroughItsLink) {
  EXPECT_THAT(Module::Load(testing::SoftHsm::module()), IsOk());
}

TEST_F(ModuleTest, LoadsACopyOfOurs) {
  EXPECT_THAT(Module::Load(copy()), IsOk());
}

TEST_F(ModuleTest, InitialisesTwiceAndAgainAfterFinalize) {
  testing::SoftHsm hsm;
  ASSERT_OK_AND_ASSIGN(const auto module,
                       Module::Load(testing::SoftHsm::module()));
  EXPECT_THAT(module->Initialize(), IsOk());
  EXPECT_THAT(module->Initialize(), IsOk());
  module->Finalize();
  EXPECT_THAT(module->Initialize(), IsOk());
  module->Finalize();
}

TEST_F(ModuleTest, SaysWhyItCannotInitialise) {
  testing::Shim& shim = testing::TheShim();
  ASSERT_OK_AND_ASSIGN(const auto module, Module::Load(testing::ShimModule()));
  shim.Reset();
  shim.fail_at = 1;
  shim.error = CKR_HOST_MEMORY;
  EXPECT_EQ(std::string(module->Initialize().message()),
            "C_Initialize: CKR_HOST_MEMORY");
  shim.Reset();
}

TEST_F(ModuleTest, WantsAnAbsolutePath) {
  ExpectRefused("softhsm.so", "softhsm.so: is not an absolute path");
  ExpectRefused("", "is not an absolute path");
}

TEST_F(ModuleTest, AbsentIsNotFound) {
  const absl::Status status = Module::Load(folder() + "/none.so").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(std::string(status.message()), HasSubstr("/none.so"));
}

TEST_F(ModuleTest, RefusesAFileThatOthersCanWrite) {
  for (const mode_t bit : {020u, 02u}) {
    Permit(copy(), 0644 | bit);
    ExpectRefused(copy(), copy() + ": its group or others can change it");
  }
  // Also through a link that nobody else can change.
  std::filesystem::create_symlink(copy(), folder() + "/link.so");
  ExpectRefused(folder() + "/link.so", "can change it");
}

TEST_F(ModuleTest, RefusesAFolderThatOthersCanWrite) {
  for (const mode_t bit : {020u, 02u}) {
    Permit(folder(), 0755 | bit);
    ExpectRefused(copy(), folder() + ": its group or others can change it");
  }
  // As /tmp, above it: others cannot rename what is ours there.
  Permit(folder(), 01777);
  EXPECT_THAT(Module::Load(copy()), IsOk());
}

TEST_F(ModuleTest, RefusesAFileOrFolderOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  constexpr uid_t kSomebody = 12345;
  ASSERT_EQ(chown(copy().c_str(), kSomebody, static_cast<gid_t>(-1)), 0);
  ExpectRefused(copy(), copy() + ": belongs to another user");
  ASSERT_EQ(chown(copy().c_str(), 0, static_cast<gid_t>(-1)), 0);
  ASSERT_EQ(chown(folder().c_str(), kSomebody, static_cast<gid_t>(-1)), 0);
  ExpectRefused(copy(), folder() + ": belongs to another user");
}

TEST_F(ModuleTest, RefusesWhatIsNoFile) {
  ExpectRefused(folder(), "is not a regular file");
  ExpectRefused("/dev/zero", "is not a regular file");
}

TEST_F(ModuleTest, RefusesWhatIsNoLibrary) {
  const std::string path = folder() + "/text.so";
  std::ofstream(path) << "no library";
  Permit(path, 0644);
  ExpectRefused(path, "cannot be loaded");
}

TEST_F(ModuleTest, RefusesALibraryThatIsNoModule) {
  ExpectRefused(PANVAULT_OTHER_LIBRARY, "it has no C_GetFunctionList");
}

}  // namespace
}  // namespace panvault::vault::pkcs11
