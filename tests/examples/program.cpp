// A²CiD² beside gossip on a ring of 16 workers with noisy quadratics: prints the final metrics and the digest.
#include <cstdio>
#include <sim/acidsim.hpp>

int main() {
  try {
    acidsim::Experiment experiment;
    experiment.topology = acidsim::fixed_graph(acidsim::cycle(16));
    experiment.objective = acidsim::quadratic_objective(
        {.dimension = 3, .curvature_min = 1, .curvature_max = 2, .noise = 0.5, .heterogeneity = 1});
    experiment.optimizer.sgd().learning_rate.base = 0.1;
    experiment.stop.rules.time = 20;
    experiment.record.every = 5;
    experiment.record.metrics = {"consensus_distance", "suboptimality"};
    for (const char* method : {"async_gossip", "a2cid2"}) {
      experiment.algorithm.name = method;
      const acidsim::Results results = acidsim::run(experiment);
      const acidsim::RepeatResult& repeat = results.repeats.at(0);
      std::printf("%s %.17g %.17g %s\n", method, repeat.records.back().metrics[0],
                  repeat.records.back().metrics[1], repeat.state_digest.c_str());
    }
  } catch (const acidsim::InputError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
