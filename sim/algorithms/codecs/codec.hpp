// Lossy compression of messages.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/core/parameters.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// Draws for one message: number c, uniform in [0, 1), belongs to coordinate c.
using CodecDraws = std::function<double(Index c)>;

// What compression makes of a vector. Thread-safe.
class Codec {
 public:
  virtual ~Codec() = default;
  // v ← what the receiver reads, d numbers. The zero vector stays zero.
  virtual void apply(std::span<double> v, const CodecDraws& draws) const = 0;
  // Bits that travel for a vector of this dimension.
  virtual double bits(Index dimension) const = 0;
  // The largest α known with E ‖Q(v) − v‖² ≤ (1 − α) ‖v‖² for all v of this dimension; 0: none is.
  virtual double contraction(Index dimension) const = 0;
};

struct CodecRow {
  std::string name;
  std::string summary;  // one line
  std::string source;
  std::vector<Parameter> parameters;
  std::shared_ptr<const Codec> (*make)(const Values&);
};

// top_k, random_k, qsgd, sign.
std::span<const CodecRow> all_codecs();

// Compresses the messages of a kernel that holds some workers of a run.
template <class Scalar>
class MessageCodec {
 public:
  virtual ~MessageCodec() = default;
  // One vector of the message that the worker at this place in the kernel tells at `time`; `number` tells apart the
  // messages of one time. Threads may call it at the same time.
  virtual void apply(Worker place, double time, int number, std::span<Scalar> vector) const = 0;
};

}  // namespace acidsim
