#include "sim/experiment/checkpoint.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view magic = "acidsim checkpoint\n";
constexpr std::size_t digest_length = 64;
constexpr std::size_t buffer_length = 1 << 20;
constexpr std::uint64_t largest_header = 1 << 28;

std::string digest_of(const std::string& text) {
  Digest digest;
  digest.add(std::as_bytes(std::span(text)));
  return digest.hexadecimal();
}

template <class Number>
void append(std::string& text, Number number) {
  text.append(reinterpret_cast<const char*>(&number), sizeof number);
}

Json to_json(const CheckpointHeader& header) {
  const CheckpointShape& shape = header.shape;
  const Position& at = header.position;
  Json json = {{"program", ACIDSIM_VERSION},
               {"description", header.description},
               {"stop_time", std::isfinite(header.stop_time) ? Json(header.stop_time) : Json(nullptr)},
               {"repeat", header.repeat},
               {"seed", header.seed},
               {"shape",
                {{"workers", shape.workers},
                 {"dimension", shape.dimension},
                 {"stored", shape.stored},
                 {"scalar_bytes", shape.scalar_bytes},
                 {"memory_bytes", shape.memory_bytes},
                 {"under_way_bytes", shape.under_way_bytes},
                 {"message", shape.message},
                 {"worker_gradients", shape.worker_gradients},
                 {"edges", shape.edges},
                 {"metrics", shape.metrics},
                 {"losses", shape.losses}}},
               {"gradients", header.tally.gradients},
               {"communications", header.tally.communications},
               {"rounds", header.tally.rounds},
               {"round_ends", header.tally.round_ends},
               {"vectors_sent", header.tally.vectors_sent},
               {"bytes_sent", header.tally.bytes_sent},
               {"messages_lost", header.tally.messages_lost},
               {"messages_repeated", header.tally.messages_repeated},
               {"reads", header.reads},
               {"stalenesses", header.stalenesses},
               {"rows", header.rows},
               {"messages", header.messages},
               {"operations", header.operations ? Json(*header.operations) : Json(nullptr)},
               {"position",
                {{"time", at.time},
                 {"events", at.events},
                 {"last_time", at.last_time},
                 {"ties", at.ties},
                 {"records", at.records},
                 {"recorded_at", at.recorded_at},
                 {"events_since_check", at.events_since_check},
                 {"wall_seconds", at.wall_seconds}}},
               {"end", nullptr}};
  if (header.end)
    json["end"] = {{"reason", header.end->reason},
                   {"detail", header.end->detail},
                   {"decision", header.end->decision},
                   {"state_digest", header.end->state_digest}};
  return json;
}

CheckpointHeader from_json(const Json& json) {
  CheckpointHeader header;
  json.at("description").get_to(header.description);
  const Json& stop_time = json.at("stop_time");
  header.stop_time = stop_time.is_null() ? infinity : stop_time.get<double>();
  json.at("repeat").get_to(header.repeat);
  json.at("seed").get_to(header.seed);
  const Json& shape = json.at("shape");
  shape.at("workers").get_to(header.shape.workers);
  shape.at("dimension").get_to(header.shape.dimension);
  shape.at("stored").get_to(header.shape.stored);
  shape.at("scalar_bytes").get_to(header.shape.scalar_bytes);
  shape.at("memory_bytes").get_to(header.shape.memory_bytes);
  shape.at("under_way_bytes").get_to(header.shape.under_way_bytes);
  shape.at("message").get_to(header.shape.message);
  shape.at("worker_gradients").get_to(header.shape.worker_gradients);
  shape.at("edges").get_to(header.shape.edges);
  shape.at("metrics").get_to(header.shape.metrics);
  header.shape.losses = shape.value("losses", std::uint64_t{0});
  json.at("gradients").get_to(header.tally.gradients);
  json.at("communications").get_to(header.tally.communications);
  json.at("rounds").get_to(header.tally.rounds);
  json.at("round_ends").get_to(header.tally.round_ends);
  json.at("vectors_sent").get_to(header.tally.vectors_sent);
  json.at("bytes_sent").get_to(header.tally.bytes_sent);
  header.tally.messages_lost = json.value("messages_lost", std::uint64_t{0});
  header.tally.messages_repeated = json.value("messages_repeated", std::uint64_t{0});
  json.at("reads").get_to(header.reads);
  json.at("stalenesses").get_to(header.stalenesses);
  json.at("rows").get_to(header.rows);
  json.at("messages").get_to(header.messages);
  if (const Json& operations = json.at("operations"); !operations.is_null())
    header.operations = operations.get<std::uint64_t>();
  const Json& at = json.at("position");
  at.at("time").get_to(header.position.time);
  at.at("events").get_to(header.position.events);
  at.at("last_time").get_to(header.position.last_time);
  at.at("ties").get_to(header.position.ties);
  at.at("records").get_to(header.position.records);
  at.at("recorded_at").get_to(header.position.recorded_at);
  at.at("events_since_check").get_to(header.position.events_since_check);
  at.at("wall_seconds").get_to(header.position.wall_seconds);
  if (const Json& end = json.at("end"); !end.is_null())
    header.end =
        CheckpointEnd{end.at("reason").get<std::string>(), end.at("detail").get<std::string>(),
                      end.at("decision").get<std::string>(), end.at("state_digest").get<std::string>()};
  return header;
}

constexpr std::uint64_t operation_bytes = sizeof(std::uint8_t) + sizeof(Worker) + 4 * sizeof(std::uint64_t);

std::uint64_t body_bytes(const CheckpointHeader& header) {
  const CheckpointShape& shape = header.shape;
  const std::uint64_t states = header.end ? 0 : shape.workers;
  const std::uint64_t worker_bytes =
      sizeof(double) + shape.stored * shape.scalar_bytes + shape.memory_bytes + shape.under_way_bytes;
  const std::uint64_t message_bytes = sizeof(std::uint32_t) + 2 + shape.message * shape.scalar_bytes;
  const std::uint64_t trace_bytes =
      header.operations ? 8 * shape.workers + *header.operations * operation_bytes : 0;
  return states * worker_bytes + header.messages * message_bytes + trace_bytes +
         8 * (2 * shape.losses + shape.worker_gradients + shape.edges + header.reads +
              2 * header.stalenesses) +
         header.rows * 8 * (3 + shape.metrics);
}

}  // namespace

CheckpointWriter::CheckpointWriter(std::filesystem::path file, const CheckpointHeader& header)
    : file_(std::move(file)),
      pending_(file_.parent_path() / fmt::format(".{}.{}", file_.filename().string(), process_name())),
      descriptor_(::open(pending_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) refuse_to_write(file_);
  buffer_.reserve(buffer_length);
  const std::string json = to_json(header).dump();
  std::string head(magic);
  append(head, checkpoint_format);
  append(head, static_cast<std::uint64_t>(json.size()));
  head += json;
  head += digest_of(head);
  add(std::as_bytes(std::span(head)));
}

CheckpointWriter::~CheckpointWriter() {
  std::error_code ignored;
  if (!committed_) std::filesystem::remove(pending_, ignored);
}

void CheckpointWriter::trace(const LiveTrace& trace) {
  for (const auto& list : trace.workers) {
    add_number(std::uint64_t{list.size()});
    for (const LiveOperation& operation : list) {
      add_number(static_cast<std::uint8_t>(operation.verb));
      add_number(operation.peer);
      add_number(operation.time);
      add_number(operation.wall);
      add_number(operation.exchange);
      add_number(operation.version);
    }
  }
}

void CheckpointWriter::counts(const Counts& counts) {
  add(std::as_bytes(std::span(counts.worker_gradients)));
  add(std::as_bytes(std::span(counts.edge_communications)));
  add(std::as_bytes(counts.staleness.reads()));
  const std::vector<std::uint64_t> stalenesses = counts.staleness.counted();
  add(std::as_bytes(std::span(stalenesses)));
}

void CheckpointWriter::losses(const MinibatchLosses& losses) {
  add(std::as_bytes(std::span(losses.sums())));
  add(std::as_bytes(std::span(losses.counts())));
}

void CheckpointWriter::rows(std::span<const RecordRow> rows) {
  for (const RecordRow& row : rows) {
    add_number(row.time);
    add_number(row.gradients);
    add_number(row.communications);
    add(std::as_bytes(std::span(row.metrics)));
  }
}

void CheckpointWriter::add(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), buffer_length - buffer_.size()));
    buffer_.insert(buffer_.end(), part.begin(), part.end());
    bytes = bytes.subspan(part.size());
    if (buffer_.size() == buffer_length) {
      digest_.add(buffer_);
      flush();
    }
  }
}

void CheckpointWriter::flush() {
  for (std::span<const std::byte> rest = buffer_; !rest.empty();) {
    const auto written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) refuse_to_write(file_);
    rest = rest.subspan(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

void CheckpointWriter::commit() {
  digest_.add(buffer_);
  const std::string digest = digest_.hexadecimal();
  const auto bytes = std::as_bytes(std::span(digest));
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  flush();
  if (::fsync(descriptor_) != 0) refuse_to_write(file_);
  std::error_code failed;
  std::filesystem::rename(pending_, file_, failed);
  if (failed) refuse_to_write(file_);
  committed_ = true;
  sync_to_disk(file_.parent_path());
}

CheckpointReader::CheckpointReader(const std::filesystem::path& file)
    : file_(file), descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
  struct stat facts {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &facts) != 0) refuse("it cannot be read");
  const auto length = static_cast<std::uint64_t>(facts.st_size);
  if (length < magic.size() + sizeof(std::uint32_t) + sizeof(std::uint64_t) + 2 * digest_length)
    refuse("it is cut short");
  unread_ = length - digest_length;

  std::string head(magic.size(), ' ');
  take(std::as_writable_bytes(std::span(head)));
  if (head != magic) refuse("it does not begin as a checkpoint");
  const auto format = take_number<std::uint32_t>();
  const auto json_length = take_number<std::uint64_t>();
  append(head, format);
  append(head, json_length);
  if (json_length > std::min(length, largest_header)) refuse("it is cut short");
  std::string json(json_length, ' '), digest(digest_length, ' ');
  take(std::as_writable_bytes(std::span(json)));
  take(std::as_writable_bytes(std::span(digest)));
  head += json;
  if (digest != digest_of(head)) refuse("its header does not fit its digest");
  if (format != checkpoint_format)
    throw InputError(file.string(), "is a checkpoint of another format version", fmt::format("{}", format),
                     fmt::format("this program reads version {}; go on with the program that wrote it",
                                 checkpoint_format));
  try {
    header_ = from_json(Json::parse(json));
  } catch (const nlohmann::json::exception&) {
    refuse("its header lacks something");
  }
  if (head.size() + 2 * digest_length + body_bytes(header_) != length) refuse("it is cut short, or too long");
}

template <class Scalar>
void CheckpointReader::workers(const WorkerVisit<Scalar>& visit) {
  if (header_.end) return;
  const CheckpointShape& shape = header_.shape;
  std::vector<Scalar> stored(shape.stored);
  std::vector<std::byte> memory(shape.memory_bytes), under_way(shape.under_way_bytes);
  for (std::uint64_t worker = 0; worker < shape.workers; ++worker) {
    const auto time = take_number<double>();
    take(std::as_writable_bytes(std::span(stored)));
    take(memory);
    take(under_way);
    visit(time, stored, memory, under_way);
  }
}
template void CheckpointReader::workers<float>(const WorkerVisit<float>&);
template void CheckpointReader::workers<double>(const WorkerVisit<double>&);

template <class Scalar>
std::vector<Parcel<Scalar>> CheckpointReader::messages() {
  std::vector<Parcel<Scalar>> parcels(header_.messages);
  for (Parcel<Scalar>& parcel : parcels) {
    std::array<std::uint8_t, 2> flags{};
    take(std::as_writable_bytes(std::span(&parcel.clock, 1)));
    take(std::as_writable_bytes(std::span(flags)));
    parcel.upwards = flags[0] != 0;
    parcel.needed = flags[1];
    parcel.values.resize(header_.shape.message);
    take(std::as_writable_bytes(std::span(parcel.values)));
  }
  return parcels;
}
template std::vector<Parcel<float>> CheckpointReader::messages<float>();
template std::vector<Parcel<double>> CheckpointReader::messages<double>();

LiveTrace CheckpointReader::trace() {
  LiveTrace trace;
  if (!header_.operations) return trace;
  trace.workers.resize(header_.shape.workers);
  std::uint64_t left = *header_.operations;
  for (auto& list : trace.workers) {
    const auto count = take_number<std::uint64_t>();
    if (count > left) refuse("its trace has more operations than it says");
    left -= count;
    list.resize(count);
    for (LiveOperation& operation : list) {
      operation.verb = static_cast<Verb>(take_number<std::uint8_t>());
      operation.peer = take_number<Worker>();
      operation.time = take_number<double>();
      operation.wall = take_number<double>();
      operation.exchange = take_number<std::uint64_t>();
      operation.version = take_number<std::uint64_t>();
    }
  }
  if (left > 0) refuse("its trace has fewer operations than it says");
  return trace;
}

Counts CheckpointReader::counts() {
  Counts counts;
  static_cast<Tally&>(counts) = header_.tally;
  counts.worker_gradients = take_numbers(header_.shape.worker_gradients);
  counts.edge_communications = take_numbers(header_.shape.edges);
  std::vector<std::uint64_t> reads = take_numbers(header_.reads);
  counts.staleness.restore(std::move(reads), take_numbers(2 * header_.stalenesses));
  return counts;
}

void CheckpointReader::losses(MinibatchLosses& losses) {
  take(std::as_writable_bytes(std::span(losses.sums())));
  take(std::as_writable_bytes(std::span(losses.counts())));
}

std::vector<RecordRow> CheckpointReader::rows() {
  std::vector<RecordRow> rows(header_.rows);
  for (RecordRow& row : rows) {
    row.time = take_number<double>();
    row.gradients = take_number<std::uint64_t>();
    row.communications = take_number<std::uint64_t>();
    row.metrics.resize(header_.shape.metrics);
    take(std::as_writable_bytes(std::span(row.metrics)));
  }
  return rows;
}

void CheckpointReader::finish() {
  std::string digest(digest_length, ' ');
  if (unread_ > 0 || taken_ < buffer_.size()) throw std::logic_error("a checkpoint is read from end to end");
  if (::read(descriptor_, digest.data(), digest.size()) != static_cast<ssize_t>(digest.size()))
    refuse("it is cut short");
  if (digest != digest_.hexadecimal()) refuse("it does not fit its digest");
}

void CheckpointReader::take(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    if (taken_ == buffer_.size()) refill();
    const std::size_t count = std::min(bytes.size(), buffer_.size() - taken_);
    std::memcpy(bytes.data(), buffer_.data() + taken_, count);
    taken_ += count;
    bytes = bytes.subspan(count);
  }
}

void CheckpointReader::refill() {
  if (unread_ == 0) refuse("it is cut short");
  buffer_.resize(std::min<std::uint64_t>(unread_, buffer_length));
  taken_ = 0;
  for (std::span<std::byte> rest = buffer_; !rest.empty();) {
    const auto got = ::read(descriptor_, rest.data(), rest.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) refuse("it cannot be read to its end");
    rest = rest.subspan(static_cast<std::size_t>(got));
  }
  unread_ -= buffer_.size();
  digest_.add(buffer_);
}

std::vector<std::uint64_t> CheckpointReader::take_numbers(std::uint64_t count) {
  std::vector<std::uint64_t> numbers(count);
  take(std::as_writable_bytes(std::span(numbers)));
  return numbers;
}

void CheckpointReader::refuse(const std::string& why) const {
  throw DamagedCheckpoint(fmt::format("{}: this checkpoint is damaged: {}", file_.string(), why));
}

}  // namespace acidsim
