// acidsim export: the model that a run ended with, as a file for other programs.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

#include "sim/app/commands/commands.hpp"
#include "sim/app/json/bind.hpp"
#include "sim/app/output/states_file.hpp"
#include "sim/core/error.hpp"
#include "sim/data/npy.hpp"
#include "sim/data/npz.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/system/durable_file.hpp"
#include "sim/torch/torch_network.hpp"

namespace acidsim {
namespace {

namespace fs = std::filesystem;

InputError no_such_model(const ExportOptions& options, const std::string& hint) {
  return InputError("--model", "no such model", options.model, hint);
}

// "worker:K" → K; nothing for "mean".
std::optional<Worker> worker_of(const ExportOptions& options, Worker workers) {
  if (options.model == "mean") return {};
  const std::string hint = fmt::format("mean, or worker:K with K = 0 … {}", workers - 1);
  if (!options.model.starts_with("worker:")) throw no_such_model(options, hint);
  const std::string number = options.model.substr(std::string("worker:").size());
  Worker worker = 0;
  const char* const end = number.data() + number.size();
  const auto [rest, failed] = std::from_chars(number.data(), end, worker);
  if (number.empty() || failed != std::errc() || rest != end || worker >= workers)
    throw no_such_model(options, hint);
  return worker;
}

Configuration configuration_of(const fs::path& folder) {
  std::error_code failed;
  if (fs::exists(folder / "run.json", failed)) return load_configuration(folder / "run.json", {});
  if (fs::exists(folder / "sweep.json", failed))
    throw InputError(folder.string(), "holds a sweep", "", "name the folder of one of its cells");
  throw InputError(folder.string(), "holds no finished run", "", "a folder that acidsim run has written");
}

// The models of the final states: of one worker, or the mean.
class FinalStates {
 public:
  FinalStates(const fs::path& folder, const Plan& plan) : file_(folder / states_file), plan_(plan) {
    std::error_code failed;
    if (plan.experiment.record.states != RecordedStates::final_states || !fs::exists(file_, failed))
      throw InputError(folder.string(), "holds no final states", "", "run it with --set record.states=final");
    if (plan.dynamics.dual || plan.dynamics.weighted())
      throw InputError(folder.string(), "has states that do not say the models", plan.algorithm().name,
                       "another algorithm");
    shape_ = npy_shape(file_);
    const std::vector<std::uint64_t> wanted = {static_cast<std::uint64_t>(plan.experiment.repeats),
                                               plan.nodes(), static_cast<std::uint64_t>(plan.dynamics.size()),
                                               static_cast<std::uint64_t>(plan.expected.dimension)};
    if (shape_ != wanted)
      throw InputError(file_.string(), "is not of the run beside it",
                       fmt::format("({})", fmt::join(shape_, ", ")),
                       fmt::format("({})", fmt::join(wanted, ", ")));
  }

  Vector<double> of(std::uint64_t repeat, std::optional<Worker> worker) const {
    if (worker) return model(repeat, *worker);
    Vector<double> sum = Vector<double>::Zero(plan_.expected.dimension);
    for (Worker w = 0; w < plan_.workers(); ++w) sum += model(repeat, w);
    return sum / static_cast<double>(plan_.workers());
  }

 private:
  Vector<double> model(std::uint64_t repeat, Worker worker) const {
    const Index dimension = plan_.expected.dimension;
    Vector<double> x = Vector<double>::Zero(dimension);
    for (int a = 0; a < plan_.dynamics.size(); ++a) {
      if (plan_.dynamics.point[a] == 0) continue;
      const std::uint64_t at = (repeat * shape_[1] + worker) * shape_[2] + static_cast<std::uint64_t>(a);
      const std::vector<double> vector = read_npy_part(file_, at * shape_[3], shape_[3]);
      x += plan_.dynamics.point[a] * Eigen::Map<const Vector<double>>(vector.data(), dimension);
    }
    return x;
  }

  fs::path file_;
  const Plan& plan_;
  std::vector<std::uint64_t> shape_;
};

// The pieces of an array that is called `whole` where it has none.
template <class Scalar>
void add_pieces(std::vector<NpzArray>& arrays, std::vector<ParameterBlock> blocks, const char* whole,
                const Vector<Scalar>& values) {
  if (values.size() == 0) return;
  if (blocks.empty()) blocks = {{whole, 0, {values.size()}, BlockRole::weight}};
  for (const ParameterBlock& block : blocks)
    arrays.push_back(
        {block.name,
         {block.shape.begin(), block.shape.end()},
         sizeof(Scalar),
         std::as_bytes(std::span(values.data() + block.offset, static_cast<std::size_t>(block.size())))});
}

template <class Scalar>
void write_numbers(const fs::path& file, bool flat, const Objective<Scalar>* objective,
                   const Vector<Scalar>& x) {
  std::vector<NpzArray> arrays;
  if (flat) {
    std::ofstream out(file, std::ios::binary);
    out << npy_header({static_cast<std::uint64_t>(x.size())}, sizeof(Scalar));
    out.write(reinterpret_cast<const char*>(x.data()),
              static_cast<std::streamsize>(x.size() * sizeof(Scalar)));
    out.close();
    if (!out) refuse_to_write(file);
    return;
  }
  add_pieces(arrays, objective != nullptr ? objective->blocks() : std::vector<ParameterBlock>(), "x", x);
  Vector<Scalar> statistics;
  if (const auto* of_network = dynamic_cast<const ModelObjective<Scalar>*>(objective)) {
    statistics = of_network->statistics(x).template cast<Scalar>();
    add_pieces(arrays, of_network->network().statistics_blocks(), "statistics", statistics);
  }
  write_npz(file, arrays);
}

void write_network(const fs::path& file, const Objective<float>* objective, const Vector<float>& x) {
  const auto& network = dynamic_cast<const ModelObjective<float>&>(*objective);
  dynamic_cast<const TorchNetwork&>(network.network()).write(x, network.statistics(x), file);
}

template <class Scalar>
void write_model(const fs::path& file, const Plan& plan, Resources& resources, int repeat,
                 const Vector<double>& model, const std::string& extension) {
  const auto objective = plan.make_objective<Scalar>(resources, plan.seed_of(repeat));
  const Vector<Scalar> x = model.cast<Scalar>();
  if constexpr (std::is_same_v<Scalar, float>)
    if (extension == ".pt") return write_network(file, objective.get(), x);
  write_numbers<Scalar>(file, extension == ".npy", objective.get(), x);
}

void check_file(const fs::path& file, const Plan& plan) {
  const std::string extension = file.extension().string();
  const bool script = plan.experiment.objective.name == "torchscript";
  if (extension != ".npz" && extension != ".npy" && !(script && extension == ".pt"))
    throw InputError(
        file.string(), "has an extension that this model has no format for",
        extension.empty() ? "none" : extension,
        script ? ".pt, .npz or .npy" : ".npz: an array for each piece of the model, or .npy: all as one");
  std::error_code failed;
  if (fs::exists(file, failed))
    throw InputError(file.string(), "is there already", "", "choose another name; nothing was written");
}

}  // namespace

int export_command(const ExportOptions& options) {
  const fs::path folder = options.folder, file = options.file;
  const Configuration configuration = configuration_of(folder);
  Resources resources;
  const Plan plan = make_plan(bind(configuration, configuration.cells.at(0)), resources);
  const std::optional<Worker> worker = worker_of(options, plan.workers());
  if (options.repeat < 0 || options.repeat >= plan.experiment.repeats)
    throw InputError("--repeat", "no such repeat", fmt::format("{}", options.repeat),
                     fmt::format("0 … {}", plan.experiment.repeats - 1));
  check_file(file, plan);
  const FinalStates states(folder, plan);
  const Vector<double> model = states.of(static_cast<std::uint64_t>(options.repeat), worker);
  const fs::path pending = file.string() + ".partial";
  try {
    if (plan.single_precision())
      write_model<float>(pending, plan, resources, options.repeat, model, file.extension());
    else
      write_model<double>(pending, plan, resources, options.repeat, model, file.extension());
  } catch (...) {
    std::error_code ignored;
    fs::remove(pending, ignored);
    throw;
  }
  fs::rename(pending, file);
  fmt::print("{}: the model of {} after repeat {}, {} numbers\n", file.string(),
             worker ? fmt::format("worker {}", *worker) : "all workers in the mean", options.repeat,
             plan.expected.dimension);
  return 0;
}

}  // namespace acidsim
