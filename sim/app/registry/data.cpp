// Registry rows of data sets and of partitions.
#include <fmt/format.h>

#include "sim/app/registry/registry.hpp"
#include "sim/data/given_partition.hpp"
#include "sim/data/partition.hpp"
#include "sim/data/readers.hpp"
#include "sim/data/synthetic.hpp"
#include "sim/data/transform.hpp"

namespace acidsim {
namespace {

const Field test_fraction =
    Field("test_fraction", type_number | type_null, nullptr,
          "share of the rows that becomes the test set, 0 = none; null = 0.2, or none "
          "where there is a test_file")
        .at_least(0)
        .at_most(0.9);
const Field table_file = Field("file", type_string | type_array, required(),
                               "path, relative to the configuration, or a list: files read as one table")
                             .of(type_string)
                             .path();
const Field test_file =
    Field("test_file", type_string | type_null, nullptr, "the test set, of the same columns").path();
const Field data_seed =
    Field("seed", type_integer, 1, "of what is random in the data set; the same in all repeats").at_least(0);

TableFiles table_files(const Node& node) {
  TableFiles files;
  const Json& file = node.json()["file"];
  if (file.is_array() && file.empty()) throw node.error("file", "is empty", "at least one file");
  for (const Json& name : file.is_array() ? file : Json::array({file}))
    files.train.push_back(node.located(name.get<std::string>()).string());
  if (!node.has("test_file")) return files;
  if (node.has("test_fraction"))
    throw node.error("test_fraction", "cannot stand beside \"test_file\"", "give one of the two");
  files.test = node.file("test_file").string();
  return files;
}

template <class Scalar>
DatasetPair<Scalar> with_test_set(DatasetPair<Scalar> data, const Node& node) {
  const double fraction = node.has("test_fraction") ? node.number("test_fraction") : 0.2;
  if (data.test || fraction == 0) return data;
  std::vector<std::string> notices = std::move(data.notices);
  data = split(*data.train, fraction, node.natural("seed"));
  data.notices = std::move(notices);
  return data;
}

// "auto", true or false.
std::optional<bool> flag_or_automatic(const Node& node, const char* key) {
  const Json& value = node.json()[key];
  return value.is_boolean() ? std::optional(value.get<bool>()) : std::nullopt;
}
Field automatic_flag(const char* name, const char* what) {
  return Field(name, type_string | type_boolean, "auto", what).one_of({"auto"});
}

void refuse_owner_column(const Node& data, const std::string& owner_column) {
  if (!owner_column.empty())
    throw InputError("/objective/partition/column", "the data set has no named columns", owner_column,
                     fmt::format("the dataset csv, not {}", data.text("dataset")));
}

template <class Scalar>
DatasetPair<Scalar> csv(const Node& node, bool classification, const std::string& owner_column) {
  CsvOptions options{classification ? Task::classification : Task::regression};
  if (node.has("target")) {
    const Json& target = node.json().at("target");
    if (target.is_string())
      options.target = target.get<std::string>();
    else
      options.target_column = target.get<std::size_t>();
  }
  if (const auto header = flag_or_automatic(node, "header"))
    options.header = *header ? Header::present : Header::absent;
  options.index_column = flag_or_automatic(node, "index_column");
  options.owner_column = owner_column;
  try {
    return with_test_set(read_csv_tables<Scalar>(table_files(node), options), node);
  } catch (const InputError& error) {
    if (error.place() == "column") throw error.at_field("/objective/partition/column");
    throw;
  }
}

template <class Scalar>
DatasetPair<Scalar> libsvm(const Node& node, bool classification) {
  LibsvmOptions options{classification ? Task::classification : Task::regression};
  if (node.has("features")) options.dimension = node.integer("features");
  options.zero_based = flag_or_automatic(node, "zero_based");
  return with_test_set(read_libsvm_tables<Scalar>(table_files(node), options), node);
}

template <class Scalar>
DatasetPair<Scalar> synthetic(const Node& node, bool classification) {
  SyntheticParameters parameters;
  parameters.samples = node.integer("samples");
  parameters.test_samples = node.integer("test_samples");
  parameters.features = node.integer("features");
  parameters.classes = static_cast<int>(node.integer("classes"));
  parameters.noise = node.number("noise");
  parameters.condition = node.number("condition");
  return classification ? synthetic_classification<Scalar>(parameters, node.natural("seed"))
                        : synthetic_regression<Scalar>(parameters, node.natural("seed"));
}

const Field size_limit(const char* name, int default_value, const char* what) {
  return Field(name, type_integer, default_value, what).at_least(1).at_most(1e8);
}

RowsToGive rows_to_give(const PartitionInput& input) {
  return {input.samples, input.origins, input.workers, input.worker_names};
}

void need_labels(std::span<const std::int32_t> labels, const Node& node) {
  if (labels.empty())
    throw node.error("scheme", "needs labels, and this objective has none", "use shared, iid or by_size");
}

// With its transformations.
template <class Scalar>
DatasetPair<Scalar> load_data(const Node& node, DataRequest request) {
  const DatasetRow& row = row_named(datasets(), node.text("dataset"));
  if (!row.names_columns) refuse_owner_column(node, request.owner_column);
  const bool takes_bytes = request.needs.bytes, as_numbers = node.flag("standardise") || node.flag("bias");
  if (node.has("augmentation") && (!takes_bytes || as_numbers))
    throw node.error("augmentation",
                     takes_bytes ? "is of images, not of their standardised or appended features"
                                 : "is for objectives that take images",
                     takes_bytes ? "leave out standardise and bias" : "a network");
  request.needs.bytes = takes_bytes && !as_numbers;
  DatasetPair<Scalar> data = row.read.get<Scalar>()(node, request);
  const bool has_bias = row.appends_bias && bias_at_once(node) && !data.train->bytes;
  if (node.has("limit"))
    data.train = std::make_shared<const Dataset<Scalar>>(
        limit(*data.train, node.integer("limit"), node.natural("seed")));
  if (!request.needs.bytes) data = expanded(data);
  if (node.flag("standardise")) data = standardise(data);
  if (node.flag("bias") && !has_bias) data = with_bias(data);
  return data;
}

}  // namespace

std::vector<DatasetRow> table_datasets() {
  return {
      {{"csv",
        "a table of numbers, one row per line",
        "",
        {table_file,
         Field("target", type_string | type_integer | type_null, nullptr,
               "column of the label or target: name or number from 0; null = last")
             .at_least(0),
         automatic_flag("header",
                        "the first line holds the columns' names; auto = found by comparing it with the "
                        "rows, and refused where that is not sure"),
         automatic_flag("index_column",
                        "the first column is left out; auto = where it has no name, as pandas "
                        "writes its index"),
         test_file, test_fraction},
        ""},
       false,
       ByPrecision<ReadData>([]<class Scalar>(const Node& node, const DataRequest& request) {
         return csv<Scalar>(node, request.needs.classification, request.owner_column);
       }),
       true},
      {{"libsvm",
        "LIBSVM's format: label index:value …",
        "Chang and Lin 2011",
        {table_file,
         Field("features", type_integer | type_null, nullptr,
               "number of features; null = as many as the largest index in the files asks for")
             .at_least(1),
         automatic_flag("zero_based", "indices count from 0; auto = where index 0 occurs"), test_file,
         test_fraction},
        ""},
       false,
       ByPrecision<ReadData>([]<class Scalar>(const Node& node, const DataRequest& request) {
         return libsvm<Scalar>(node, request.needs.classification);
       })},
      {{"synthetic",
        "Gaussian features, linear model with noise",
        "",
        {size_limit("samples", 1000, "training samples"),
         Field("test_samples", type_integer, 0, "test samples").at_least(0).at_most(1e8),
         size_limit("features", 20, "features"),
         Field("classes", type_integer, 2, "classification only").at_least(2).at_most(10000),
         Field("noise", type_number, 0.1, "of the targets, or of the scores").at_least(0),
         Field("condition", type_number, 1.0, "condition number of the features' covariance").at_least(1)},
        ""},
       false,
       ByPrecision<ReadData>([]<class Scalar>(const Node& node, const DataRequest& request) {
         return synthetic<Scalar>(node, request.needs.classification);
       })},
  };
}

const std::vector<DatasetRow>& datasets() {
  static const std::vector<DatasetRow> table = [] {
    std::vector<DatasetRow> all = byte_datasets();
    for (DatasetRow& row : table_datasets()) all.push_back(std::move(row));
    return all;
  }();
  return table;
}

DataSource bind_data(const Node& data, const Node& partition) {
  DataSource source;
  const std::string owner_column = partition.has("column") ? partition.text("column") : "";
  source.identity = data.json().dump() + data.directory().string() + owner_column;
  source.load =
      ByPrecision<LoadData>([kept = KeptNode(data), owner_column]<class Scalar>(const DataNeeds& needs) {
        return load_data<Scalar>(kept.node(), {needs, owner_column});
      });
  return source;
}

Field data_field(const char* default_value, bool bias) {
  return Field("data", type_object, Json{{"dataset", default_value}}, "training and test rows")
      .with(
          {Field("dataset", type_string, default_value, "the data set").name_of_a(Kind::dataset),
           Field("limit", type_integer | type_null, nullptr, "use a random subset of this many training rows")
               .at_least(1),
           Field("standardise", type_boolean, false,
                 "every feature to mean 0 and variance 1 (of the training rows)"),
           Field("bias", type_boolean, bias, "append a feature that is always 1"), data_seed})
      .variant(Kind::dataset, "dataset");
}

const std::vector<PartitionRow>& partitions() {
  static const std::vector<PartitionRow> table = {
      {{"shared", "every worker draws from all rows (the paper's setting)", "", {}, ""}, nullptr},
      {{"iid", "a random split in equal parts", "", {}, ""},
       [](const Node&, const PartitionInput& input) {
         return iid_split(input.samples, input.workers, input.seed);
       }},
      {{"dirichlet",
        "each class divided over the workers in Dirichlet(alpha) proportions",
        "Hsu, Qi and Brown 2019",
        {Field("alpha", type_number, 0.3, "small = each worker sees few classes").above(0).at_most(1e9)},
        ""},
       [](const Node& node, const PartitionInput& input) {
         need_labels(input.labels, node);
         return dirichlet_split(input.labels, input.classes, input.workers, node.number("alpha"), input.seed);
       }},
      {{"shards",
        "rows sorted by label, cut into equal shards and dealt out",
        "McMahan et al. 2017",
        {Field("shards_per_worker", type_integer, 2, "shards of every worker").at_least(1).at_most(1e6)},
        ""},
       [](const Node& node, const PartitionInput& input) {
         need_labels(input.labels, node);
         return shards(input.labels, input.workers, static_cast<Worker>(node.integer("shards_per_worker")),
                       input.seed);
       }},
      {{"by_size",
        "random rows, worker i gets a share proportional to (i + 1)^−exponent",
        "",
        {Field("exponent", type_number, 1.0, "0 = equal sizes").at_least(0).at_most(100)},
        ""},
       [](const Node& node, const PartitionInput& input) {
         return by_size(input.samples, input.workers, node.number("exponent"), input.seed);
       }},
      {{"column",
        "each worker owns the rows that hold its name, or number, in a column of the CSV table; that column "
        "is no "
        "feature",
        "",
        {Field("column", type_string, required(), "its name, or its number from 0")},
        ""},
       [](const Node&, const PartitionInput& input) { return partition_by_owner(rows_to_give(input)); },
       true},
      {{"files",
        "each worker owns the rows of one file: worker k those of file k of the list objective.data.file",
        "",
        {},
        ""},
       [](const Node&, const PartitionInput& input) { return partition_by_file(rows_to_give(input)); },
       true},
      {{"chapters",
        "each worker owns some chapters of a text, one after another, or files of a table",
        "",
        {},
        ""},
       [](const Node&, const PartitionInput& input) { return partition_by_chapter(rows_to_give(input)); },
       true},
      {{"file",
        "a CSV file says who owns which row of the table, as train_rows.csv of a run does",
        "",
        {Field("file", type_string, required(),
               "its path; columns: row, counted from 0, and worker, a name or number")
             .path()},
        ""},
       [](const Node& node, const PartitionInput& input) {
         return read_partition(node.file("file").string(), rows_to_give(input));
       },
       true},
  };
  return table;
}

PartitionSource bind_partition(const Node& partition) {
  const PartitionRow& row = row_named(partitions(), partition.text("scheme"));
  PartitionSource source;
  source.shared = row.make == nullptr;
  if (partition.has("seed")) source.seed = partition.natural("seed");
  if (row.given) source.seed = 0;  // the same in all repeats
  if (!source.shared)
    source.make = [make = row.make, kept = KeptNode(partition)](const PartitionInput& input) {
      return make(kept.node(), input);
    };
  return source;
}

Field partition_field() {
  return Field("partition", type_object, Json{{"scheme", "shared"}}, "who owns which training rows")
      .with({Field("scheme", type_string, "shared", "how the rows are divided").name_of_a(Kind::partition),
             Field("seed", type_integer | type_null, nullptr, "null = a new partition in every repeat")
                 .at_least(0)})
      .variant(Kind::partition, "scheme");
}

}  // namespace acidsim
