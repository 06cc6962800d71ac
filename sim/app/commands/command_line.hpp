// The command line: flags to commands.
#pragma once

namespace acidsim {

// Runs the program; returns its exit code: 0 done, 1 anything else, 2 bad input, 3 diverged.
int run_command_line(int argc, char** argv);

}  // namespace acidsim
