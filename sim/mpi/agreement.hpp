// What ranks tell each other on the way, without waiting. For the .cpp files of this folder.
#pragma once

#include <array>
#include <cstdint>

#include "sim/mpi/communicator.hpp"

namespace acidsim {

// Of each value the largest of all ranks, one exchange under way at a time.
class Agreement {
 public:
  enum Value { diverged, interrupted, out_of_time, checkpoint, interval, values };
  using Values = std::array<std::uint64_t, values>;

  bool under_way() const { return under_way_; }
  void start(const Values& own) {
    own_ = own;
    MPI_Iallreduce(own_.data(), all_.data(), values, MPI_UINT64_T, MPI_MAX, communicator_.get(), &request_);
    under_way_ = true;
  }
  bool done() {
    int flag = 0;
    MPI_Test(&request_, &flag, MPI_STATUS_IGNORE);
    return flag != 0;
  }
  // Once it is done.
  const Values& take() {
    under_way_ = false;
    return all_;
  }

 private:
  Communicator communicator_;
  Values own_{}, all_{};
  MPI_Request request_ = MPI_REQUEST_NULL;
  bool under_way_ = false;
};

}  // namespace acidsim
