#include "sim/app/output/input_files.hpp"

#include "sim/app/json/grammar.hpp"
#include "sim/app/json/validation.hpp"
#include "sim/app/registry/own_rows.hpp"
#include "sim/system/digest.hpp"

namespace acidsim {

Json InputFiles::digests(Json config) {
  namespace fs = std::filesystem;
  Json found = plugins_of(config);
  const auto add = [&](const std::string& name) {
    const fs::path file = directory_ / name;
    if (fs::is_regular_file(file)) found[name] = digests_.get(name, [&] { return file_digest(file); });
  };
  for_each_path(configuration_grammar(), config, [&](Json& path) {
    const auto name = path.get<std::string>();
    if (!fs::is_directory(directory_ / name)) return add(name);
    for (const auto& entry : fs::directory_iterator(directory_ / name))
      add((fs::path(name) / entry.path().filename()).string());
  });
  return found;
}

}  // namespace acidsim
