#include "sim/app/commands/command_line.hpp"

int main(int argc, char** argv) { return acidsim::run_command_line(argc, argv); }
