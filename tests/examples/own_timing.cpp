// A timing model of one's own: metronomes. Each worker computes and each edge communicates at regular times, which begin
// somewhere in their first period.
#include <queue>
#include <sim/core/random.hpp>
#include <sim/experiment/plugin_entry.hpp>

namespace {

class Metronomes final : public acidsim::EventSource {
 public:
  explicit Metronomes(const acidsim::TimingInput& input) {
    for (acidsim::Worker i = 0; i < input.workers; ++i)
      start(input.seed, acidsim::Purpose::gradient_clocks, acidsim::gradient_at(0, i),
            input.gradient_rates[i]);
    for (std::uint32_t e = 0; e < input.edges.size(); ++e)
      start(input.seed, acidsim::Purpose::communication_clocks, acidsim::communication_at(0, e),
            input.edges[e].rate);
  }
  std::optional<acidsim::SourceEvent> next() override {
    if (ticking_.empty()) return std::nullopt;
    Tick tick = ticking_.top();
    ticking_.pop();
    const acidsim::SourceEvent event = tick.event;
    tick.event.time += tick.period;
    ticking_.push(tick);
    return event;
  }

 private:
  struct Tick {
    acidsim::SourceEvent event;
    double period;
    bool operator<(
        const Tick& other) const {  // the latest one is the least; of equal times, that of the higher number
      const auto order = [](const Tick& t) {
        return std::tuple(-t.event.time, t.event.communicates, t.event.index);
      };
      return order(*this) < order(other);
    }
  };
  void start(std::uint64_t seed, acidsim::Purpose purpose, acidsim::SourceEvent event, double rate) {
    if (rate == 0) return;  // never
    event.time = acidsim::open_uniform(acidsim::Stream(seed, purpose, event.index).bits(0).first) / rate;
    ticking_.push({event, 1 / rate});
  }

  std::priority_queue<Tick> ticking_;
};

}  // namespace

ACIDSIM_EXTENSION(extension) {
  extension.add(acidsim::OwnTiming{
      .name = "metronomes",
      .summary = "workers and edges at regular times, each from a start of its own in its first period",
      .make = [](const acidsim::Values&, const acidsim::TimingInput& input) {
        return std::make_unique<Metronomes>(input);
      }});
}
