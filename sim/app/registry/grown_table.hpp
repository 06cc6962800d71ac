// A table of the registry that grows with rows that are added while the program runs.
#pragma once

#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace acidsim {

template <class RowType>
class GrownTable {
 public:
  explicit GrownTable(std::vector<RowType> first = {})
      : rows_(std::make_move_iterator(first.begin()), std::make_move_iterator(first.end())) {}

  // With a row for each one of `added` that it was not made with before; rows stay where they are. Thread-safe, as long as
  // `added` does not change.
  template <class Added, class RowOf>
  const std::deque<RowType>& with(const Added& added, const RowOf& row_of) {
    const std::lock_guard lock(mutex_);
    for (; taken_ < added.size(); ++taken_) rows_.push_back(row_of(added[taken_]));
    return rows_;
  }

 private:
  std::mutex mutex_;
  std::deque<RowType> rows_;
  std::size_t taken_ = 0;
};

}  // namespace acidsim
