#include "sim/timing/network/durations.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "sim/core/error.hpp"
#include "sim/core/vector_math.hpp"
#include "sim/timing/network/on_off.hpp"

namespace acidsim {
namespace durations {
namespace {

constexpr double smallest_shape = 0.1, largest_shape = 1e6, largest_sigma = 5;

void check(const char* parameter, bool right, double value, const std::string& hint) {
  if (!right) throw InputError(parameter, "out of range", fmt::format("{:g}", value), hint);
}

void check_shape(double shape) {
  check("shape", shape >= smallest_shape && shape <= largest_shape, shape,
        fmt::format("a number from {:g} to {:g}", smallest_shape, largest_shape));
}

// That a law's parameters are in range.
struct Check {
  Worker workers;

  void operator()(const ConstantDuration&) const {}
  void operator()(const ExponentialDuration&) const {}
  void operator()(const ShiftedExponentialDuration& law) const {
    check("fixed", law.fixed >= 0 && law.fixed <= 1, law.fixed, "a number from 0 to 1");
  }
  void operator()(const GammaDuration& law) const { check_shape(law.shape); }
  void operator()(const LognormalDuration& law) const {
    check("sigma", law.sigma >= 0 && law.sigma <= largest_sigma, law.sigma,
          fmt::format("a number from 0 to {:g}", largest_sigma));
  }
  void operator()(const ParetoDuration& law) const {
    check("shape", law.shape > 1 && law.shape <= largest_shape, law.shape,
          fmt::format("a number above 1 and at most {:g}: the mean is infinite at 1", largest_shape));
  }
  void operator()(const WeibullDuration& law) const { check_shape(law.shape); }
  void operator()(const MeasuredDurations& law) const {
    if (law.lists.size() != 1 && law.lists.size() != workers)
      throw InputError(
          "", fmt::format("has durations of {} workers, and there are {}", law.lists.size(), workers), "",
          "one list of durations for all workers, or one for each");
    for (std::size_t list = 0; list < law.lists.size(); ++list) {
      const auto refuse = [&](const std::string& problem, const std::string& value) {
        throw InputError("", law.lists.size() == 1 ? problem : fmt::format("worker {} {}", list, problem),
                         value, "positive, finite numbers");
      };
      if (law.lists[list].empty()) refuse("has no duration", "");
      for (const double value : law.lists[list])
        if (!(value > 0 && value < infinity))
          refuse("has a duration that is not positive", fmt::format("{:g}", value));
    }
  }
};

// Γ(x) for x ≥ 1 [Lanczos 1964, with g = 7 and nine terms]: relative error below 1e-13.
double gamma_function(double x) {
  constexpr double terms[] = {676.5203681218851,     -1259.1392167224028,  771.32342877765313,
                              -176.61502916214059,   12.507343278686905,   -0.13857109526572012,
                              9.9843695780195716e-6, 1.5056327351493116e-7};
  double sum = 0.99999999999980993;
  for (int k = 0; k < 8; ++k) sum += terms[k] / (x + k);
  const double t = x + 6.5;
  return 2.5066282746310002 * fast_exp((x - 0.5) * fast_log(t) - t) * sum;
}

// What draws are multiplied by for mean 1.
double scale_of(const DurationLaw& law) {
  if (const auto* weibull = std::get_if<WeibullDuration>(&law))
    return 1 / gamma_function(1 + 1 / weibull->shape);
  if (const auto* pareto = std::get_if<ParetoDuration>(&law)) return (pareto->shape - 1) / pareto->shape;
  return 1;
}

// One duration.
struct Draw {
  const Stream& stream;
  Worker worker;
  std::uint64_t number;

  double exponential() const { return -fast_log(open_uniform(stream.bits(number).first)); }

  double operator()(const ConstantDuration&) const { return 1; }
  double operator()(const ExponentialDuration&) const { return exponential(); }
  double operator()(const ShiftedExponentialDuration& law) const {
    return law.fixed + (1 - law.fixed) * exponential();
  }
  double operator()(const GammaDuration& law) const {
    return Draws(stream, number).gamma(law.shape) / law.shape;
  }
  double operator()(const LognormalDuration& law) const {
    return fast_exp(law.sigma * Draws(stream, number).normal() - 0.5 * law.sigma * law.sigma);
  }
  double operator()(const ParetoDuration& law) const { return fast_exp(exponential() / law.shape); }
  double operator()(const WeibullDuration& law) const {
    return fast_exp(fast_log(exponential()) / law.shape);
  }
  double operator()(const MeasuredDurations& law) const {
    const std::vector<double>& list = law.lists[law.lists.size() == 1 ? 0 : worker];
    if (law.in_order) return list[number % list.size()];
    return list[static_cast<std::size_t>((static_cast<UInt128>(stream.bits(number).first) * list.size()) >>
                                         64)];
  }
};

std::vector<double> checked_rates(std::vector<double> rates) {
  for (std::size_t k = 0; k < rates.size(); ++k)
    if (!(rates[k] > 0 && rates[k] < infinity))
      throw InputError("gradient_rate", "every worker computes: its rate must be positive",
                       fmt::format("worker {}: {}", k, rates[k]), "a number > 0");
  return rates;
}

}  // namespace
}  // namespace durations

void check_law(const DurationLaw& law, Worker workers) { std::visit(durations::Check{workers}, law); }

MeasuredDurations scaled_to_mean_1(MeasuredDurations measured) {
  double sum = 0, count = 0;
  for (const auto& list : measured.lists) {
    sum = std::accumulate(list.begin(), list.end(), sum);
    count += static_cast<double>(list.size());
  }
  for (auto& list : measured.lists)
    for (double& value : list) value *= count / sum;
  return measured;
}

Durations::Durations(std::uint64_t seed, Purpose purpose, DurationLaw law, Worker workers)
    : seed_(seed), purpose_(purpose) {
  check_law(law, workers);
  scale_ = durations::scale_of(law);
  law_ = std::make_shared<const DurationLaw>(std::move(law));
}

double Durations::operator()(Worker worker, std::uint64_t number) const {
  return scale_ * std::visit(durations::Draw{Stream(seed_, purpose_, worker), worker, number}, *law_);
}

double Durations::mean(Worker worker) const {
  const auto* measured = std::get_if<MeasuredDurations>(law_.get());
  if (measured == nullptr) return 1;
  const std::vector<double>& list = measured->lists[measured->lists.size() == 1 ? 0 : worker];
  return std::accumulate(list.begin(), list.end(), 0.0) / static_cast<double>(list.size());
}

struct GradientDurations::Slowness {
  OnOffStates states;  // on: slow
  double factor;
  double mean;  // of the factor, over time
};

GradientDurations::GradientDurations(std::uint64_t seed, std::vector<double> rates, DurationLaw law,
                                     std::optional<SlowPhases> slow, std::shared_ptr<const Presence> presence)
    : rates_(durations::checked_rates(std::move(rates))),
      draw_(seed, Purpose::gradient_durations, std::move(law), workers()),
      presence_(std::move(presence)) {
  if (presence_) check_presence();
  if (!slow) return;
  if (!(slow->factor >= 1 && slow->factor <= 1e6))
    throw InputError("factor", "out of range", fmt::format("{:g}", slow->factor), "a number from 1 to 1e6");
  slow_ = std::make_shared<const Slowness>(Slowness{
      OnOffStates(seed, Purpose::slow_phases, {"mean_slow", slow->mean_slow},
                  {"mean_normal", slow->mean_normal}),
      slow->factor, 1 + (slow->factor - 1) * slow->mean_slow / (slow->mean_slow + slow->mean_normal)});
}

double GradientDurations::slowness(Worker worker, double start) const {
  return slow_->states.at(worker, start).on ? slow_->factor : 1.0;
}

// A gradient that is computed anew after each absence must come to its end in the end.
void GradientDurations::check_presence() const {
  constexpr double most_means = 10;  // of a gradient of constant duration one in e^10 attempts succeeds
  const Churn& churn = presence_->churn();
  if (!churn.absences || churn.on_return == Return::kept) return;
  for (Worker worker = 0; worker < workers(); ++worker)
    if (const double mean = draw_.mean(worker) / rates_[worker];
        mean > most_means * churn.absences->mean_present)
      throw InputError(
          "mean_present", "workers leave long before they have computed a gradient",
          fmt::format("{:g}", churn.absences->mean_present),
          fmt::format("at least {:g}: worker {} takes {:g} on average", mean / most_means, worker, mean));
}

double GradientDurations::interrupted(Worker worker, std::uint64_t number, double start) const {
  // Numbers of gradients before those of the next attempt; odd, so that lists of durations go on. After so many attempts
  // a gradient goes on as one that is kept: what takes too long for its worker ends all the same.
  constexpr std::uint64_t attempts = (std::uint64_t{1} << 40) + 1, most_attempts = 10'000;
  const bool kept = presence_->churn().on_return == Return::kept;
  double now = presence_->next_presence(worker, start);
  double left = now < infinity ? undisturbed(worker, number, now) : infinity;
  for (std::uint64_t attempt = 1; now < infinity; ++attempt) {
    const double leaves = presence_->next_change(worker, now);
    if (now + left <= leaves) break;
    const double back = leaves < infinity ? presence_->next_change(worker, leaves) : infinity;
    left = kept || attempt > most_attempts ? left - (leaves - now)
           : back < infinity               ? undisturbed(worker, number + attempt * attempts, back)
                                           : infinity;
    now = back;
  }
  return now + left - start;
}

double GradientDurations::total_rate() const {
  double total = 0;
  for (Worker worker = 0; worker < workers(); ++worker) total += rates_[worker] / draw_.mean(worker);
  if (presence_) total *= presence_->churn().present_fraction();
  return slow_ ? total / slow_->mean : total;
}

}  // namespace acidsim
