// Configurations with a few values replaced, removed or added, or with damaged bytes: each is valid, or is
// refused with a message that names its file. Nothing else may happen.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/core/random.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

// Between them, most sections and kinds of values.
const std::vector<const char*> sources = {
    R"({"topology": {"family": "cycle", "workers": 8, "rates": {"scheme": "metropolis", "max_worker_rate": 2}},
        "timing": {"gradient_rate": {"distribution": "lognormal", "sigma": 0.5}, "communication_rate": 1},
        "algorithm": {"name": "a2cid2", "eta": 0.1, "alpha": 0.5, "alpha_tilde": "auto"},
        "objective": {"name": "quadratic", "dimension": 3, "curvature_max": 2, "noise": 1, "heterogeneity": 1},
        "optimizer": {"learning_rate": 0.1, "momentum": 0.9, "clip_norm": 1,
                      "schedule": {"name": "step", "milestones": [0.5, 0.75], "factor": 0.1}},
        "initial": {"kind": "normal", "scale": 2}, "stop": {"time": 5, "gradients": 40},
        "record": {"every": 1, "metrics": ["consensus_distance", "suboptimality"]}, "repeats": 2, "seed": 3})",
    R"({"topology": {"graphs": [{"family": "cycle", "workers": 6, "duration": 2}, {"family": "star", "workers": 6}],
                     "failures": {"mean_up": 5, "mean_down": 1}},
        "objective": {"name": "softmax_regression", "batch_size": 4, "sampling": "epoch", "l2": 0.1,
                      "data": {"dataset": "synthetic", "samples": 60, "features": 4, "classes": 3, "bias": true},
                      "partition": {"scheme": "dirichlet", "alpha": 0.5}},
        "precision": "single", "stop": {"time": 3}, "record": {"metrics": ["loss"]},
        "sweep": {"algorithm.name": ["async_gossip", "a2cid2"], "optimizer.learning_rate": [0.1, 0.01]}})",
    R"({"topology": {"edges": [[0, 1, 1], [1, 2, 0.5], [2, 0, 2]], "rates": "explicit"},
        "objective": {"name": "none", "dimension": 2}, "initial": {"kind": "common_normal"},
        "stop": {"time": 2}, "checkpoint": {"every_seconds": 60},
        "record": {"every": "auto", "metrics": ["consensus_distance"], "communication_counts": false}})"};

const std::vector<nlohmann::json> odd_values = {nullptr,
                                                true,
                                                -1,
                                                0,
                                                1,
                                                2,
                                                1.5,
                                                1e308,
                                                -1e-320,
                                                9223372036854775807,
                                                18446744073709551615u,
                                                "",
                                                "auto",
                                                "x",
                                                "cycle",
                                                "a2cid2",
                                                std::string(40, '9'),
                                                std::string("\0\xc3\xa9", 3),
                                                nlohmann::json::array(),
                                                nlohmann::json::object(),
                                                {0},
                                                nlohmann::json::parse("[[]]"),
                                                nlohmann::json::parse("[[0, 1], [1, 0]]"),
                                                nlohmann::json::parse(R"({"name": "x"})"),
                                                nlohmann::json::parse(R"({"family": "star"})"),
                                                nlohmann::json::parse("[null]")};

void collect(const nlohmann::json& value, const std::string& path, std::vector<std::string>& paths) {
  if (!path.empty()) paths.push_back(path);
  if (value.is_object())
    for (const auto& [key, item] : value.items()) {
      std::string escaped;
      for (const char c : key) escaped += c == '/' ? std::string("~1") : c == '~' ? "~0" : std::string(1, c);
      collect(item, path + "/" + escaped, paths);
    }
  if (value.is_array())
    for (std::size_t k = 0; k < value.size(); ++k) collect(value[k], fmt::format("{}/{}", path, k), paths);
}

std::string damaged(nlohmann::json config, Draws& draws) {
  const auto any = [&](const auto& of) -> const auto& { return of[draws.below(of.size())]; };
  for (std::uint64_t left = 1 + draws.below(3); left > 0; --left) {
    std::vector<std::string> paths;
    collect(config, "", paths);
    if (paths.empty()) break;
    const nlohmann::json::json_pointer place(any(paths));
    const std::uint64_t kind = draws.below(5);
    if (kind < 3) {
      config[place] = any(odd_values);
    } else if (kind == 3) {
      nlohmann::json& parent = config[place.parent_pointer()];
      if (parent.is_object()) parent.erase(place.back());
    } else if (config[place].is_object()) {
      static const std::vector<const char*> keys = {"name",  "seed",  "x",     "workers",
                                                    "rates", "edges", "every", "p"};
      config[place][any(keys)] = any(odd_values);
    }
  }
  std::string text = config.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (draws.below(5) != 0) return text;
  static const std::string bytes("\0\"{}[]:,\xff-9e\\/", 14);
  for (std::uint64_t left = 1 + draws.below(4); left > 0 && !text.empty(); --left)
    text[draws.below(text.size())] = bytes[draws.below(bytes.size())];
  if (draws.below(3) == 0) text.resize(draws.below(text.size() + 1));
  return text;
}

TEST(DamagedConfiguration, IsValidOrRefused) {
  constexpr int rounds = 6, files = 50;  // a process reads all files of a round
  Draws draws(Stream(1, Purpose::problem));
  int valid = 0, refused = 0;
  for (const char* const source : sources)
    for (int round = 0; round < rounds; ++round) {
      const Scratch scratch;
      std::vector<std::string> arguments = {"validate"};
      for (int k = 0; k < files; ++k) {
        arguments.push_back(fmt::format("damaged_{}.json", k));
        scratch.write(arguments.back(), damaged(nlohmann::json::parse(source), draws));
      }
      const Finished finished = run_program(scratch, arguments);
      ASSERT_TRUE(finished.code == 0 || finished.code == 2) << finished.code << "\n" << finished.err;
      for (int k = 0; k < files; ++k) {
        const std::string& name = arguments[static_cast<std::size_t>(k) + 1];
        const bool accepted = finished.out.find(name + ": valid") != std::string::npos;
        const bool explained = finished.err.find(name) != std::string::npos;
        EXPECT_TRUE(accepted || explained) << read_text(scratch / name);
        ++(accepted ? valid : refused);
      }
    }
  // Both kinds are many, or the damage would test nothing.
  EXPECT_GT(valid, 50);
  EXPECT_GT(refused, 300);
}

}  // namespace
}  // namespace acidsim::testing
