#include "tests/testing/softhsm.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "vault/pkcs11/ckr.h"

namespace panvault::testing {
namespace {

using vault::pkcs11::CkrName;
using vault::pkcs11::Module;

constexpr char kSoPin[] = "97531864";

CK_BYTE* BytesOf(const std::string& text) {
  return reinterpret_cast<CK_BYTE*>(const_cast<char*>(text.data()));
}

void ExpectDone(CK_RV rv) { EXPECT_EQ(CkrName(rv), "CKR_OK"); }

// Initialises the module for the time being, unless somebody has.
class InUse final {
 public:
  explicit InUse(const CK_FUNCTION_LIST& functions) : functions_(functions) {
    CK_C_INITIALIZE_ARGS arguments = {};
    arguments.flags = CKF_OS_LOCKING_OK;
    ours_ = functions_.C_Initialize(&arguments) == CKR_OK;
  }
  ~InUse() {
    if (ours_) functions_.C_Finalize(nullptr);
  }
  InUse(const InUse&) = delete;
  InUse& operator=(const InUse&) = delete;

 private:
  const CK_FUNCTION_LIST& functions_;
  bool ours_ = false;
};

std::vector<CK_SLOT_ID> Slots(const CK_FUNCTION_LIST& functions) {
  CK_ULONG count = 0;
  ExpectDone(functions.C_GetSlotList(CK_TRUE, nullptr, &count));
  std::vector<CK_SLOT_ID> slots(count);
  ExpectDone(functions.C_GetSlotList(CK_TRUE, slots.data(), &count));
  return slots;
}

std::string LabelOf(const CK_FUNCTION_LIST& functions, CK_SLOT_ID slot) {
  CK_TOKEN_INFO info = {};
  ExpectDone(functions.C_GetTokenInfo(slot, &info));
  std::string label(std::begin(info.label), std::end(info.label));
  label.erase(label.find_last_not_of(' ') + 1);
  return label;
}

CK_SLOT_ID SlotOf(const CK_FUNCTION_LIST& functions, const std::string& label) {
  for (const CK_SLOT_ID slot : Slots(functions)) {
    if (LabelOf(functions, slot) == label) return slot;
  }
  ADD_FAILURE() << "no token " << label;
  return 0;
}

}  // namespace

SoftHsm::SoftHsm() {
  std::filesystem::create_directory(folder_.path() + "/tokens");
  const std::string config = folder_.path() + "/softhsm2.conf";
  std::ofstream(config) << "directories.tokendir = " << folder_.path()
                        << "/tokens\nobjectstore.backend = file\n"
                        << "log.level = ERROR\n";
  EXPECT_EQ(setenv("SOFTHSM2_CONF", config.c_str(), 1), 0);
  std::ofstream(pin_file()) << kPin << "\n";
  EXPECT_EQ(chmod(pin_file().c_str(), 0400), 0);
  auto loaded = Module::Load(module());
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  module_ = *std::move(loaded);
  AddToken(kTokenLabel);
}

SoftHsm::~SoftHsm() { module_->Finalize(); }

std::string SoftHsm::module() { return PANVAULT_SOFTHSM_MODULE; }

vault::pkcs11::KeyPlace SoftHsm::place() const {
  return {module(), kTokenLabel, kKeyLabel};
}

void SoftHsm::AddToken(const std::string& label) {
  const CK_FUNCTION_LIST& functions = module_->functions();
  const InUse in_use(functions);
  std::string padded = label;
  padded.resize(vault::pkcs11::kTokenLabelBytesMax, ' ');
  // SoftHSM always has one more slot, whose token is not initialised.
  const CK_SLOT_ID empty = Slots(functions).back();
  const std::string so_pin = kSoPin;
  const std::string pin = kPin;
  ExpectDone(functions.C_InitToken(empty, BytesOf(so_pin), so_pin.size(),
                                   BytesOf(padded)));
  CK_SESSION_HANDLE session = 0;
  ExpectDone(functions.C_OpenSession(SlotOf(functions, label),
                                     CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                     nullptr, nullptr, &session));
  ExpectDone(
      functions.C_Login(session, CKU_SO, BytesOf(so_pin), so_pin.size()));
  ExpectDone(functions.C_InitPIN(session, BytesOf(pin), pin.size()));
  ExpectDone(functions.C_Logout(session));
  ExpectDone(functions.C_CloseSession(session));
}

void SoftHsm::InSession(const std::function<void(CK_SESSION_HANDLE)>& use) {
  const CK_FUNCTION_LIST& functions = module_->functions();
  const InUse in_use(functions);
  CK_SESSION_HANDLE session = 0;
  ExpectDone(functions.C_OpenSession(SlotOf(functions, kTokenLabel),
                                     CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                     nullptr, nullptr, &session));
  const std::string pin = kPin;
  const CK_RV rv =
      functions.C_Login(session, CKU_USER, BytesOf(pin), pin.size());
  if (rv != CKR_USER_ALREADY_LOGGED_IN) ExpectDone(rv);
  use(session);
  ExpectDone(functions.C_CloseSession(session));
}

void SoftHsm::MakeKey(const KeySpec& spec) {
  InSession([&](CK_SESSION_HANDLE session) { MakeKeyIn(session, spec); });
}

void SoftHsm::MakeKeyIn(CK_SESSION_HANDLE session, const KeySpec& spec) {
  CK_OBJECT_CLASS secret_key = CKO_SECRET_KEY;
  CK_KEY_TYPE type = spec.type;
  CK_ULONG bytes = spec.bytes;
  CK_BBOOL on_token = spec.on_token;
  CK_BBOOL sensitive = spec.sensitive;
  CK_BBOOL extractable = spec.extractable;
  CK_BBOOL encrypts = spec.encrypts;
  CK_BBOOL decrypts = spec.decrypts;
  CK_BBOOL is_private = CK_TRUE;
  std::vector<uint8_t> value = spec.value;
  std::vector<CK_ATTRIBUTE> made = {
      {CKA_CLASS, &secret_key, sizeof secret_key},
      {CKA_KEY_TYPE, &type, sizeof type},
      {CKA_LABEL, BytesOf(spec.label), spec.label.size()},
      {CKA_TOKEN, &on_token, sizeof on_token},
      {CKA_PRIVATE, &is_private, sizeof is_private},
      {CKA_SENSITIVE, &sensitive, sizeof sensitive},
      {CKA_EXTRACTABLE, &extractable, sizeof extractable},
      {CKA_ENCRYPT, &encrypts, sizeof encrypts},
      {CKA_DECRYPT, &decrypts, sizeof decrypts},
  };
  CK_OBJECT_HANDLE key = 0;
  const CK_FUNCTION_LIST& functions = module_->functions();
  if (!value.empty()) {
    made.push_back({CKA_VALUE, value.data(), value.size()});
    ExpectDone(
        functions.C_CreateObject(session, made.data(), made.size(), &key));
    return;
  }
  made.push_back({CKA_VALUE_LEN, &bytes, sizeof bytes});
  CK_MECHANISM generate = {
      type == CKK_AES ? CKM_AES_KEY_GEN : CKM_GENERIC_SECRET_KEY_GEN, nullptr,
      0};
  ExpectDone(functions.C_GenerateKey(session, &generate, made.data(),
                                     made.size(), &key));
}

CK_OBJECT_HANDLE SoftHsm::FindIn(CK_SESSION_HANDLE session,
                                 const std::string& label) {
  const CK_FUNCTION_LIST& functions = module_->functions();
  CK_ATTRIBUTE wanted = {CKA_LABEL, BytesOf(label), label.size()};
  ExpectDone(functions.C_FindObjectsInit(session, &wanted, 1));
  CK_OBJECT_HANDLE key = 0;
  CK_ULONG count = 0;
  ExpectDone(functions.C_FindObjects(session, &key, 1, &count));
  ExpectDone(functions.C_FindObjectsFinal(session));
  return count == 0 ? 0 : key;
}

CK_OBJECT_HANDLE SoftHsm::FindKey(const std::string& label) {
  CK_OBJECT_HANDLE key = 0;
  InSession([&](CK_SESSION_HANDLE session) { key = FindIn(session, label); });
  return key;
}

void SoftHsm::DestroyKeys(const std::string& label) {
  InSession([&](CK_SESSION_HANDLE session) {
    while (const CK_OBJECT_HANDLE key = FindIn(session, label)) {
      const CK_RV rv = module_->functions().C_DestroyObject(session, key);
      ExpectDone(rv);
      if (rv != CKR_OK) return;
    }
  });
}

}  // namespace panvault::testing
