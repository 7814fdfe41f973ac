// The module of shim.h.

#include <dlfcn.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <thread>

#include "tests/testing/shim.h"

namespace panvault::testing {
namespace {

Shim shim;

const CK_FUNCTION_LIST& Real() {
  static const CK_FUNCTION_LIST* const list = [] {
    void* const library =
        dlopen(PANVAULT_SOFTHSM_MODULE, RTLD_NOW | RTLD_LOCAL);
    const auto get = reinterpret_cast<CK_C_GetFunctionList>(
        dlsym(library, "C_GetFunctionList"));
    CK_FUNCTION_LIST* found = nullptr;
    get(&found);
    return found;
  }();
  return *list;
}

bool FileSays(const char* word) {
  static const char* const path = std::getenv("PANVAULT_SHIM_FAULT");
  if (path == nullptr) return false;
  std::string said;
  std::ifstream(path) >> said;
  return said == word;
}

bool IsRemoved() { return shim.removed || FileSays("removed"); }

bool Unlucky() {
  thread_local std::minstd_rand random(20261126);
  return static_cast<int>(random() % 100) < shim.fail_percent;
}

// What happens before each call.
CK_RV Before() {
  const int number = ++shim.calls;
  ++shim.held_up;
  while (shim.stalls || FileSays("stall")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  --shim.held_up;
  if (number == shim.fail_at || Unlucky()) return shim.error;
  if (shim.wants_finalize) return CKR_DEVICE_ERROR;
  return CKR_OK;
}

CK_RV BeforeUse() {
  if (const CK_RV rv = Before(); rv != CKR_OK) return rv;
  return IsRemoved() ? CKR_DEVICE_REMOVED : CKR_OK;
}

CK_RV Initialize(void* arguments) {
  ++shim.initialisations;
  if (const CK_RV rv = Before(); rv != CKR_OK) return rv;
  return Real().C_Initialize(arguments);
}

CK_RV Finalize(void* reserved) {
  shim.wants_finalize = false;
  if (const CK_RV rv = Before(); rv != CKR_OK) return rv;
  const CK_RV rv = Real().C_Finalize(reserved);
  ++shim.ends;
  return rv;
}

CK_RV GetSlotList(CK_BBOOL present, CK_SLOT_ID* slots, CK_ULONG* count) {
  if (const CK_RV rv = Before(); rv != CKR_OK) return rv;
  if (!IsRemoved()) return Real().C_GetSlotList(present, slots, count);
  *count = 0;
  return CKR_OK;
}

CK_RV GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO* info) {
  if (const CK_RV rv = BeforeUse(); rv != CKR_OK) return rv;
  const CK_RV rv = Real().C_GetTokenInfo(slot, info);
  info->flags |= shim.token_flags;
  info->flags &= ~shim.token_flags_cleared;
  return rv;
}

CK_RV OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void* application,
                  CK_NOTIFY notify, CK_SESSION_HANDLE* session) {
  if (const CK_RV rv = BeforeUse(); rv != CKR_OK) return rv;
  const CK_RV rv =
      Real().C_OpenSession(slot, flags, application, notify, session);
  if (rv == CKR_OK) ++shim.sessions;
  return rv;
}

CK_RV CloseSession(CK_SESSION_HANDLE session) {
  if (const CK_RV rv = BeforeUse(); rv != CKR_OK) return rv;
  const CK_RV rv = Real().C_CloseSession(session);
  if (rv == CKR_OK) --shim.sessions;
  return rv;
}

CK_RV Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_BYTE* pin,
            CK_ULONG size) {
  ++shim.logins;
  if (const char* const log = std::getenv("PANVAULT_SHIM_LOGINS")) {
    std::ofstream(log, std::ios::app) << "login\n";
  }
  if (const CK_RV rv = BeforeUse(); rv != CKR_OK) return rv;
  if (shim.login_error != 0) return shim.login_error;
  return Real().C_Login(session, user, pin, size);
}

CK_RV FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE* wanted,
                      CK_ULONG count) {
  if (const CK_RV rv = BeforeUse(); rv != CKR_OK) return rv;
  return Real().C_FindObjectsInit(session, wanted, count);
}

CK_RV FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE* found,
                  CK_ULONG room, CK_ULONG* count) {
  if (const CK_RV rv = BeforeUse(); rv != CKR_OK) return rv;
  const CK_RV rv = Real().C_FindObjects(session, found, room, count);
  if (shim.finds_key != 0 && *count > 0) found[0] = shim.finds_key;
  return rv;
}

CK_RV FindObjectsFinal(CK_SESSION_HANDLE session) {
  if (const CK_RV rv = BeforeUse(); rv != CKR_OK) return rv;
  return Real().C_FindObjectsFinal(session);
}

CK_RV GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                        CK_ATTRIBUTE* asked, CK_ULONG count) {
  if (const CK_RV rv = BeforeUse(); rv != CKR_OK) return rv;
  return Real().C_GetAttributeValue(session, object, asked, count);
}

CK_OBJECT_HANDLE KeyFor(CK_OBJECT_HANDLE key) {
  return shim.other_key != 0 ? shim.other_key.load() : key;
}

CK_RV EncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism,
                  CK_OBJECT_HANDLE key) {
  if (const CK_RV rv = BeforeUse(); rv != CKR_OK) return rv;
  if (shim.repeats_nonce && mechanism->mechanism == CKM_AES_GCM) {
    const auto* gcm = static_cast<CK_GCM_PARAMS*>(mechanism->pParameter);
    memset(gcm->pIv, 'n', gcm->ulIvLen);
  }
  return Real().C_EncryptInit(session, mechanism, KeyFor(key));
}

void AddSizeError(CK_ULONG* size) {
  *size = static_cast<CK_ULONG>(static_cast<long>(*size) + shim.size_error);
}

CK_RV Encrypt(CK_SESSION_HANDLE session, CK_BYTE* in, CK_ULONG in_size,
              CK_BYTE* out, CK_ULONG* out_size) {
  if (const CK_RV rv = BeforeUse(); rv != CKR_OK) return rv;
  const CK_RV rv = Real().C_Encrypt(session, in, in_size, out, out_size);
  if (shim.encrypts_to_zeros) memset(out, 0, *out_size);
  AddSizeError(out_size);
  return rv;
}

CK_RV DecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism,
                  CK_OBJECT_HANDLE key) {
  if (const CK_RV rv = BeforeUse(); rv != CKR_OK) return rv;
  return Real().C_DecryptInit(session, mechanism, KeyFor(key));
}

CK_RV Decrypt(CK_SESSION_HANDLE session, CK_BYTE* in, CK_ULONG in_size,
              CK_BYTE* out, CK_ULONG* out_size) {
  if (const CK_RV rv = BeforeUse(); rv != CKR_OK) return rv;
  const CK_RV rv = Real().C_Decrypt(session, in, in_size, out, out_size);
  if (shim.decrypts_nothing) return shim.decrypt_error;
  AddSizeError(out_size);
  if (rv == CKR_OK) return rv;
  if (shim.takes_every_tag) {
    *out_size = in_size - 16;
    return CKR_OK;
  }
  return shim.decrypt_error != 0 ? shim.decrypt_error.load() : rv;
}

}  // namespace
}  // namespace panvault::testing

extern "C" panvault::testing::Shim* panvault_shim() {
  return &panvault::testing::shim;
}

extern "C" CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
  namespace t = panvault::testing;
  static CK_FUNCTION_LIST functions = [] {
    CK_FUNCTION_LIST all = t::Real();
    all.C_Initialize = t::Initialize;
    all.C_Finalize = t::Finalize;
    all.C_GetSlotList = t::GetSlotList;
    all.C_GetTokenInfo = t::GetTokenInfo;
    all.C_OpenSession = t::OpenSession;
    all.C_CloseSession = t::CloseSession;
    all.C_Login = t::Login;
    all.C_FindObjectsInit = t::FindObjectsInit;
    all.C_FindObjects = t::FindObjects;
    all.C_FindObjectsFinal = t::FindObjectsFinal;
    all.C_GetAttributeValue = t::GetAttributeValue;
    all.C_EncryptInit = t::EncryptInit;
    all.C_Encrypt = t::Encrypt;
    all.C_DecryptInit = t::DecryptInit;
    all.C_Decrypt = t::Decrypt;
    return all;
  }();
  *list = &functions;
  return CKR_OK;
}
