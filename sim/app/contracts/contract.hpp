// What a row has to keep, as a check that anybody can make.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace acidsim {

enum class Holding { yes, no, not_claimed };

struct Verdict {
  Holding holding = Holding::yes;
  std::string found = {};  // in numbers, or why not
};
inline Verdict verdict(bool holds, std::string found) {
  return {holds ? Holding::yes : Holding::no, std::move(found)};
}
inline Verdict not_claimed(std::string why) { return {Holding::not_claimed, std::move(why)}; }

struct Contract {
  std::string what;
  std::function<Verdict()> check;  // a failure that it throws is a breach
};

}  // namespace acidsim
