// Standard input, output and error, which may be closed, full, or a terminal that is gone.
#pragma once

#include <string_view>

namespace acidsim {

// Opens /dev/null in place of those that are closed, so that no file of the program gets their numbers. To be
// called before anything is opened.
void open_standard_streams();

// Text for the user, on standard output or standard error. Where it cannot be written it is lost: that is no reason
// to end a run.
void print_out(std::string_view text);
void print_error(std::string_view text);

}  // namespace acidsim
