// Registry rows of the algorithms.
#include <algorithm>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/async_gossip.hpp"
#include "sim/algorithms/local_only.hpp"
#include "sim/app/registry.hpp"

namespace acidsim {
namespace {

const Field alpha =
    Field("alpha", type_number | type_string, "auto", "α: how far x moves at a communication; auto = ½")
        .one_of({"auto"})
        .at_least(0);

// A constant from the configuration, or its theoretical value where the configuration says "auto".
Constant constant(const Node& node, const char* name, double theory) {
  const Json& value = node.json().at(name);
  return value.is_number() ? Constant{name, value.get<double>(), false} : Constant{name, theory, true};
}

A2cid2Parameters a2cid2_of(const std::vector<Constant>& c) { return {c[0].value, c[1].value, c[2].value}; }
// In the order of ExchangeOrder.
const std::vector<std::string> exchange_orders = {"sde", "paper_algorithm", "reference"};
ExchangeOrder exchange_order_of(const Node& node) {
  const auto found = std::find(exchange_orders.begin(), exchange_orders.end(), node.text("exchange_order"));
  return static_cast<ExchangeOrder>(found - exchange_orders.begin());
}
AsyncGossipParameters gossip_of(const std::vector<Constant>& c) { return {c[0].value}; }

std::vector<Constant> a2cid2_constants(const Node& node, const GraphConstants* graph) {
  const bool automatic = node.json().at("eta").is_string() || node.json().at("alpha_tilde").is_string();
  if (automatic && !graph)
    throw node.error("",
                     "the theory's eta and alpha_tilde need χ1 and χ2 of the graph, which are not known here",
                     "give algorithm.eta and algorithm.alpha_tilde as numbers");
  // Without communications (χ infinite) the limits are η = 0 and, by convention, α̃ = α.
  const bool silent = graph && !std::isfinite(graph->chi_1);
  const A2cid2Parameters theory = graph && !silent ? a2cid2_parameters(*graph) : A2cid2Parameters{};
  return {constant(node, "eta", theory.eta), constant(node, "alpha", theory.alpha),
          constant(node, "alpha_tilde", theory.alpha_tilde)};
}

}  // namespace

const std::vector<AlgorithmRow>& algorithms() {
  static const std::vector<AlgorithmRow> table = {
      {{"async_gossip",
        "asynchronous gossip SGD: pairs of neighbours average, no momentum between events (the paper's "
        "baseline)",
        "Boyd et al. 2006; Nabli et al. 2023, Eq. 4 with η = 0",
        {alpha},
        ""},
       {"dx_i = − γ ∇F_i(x_i, ξ) dN_i − α Σ_j (x_i − x_j) dM_ij"},
       true,
       1,
       [](const Node& node, const GraphConstants*) {
         return std::vector<Constant>{constant(node, "alpha", 0.5)};
       },
       [](const std::vector<Constant>& c) { return async_gossip_dynamics(gossip_of(c)); },
       [](const Node&, const std::vector<Constant>& c, Worker n, Index d) {
         return make_async_gossip_kernel<double>(gossip_of(c), n, d);
       },
       [](const Node&, const std::vector<Constant>& c, Worker n, Index d) {
         return make_async_gossip_kernel<float>(gossip_of(c), n, d);
       }},
      {{"a2cid2",
        "gossip SGD accelerated by a continuous momentum x̃ between the events",
        "Nabli et al. 2023, Eq. 4, Prop. 3.6",
        {Field("eta", type_number | type_string, "auto",
               "η: mixing rate of x and x̃ per unit time; auto = 1/(2√(χ1χ2))")
             .one_of({"auto"})
             .at_least(0)
             .at_most(1e9),
         alpha,
         Field("alpha_tilde", type_number | type_string, "auto",
               "α̃: how far x̃ moves at a communication; auto = ½√(χ1/χ2)")
             .one_of({"auto"})
             .at_least(0),
         Field("exchange_order", type_string, "sde",
               "within a communication: sde = both mix, then take the difference; paper_algorithm = the "
               "difference of the unmixed x, then both mix; reference = the unmixed x is sent, the receiver "
               "mixes and takes the difference to its own mixed x (the means move). The equations are those "
               "of sde")
             .one_of(exchange_orders)},
        ""},
       {"dx_i = η (x̃_i − x_i) dt − γ ∇F_i(x_i, ξ) dN_i − α Σ_j (x_i − x_j) dM_ij",
        "dx̃_i = η (x_i − x̃_i) dt − γ ∇F_i(x_i, ξ) dN_i − α̃ Σ_j (x_i − x_j) dM_ij"},
       true,
       2,
       a2cid2_constants,
       [](const std::vector<Constant>& c) { return a2cid2_dynamics(a2cid2_of(c)); },
       [](const Node& node, const std::vector<Constant>& c, Worker n, Index d) {
         return make_a2cid2_kernel<double>(a2cid2_of(c), n, d, exchange_order_of(node));
       },
       [](const Node& node, const std::vector<Constant>& c, Worker n, Index d) {
         return make_a2cid2_kernel<float>(a2cid2_of(c), n, d, exchange_order_of(node));
       }},
      {{"local_only", "every worker alone: no communication (a control)", "", {}, ""},
       {"dx_i = − γ ∇F_i(x_i, ξ) dN_i"},
       false,
       1,
       [](const Node&, const GraphConstants*) { return std::vector<Constant>{}; },
       [](const std::vector<Constant>&) { return local_only_dynamics(); },
       [](const Node&, const std::vector<Constant>&, Worker n, Index d) {
         return make_local_only_kernel<double>(n, d);
       },
       [](const Node&, const std::vector<Constant>&, Worker n, Index d) {
         return make_local_only_kernel<float>(n, d);
       }},
  };
  return table;
}

}  // namespace acidsim
