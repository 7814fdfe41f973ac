#include "vault/pkcs11/heartbeat.h"

#include <utility>

namespace panvault::vault::pkcs11 {

Heartbeat::Heartbeat(absl::Duration pause, std::function<void()> beat)
    : pause_(pause), beat_(std::move(beat)), thread_([this] { Run(); }) {}

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void Heartbeat::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_.wait_for(lock, absl::ToChronoNanoseconds(pause_),
                         [this] { return stopping_; })) {
    lock.unlock();
    beat_();
    lock.lock();
  }
}

}  // namespace panvault::vault::pkcs11
