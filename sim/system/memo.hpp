// Values that several threads share and that are computed once each.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace acidsim {

// Maps names to values; a name must identify its value. The first caller makes the value, callers who ask for
// the same name meanwhile wait, others do not. Thread-safe; references stay valid as long as the Memo.
template <class Value>
class Memo {
 public:
  // An exception from `make` reaches its caller; the next caller with the same name tries again.
  template <class Make>
  const Value& get(const std::string& name, Make make) {
    Entry& entry = entry_of(name);
    std::call_once(entry.made, [&] { entry.value = std::make_unique<const Value>(make()); });
    return *entry.value;
  }

 private:
  struct Entry {
    std::once_flag made;
    std::unique_ptr<const Value> value;
  };

  Entry& entry_of(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    return entries_[name];  // std::map never moves an entry
  }

  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace acidsim
