// Configurations: read, checked, explained; and all that they can hold.
#include <pybind11/stl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

#include "sim/app/commands/commands.hpp"
#include "sim/app/json/bind.hpp"
#include "sim/app/json/configuration.hpp"
#include "sim/app/json/grammar.hpp"
#include "sim/app/json/schema.hpp"
#include "sim/app/registry/registry.hpp"
#include "sim/experiment/theory.hpp"
#include "sim/python/bindings.hpp"

namespace py = pybind11;

namespace acidsim::python {
namespace {

Configuration configuration_of_text(const std::string& text, const std::string& name,
                                    const std::string& directory, const std::vector<std::string>& settings) {
  Configuration configuration = make_configuration(name, Json::parse(text), settings);
  configuration.directory = directory;
  return configuration;
}

// What `print` prints, which goes to the file descriptor of standard output.
template <class Print>
std::string printed(const Print& print) {
  std::fflush(stdout);
  const int memory = ::memfd_create("acidsim", 0), before = ::dup(STDOUT_FILENO);
  if (memory < 0 || before < 0) throw std::runtime_error("no file for what is printed");
  ::dup2(memory, STDOUT_FILENO);
  const auto give_back = [&] {
    std::fflush(stdout);
    ::dup2(before, STDOUT_FILENO);
    ::close(before);
  };
  try {
    print();
  } catch (...) {
    give_back();
    ::close(memory);
    throw;
  }
  give_back();
  std::string text(static_cast<std::size_t>(::lseek(memory, 0, SEEK_END)), '\0');
  const ssize_t got = ::pread(memory, text.data(), text.size(), 0);
  ::close(memory);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return text;
}

Json json_of(const Field& field) {
  Json found = {{"name", field.name}, {"what", field.what}, {"types", describe_types(field.types)}};
  if (!field.default_value.is_discarded()) found["default"] = field.default_value;
  if (field.minimum) found["minimum"] = *field.minimum;
  if (field.maximum) found["maximum"] = *field.maximum;
  std::vector<std::string> choices = field.choices;
  if (field.names != Kind::none)
    for (const std::string& name : names_of(field.names)) choices.push_back(name);
  if (!choices.empty()) found["choices"] = choices;
  for (const Field& inner : field.fields) found["fields"].push_back(json_of(inner));
  if (field.variants != Kind::none) {
    found["discriminator"] = field.discriminator;
    for (const Category& category : categories())
      if (category.kind == field.variants) found["category"] = category.name;
  }
  return found;
}

// {"configuration": fields, "categories": {name: {"where", "summary", "rows": {name: {…}}}}}
std::string registry_text() {
  Json found = {{"configuration", Json::array()}, {"categories", Json::object()}};
  for (const Field& field : configuration_grammar().fields) found["configuration"].push_back(json_of(field));
  for (const Category& category : categories()) {
    Json rows = Json::object();
    for (const Row& row : category.rows()) {
      Json parameters = Json::array();
      for (const Field& field : row.parameters) parameters.push_back(json_of(field));
      rows[row.name] = {
          {"summary", row.summary}, {"source", row.source}, {"facts", row.facts}, {"parameters", parameters}};
    }
    found["categories"][category.name] = {
        {"where", category.where}, {"summary", category.summary}, {"rows", rows}};
  }
  return found.dump();
}

// The notices of all its cells.
std::vector<std::string> validate(const Configuration& configuration) {
  const py::gil_scoped_release release;
  Resources resources;
  std::vector<std::string> notices;
  for (const Cell& cell : configuration.cells)
    for (const std::string& notice : make_plan(bind(configuration, cell), resources).notices)
      if (std::find(notices.begin(), notices.end(), notice) == notices.end()) notices.push_back(notice);
  return notices;
}

// Of one cell: metrics, times, expected (times × metrics), limit, rate.
py::tuple theory_of(const Configuration& configuration, std::size_t cell) {
  Theory theory;
  {
    const py::gil_scoped_release release;
    Resources resources;
    theory = exact_theory(make_plan(bind(configuration, configuration.cells.at(cell)), resources), resources);
  }
  std::vector<std::vector<double>> expected(theory.times.size());
  for (std::size_t t = 0; t < expected.size(); ++t)
    for (std::size_t m = 0; m < theory.metrics.size(); ++m)
      expected[t].push_back(theory.expected(static_cast<Index>(t), static_cast<Index>(m)));
  const auto list = [](const Vector<double>& values) {
    return std::vector<double>(values.begin(), values.end());
  };
  return py::make_tuple(theory.metrics, theory.times, expected, list(theory.limit), list(theory.rate));
}

}  // namespace

void bind_configurations(py::module_& module) {
  py::class_<Configuration>(module, "Configuration")
      .def(py::init(&configuration_of_text), py::arg("text"), py::arg("name"), py::arg("directory"),
           py::arg("settings"))
      .def_static(
          "read",
          [](const std::string& file, const std::vector<std::string>& settings) {
            return load_configuration(file, settings);
          },
          py::arg("file"), py::arg("settings"))
      .def_readonly("name", &Configuration::name)
      .def_readonly("is_sweep", &Configuration::is_sweep)
      .def_readonly("fields", &Configuration::fields)
      .def_property_readonly("source", [](const Configuration& self) { return self.source.dump(); })
      .def_property_readonly("directory", [](const Configuration& self) { return self.directory.string(); })
      .def_property_readonly("cells",
                             [](const Configuration& self) {
                               py::list cells;
                               for (const Cell& cell : self.cells) {
                                 Json values = Json::object();
                                 for (const auto& [field, value] : cell.values) values[field] = value;
                                 cells.append(py::make_tuple(cell.name, values.dump(), cell.config.dump()));
                               }
                               return cells;
                             })
      .def("validate", &validate)
      .def("explain",
           [](const Configuration& self) {
             const py::gil_scoped_release release;
             return printed([&] { explain_command(self); });
           })
      .def("theory", &theory_of, py::arg("cell"));
  module.def("registry", &registry_text);
  module.def("schema", [] { return configuration_schema().dump(); });
}

}  // namespace acidsim::python
