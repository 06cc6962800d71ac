// The flow between events against the closed form and the reference implementation's own output.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/generic_kernel.hpp"

namespace acidsim {
namespace flow_test {

Vector<double> vector_of(const nlohmann::json& values) {
  const auto numbers = values.get<std::vector<double>>();
  return Eigen::Map<const Vector<double>>(numbers.data(), static_cast<Index>(numbers.size()));
}

// Worker 0 gets (x, x̃) = (p, q) by one communication at time 0 with α = 0, α̃ = 1 from x_0 = p, x_1 = q.
void expect_flow(Kernel<double>& kernel, const nlohmann::json& row) {
  const Vector<double> p = vector_of(row["x"]), q = vector_of(row["x_tilde"]);
  kernel.initialise(0, p);
  kernel.initialise(1, q);
  const Event event{0.0, 0, 1, 2, Verb::exchange};
  kernel.communicate({&event, 1});
  const double scale = std::max(p.cwiseAbs().maxCoeff(), q.cwiseAbs().maxCoeff());
  const char* closed[] = {"closed_x", "closed_x_tilde"};
  const char* measured[] = {"out_x", "out_x_tilde"};
  for (const int a : {0, 1}) {
    Vector<double> x(p.size());
    kernel.read(0, a, row["dt"].get<double>(), {x.data(), static_cast<std::size_t>(x.size())});
    EXPECT_LE((x - vector_of(row[closed[a]])).cwiseAbs().maxCoeff(), 1e-13 * scale) << row["id"];
    // The reference's matrix exponential is itself off by up to 1.5e-10.
    EXPECT_LE((x - vector_of(row[measured[a]])).cwiseAbs().maxCoeff(), 1e-9 * scale) << row["id"];
  }
}

TEST(FlowTest, EqualsClosedFormAndReferenceImplementation) {
  std::ifstream file(ACIDSIM_TEST_DATA "/acid_ode_vectors.json");
  const auto rows = nlohmann::json::parse(file)["vectors"];
  ASSERT_GE(rows.size(), 5u);
  for (const auto& row : rows) {
    const A2cid2Parameters constants{.eta = row["eta"], .alpha = 0.0, .alpha_tilde = 1.0};
    const auto dimension = static_cast<Index>(row["x"].size());
    expect_flow(*make_a2cid2_kernel<double>(constants, 2, dimension), row);
    expect_flow(*make_generic_kernel<double>(a2cid2_dynamics(constants), 2, dimension), row);
  }
}

}  // namespace flow_test
}  // namespace acidsim
