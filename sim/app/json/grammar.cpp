#include "sim/app/json/grammar.hpp"

namespace acidsim {
namespace {

Field topology() {
  return Field("topology", type_object, Json::object(), "the graph of workers and the rates of its edges")
      .with({Field("family", type_string, "cycle", "name of the graph family").name_of_a(Kind::family),
             Field("rates", type_string | type_object, "uniform_neighbor",
                   "how communication_rate is spread over the edges: a name, or {scheme, …}")
                 .name_of_a(Kind::rates)
                 .with({Field("scheme", type_string, "uniform_neighbor", "how rates are spread")
                            .name_of_a(Kind::rates),
                        Field("max_worker_rate", type_number | type_null, nullptr,
                              "cap on the averagings per unit time of every worker, Σ_j λ_ij; null = none")
                            .above(0)})
                 .variant(Kind::rates, "scheme"),
             Field("chi_precision", type_string, "auto",
                   "intervals of χ1 and χ2 where they are not exact: auto = narrow, but within 1 % beyond "
                   "250000 workers; "
                   "high = narrow (χ2 to 1e-6), which takes minutes there")
                 .one_of({"auto", "high"}),
             Field("failures", type_object | type_null, nullptr,
                   "edges fail and return, each on its own, after exponential times; null = never")
                 .with({Field("mean_up", type_number, 10.0, "mean time that an edge is up").above(0),
                        Field("mean_down", type_number, 1.0, "mean time that it is down").above(0)})})
      .variant(Kind::family, "family");
}

Field timing() {
  return Field("timing", type_object, Json::object(), "when gradient and communication events happen")
      .with(
          {Field("model", type_string, "poisson", "timing model").name_of_a(Kind::timing),
           Field("gradient_rate", type_number | type_array | type_object, 1.0,
                 "gradients per unit time and worker: a number, a list (one per worker), a distribution "
                 "over workers, a file, or an attribute of the graph's nodes; 0 = never")
               .of(type_number)
               .at_least(0)
               .with({Field("distribution", type_string, "lognormal", "distribution over workers")
                          .name_of_a(Kind::distribution)})
               .variant(Kind::distribution, "distribution"),
           Field("communication_rate", type_number, 1.0,
                 "averagings per unit time that a worker takes part in, on average; 0 = never")
               .at_least(0),
           Field("gradient", type_object, Json::object(), "where gradients are evaluated")
               .with(
                   {Field(
                        "read", type_string, "at_step",
                        "at_step = where they land; at_start = where the worker's state was when it began to "
                        "compute, with averagings in between")
                        .one_of({"at_step", "at_start"})}),
           Field("churn", type_object | type_null, nullptr,
                 "workers that leave and return, join late, or leave for good; exchanges under way come to "
                 "their end; "
                 "null = all are always there")
               .with(
                   {Field("mean_present", type_number | type_null, nullptr,
                          "mean time that a worker is there, exponential; null = it never leaves for a while")
                        .above(0),
                    Field("mean_away", type_number, 1.0, "mean time that it is away").above(0),
                    Field("join_at", type_array | type_null, nullptr,
                          "when each worker joins; null = all at time 0")
                        .of(type_number)
                        .at_least(0),
                    Field("leave_at", type_array | type_null, nullptr,
                          "when each worker leaves for good, null = never; null = nobody does")
                        .of(type_number | type_null)
                        .at_least(0),
                    Field(
                        "on_return", type_string, "kept",
                        "with which state a worker comes, its momentum included: kept = its own; lost = its "
                        "initial point; copied = the model of a neighbour that is there")
                        .one_of({"kept", "lost", "copied"})}),
           Field("messages", type_object | type_null, nullptr,
                 "messages that get lost or come twice, of methods that send one way (push_sum); null = none")
               .with({Field("lost", type_number, 0.0, "probability that a message never arrives")
                          .at_least(0)
                          .at_most(0.999),
                      Field("repeated", type_number, 0.0,
                            "probability that a message which arrives comes a second time")
                          .at_least(0)
                          .at_most(1)}),
           Field("barrier", type_string | type_null, nullptr,
                 "whom a worker waits for in a round: global = all workers, local = those whom it hears; "
                 "null = "
                 "global for algorithms that work in rounds, none for the others")
               .one_of({"global", "local", "none"}),
           Field("backup_workers", type_integer, 0,
                 "a round ends with the gradients of all but so many workers, and drops those of the others; "
                 "for methods of one gradient per round and a mean over all workers")
               .at_least(0)})
      .variant(Kind::timing, "model");
}

Field optimizer() {
  return Field("optimizer", type_object, Json::object(), "what a worker makes of its gradient")
      .with(
          {Field("name", type_string, "sgd", "the optimizer").name_of_a(Kind::optimizer),
           Field("learning_rate", type_number, 0.05, "γ at the start").at_least(0),
           Field("clip_norm", type_number | type_null, nullptr,
                 "largest ‖g‖ of the gradient: g ← g·clip_norm/(‖g‖ + clip_epsilon) where that is shorter; "
                 "null = "
                 "none")
               .above(0),
           Field("clip_epsilon", type_number, 0.0,
                 "1e-6 = PyTorch's clip_grad_norm_; 0: gradients that are clipped have the norm clip_norm "
                 "itself")
               .at_least(0),
           Field("decay_excludes", type_array, Json::array(),
                 "what weight decay leaves alone: \"bias\", \"norm\" (scales and shifts of normalisation "
                 "layers)")
               .of(type_string)
               .one_of({"bias", "norm"}),
           Field("average_buffers", type_boolean, false,
                 "exchanges of pairs average what the optimizer remembers (momentum, Adam's averages) too, "
                 "half and half; "
                 "messages are that much longer"),
           Field("schedule", type_string | type_object, "constant",
                 "learning rate over the run: a name, or {name, …}")
               .name_of_a(Kind::schedule)
               .with(
                   {Field("name", type_string, "constant", "learning-rate schedule")
                        .name_of_a(Kind::schedule),
                    Field("clock", type_string, "time",
                          "what progress is counted by: simulated time, or the worker's own steps × workers")
                        .one_of({"time", "local_steps"}),
                    Field(
                        "milestones_in", type_string, "fraction",
                        "the unit of milestones, warm-up and length: fractions of the run; epochs (⌊training "
                        "rows/batch_size⌋ gradients) or gradients, of all workers together; or time")
                        .one_of({"fraction", "epochs", "gradients", "time"})})
               .variant(Kind::schedule, "name")})
      .variant(Kind::optimizer, "name");
}

Field stop() {
  return Field("stop", type_object, Json::object(), "when a run ends: at the first rule that holds")
      .with(
          {Field("time", type_number | type_null, 200.0,
                 "simulated time (mean gradient durations); no limit where another rule than target is given "
                 "and this one is not")
               .at_least(0),
           Field("gradients", type_integer | type_null, nullptr, "gradients, all workers together")
               .at_least(1),
           Field("epochs", type_number | type_null, nullptr,
                 "passes through the training rows, of all workers together: ⌊rows/batch_size⌋ gradients "
                 "each, rounded "
                 "down to as many for every worker")
               .above(0),
           Field("communications", type_integer | type_null, nullptr,
                 "communications, all edges together (a round's at once)")
               .at_least(1),
           Field("rounds", type_integer | type_null, nullptr, "rounds, of a method that works in rounds")
               .at_least(1),
           Field("bytes", type_integer | type_null, nullptr,
                 "bytes of the method's messages, all workers together (a round's at once)")
               .at_least(1),
           Field("target", type_object | type_null, nullptr,
                 "a metric below a value, looked at at every record")
               .with({Field("metric", type_string, required(), "a metric's name").name_of_a(Kind::metric),
                      Field("below", type_number, required(), "stop once the metric is below this")}),
           Field("average", type_boolean, false,
                 "the states that a run leaves are the average of all models at its end; records are of the "
                 "models themselves"),
           Field("wall_seconds", type_number | type_null, nullptr, "seconds of wall-clock time of one repeat")
               .above(0),
           Field("diverged_above", type_number, 1e12,
                 "a run with a larger |coordinate| has diverged (exit code 3)")
               .above(0)});
}

Field record() {
  return Field("record", type_object, Json::object(), "what is written down")
      .with(
          {Field("every", type_number | type_string, "auto",
                 "simulated time between records; auto = 1, or as much more as keeps recording below 5 % of "
                 "the run, with 20 records at least")
               .one_of({"auto"})
               .above(0),
           Field("metrics", type_array, Json{"consensus_distance", "loss"},
                 "names of metrics (loss is left out where there is no objective)")
               .of(type_string)
               .name_of_a(Kind::metric),
           Field(
               "bytes_per_number", type_integer | type_null, nullptr,
               "bytes of a number in a message, as bytes_sent and stop.bytes count them; null = those of the "
               "precision, 8 or 4")
               .at_least(1)
               .at_most(8),
           Field("events", type_boolean, false, "write every event to events.csv"),
           Field("timeline", type_number | type_null, nullptr,
                 "write timeline.csv and timeline.json (for ui.perfetto.dev): what each worker does up to "
                 "this time, in "
                 "the first repeat; null = not")
               .above(0),
           Field("staleness", type_boolean, false,
                 "write staleness.csv: how many gradients of each repeat were how stale"),
           Field("states", type_string, "none",
                 "write the workers' vectors to states.npy: those at the end, or those at every record")
               .one_of({"none", "final", "all"}),
           Field("communication_counts", type_boolean, true,
                 "write communication_counts.csv (per edge) and worker_counts.csv (per worker)"),
           Field("train_rows", type_boolean | type_integer, false,
                 "true: write train_rows.csv: the worker of each training row of the table; a number: the "
                 "loss is "
                 "evaluated on that many training rows, drawn once")
               .at_least(1),
           Field("test_rows", type_boolean | type_integer, false,
                 "true: write test_rows.csv: the rows that test metrics read, of the table or of its test "
                 "file; a "
                 "number: these metrics read that many test rows, drawn once")
               .at_least(1)});
}

Field checkpoint() {
  return Field("checkpoint", type_object, Json::object(),
               "how often a run is saved, so that --resume goes on from there; both null = never")
      .with(
          {Field("every", type_number | type_null, nullptr,
                 "time between checkpoints: simulated, or seconds of a live run")
               .above(0),
           Field("every_seconds", type_number | type_null, nullptr, "wall-clock seconds between checkpoints")
               .above(0)});
}

Field live() {
  return Field("live", type_object, Json::object(), "how workers behave with `--backend live`")
      .with(
          {Field(
               "deterministic_neighbor", type_boolean, false,
               "workers go round their neighbours in a fixed order, instead of taking the first who is free"),
           Field("deterministic_averagings", type_boolean, false,
                 "the mean number of averagings between gradients, instead of Poisson draws"),
           Field("gradient_seconds", type_number | type_array, 0.0,
                 "a gradient takes at least this, the rest is slept: a number, or a list (one per worker)")
               .of(type_number)
               .at_least(0)
               .at_most(3600)});
}

Field repeats() {
  return Field("repeats", type_integer | type_object, 1,
               "independent repeats, with seeds derived from `seed`: a number, or until a mean is known well")
      .at_least(1)
      .at_most(100000)
      .with(
          {Field("until", type_object, required(),
                 "the 95 % interval (Student's t) of the mean of a metric's final value is narrow; looked at "
                 "after at_least repeats, and whenever there are a quarter more")
               .with(
                   {Field("metric", type_string, required(), "one of record.metrics").name_of_a(Kind::metric),
                    Field("relative_half_width", type_number, 0.05,
                          "half the interval is at most this share of the mean")
                        .above(0)}),
           Field("at_least", type_integer, 5, "repeats before the first look").at_least(3).at_most(100000),
           Field("at_most", type_integer, 1000, "repeats, however wide the interval is")
               .at_least(3)
               .at_most(100000)});
}

Field tune() {
  return Field("tune", type_object | type_null, nullptr,
               "dotted field of a number → how its value is found, in each cell, before the repeats; several "
               "fields: one "
               "after the other")
      .any_keys()
      .with({Field("range", type_array | type_null, nullptr,
                   "[from, to, count]: evenly spaced values to begin with")
                 .of(type_number),
             Field("log_range", type_array | type_null, nullptr, "the same on a logarithmic scale")
                 .of(type_number),
             Field("by", type_string, "final",
                   "what is best: final = the least final value of the metric; time_to_target = the least "
                   "time until the "
                   "metric is below `below`; largest_stable = the largest value up to which no run diverges "
                   "(nor ends "
                   "above `below`, if given)")
                 .one_of({"final", "time_to_target", "largest_stable"}),
             Field("metric", type_string | type_null, nullptr,
                   "one of record.metrics; null = that of stop.target, or the first")
                 .name_of_a(Kind::metric),
             Field("goal", type_string, "smallest", "of a final value: smallest, or largest (accuracies)")
                 .one_of({"smallest", "largest"}),
             Field("below", type_number | type_null, nullptr, "the target; null = that of stop.target"),
             Field("method", type_string, "grid",
                   "how the best of the first values is refined: grid = halfway to both neighbours, `refine` "
                   "times; golden = "
                   "`refine` steps of golden section between them. largest_stable halves the gap")
                 .one_of({"grid", "golden"}),
             Field("refine", type_integer, 2, "refinements").at_least(0).at_most(60),
             Field("widen", type_integer, 2,
                   "how often the range grows, by half its values, where the best is at its end; then "
                   "at_edge says so")
                 .at_least(0)
                 .at_most(20),
             Field("repeats", type_integer, 3,
                   "runs of each value, with the same seeds for all, which the reported runs do not use")
                 .at_least(1)
                 .at_most(1000)});
}

}  // namespace

const Field& configuration_grammar() {
  static const Field grammar =
      Field("", type_object, required(), "an acidsim experiment")
          .with(
              {Field("$schema", type_string | type_null, nullptr, "for editors"),
               Field("name", type_string | type_null, nullptr,
                     "name of the experiment; default: the file's name"),
               Field("seed", type_integer, 1, "everything random follows from it").at_least(0), repeats(),
               Field("precision", type_string, "double", "of the workers' states and gradients")
                   .one_of({"double", "single"}),
               topology(), timing(),
               Field("algorithm", type_object, Json::object(),
                     "the algorithm and its constants; \"auto\" = theory")
                   .with({Field("name", type_string, "a2cid2", "the algorithm").name_of_a(Kind::algorithm)})
                   .variant(Kind::algorithm, "name"),
               Field("objective", type_object, Json::object(), "what is minimised")
                   .with({Field("name", type_string, "none", "the objective").name_of_a(Kind::objective)})
                   .variant(Kind::objective, "name"),
               Field("initial", type_object, Json::object(), "the states at time 0")
                   .with({Field("kind", type_string, "auto", "where the workers start")
                              .name_of_a(Kind::initial),
                          Field("scale", type_number, 1.0,
                                "standard deviation of each coordinate of the normal kinds")
                              .at_least(0),
                          Field("average", type_boolean, false,
                                "all start at the average of these points, as a code does that averages all "
                                "models first")})
                   .variant(Kind::initial, "kind"),
               optimizer(), stop(), record(), checkpoint(),
               Field("mpi", type_object, Json::object(), "how `--backend mpi` spreads the workers over ranks")
                   .with({Field("partition", type_string, "blocks",
                                "blocks = consecutive workers; metis = parts between which little is "
                                "communicated")
                              .one_of({"blocks", "metis"})}),
               live(), tune(),
               Field(
                   "sweep", type_object | type_null, nullptr,
                   "dotted field → values, crossed; values: a list, {\"range\": [from, to, count]}, "
                   "{\"log_range\": …}, "
                   "with \"when\": {field: value} only in cells that have it; \"a, b\" → list of pairs that "
                   "vary "
                   "together; \"zip\": {field → values} vary together; \"grid\": {field → values, \"when\"}; "
                   "\"exclude\": [{field: value, …}] leaves combinations out")
                   .any_keys(),
               Field("experiments", type_object | type_null, nullptr,
                     "name → what differs from the rest of the file: several experiments in one, each with "
                     "its own sweep "
                     "or the file's")
                   .any_keys()});
  return grammar;
}

}  // namespace acidsim
