#include "sim/app/output/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "sim/system/standard_streams.hpp"

namespace acidsim {

std::string with_unit(double value) {
  static constexpr struct {
    double scale;
    const char* unit;
  } units[] = {{1e12, " T"}, {1e9, " G"}, {1e6, " M"}, {1e3, " k"}};
  for (const auto& unit : units)
    if (value >= unit.scale) return fmt::format("{:.3g}{}", value / unit.scale, unit.unit);
  return fmt::format("{:.3g} ", value);
}

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds)) return "unknown";
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long long>(seconds);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

ProgressDisplay::ProgressDisplay(std::size_t runs, std::string headline, bool quiet, ShowProgress show_to,
                                 bool lines)
    : headline_(std::move(headline)),
      quiet_(quiet),
      show_(std::move(show_to)),
      lines_(lines && !show_),
      terminal_(!show_ && ::isatty(STDERR_FILENO) != 0),
      runs_(runs) {
  if (quiet_) return;
  painter_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    const auto pause = std::chrono::milliseconds(terminal_ || show_ ? 200 : 10000);
    while (!ended_.wait_for(lock, pause, [this] { return end_; })) show();
  });
}

ProgressDisplay::~ProgressDisplay() {
  if (!painter_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    end_ = true;
  }
  ended_.notify_all();
  painter_.join();
  if (terminal_) print_error("\r\033[K");
}

void ProgressDisplay::update(std::size_t run, const Progress& progress) {
  const std::scoped_lock lock(mutex_);
  runs_[run].progress = progress;
}

void ProgressDisplay::finished(std::size_t run, const std::string& name, const RepeatResult& result) {
  const std::scoped_lock lock(mutex_);
  State& state = runs_[run];
  state.done = true;
  state.progress.fraction = 1;
  state.progress.events = result.outcome.counts.gradients + result.outcome.counts.communications;
  if (quiet_ || !lines_ || terminal_ || runs_.size() > most_lines) return;
  std::string final_value;
  if (!result.records.empty() && !result.records.back().metrics.empty())
    final_value = fmt::format(", {} {:.4g}", headline_, result.records.back().metrics[0]);
  print_error(fmt::format("{}: time {:.6g} ({}), {}events in {}{}\n", name, result.outcome.time,
                          name_of(result.outcome.reason),
                          with_unit(static_cast<double>(state.progress.events)),
                          duration_text(result.outcome.wall_seconds), final_value));
}

void ProgressDisplay::show() {
  if (show_)
    show_(line());
  else
    print_error(terminal_ ? "\r\033[K" + line() : line() + "\n");
}

std::string ProgressDisplay::line() const {
  double fraction = 0, events = 0;
  std::size_t done = 0;
  const State* shown = nullptr;  // the run under way that is furthest
  for (const State& run : runs_) {
    fraction += std::min(run.progress.fraction, 1.0) / static_cast<double>(runs_.size());
    events += static_cast<double>(run.progress.events);
    done += run.done ? 1 : 0;
    if (!run.done && (!shown || run.progress.fraction > shown->progress.fraction)) shown = &run;
  }
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  constexpr int width = 24;
  const int filled = static_cast<int>(fraction * width);
  std::string text = fmt::format("[{:#<{}}{:.<{}}] {:3.0f} %  runs {}/{}", "", filled, "", width - filled,
                                 100 * fraction, done, runs_.size());
  if (shown) {
    text += fmt::format("  time {:.4g}", shown->progress.time);
    if (std::isfinite(shown->progress.headline))
      text += fmt::format("  {} {:.4g}", headline_, shown->progress.headline);
  }
  text += fmt::format("  {}events/s", with_unit(events / elapsed));
  if (fraction > 0.01) text += fmt::format("  ETA {}", duration_text(elapsed * (1 - fraction) / fraction));
  return text;
}

}  // namespace acidsim
