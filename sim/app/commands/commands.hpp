// The commands of the program besides `run`. Each prints to standard output and returns the exit code.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/app/json/configuration.hpp"

namespace acidsim {

struct TopologyOptions {
  std::string file;  // a graph, or an experiment (its topologies are taken); else `family`
  std::string family;
  std::optional<std::int64_t> workers;
  std::vector<std::string> parameters;  // "name=value"
  std::optional<double> rate;           // averagings per worker and unit time; default 1, or the experiment's
  std::string rates;                    // rate scheme, or its JSON object; empty = default
  bool json = false;
  std::string edges;      // file for a table of all edges with their rates and resistances; empty = none
  std::string export_to;  // file for the graph: GraphML, or else an edge list; empty = none
};
int topology_command(const TopologyOptions& options);

struct PredictOptions {
  std::string folder;   // results of a live run, whose times are taken
  std::string against;  // results of the live run that is forecast; empty = the same
  bool json = false;
};
// Prints forecast against measured. Throws InputError for folders that hold no live run.
int predict_command(const PredictOptions& options);

struct CellsOptions {
  std::string folder;              // results of a sweep
  std::vector<std::string> where;  // "field=value": cells with all of these
  std::string state;               // finished, partial, failed, missing; empty = any
  bool paths = false, json = false;
};
// Prints the cells of a sweep. Throws InputError for folders that hold none, and where no cell is left.
int cells_command(const CellsOptions& options);

struct DataOptions {
  std::string name;  // empty: what there is is listed
  std::string out;   // folder; empty = the name
  std::int64_t rows = 10000, test_rows = 2000;
};
// Makes a data set, whole or not at all.
int data_command(const DataOptions& options);

struct ExportOptions {
  std::string folder;          // results of a run
  std::string model = "mean";  // or "worker:K"
  std::string file;            // .npz, .npy, or .pt for a network from PyTorch
  int repeat = 0;
};
// Writes the model that a run with final states ended with.
int export_command(const ExportOptions& options);

int schedule_command(const Configuration& configuration, std::optional<double> until,
                     const std::filesystem::path& out);
int validate_command(const std::vector<std::string>& files, const std::vector<std::string>& settings);
int list_command(const std::string& kind);
// `place`: an experiment, or a folder of results, where the table is written as theory.csv unless `out` names a file; else
// without `out` it is printed. Throws InputError where no cell has an exact theory.
int theory_command(const std::string& place, const std::filesystem::path& out,
                   const std::vector<std::string>& settings);
// Prints a line for each check and a verdict; 0 where all hold, else 1.
int selftest_command();
// Loads a plug-in and holds its rows against the contracts: a line for each check and a verdict; 0 where all hold, else 1.
int test_plugin_command(const std::filesystem::path& file);
int explain_command(const Configuration& configuration);

}  // namespace acidsim
