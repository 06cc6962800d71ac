// How many records a run may have.
#pragma once

namespace acidsim {

inline constexpr double most_records = 1e7;  // of one run

}  // namespace acidsim
