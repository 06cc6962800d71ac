// Registry rows of where the workers start.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/app/registry/registry.hpp"
#include "sim/data/npy.hpp"

namespace acidsim {
namespace {

template <InitialKind kind>
InitialSettings drawn_start(const Node& initial) {
  return {.kind = kind, .scale = initial.number("scale")};
}

InitialSettings given_start(const Node& initial, const char* field, std::function<Matrix<double>()> points) {
  if (initial.number("scale") != 1)
    throw initial.error("scale", "does not apply to points that are given", "leave it out");
  return {.kind = InitialKind::points,
          .points = std::move(points),
          .field = fmt::format("{}/{}", initial.path(), field)};
}

// Column i is point i.
Matrix<double> points_of(const std::filesystem::path& file) {
  const NpyArray array = read_npy(file);
  if (array.shape.empty() || array.shape.size() > 2 || array.values.empty())
    throw InputError(file.string(), "does not hold points",
                     fmt::format("shape ({})", fmt::join(array.shape, ", ")),
                     "(dimension), or (workers, dimension)");
  const auto dimension = static_cast<Index>(array.shape.back());
  return Eigen::Map<const Matrix<double>>(array.values.data(), dimension,
                                          static_cast<Index>(array.values.size()) / dimension);
}

}  // namespace

const std::vector<Choice<MakeInitial>>& initial_kinds() {
  static const std::vector<Choice<MakeInitial>> table = {
      {{"auto", "network where the objective is a neural network, else zero", "", {}, ""},
       drawn_start<InitialKind::automatic>},
      {{"zero", "all workers at 0", "", {}, ""}, drawn_start<InitialKind::zero>},
      {{"common_normal", "all workers at the same normal point", "", {}, ""},
       drawn_start<InitialKind::common_normal>},
      {{"normal", "each worker at its own normal point", "", {}, ""}, drawn_start<InitialKind::normal>},
      {{"network",
        "a random start as the layers of a neural network ask for",
        "PyTorch's default initialisation",
        {Field("workers", type_string, "same",
               "same = all at one; independent = each at its own; mean_of_independent = all at the mean of "
               "those, where "
               "weights are √n times too small, as in AdelNabli/ACiD")
             .one_of({"same", "independent", "mean_of_independent"}),
         Field("step_before_average", type_boolean, false,
               "mean_of_independent: each worker takes one step of its optimizer at its own start before the "
               "average, "
               "which is not counted, as in AdelNabli/ACiD with A²CiD²; momentum keeps it")},
        ""},
       [](const Node& initial) {
         if (initial.number("scale") != 1)
           throw initial.error("scale", "does not apply to the start of a network", "leave it out");
         const std::string workers = initial.text("workers");
         const bool step_before = initial.flag("step_before_average");
         if (step_before && workers != "mean_of_independent")
           throw initial.error("step_before_average", "there is no average at the start",
                               "false, or workers \"mean_of_independent\"");
         return InitialSettings{.kind = InitialKind::network,
                                .common = workers == "same",
                                .average = workers == "mean_of_independent",
                                .step_before = step_before};
       }},
      {{"point",
        "all workers at a point that is given",
        "",
        {Field("x", type_array, required(), "the point, a number per coordinate").of(type_number)},
        ""},
       [](const Node& node) {
         const auto x = node.json()["x"].get<std::vector<double>>();
         return given_start(node, "x", [x] {
           return Matrix<double>(Eigen::Map<const Vector<double>>(x.data(), static_cast<Index>(x.size())));
         });
       }},
      {{"file",
        "the points of a NumPy file: one for all workers, or one for each",
        "",
        {Field("file", type_string, required(),
               ".npy of float32 or float64, of shape (dimension) or (workers, dimension)")
             .path()},
        ""},
       [](const Node& node) {
         return given_start(node, "file", [file = node.file("file")] { return points_of(file); });
       }},
  };
  return table;
}

}  // namespace acidsim
