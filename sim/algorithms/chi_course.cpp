#include "sim/algorithms/chi_course.hpp"

namespace acidsim {

Parameter chi_parameter() {
  return {.name = "chi",
          .kind = Parameter::Kind::text,
          .default_value = std::string("mean"),
          .what =
              "whose χ1 and χ2 the theory's values follow where the graph changes: mean = those of the mean "
              "Laplacian, stale = of the first graph",
          .choices = {"mean", "stale"}};
}

void ChiCourse::add_to(Values& values) const {
  std::vector<double> chi_1, chi_2;
  for (const GraphConstants& graph : graphs) {
    chi_1.push_back(graph.chi_1);
    chi_2.push_back(graph.chi_2);
  }
  values.set("chi_starts", starts);
  values.set("chi_1", chi_1);
  values.set("chi_2", chi_2);
  values.set("chi_period", period);
}

ChiCourse ChiCourse::of(const Values& values) {
  ChiCourse course{values.numbers("chi_starts"), {}, values.number("chi_period")};
  for (std::size_t k = 0; k < course.starts.size(); ++k)
    course.graphs.push_back({values.numbers("chi_1")[k], values.numbers("chi_2")[k]});
  return course;
}

}  // namespace acidsim
