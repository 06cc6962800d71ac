// Tables that name workers.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// Workers by what a table calls them: the names in a graph's file, or numbers from 0.
class WorkersByName {
 public:
  WorkersByName(Worker workers, std::span<const std::string> names);
  bool is_name(const std::string& text) const { return numbers_.contains(text); }
  // A name counts before a number.
  std::optional<Worker> find(const std::string& text) const;
  std::string hint() const;  // what would be right

 private:
  Worker workers_;
  std::span<const std::string> names_;
  std::unordered_map<std::string, Worker> numbers_;
};

// "worker 3", with its name where there is one.
std::string described_worker(Worker worker, std::span<const std::string> names);

// One rate ≥ 0 per worker, from a CSV file with the columns `worker` (name or number) and `rate`; without a
// header it has these two columns. It must name every worker once.
std::vector<double> read_worker_rates(const std::string& path, Worker workers,
                                      std::span<const std::string> names);

}  // namespace acidsim
