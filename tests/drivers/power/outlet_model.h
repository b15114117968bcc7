#pragma once

#include <array>
#include <mutex>

#include "tests/drivers/power/conformance.h"

namespace rigbisect {

// The outlets of a device that a test plays itself, with its manners. Counted from 1. Thread-safe.
class OutletModel {
 public:
  void behave(Manners manners) {
    const std::lock_guard lock(mutex_);
    manners_ = manners;
  }

  void command(int outlet, bool on) {
    const std::lock_guard lock(mutex_);
    Outlet& it = at(outlet);
    if (manners_ == Manners::stuck || (manners_ == Manners::lies && !on)) return;
    if (manners_ == Manners::slow) {
      it.pending = on;
      it.asked = 0;
      it.changing = true;
      return;
    }
    it.on = on;
  }

  // Off, and on again by its own timer: when it was asked twice.
  void cycle(int outlet, long time) {
    command(outlet, false);
    const std::lock_guard lock(mutex_);
    cycle_time_ = time;
    at(outlet).back_after = 2;
  }
  // As it was told, in its own unit.
  long cycle_time() const {
    const std::lock_guard lock(mutex_);
    return cycle_time_;
  }

  // What it says when it is asked. A slow one counts the questions: at two a second, 92 are 46 s.
  bool said(int outlet) {
    const std::lock_guard lock(mutex_);
    Outlet& it = at(outlet);
    if (it.changing && ++it.asked >= 92) {
      it.on = it.pending;
      it.changing = false;
    }
    if (it.back_after > 0 && --it.back_after == 0) it.on = true;
    return manners_ != Manners::lies && it.on;
  }

  bool is_on(int outlet) const {
    const std::lock_guard lock(mutex_);
    return outlets_.at(static_cast<std::size_t>(outlet)).on;
  }

  double drawn(int outlet) const { return is_on(outlet) ? 42.0 : 0.0; }

 private:
  struct Outlet {
    bool on = false;
    bool pending = false;
    bool changing = false;
    int asked = 0;
    int back_after = 0;  // questions
  };
  Outlet& at(int outlet) { return outlets_.at(static_cast<std::size_t>(outlet)); }

  mutable std::mutex mutex_;
  Manners manners_ = Manners::honest;
  long cycle_time_ = 0;
  std::array<Outlet, 9> outlets_{};
};

}  // namespace rigbisect
