// One call of METIS at a time.
#pragma once

#include <mutex>

namespace acidsim {

// To be held during a call of METIS, which seeds and draws from the C library's rand(): two calls at once
// would disturb each other.
inline std::mutex& metis_mutex() {
  static std::mutex one_at_a_time;
  return one_at_a_time;
}

}  // namespace acidsim
