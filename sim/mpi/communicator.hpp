// What the .cpp files of this folder share of MPI. For them alone: it includes mpi.h.
#pragma once

#include <mpi.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <span>
#include <vector>

namespace acidsim {

// A communicator of all ranks whose messages meet no others. Made and freed by all ranks together.
class Communicator {
 public:
  Communicator() { MPI_Comm_dup(MPI_COMM_WORLD, &communicator_); }
  ~Communicator() {
    // Where a rank failed the others may not come to free it with this one.
    if (std::uncaught_exceptions() == 0) MPI_Comm_free(&communicator_);
  }
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  MPI_Comm get() const { return communicator_; }

 private:
  MPI_Comm communicator_ = MPI_COMM_NULL;
};

// A transfer of any number of bytes under way: MPI counts in ints, so long ones go in pieces.
class Requests {
 public:
  void send(std::span<const std::byte> bytes, int to, int tag, MPI_Comm communicator) {
    start(bytes.size(), [&](std::size_t offset, int count, MPI_Request* request) {
      MPI_Isend(bytes.data() + offset, count, MPI_BYTE, to, tag, communicator, request);
    });
  }
  void receive(std::span<std::byte> bytes, int from, int tag, MPI_Comm communicator) {
    start(bytes.size(), [&](std::size_t offset, int count, MPI_Request* request) {
      MPI_Irecv(bytes.data() + offset, count, MPI_BYTE, from, tag, communicator, request);
    });
  }
  bool done() {
    int flag = 0;
    MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &flag, MPI_STATUSES_IGNORE);
    return flag != 0;
  }

 private:
  template <class Start>
  void start(std::size_t size, const Start& piece) {
    constexpr std::size_t most = std::size_t{1} << 30;
    requests_.clear();
    for (std::size_t offset = 0; offset < size; offset += most)
      piece(offset, static_cast<int>(std::min(most, size - offset)), &requests_.emplace_back());
  }

  std::vector<MPI_Request> requests_;
};

inline MPI_Datatype mpi_type(float) { return MPI_FLOAT; }
inline MPI_Datatype mpi_type(double) { return MPI_DOUBLE; }

}  // namespace acidsim
