// Values that several threads want and that are made once each.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace acidsim {

// From a name that says all about a value to the value. Whoever asks first makes it; those who ask for the
// same meanwhile wait for it, and nobody else does. References stay valid as long as the map.
template <class Value>
class OnceMap {
 public:
  // What `make` throws is thrown to the one who called it; the next one to ask tries again.
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
