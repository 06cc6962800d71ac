#include "sim/mpi/world.hpp"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "sim/core/error.hpp"

#ifdef ACIDSIM_MPI
#include <mpi.h>
#endif

namespace acidsim {

bool MpiWorld::launched() {
  return std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr || std::getenv("PMIX_RANK") != nullptr ||
         std::getenv("PMI_RANK") != nullptr;
}

MpiWorld::ProcessRank MpiWorld::launched_as() {
  static constexpr struct {
    const char *rank, *size;
  } launchers[] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},  // Open MPI's mpirun
                   {"PMI_RANK", "PMI_SIZE"},                          // MPICH's, and srun --mpi=pmi2
                   {"PMIX_RANK", "SLURM_STEP_NUM_TASKS"},             // srun --mpi=pmix
                   {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS"}};         // srun
  for (const auto& launcher : launchers)
    if (const char* rank = std::getenv(launcher.rank), *size = std::getenv(launcher.size); rank && size)
      return {std::atoi(rank), std::atoi(size)};
  // Started by something that counts processes and does not say how many: each is taken for one of several.
  for (const char* name : {"PMIX_RANK", "PMI_RANK"})
    if (const char* rank = std::getenv(name)) return {std::atoi(rank), std::atoi(rank) + 2};
  return {};
}

void MpiWorld::Pause::operator()() {
  const Clock::time_point now = Clock::now();
  if (since_ == Clock::time_point{}) since_ = now;
  if (interrupt_ != nullptr && interrupt_->load(std::memory_order_relaxed)) {
    if (interrupted_ == Clock::time_point{}) interrupted_ = now;
    if (now - interrupted_ > std::chrono::milliseconds(500)) throw WaitInterrupted();
  }
  const auto waited = now - since_;
  if (waited < std::chrono::microseconds(20)) return;
  if (waited < std::chrono::microseconds(200)) return std::this_thread::yield();
  std::this_thread::sleep_for(std::min<Clock::duration>(waited / 8, std::chrono::milliseconds(1)));
}

#ifdef ACIDSIM_MPI

namespace {

void finish(const MpiWorld& world, MPI_Request& request) {
  world.wait([&] {
    int done = 0;
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    return done != 0;
  });
}

}  // namespace

bool MpiWorld::available() { return true; }

MpiWorld::MpiWorld(Threads threads, const std::atomic<bool>* interrupt) : interrupt_(interrupt) {
  const int wanted = threads == Threads::one ? MPI_THREAD_FUNNELED : MPI_THREAD_MULTIPLE;
  // Open MPI between processes of one machine: vectors of up to 2000 numbers go at once, without a handshake
  // that waits for both to look. Whoever sets it otherwise is right.
  ::setenv("OMPI_MCA_btl_vader_eager_limit", "16384", 0);
  int offered = MPI_THREAD_SINGLE;
  MPI_Init_thread(nullptr, nullptr, wanted, &offered);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm_size(MPI_COMM_WORLD, &size_);
  int length = 0;
  std::string name(MPI_MAX_PROCESSOR_NAME, '\0');
  MPI_Get_processor_name(name.data(), &length);
  host_ = name.substr(0, static_cast<std::size_t>(length));
  if (offered >= wanted) return;
  std::string library(MPI_MAX_LIBRARY_VERSION_STRING, '\0');
  MPI_Get_library_version(library.data(), &length);
  library.resize(static_cast<std::size_t>(length));
  MPI_Finalize();
  throw InputError("--backend", "this MPI library does not let several threads call it (MPI_THREAD_MULTIPLE)",
                   library.substr(0, library.find(',')), "use a library that was built with it");
}

MpiWorld::~MpiWorld() { MPI_Finalize(); }

void MpiWorld::broadcast(std::string& text) {
  std::uint64_t length = text.size();
  MPI_Request request;
  MPI_Ibcast(&length, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD, &request);
  finish(*this, request);
  text.resize(length);
  MPI_Ibcast(text.data(), static_cast<int>(length), MPI_CHAR, 0, MPI_COMM_WORLD, &request);
  finish(*this, request);
}

std::vector<std::string> MpiWorld::gather(const std::string& text) {
  if (rank_ != 0) {
    MPI_Request request;
    MPI_Isend(text.data(), static_cast<int>(text.size()), MPI_CHAR, 0, 0, MPI_COMM_WORLD, &request);
    finish(*this, request);
    return {};
  }
  std::vector<std::string> texts = {text};
  for (int from = 1; from < size_; ++from) {
    MPI_Message message;
    MPI_Status status;
    wait([&] {
      int there = 0;
      MPI_Improbe(from, 0, MPI_COMM_WORLD, &there, &message, &status);
      return there != 0;
    });
    int length = 0;
    MPI_Get_count(&status, MPI_CHAR, &length);
    std::string& received = texts.emplace_back(static_cast<std::size_t>(length), '\0');
    MPI_Mrecv(received.data(), length, MPI_CHAR, &message, MPI_STATUS_IGNORE);
  }
  return texts;
}

bool MpiWorld::all(bool holds) {
  const int own = holds ? 1 : 0;
  int result = 0;
  MPI_Request request;
  MPI_Iallreduce(&own, &result, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD, &request);
  finish(*this, request);
  return result != 0;
}

void MpiWorld::abort(int code) {
  MPI_Abort(MPI_COMM_WORLD, code);
  std::_Exit(code);
}

#else

bool MpiWorld::available() { return false; }

MpiWorld::MpiWorld(Threads, const std::atomic<bool>* interrupt) : interrupt_(interrupt) {
  throw InputError("--backend", "this acidsim was built without MPI", "",
                   "install Open MPI (./scripts/setup mpi) and build again");
}

MpiWorld::~MpiWorld() = default;
void MpiWorld::broadcast(std::string&) {}
std::vector<std::string> MpiWorld::gather(const std::string& text) { return {text}; }
bool MpiWorld::all(bool holds) { return holds; }
void MpiWorld::abort(int code) { std::_Exit(code); }

#endif

}  // namespace acidsim
