// Every method of the table, ready to run on random events of the kinds that it knows.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sim/algorithms/generic_kernel.hpp"
#include "sim/algorithms/table.hpp"
#include "tests/algorithms/random_events.hpp"

namespace acidsim {

inline constexpr GraphConstants test_graph{.chi_1 = 3.4, .chi_2 = 0.875};
// What MethodRun's events are like, for methods whose theory asks for fast communications and knows the steps: the
// complete graph of six workers, and γ·0.7 as the curvature.
inline constexpr GraphConstants event_graph{.chi_1 = 0.42, .chi_2 = 0.42};
inline constexpr ObjectiveConstants event_steps{.smoothness = 0.07, .strong_convexity = 0.07};
// Of a round of MethodRun: a third of each neighbour on the cycle of six.
inline constexpr MixingConstants event_mixing{.lambda_2 = 2.0 / 3, .lambda_n = -1.0 / 3};

// A row with one choice of its words and the theory's values of its constants.
struct Method {
  std::string name;  // of the row, and the words
  const AlgorithmRow* row;
  Values values;
  Dynamics dynamics;
  bool follows_dynamics;

  template <class Scalar>
  std::unique_ptr<Kernel<Scalar>> kernel(Worker workers, Index dimension) const {
    return make_kernel<Scalar>(*row, values, workers, dimension);
  }
};

inline void add_methods(const AlgorithmRow& row, std::size_t parameter, Method method,
                        std::vector<Method>& methods) {
  const auto is_word = [&row](std::size_t k) {  // whose χ's constants follow is of graphs that change
    return !row.parameters[k].choices.empty() && row.parameters[k].name != std::string("chi");
  };
  while (parameter < row.parameters.size() && !is_word(parameter)) ++parameter;
  if (parameter < row.parameters.size()) {
    for (const std::string& choice : row.parameters[parameter].choices) {
      Method chosen = method;
      chosen.name += " " + choice;
      chosen.values.set(row.parameters[parameter].name, choice);
      add_methods(row, parameter + 1, std::move(chosen), methods);
    }
    return;
  }
  if (row.resolve)
    row.resolve(method.values, {.graph = row.own_steps ? &event_graph : &test_graph,
                                .objective = &event_steps,
                                .mixing = &event_mixing,
                                .workers = 6});
  method.dynamics = row.dynamics(method.values);
  method.follows_dynamics = !row.follows_dynamics || row.follows_dynamics(method.values);
  methods.push_back(std::move(method));
}

// Every row of the table with every choice of its words.
inline std::vector<Method> all_methods() {
  std::vector<Method> methods;
  for (const AlgorithmRow& row : all_algorithms())
    add_methods(row, 0, {row.name, &row, with_defaults(row.parameters, {}), {}, true}, methods);
  return methods;
}

// Those that a schedule of gradients and exchanges serves: all but methods of rounds, of directed messages and of a
// server.
inline std::vector<Method> pairwise_methods() {
  std::vector<Method> methods = all_methods();
  std::erase_if(methods, [](const Method& method) {
    return method.dynamics.mixes_in_rounds() || method.dynamics.sends() || method.dynamics.has_server();
  });
  return methods;
}

inline Method method_named(const std::string& name) {
  for (Method& method : all_methods())
    if (method.name == name) return std::move(method);
  throw std::logic_error("no method " + name);
}

// `count` events at Poisson times of rate n: gradients, some of which begin and land apart, and
// communications of the method's kind, equally likely. A round is of all workers. `clock`
// numbers the messages of sends, and says of a receive which message it is: they arrive in any order. The last
// worker is the server, where there is one; it computes nothing, and the others meet it, half of them for a step.
inline std::vector<Event> random_events(const Dynamics& dynamics, std::uint64_t seed, Worker workers,
                                        std::size_t count) {
  Draws draws(Stream(seed, Purpose::problem));
  std::vector<Event> events, sent;
  std::vector<bool> under_way(workers, false);
  std::uint32_t messages = 0;
  std::size_t rounds = 0;
  double time = 0;
  while (events.size() < count) {
    time += draws.exponential() / workers;
    if (dynamics.has_server()) {
      const auto i = static_cast<Worker>(draws.below(workers - 1));
      const Meeting step = dynamics.meetings.size() > static_cast<std::size_t>(Meeting::applied_last)
                               ? Meeting::applied_last
                               : Meeting::applied;
      const auto meeting = static_cast<std::uint16_t>(draws.below(2) == 0 ? step : Meeting::ignored);
      if (draws.below(2) == 0)
        events.push_back({time, i, i, i, Verb::gradient});
      else
        events.push_back({time, i, workers - 1, Event::no_edge, Verb::exchange, 0, meeting});
      continue;
    }
    const auto i = static_cast<Worker>(draws.below(workers));
    const auto j = static_cast<Worker>((i + 1 + draws.below(workers - 1)) % workers);
    const bool delayed = draws.below(3) == 0;
    if (draws.below(2) == 0 || !dynamics.communicates()) {
      const Verb verb = under_way[i] ? Verb::step : delayed ? Verb::read : Verb::gradient;
      under_way[i] = verb == Verb::read;
      events.push_back({time, i, i, i, verb});
    } else if (dynamics.exchanges()) {
      events.push_back({time, std::min(i, j), std::max(i, j), workers, Verb::exchange});
    } else if (dynamics.mixes_in_rounds()) {
      const auto number = static_cast<std::uint16_t>(rounds++ % dynamics.rounds.size());
      events.push_back({time, 0, 0, 0, Verb::round, 0, number});
    } else if (draws.below(2) == 0 || sent.empty()) {
      events.push_back({time, i, j, messages++, Verb::send});
      sent.push_back(events.back());
    } else {
      const auto arrived = sent.begin() + static_cast<std::ptrdiff_t>(draws.below(sent.size()));
      events.push_back({time, arrived->j, arrived->i, arrived->clock, Verb::receive});
      sent.erase(arrived);
    }
  }
  return events;
}

// Whether rounds with doubly stochastic weights keep the sum of what the first of them tells. (Outer optimizers
// move it.)
inline bool conserves_told_sum(const Dynamics& dynamics) {
  const Index m = dynamics.size();
  for (const Dynamics::Mixing& round : dynamics.rounds) {
    Matrix<double> landing = round.landing;
    if (round.own.size() > 0) landing += round.own;
    const Matrix<double> kept = round.kept.size() > 0
                                    ? round.kept
                                    : Matrix<double>(Matrix<double>::Identity(m, m) - landing * round.told);
    const Matrix<double>& told = dynamics.rounds.front().told;
    if (!(told * (kept + landing * round.told)).isApprox(told, 1e-12)) return false;
  }
  return true;
}

// ∇f_i(x) = 0.7 (x − b_i), b_i = i in every coordinate, with γ = 0.1.
template <class Scalar>
class TestGradients final : public GradientSource<Scalar> {
 public:
  double evaluate(const Event& event) override {
    this->direction = Scalar(0.7) * (this->model.array() - static_cast<Scalar>(event.i));
    return 0.1;
  }
};

// Of f_i(x) = ½‖x − b_i‖², b_i = i in every coordinate: ∇f_i*(z) = b_i + z.
template <class Scalar>
class TestOracle final : public DualOracle<Scalar> {
 public:
  void conjugate_gradient(Worker place, const Vector<Scalar>& z, Vector<Scalar>& x) const override {
    x = z.array() + static_cast<Scalar>(place);
  }
};

// A kernel at work, verb by verb, and what is under way between its events.
template <class Scalar>
class MethodRun {
 public:
  MethodRun(std::unique_ptr<Kernel<Scalar>> kernel, const Dynamics& dynamics)
      : kernel_(std::move(kernel)), dynamics_(dynamics), directions_(kernel_->workers()) {
    if (kernel_->dual()) kernel_->use(oracle_);
    if (kernel_->has_server()) kernel_->serve(kernel_->workers() - 1);
  }

  Kernel<Scalar>& kernel() { return *kernel_; }

  // From normal initial states.
  void start() {
    for (Worker i = 0; i < kernel_->workers(); ++i) {
      kernel_->initialise(i, random_vector<Scalar>(1, i, kernel_->dimension()));
      if (!kernel_->has_gradient_at_start()) continue;
      begin(i, 0.0, false);
      kernel_->land_at_start(i, gradients_.evaluate({.i = i}), gradients_.direction);
    }
  }

  // in_halves: gradients are read and stepped, exchanges told and heard, where apply() has them in one.
  void apply(std::span<const Event> events, bool in_halves = false) {
    for (const Event& event : events) apply(event, in_halves);
  }

  // Goes on with the states and the messages of another.
  void restore(const MethodRun& other) {
    std::vector<Scalar> stored(kernel_->stored_size());
    for (Worker i = 0; i < kernel_->workers(); ++i) {
      const double time = other.kernel_->save(i, stored);
      kernel_->restore(i, time, stored);
    }
    directions_ = other.directions_;
    messages_ = other.messages_;
  }

  // All that can be read at `time`: of each worker its vectors, its model and its weight.
  std::vector<Scalar> readings(double time) const {
    const auto d = static_cast<std::size_t>(kernel_->dimension());
    std::vector<Scalar> all, x(d);
    for (Worker i = 0; i < kernel_->workers(); ++i) {
      for (int a = 0; a < kernel_->vectors(); ++a) {
        kernel_->read(i, a, time, x);
        all.insert(all.end(), x.begin(), x.end());
      }
      kernel_->model(i, time, x);
      all.insert(all.end(), x.begin(), x.end());
      all.push_back(kernel_->weight(i));
    }
    return all;
  }

  // Σ over workers and messages under way, of all told vectors and of the weights.
  Vector<double> told_sum(double time) const {
    std::vector<Scalar> x(static_cast<std::size_t>(kernel_->dimension()));
    const Index d = kernel_->dimension(), r = dynamics_.told_vectors();
    const Matrix<double>& told = dynamics_.exchanges()         ? dynamics_.exchange.told
                                 : dynamics_.mixes_in_rounds() ? dynamics_.rounds.front().told
                                                               : dynamics_.send.told;
    Vector<double> sum = Vector<double>::Zero(r * d + (dynamics_.weighted() ? 1 : 0));
    for (Worker i = 0; i < kernel_->workers(); ++i) {
      for (int a = 0; a < kernel_->vectors(); ++a) {
        kernel_->read(i, a, time, x);
        for (Index row = 0; row < r; ++row)
          for (Index k = 0; k < d; ++k)
            sum[row * d + k] += told(row, a) * static_cast<double>(x[static_cast<std::size_t>(k)]);
      }
      if (dynamics_.weighted()) sum[r * d] += told(0, 0) * static_cast<double>(kernel_->weight(i));
    }
    // A message under way will land, and is told once it has.
    const Matrix<double> landed =
        dynamics_.sends() ? Matrix<double>(told * dynamics_.send.landing) : Matrix<double>();
    for (const auto& [number, message] : messages_) {
      for (Index row = 0; row < r; ++row)
        for (Index from = 0; from < r; ++from)
          for (Index k = 0; k < d; ++k)
            sum[row * d + k] +=
                landed(row, from) * static_cast<double>(message[static_cast<std::size_t>(from * d + k)]);
      if (dynamics_.weighted()) sum[r * d] += landed(0, 0) * static_cast<double>(message.back());
    }
    return sum;
  }

 private:
  void apply(const Event& event, bool in_halves) {
    switch (event.verb) {
      case Verb::gradient:
        if (!in_halves) return kernel_->apply({&event, 1}, &gradients_);
        begin(event.i, event.time, true);
        return kernel_->step(event.i, event.time, gradients_.evaluate(event), gradients_.direction);
      case Verb::read:
        begin(event.i, event.time, true);
        gradients_.evaluate(event);
        directions_[event.i] = gradients_.direction;
        return;
      case Verb::step:
        return kernel_->step(event.i, event.time, 0.1, directions_[event.i]);
      case Verb::exchange:
        return in_halves ? exchange(event) : kernel_->communicate({&event, 1});
      case Verb::round:
        return mix(event);
      case Verb::send:
        return kernel_->send(event.i, event.time, room(messages_[event.clock]));
      case Verb::receive:
        kernel_->receive(event.i, event.time, messages_.at(event.clock));
        messages_.erase(event.clock);
        return;
      case Verb::publish:
      case Verb::mix:
        throw std::logic_error("here all members of a round mix at once");
      case Verb::restart:
        throw std::logic_error("here nobody begins anew");
      case Verb::leave:
      case Verb::join:
      case Verb::offer:
        return;
    }
  }

  void begin(Worker i, double time, bool changes) {
    gradients_.model.resize(kernel_->dimension());
    const std::span<Scalar> out(gradients_.model.data(), static_cast<std::size_t>(kernel_->dimension()));
    if (changes)
      kernel_->begin_gradient(i, time, out);
    else
      kernel_->model(i, time, out);
  }

  std::span<Scalar> room(std::vector<Scalar>& message) const {
    message.resize(kernel_->message_size());
    return message;
  }

  void exchange(const Event& event) {
    std::vector<Scalar> told_i, told_j;
    kernel_->tell_half(event, event.i, room(told_i));
    kernel_->tell_half(event, event.j, room(told_j));
    kernel_->hear_half(event, event.j, told_j, told_i);
    kernel_->hear_half(event, event.i, told_i, told_j);
  }

  // On the cycle of all workers, ⅓ of each neighbour; on their path, the sum over the neighbours, where a method counts
  // these.
  void mix(const Event& round) {
    const Worker n = kernel_->workers();
    std::vector<std::vector<Scalar>> told(n);
    for (Worker i = 0; i < n; ++i) kernel_->tell_in_round(i, round.number, round.time, room(told[i]));
    if (dynamics_.rounds.front().own_per_neighbour.any()) return sum_on_path(round, told);
    for (Worker i = 0; i < n; ++i) {
      const Worker one = (i + 1) % n, other = (i + n - 1) % n;
      const Letter<Scalar> letters[] = {{1.0 / 3, told[std::min(one, other)]},
                                        {1.0 / 3, told[std::max(one, other)]}};
      kernel_->mix(i, round.number, round.time, {told[i], letters});
    }
  }

  void sum_on_path(const Event& round, const std::vector<std::vector<Scalar>>& told) {
    for (Worker i = 0; i < told.size(); ++i) {
      std::vector<Letter<Scalar>> letters;
      if (i > 0) letters.push_back({1.0, told[i - 1]});
      if (i + 1 < told.size()) letters.push_back({1.0, told[i + 1]});
      kernel_->mix(i, round.number, round.time, {told[i], letters, 0.0});
    }
  }

  std::unique_ptr<Kernel<Scalar>> kernel_;
  const Dynamics& dynamics_;
  TestOracle<Scalar> oracle_;
  TestGradients<Scalar> gradients_;
  std::vector<Vector<Scalar>> directions_;                 // of gradients under way
  std::map<std::uint32_t, std::vector<Scalar>> messages_;  // under way, by number
};

}  // namespace acidsim
