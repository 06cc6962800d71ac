// The built program, run as a user runs it: as a process of its own, in a fresh folder.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace acidsim::testing {

namespace fs = std::filesystem;

inline std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

// A folder that is empty at first and gone at the end.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "acidsim-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const fs::path& path() const { return path_; }
  fs::path operator/(const fs::path& name) const { return path_ / name; }
  fs::path write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  // Everything in the folder, hidden files too, as sorted relative paths.
  std::vector<std::string> listing() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(path_))
      names.push_back(fs::relative(entry.path(), path_).string());
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  fs::path path_;
};

struct Finished {
  int code = -1;  // exit code; 128 + signal where a signal ended the program; -1 where it had to be killed
  std::string out, err;
  double peak_bytes = 0;  // largest resident set
};

// The program of this build; another where the environment names one.
inline std::string program_under_test() {
  const char* named = std::getenv("ACIDSIM_PROGRAM");
  return named != nullptr ? named : ACIDSIM_PROGRAM;
}

class Program {
 public:
  Program(const fs::path& folder, const std::vector<std::string>& arguments,
          const std::string& program = program_under_test()) {
    std::vector<std::string> words = {program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    const fs::path out = output_ / "out", err = output_ / "err";
    posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT, 0600);
    const int failed = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) throw std::runtime_error("cannot start " + program);
  }
  ~Program() {
    if (pid_ > 0) finish(std::chrono::seconds(0));
  }

  void send(int signal) const { ::kill(pid_, signal); }

  Finished finish(std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    Finished result;
    int status = 0;
    rusage usage{};
    for (pid_t done = 0; (done = ::wait4(pid_, &status, WNOHANG, &usage)) == 0;) {
      if (std::chrono::steady_clock::now() > end) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, &status, 0);
        status = -1;
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    pid_ = -1;
    result.peak_bytes = 1024.0 * static_cast<double>(usage.ru_maxrss);
    if (status != -1) result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    result.out = read_text(output_ / "out");
    result.err = read_text(output_ / "err");
    return result;
  }

 private:
  Scratch output_;
  pid_t pid_ = -1;
};

// The limit is far above what any of these runs takes, on a busy machine and under sanitizers too.
inline Finished run_program(const Scratch& folder, const std::vector<std::string>& arguments) {
  return Program(folder.path(), arguments).finish(std::chrono::seconds(120));
}

// `command` is a shell's, ended by its first failure; "$0" in it is the program.
inline Finished run_shell(const Scratch& folder, const std::string& command) {
  return Program(folder.path(), {"-ec", command, program_under_test()}, "/bin/sh")
      .finish(std::chrono::seconds(120));
}

// Runs what must succeed.
inline std::string succeed(const Scratch& folder, const std::vector<std::string>& arguments) {
  const Finished finished = run_program(folder, arguments);
  EXPECT_EQ(finished.code, 0) << finished.err;
  return finished.out;
}

inline nlohmann::json read_results(const fs::path& file) { return nlohmann::json::parse(read_text(file)); }

// A table of comma-separated values without quotes: the header and the rows.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  std::size_t column(const std::string& name) const {
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found == columns.end()) throw std::runtime_error("no column " + name);
    return static_cast<std::size_t>(found - columns.begin());
  }
  double number(std::size_t row, const std::string& name) const {
    return std::stod(rows.at(row).at(column(name)));
  }
  double sum(const std::string& name) const {
    double total = 0;
    for (std::size_t r = 0; r < rows.size(); ++r) total += number(r, name);
    return total;
  }
};

// A field with commas stands in quotes.
inline std::vector<std::string> split_line(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

inline Table read_table(const fs::path& file) {
  std::istringstream in(read_text(file));
  Table table;
  std::string line;
  std::getline(in, line);
  table.columns = split_line(line);
  while (std::getline(in, line)) table.rows.push_back(split_line(line));
  return table;
}

}  // namespace acidsim::testing
