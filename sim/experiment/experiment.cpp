#include "sim/experiment/experiment.hpp"

namespace acidsim {

std::string name_of(Precision precision) {
  return precision == Precision::single_precision ? "single" : "double";
}

}  // namespace acidsim
