// experiments/schema.json: fresh, true to check(), and kept by every shipped experiment.
#include "sim/app/schema.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/app/registry.hpp"
#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

const fs::path experiments = fs::path(ACIDSIM_SOURCE_DIR) / "experiments";

TEST(Schema, ShippedFileIsWhatTheProgramPrints) {
  const Scratch scratch;
  EXPECT_TRUE(read_text(experiments / "schema.json") == succeed(scratch, {"list", "schema"}))
      << "stale: acidsim list schema > experiments/schema.json";
}

TEST(Schema, EveryShippedExperimentValidates) {
  std::vector<std::string> arguments = {"validate"};
  for (const auto& entry : fs::recursive_directory_iterator(experiments))
    if (entry.path().extension() == ".json" && entry.path().filename() != "schema.json") {
      // An editor finds the schema where the file says.
      const Json source = read_json(entry.path());
      EXPECT_TRUE(fs::equivalent(entry.path().parent_path() / source.at("$schema").get<std::string>(),
                                 experiments / "schema.json"))
          << entry.path();
      if (source.dump().find("fashion_mnist") == std::string::npos ||
          fs::exists("/usr/share/datasets/fashion-mnist"))
        arguments.push_back(entry.path().string());
    }
  ASSERT_GE(arguments.size(), 5u);
  const Scratch scratch;
  succeed(scratch, arguments);
}

// Both judges on one document.
struct Judge {
  SchemaValidator validator{configuration_schema()};

  static std::string checked(const Json& document) {
    try {
      check(configuration_grammar(), document, "");
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
  // Whether the document is good; fails the test where the judges differ.
  bool agree(const Json& document) const {
    const std::string own = checked(document);
    const auto schema = validator.first_problem(document);
    EXPECT_EQ(own.empty(), !schema.has_value())
        << document.dump() << "\n  check(): " << own << "\n  schema:  " << schema.value_or("");
    return own.empty();
  }
};

TEST(Schema, AgreesOnChosenDocuments) {
  const Judge judge;
  const std::vector<const char*> good = {
      "{}",
      R"({"$schema": "schema.json", "name": null, "seed": 18446744073709551615, "repeats": 100000})",
      R"({"topology": {"file": "a.txt", "rates": "explicit"}})",
      R"({"topology": {"family": "torus2d", "rows": 3, "cols": null}})",
      R"({"timing": {"gradient_rate": [0, 1, 2.5]}})",
      R"({"timing": {"gradient_rate": {"slow": 0, "distribution": "two_speed"}}})",
      R"({"timing": {"gradient_rate": {"sigma": 1}}})",
      R"({"timing": {"model": "trace", "file": "t.csv"}})",
      R"({"algorithm": {"name": "async_gossip", "alpha": 0.25}})",
      R"({"algorithm": {"eta": 0.5}})",
      R"({"objective": {"name": "softmax_regression", "data": {"dataset": "csv", "file": "x", "target": 3}}})",
      R"({"objective": {"name": "softmax_regression", "data": {"dataset": "csv", "file": "x", "target": "y"}}})",
      R"({"optimizer": {"schedule": {"milestones": [0.1], "name": "goyal", "scale": "auto"}}})",
      R"({"stop": {"target": {"metric": "loss", "below": -1}}})",
      R"({"record": {"metrics": []}, "sweep": {"anything": "goes"}})",
  };
  for (const char* text : good) EXPECT_TRUE(judge.agree(Json::parse(text))) << text;
  const std::vector<const char*> bad = {
      "[]",
      "3",
      R"({"sede": 1})",
      R"({"seed": -1})",
      R"({"seed": 1.5})",
      R"({"seed": "1"})",
      R"({"repeats": 0})",
      R"({"topology": "cycle"})",
      R"({"topology": {"family": "ring"}})",
      R"({"topology": {"family": "cycle", "degree": 4}})",
      R"({"topology": {"degree": 4}})",
      R"({"topology": {"family": "cycle", "file": "a.txt"}})",
      R"({"topology": {"file": 4}})",
      R"({"timing": {"gradient_rate": [1, -1]}})",
      R"({"timing": {"gradient_rate": [1, "fast"]}})",
      R"({"timing": {"gradient_rate": null}})",
      R"({"timing": {"gradient_rate": {"distribution": "uniform", "sigma": 1}}})",
      R"({"timing": {"model": "trace"}})",
      R"({"timing": {"model": "poisson", "file": "t.csv"}})",
      R"({"algorithm": {"name": "async_gossip", "eta": 1}})",
      R"({"algorithm": {"eta": "automatic"}})",
      R"({"algorithm": {"eta": -0.5}})",
      R"({"objective": {"dimension": 0}})",
      R"({"objective": {"name": "softmax_regression", "data": {"dataset": "csv"}}})",
      R"({"objective": {"name": "softmax_regression", "data": {"dataset": "csv", "file": "x", "target": 1.5}}})",
      R"({"optimizer": {"clip_norm": 0}})",
      R"({"optimizer": {"schedule": "linear"}})",
      R"({"optimizer": {"schedule": {"name": "step", "milestones": [0.5, 2]}}})",
      R"({"stop": {"target": {"metric": "loss"}}})",
      R"({"stop": {"target": {"metric": "lost", "below": 1}}})",
      R"({"record": {"every": 0}})",
      R"({"record": {"metrics": "loss"}})",
      R"({"record": {"metrics": ["loss", 3]}})",
      R"({"record": {"events": 1}})",
      R"({"sweep": []})",
  };
  for (const char* text : bad) EXPECT_FALSE(judge.agree(Json::parse(text))) << text;
}

// A value that a required field takes.
Json some_value(const Field& field) {
  if (field.types & type_string)
    return field.names == Kind::none ? Json("word") : Json(names_of(field.names).front());
  return 1;
}

Json with_required(const std::vector<Field>& fields, Json object) {
  for (const Field& field : fields)
    if (field.fallback.is_discarded()) object[field.name] = some_value(field);
  return object;
}

// Puts every kind of value at every field, variant by variant.
class Prober {
 public:
  void probe(const Field& field, const Json::json_pointer& place, const Json& document) {
    if (field.types & type_object && !field.open) descend(field, place, document);
    if (place.empty()) return;
    for (const Json& candidate : candidates(field)) {
      Json probe = document;
      probe[place] = candidate;
      ++probes_;
      accepted_ += judge_.agree(probe) ? 1 : 0;
    }
  }
  int probes() const { return probes_; }
  int accepted() const { return accepted_; }

 private:
  static std::vector<Json> candidates(const Field& field) {
    std::vector<Json> values = {nullptr,
                                true,
                                0,
                                1,
                                -1,
                                2.5,
                                "word",
                                "auto",
                                Json::array(),
                                Json::array({1}),
                                Json::array({-1}),
                                Json::array({"word"}),
                                Json::array({nullptr}),
                                Json::object(),
                                Json{{"word", 1}}};
    if (field.minimum) values.insert(values.end(), {*field.minimum, Json::array({*field.minimum})});
    if (field.minimum && *field.minimum == std::floor(*field.minimum))
      values.push_back(static_cast<std::int64_t>(*field.minimum));
    if (field.maximum)
      values.insert(values.end(), {*field.maximum + 0.5, static_cast<std::int64_t>(*field.maximum),
                                   static_cast<std::int64_t>(*field.maximum) + 1});
    for (const std::string& word : field.choices) values.insert(values.end(), {word, Json::array({word})});
    if (field.names != Kind::none)
      for (const Row& row : rows(field.names))
        values.insert(values.end(), {row.name, Json::array({row.name})});
    // A whole number written with a point is refused by check() and taken by JSON Schema: the one intended
    // difference.
    std::erase_if(values, [](const Json& value) {
      const auto whole = [](const Json& v) {
        return v.is_number_float() && v.get<double>() == std::floor(v.get<double>());
      };
      return whole(value) || (value.is_array() && !value.empty() && whole(value[0]));
    });
    return values;
  }

  void descend(const Field& field, const Json::json_pointer& place, const Json& document) {
    const auto inside = [&](const std::vector<Field>& fields, const Json& object) {
      Json with_object = document;
      if (place.empty())
        with_object = object;
      else
        with_object[place] = object;
      for (const Field& inner : fields) probe(inner, place / inner.name, with_object);
      Json unknown = with_object;
      unknown[place / "surely_unknown"] = 1;
      EXPECT_FALSE(judge_.agree(unknown));
    };
    if (field.variants == Kind::none)
      return inside(field.fields, with_required(field.fields, Json::object()));
    for (const Row& row : rows(field.variants)) {
      std::vector<Field> fields = row.parameters;
      for (const Field& inner : field.fields)
        if (inner.name != field.discriminator) fields.push_back(inner);
      Json object = with_required(fields, Json::object());
      if (row.selected_by.empty()) object[field.discriminator] = row.name;
      inside(fields, object);
    }
  }

  Judge judge_;
  int probes_ = 0, accepted_ = 0;
};

TEST(Schema, AgreesOnEveryKindOfValueAtEveryField) {
  Prober prober;
  prober.probe(configuration_grammar(), Json::json_pointer(), Json::object());
  // So many that the whole grammar was visited, and neither judge said the same to everything.
  EXPECT_GT(prober.probes(), 2000);
  EXPECT_GT(prober.accepted(), 500);
  EXPECT_LT(prober.accepted(), prober.probes() / 2);
}

}  // namespace
}  // namespace acidsim::testing
