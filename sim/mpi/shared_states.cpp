#include "sim/mpi/shared_states.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "sim/engine/averaged_states.hpp"

#ifdef ACIDSIM_MPI
#include "sim/mpi/communicator.hpp"
#endif

namespace acidsim {

#ifdef ACIDSIM_MPI

// A message carries one item (a vector at a time, the optimizer's memory, or the stored state with its time)
// for several consecutive workers of one rank. For each rank and kind of item there is a stream: the workers
// that came last, and those that follow, which are asked for before they are needed.
template <class Scalar>
class SharedStates<Scalar>::Implementation {
 public:
  Implementation(const Kernel<Scalar>& kernel, const Optimizer<Scalar>* optimizer, MpiWorld& world,
                 const Ownership& ownership, const UnderWay<Scalar>* under_way)
      : kernel_(kernel),
        optimizer_(optimizer),
        under_way_(under_way),
        world_(world),
        ownership_(ownership),
        held_(static_cast<std::size_t>(world.size()), 0),
        streams_(static_cast<std::size_t>(world.size() * (kernel.vectors() + 4))) {
    for (const int rank : ownership.rank_of) ++held_[static_cast<std::size_t>(rank)];
  }

  // Items after the vectors.
  int model() const { return kernel_.vectors(); }
  int memory() const { return kernel_.vectors() + 1; }
  int stored() const { return kernel_.vectors() + 2; }
  int under_way() const { return kernel_.vectors() + 3; }
  std::size_t memory_bytes() const { return optimizer_ != nullptr ? optimizer_->memory().size() : 0; }
  const Kernel<Scalar>& kernel() const { return kernel_; }
  Worker workers() const { return ownership_.workers(); }

  bool at_root(const std::function<bool()>& act) {
    if (world_.size() == 1) return act();
    if (world_.rank() != 0) return serve();
    bool answer = false;
    try {
      answer = act();
    } catch (...) {
      dismiss(failed);
      throw;
    }
    dismiss(answer ? 1 : 0);
    return answer;
  }

  // One worker's item; valid until the next call.
  std::span<const std::byte> get(Worker worker, int item, double time) {
    const int owner = ownership_.rank_of[worker];
    const Worker place = ownership_.places[worker];
    const std::size_t size = bytes_of(item);
    if (owner == 0) {
      own_item_.resize(size);
      put(place, item, time, own_item_);
      return own_item_;
    }
    Stream& stream = size > most_ahead ? large_ : stream_of(owner, item);
    if (size > most_ahead) {
      std::swap(stream.here, stream.coming);  // takes its memory for the next
      stream.here.count = stream.coming.count = 0;
    }
    if (!stream.here.holds(place, time)) {
      if (!stream.coming.holds(place, time)) {
        receive(stream);  // what was asked for in vain
        if (size <= most_ahead && stream.here.count == 0) ask_others(owner, item, time);
        ask(stream, owner, item, place, time);
      }
      receive(stream);
      std::swap(stream.here, stream.coming);
      stream.coming.count = 0;
      const Worker following = stream.here.first + stream.here.count;
      if (size <= most_ahead && following < held_[static_cast<std::size_t>(owner)])
        ask(stream, owner, item, following, time);
    }
    return std::span(stream.here.bytes).subspan((place - stream.here.first) * size, size);
  }

 private:
  static constexpr std::size_t bundle = 64 << 10;     // bytes of workers that travel together
  static constexpr std::size_t most_ahead = 1 << 20;  // bytes of an item: larger ones are not asked ahead
  static constexpr std::int32_t done = -1, failed = 2;
  static constexpr int tag_request = 0, tag_item = 1;

  struct Request {
    std::int32_t item = done;
    Worker first = 0, count = 0;  // places; of `done`: the answer
    double time = 0;
  };

  struct Bundle {
    Worker first = 0, count = 0;
    double time = 0;
    std::vector<std::byte> bytes;

    bool holds(Worker place, double at) const {
      return time == at && place >= first && place - first < count;
    }
  };

  struct Stream {
    Bundle here, coming;
    bool pending = false;  // `coming` was asked for and not received
    Request request;
    Requests sending, receiving;
  };

  Stream& stream_of(int owner, int item) {
    return streams_[static_cast<std::size_t>(owner * (kernel_.vectors() + 4) + item)];
  }

  std::size_t bytes_of(int item) const {
    const std::size_t vector = static_cast<std::size_t>(kernel_.dimension()) * sizeof(Scalar);
    if (item == memory()) return memory_bytes();
    if (item == under_way()) return UnderWay<Scalar>::bytes(kernel_.dimension());
    if (item != stored()) return vector;
    return kernel_.stored_size() * sizeof(Scalar) + sizeof(double);
  }

  void put(Worker place, int item, double time, std::span<std::byte> out) {
    const auto numbers = [&](std::size_t offset) {
      return std::span(reinterpret_cast<Scalar*>(out.data() + offset),
                       (out.size() - offset) / sizeof(Scalar));
    };
    if (item == stored()) {
      const double stands_at = kernel_.save(place, numbers(sizeof(double)));
      std::memcpy(out.data(), &stands_at, sizeof(double));
    } else if (item == memory()) {
      std::memcpy(out.data(), optimizer_->memory().bytes(place).data(), out.size());
    } else if (item == under_way()) {
      under_way_->save(place, out);
    } else if (item == model()) {
      kernel_.model(place, time, numbers(0));
    } else {
      kernel_.read(place, item, time, numbers(0));
    }
  }

  void ask(Stream& stream, int owner, int item, Worker first, double time) {
    const std::size_t size = bytes_of(item);
    const Worker count = std::min<Worker>(static_cast<Worker>(std::max<std::size_t>(bundle / size, 1)),
                                          held_[static_cast<std::size_t>(owner)] - first);
    stream.request = {item, first, count, time};
    stream.coming.first = first;
    stream.coming.count = count;
    stream.coming.time = time;
    stream.coming.bytes.resize(count * size);
    stream.receiving.receive(stream.coming.bytes, owner, tag_item + item, communicator_.get());
    stream.sending.send(std::as_bytes(std::span(&stream.request, 1)), owner, tag_request,
                        communicator_.get());
    stream.pending = true;
  }

  // Who asks one owner for the first time is about to ask all.
  void ask_others(int but, int item, double time) {
    for (int owner = 1; owner < world_.size(); ++owner) {
      Stream& stream = stream_of(owner, item);
      if (owner != but && !stream.pending && stream.here.count == 0) ask(stream, owner, item, 0, time);
    }
  }

  void receive(Stream& stream) {
    if (!stream.pending) return;
    world_.wait([&] { return stream.sending.done() && stream.receiving.done(); });
    stream.pending = false;
  }

  void dismiss(std::int32_t answer) {
    for (Stream& stream : streams_) {
      receive(stream);
      stream.here = stream.coming = {};
    }
    large_.here = large_.coming = {};
    Request request{done, 0, static_cast<Worker>(answer), 0};
    for (int rank = 1; rank < world_.size(); ++rank) {
      Requests sending;
      sending.send(std::as_bytes(std::span(&request, 1)), rank, tag_request, communicator_.get());
      world_.wait([&] { return sending.done(); });
    }
  }

  bool serve() {
    std::vector<std::byte> bytes;
    for (;;) {
      Request request;
      Requests transfer;
      transfer.receive(std::as_writable_bytes(std::span(&request, 1)), 0, tag_request, communicator_.get());
      world_.wait([&] { return transfer.done(); });
      if (request.item == done) {
        if (request.count == static_cast<Worker>(failed)) throw RootFailed();
        return request.count == 1;
      }
      const std::size_t size = bytes_of(request.item);
      bytes.resize(request.count * size);
      for (Worker k = 0; k < request.count; ++k)
        put(request.first + k, request.item, request.time, std::span(bytes).subspan(k * size, size));
      transfer.send(bytes, 0, tag_item + request.item, communicator_.get());
      world_.wait([&] { return transfer.done(); });
    }
  }

  const Kernel<Scalar>& kernel_;
  const Optimizer<Scalar>* optimizer_;
  const UnderWay<Scalar>* under_way_;
  MpiWorld& world_;
  const Ownership& ownership_;
  Communicator communicator_;
  std::vector<Worker> held_;  // per rank: workers
  std::vector<Stream> streams_;
  Stream large_;  // one for all large items: they are not kept
  std::vector<std::byte> own_item_;
};

#else

template <class Scalar>
class SharedStates<Scalar>::Implementation {
 public:
  Implementation(const Kernel<Scalar>& kernel, const Optimizer<Scalar>*, MpiWorld&, const Ownership&,
                 const UnderWay<Scalar>*)
      : kernel_(kernel) {}
  int model() const { return 0; }
  int memory() const { return 0; }
  int stored() const { return 0; }
  int under_way() const { return 0; }
  std::size_t memory_bytes() const { return 0; }
  const Kernel<Scalar>& kernel() const { return kernel_; }
  Worker workers() const { return kernel_.workers(); }
  bool at_root(const std::function<bool()>&) { throw std::logic_error("built without MPI"); }
  std::span<const std::byte> get(Worker, int, double) { throw std::logic_error("built without MPI"); }

 private:
  const Kernel<Scalar>& kernel_;
};

#endif

template <class Scalar>
SharedStates<Scalar>::SharedStates(const Kernel<Scalar>& kernel, const Optimizer<Scalar>* optimizer,
                                   MpiWorld& world, const Ownership& ownership,
                                   const UnderWay<Scalar>* under_way)
    : implementation_(std::make_unique<Implementation>(kernel, optimizer, world, ownership, under_way)) {}
template <class Scalar>
SharedStates<Scalar>::~SharedStates() = default;

template <class Scalar>
bool SharedStates<Scalar>::at_root(const std::function<bool()>& act) {
  return implementation_->at_root(act);
}

template <class Scalar>
void SharedStates<Scalar>::read(Worker worker, int a, double time, std::span<Scalar> out) {
  const auto item = implementation_->get(worker, a == the_model ? implementation_->model() : a, time);
  std::memcpy(out.data(), item.data(), item.size());
}

template <class Scalar>
void SharedStates<Scalar>::memory(Worker worker, std::span<std::byte> out) {
  const auto item = implementation_->get(worker, implementation_->memory(), 0);
  std::memcpy(out.data(), item.data(), item.size());
}

template <class Scalar>
void SharedStates<Scalar>::under_way(Worker worker, std::span<std::byte> out) {
  const auto item = implementation_->get(worker, implementation_->under_way(), 0);
  std::memcpy(out.data(), item.data(), item.size());
}

template <class Scalar>
double SharedStates<Scalar>::save(Worker worker, std::span<Scalar> out) {
  const auto item = implementation_->get(worker, implementation_->stored(), 0);
  double stands_at = 0;
  std::memcpy(&stands_at, item.data(), sizeof(double));
  std::memcpy(out.data(), item.data() + sizeof(double), item.size() - sizeof(double));
  return stands_at;
}

template <class Scalar>
void SharedStates<Scalar>::for_each_state_vector(const ReadTimes& times, const StateVisit& visit) {
  at_root([&] {
    const Kernel<Scalar>& kernel = implementation_->kernel();
    std::vector<Scalar> vector(static_cast<std::size_t>(kernel.dimension())), stored(kernel.stored_size());
    std::vector<std::byte> kept(implementation_->memory_bytes());
    for (Worker worker = 0; worker < implementation_->workers(); ++worker) {
      for (int a = 0; a < kernel.vectors(); ++a) {
        read(worker, a, times.of(worker), vector);
        visit(std::as_bytes(std::span(vector)));
      }
      if (kernel.weighted()) {
        save(worker, stored);
        visit(std::as_bytes(
            std::span(stored).subspan(kernel.vectors() * vector.size(), kernel.weights(0).size())));
      }
      if (!kept.empty()) {
        memory(worker, kept);
        visit(kept);
      }
    }
    return false;
  });
}

template <class Scalar>
void SharedStates<Scalar>::for_each_averaged_vector(const ReadTimes& times, const StateVisit& visit) {
  at_root([&] {
    const Kernel<Scalar>& kernel = implementation_->kernel();
    const Worker workers = implementation_->workers();
    std::vector<Scalar> vector(static_cast<std::size_t>(kernel.dimension()));
    std::vector<std::byte> kept(implementation_->memory_bytes());
    OrderedMean<Scalar> sum(kernel.dimension());
    for (Worker worker = 0; worker < workers; ++worker) {
      read(worker, the_model, times.of(worker), vector);
      sum.add(vector);
    }
    acidsim::for_each_averaged_vector<Scalar>(
        sum.mean(), kernel.vectors(), workers,
        [&](Worker worker) {
          if (!kept.empty()) memory(worker, kept);
          return std::span<const std::byte>(kept);
        },
        visit);
    return false;
  });
}

template class SharedStates<float>;
template class SharedStates<double>;

}  // namespace acidsim
