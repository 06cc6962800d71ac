// Single files of results.
#pragma once

#include <filesystem>
#include <string>

namespace acidsim {

inline constexpr const char* communication_file = "communication_counts.csv";
inline constexpr const char* worker_file = "worker_counts.csv";
inline constexpr const char* times_file = "worker_times.csv";
inline constexpr const char* staleness_file = "staleness.csv";
inline constexpr const char* train_rows_file = "train_rows.csv";
inline constexpr const char* test_rows_file = "test_rows.csv";

// A field of a CSV file, quoted where it must be.
std::string csv_text(const std::string& text);

// Writes a file whole or not at all: a temporary neighbour, fsync, rename. Throws std::runtime_error.
void write_file(const std::filesystem::path& file, const std::string& content);

}  // namespace acidsim
