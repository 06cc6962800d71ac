// What the user sees while runs are under way: a bar on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sim/experiment/run_data.hpp"

namespace acidsim {

// Gets the bar as a line of text, several times a second.
using ShowProgress = std::function<void(const std::string& line)>;

class ProgressDisplay {
 public:
  // `headline` names the metric that is shown. `lines`: whether runs that end are told one by one. `show_to`: who gets the bar in
  // place of standard error.
  ProgressDisplay(std::size_t runs, std::string headline, bool quiet, ShowProgress show_to = {},
                  bool lines = true);
  ~ProgressDisplay();  // takes the bar away

  void update(std::size_t run, const Progress& progress);
  void finished(std::size_t run, const std::string& name, const RepeatResult& result);

 private:
  void show();
  std::string line() const;

  static constexpr std::size_t most_lines = 64;  // with more runs than this, no line for each

  struct State {
    Progress progress;
    bool done = false;
  };
  std::string headline_;
  bool quiet_;
  ShowProgress show_;
  bool lines_, terminal_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::vector<State> runs_;
  std::thread painter_;
};

// "1.2e6" as people read it: 1.20 M.
std::string with_unit(double value);
// Seconds as 12.3 s, 4 min 05 s, 2 h 03 min.
std::string duration_text(double seconds);

}  // namespace acidsim
