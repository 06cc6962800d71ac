// Checkpoints: one repeat, as far as it has come, in one file. Bytes are little-endian:
//
//   "acidsim checkpoint\n", format version (u32), length of the header (u64), header (JSON),
//   SHA-256 of all that;
//   for each worker, but not where the run has ended: the time its state stands at (f64), its stored numbers,
//   the bytes of its optimizer's memory, and, if the schedule has reads, the gradient it has under way;
//   for each message under way: its clock (u32), its direction (u8: 1 = to the larger worker), who still needs it
//   (u8), its numbers;
//   of a live run, for each worker: how many operations (u64), and each of them: verb (u8), peer (u32), time, wall
//   (f64), exchange, version (u64);
//   gradients of each worker (u64); communications of each edge (u64); where gradients can be stale, for each
//   worker how many had landed at its last read (u64), and how many gradients had which staleness (u64, u64);
//   where minibatch_loss is a metric, of each worker the sum of the losses since the last record (f64), then how many they
//   are (u64);
//   for each record: time (f64), gradients, communications (u64), metrics (f64);
//   SHA-256 of everything before it.
//
// Digests are 64 hexadecimal digits. The first line of the layout is the same in every format version. No
// generator state is needed: random numbers are addressed, and the schedule is a function of the seed.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/engine/simulation.hpp"
#include "sim/experiment/run_data.hpp"
#include "sim/system/digest.hpp"
#include "sim/system/durable_file.hpp"

namespace acidsim {

inline constexpr std::uint32_t checkpoint_format = 5;

// How much of everything there is: all that a file's length depends on.
struct CheckpointShape {
  std::uint64_t workers = 0, dimension = 0;
  std::uint64_t stored = 0;            // numbers in the state of a worker
  std::uint64_t scalar_bytes = 8;      // of a stored number
  std::uint64_t memory_bytes = 0;      // of the optimizer's memory of a worker
  std::uint64_t under_way_bytes = 0;   // of the gradient that a worker has under way; 0 without reads
  std::uint64_t message = 0;           // numbers in a message
  std::uint64_t worker_gradients = 0;  // workers, or 0 where there is no objective
  std::uint64_t edges = 0, metrics = 0;
  std::uint64_t losses = 0;  // workers, or 0 where nobody asks for the losses of minibatches

  friend bool operator==(const CheckpointShape&, const CheckpointShape&) = default;
};

// How a repeat ended. The checkpoint of an end holds results and no states: those are in the one before it.
struct CheckpointEnd {
  std::string reason;  // name_of(StopReason)
  std::string detail, decision, state_digest;
};

struct CheckpointHeader {
  std::string description;  // JSON; says with repeat and seed which run this is
  double stop_time = 0;     // infinite: no rule
  int repeat = 0;
  std::uint64_t seed = 0;
  CheckpointShape shape;
  Position position;
  Tally tally;
  std::uint64_t reads = 0, stalenesses = 0;  // workers whose reads are kept, and kinds of staleness
  std::uint64_t rows = 0, messages = 0;
  std::optional<std::uint64_t> operations;  // in the trace of a live run; absent: it is simulated
  std::optional<CheckpointEnd> end;
};

// A checkpoint that is cut short, changed, or no checkpoint.
class DamagedCheckpoint : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Takes one worker's part of a checkpoint: the time its state stands at, its stored numbers, its optimizer's
// memory, and the gradient it has under way. Spans are valid during the call only.
template <class Scalar>
using WorkerVisit =
    std::function<void(double time, std::span<const Scalar> stored, std::span<const std::byte> memory,
                       std::span<const std::byte> under_way)>;

// Writes one checkpoint, whole or not at all: destroyed before commit(), it leaves nothing behind. Nothing of
// the size of the states is kept in memory. Throws std::runtime_error where the disk is full.
class CheckpointWriter {
 public:
  CheckpointWriter(std::filesystem::path file, const CheckpointHeader& header);
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  // Of every worker, in order; of none where the run has ended.
  template <class Scalar>
  void worker(double time, std::span<const Scalar> stored, std::span<const std::byte> memory,
              std::span<const std::byte> under_way) {
    add(std::as_bytes(std::span(&time, 1)));
    add(std::as_bytes(stored));
    add(memory);
    add(under_way);
  }
  template <class Scalar>
  void message(const Parcel<Scalar>& parcel) {
    const std::array<std::uint8_t, 2> flags = {parcel.upwards, parcel.needed};
    add(std::as_bytes(std::span(&parcel.clock, 1)));
    add(std::as_bytes(std::span(flags)));
    add(std::as_bytes(std::span(parcel.values)));
  }
  void trace(const LiveTrace& trace);  // of a live run
  void counts(const Counts& counts);
  void losses(const MinibatchLosses& losses);
  void rows(std::span<const RecordRow> rows);
  void commit();

 private:
  void add(std::span<const std::byte> bytes);
  template <class Number>
  void add_number(Number number) {
    add(std::as_bytes(std::span(&number, 1)));
  }
  void flush();

  std::filesystem::path file_, pending_;
  bool committed_ = false;
  Descriptor descriptor_;
  Digest digest_;
  std::vector<std::byte> buffer_;
};

// Reads one checkpoint from front to back. Throws DamagedCheckpoint as soon as something is wrong with the
// file, at the latest in finish(): until then what was read may be wrong.
class CheckpointReader {
 public:
  // Reads the header. Throws InputError for a checkpoint of another format version.
  explicit CheckpointReader(const std::filesystem::path& file);
  const CheckpointHeader& header() const { return header_; }
  // Calls visit for every worker, in order; for none where the run has ended. Scalar is as wide as
  // header().shape says.
  template <class Scalar>
  void workers(const WorkerVisit<Scalar>& visit);
  template <class Scalar>
  std::vector<Parcel<Scalar>> messages();
  LiveTrace trace();  // without workers where the run is simulated
  Counts counts();
  void losses(MinibatchLosses& losses);
  std::vector<RecordRow> rows();
  void finish();

 private:
  void take(std::span<std::byte> bytes);
  void refill();
  template <class Number>
  Number take_number() {
    Number number{};
    take(std::as_writable_bytes(std::span(&number, 1)));
    return number;
  }
  std::vector<std::uint64_t> take_numbers(std::uint64_t count);
  [[noreturn]] void refuse(const std::string& why) const;

  std::filesystem::path file_;
  Descriptor descriptor_;
  std::uint64_t unread_ = 0;  // bytes before the last digest that are still in the file
  Digest digest_;
  std::vector<std::byte> buffer_;
  std::size_t taken_ = 0;  // of the buffer
  CheckpointHeader header_;
};

}  // namespace acidsim
