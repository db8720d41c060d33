// top: rates, their last minutes, and the torrents that make them, as they change.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <vector>

#include "ctl/commands/commands.h"
#include "ctl/format.h"
#include "ctl/listing.h"
#include "ctl/live.h"
#include "ctl/printable.h"
#include "ctl/status.h"

namespace seed::ctl {

namespace {

constexpr std::string_view first_columns = "id,done,bar,size,down,up,eta,ratio,peers,status,name";
/// What s goes through: the most interesting first. A dash: the largest first.
constexpr std::array<std::string_view, 8> orders = {"-down", "-up",    "name",   "eta",
                                                    "done",  "-ratio", "-added", "id"};
/// Rates kept for the curve: a second each, so four minutes.
constexpr std::size_t rates_kept = 240;
constexpr std::size_t curve_columns_max = 60;
/// The two curves, the counts, an empty line, headers and totals, keys, and a row for troubles.
constexpr std::size_t lines_beside_rows = 8;

std::string_view step(double share, bool utf8) {
  static constexpr std::array<std::string_view, 9> eighths = {" ", "▁", "▂", "▃", "▄",
                                                              "▅", "▆", "▇", "█"};
  static constexpr std::array<std::string_view, 9> typed = {" ", ".", ".", ":", ":",
                                                            "-", "=", "+", "#"};
  const auto at = static_cast<std::size_t>(std::clamp(share * 8 + 0.999, 0.0, 8.0));
  return utf8 ? eighths[at] : typed[at];
}

/// The last rates, each by how it compares with the highest of them.
std::string curve(const std::deque<std::int64_t>& rates, std::size_t columns, bool utf8) {
  const std::size_t count = std::min(rates.size(), columns);
  const auto shown =
      std::vector<std::int64_t>(rates.end() - static_cast<std::ptrdiff_t>(count), rates.end());
  const std::int64_t most = shown.empty() ? 0 : std::ranges::max(shown);
  std::string out(columns - count, ' ');
  for (const std::int64_t rate : shown)
    out += step(most > 0 ? static_cast<double>(rate) / static_cast<double>(most) : 0, utf8);
  return out;
}

class Top {
 public:
  Top(Query query, const Feed& feed, const Terminal& terminal, const Schema& schema)
      : query_(std::move(query)),
        feed_(feed),
        terminal_(terminal),
        schema_(schema),
        sorted_(!query_.sort.empty()) {
    if (!sorted_) order_by(0);
    on_change();
  }

  /// A rate a second, the last one known: what does not change is not told.
  void on_change() {
    const std::int64_t now = terminal_.unix_now();
    down_ = up_ = 0;
    for (const auto& [id, torrent] : feed_.mirror().torrents()) {
      down_ = sum(down_, integer(torrent, "rate_download"));
      up_ = sum(up_, integer(torrent, "rate_upload"));
    }
    note(now);
  }

  /// The curves go on while there is something in them.
  bool moves() const {
    const auto some = [](std::int64_t rate) { return rate > 0; };
    return std::ranges::any_of(downs_, some) || std::ranges::any_of(ups_, some);
  }

  void on_key(char key) {
    switch (key) {
      case 's':
        return order_by((order_ + 1) % orders.size());
      case 'S':
        return order_by((order_ + orders.size() - 1) % orders.size());
      case 'r':
        for (SortKey& sort : query_.sort) sort.reverse = !sort.reverse;
        return;
      case 'a':
        active_ = !active_;
        return;
      default:
        return scroll(key);
    }
  }

  std::string draw(const Look& look) {
    note(terminal_.unix_now());
    Rows rows = choose_rows(query_, feed_.mirror().torrents());
    if (active_) std::erase_if(rows, [](const Json* row) { return !is_in_state(*row, "active"); });
    visible_ = look.rows > lines_beside_rows ? look.rows - lines_beside_rows : 1;
    last_ = rows.size() > visible_ ? rows.size() - visible_ : 0;
    from_ = std::min(from_, last_);
    std::string out = rate_line("down", down_, downs_, look) + rate_line("up", up_, ups_, look);
    out += counts_line(look) + '\n';
    out += render_table(rows, query_, look, from_, visible_);
    return out + keys_line(rows.size(), look);
  }

 private:
  void order_by(std::size_t order) {
    order_ = order;
    const std::string_view name = orders[order];
    const bool back = name.starts_with('-');
    auto column = parse_columns(name.substr(back ? 1 : 0), schema_);
    if (column) query_.sort = {{std::move(column->front()), back}};
    sorted_ = false;
  }

  void scroll(char key) {
    const std::size_t page = std::max<std::size_t>(visible_, 1);
    if (key == 'j') from_ += 1;
    if (key == 'k') from_ -= std::min<std::size_t>(from_, 1);
    if (key == ' ') from_ += page;
    if (key == 'b') from_ -= std::min(from_, page);
    if (key == 'g') from_ = 0;
    if (key == 'G') from_ = last_;
    from_ = std::min(from_, last_);
  }

  /// Fills the seconds that have passed.
  void note(std::int64_t now) {
    if (noted_ == 0) noted_ = now - 1;
    const std::int64_t missing =
        std::clamp<std::int64_t>(now - noted_, 0, static_cast<std::int64_t>(rates_kept));
    for (std::int64_t i = 0; i < missing; ++i) {
      downs_.push_back(down_);
      ups_.push_back(up_);
    }
    if (missing == 0 && !downs_.empty()) {
      downs_.back() = down_;
      ups_.back() = up_;
    }
    while (downs_.size() > rates_kept) downs_.pop_front();
    while (ups_.size() > rates_kept) ups_.pop_front();
    noted_ = std::max(noted_, now);
  }

  static std::string rate_line(std::string_view name, std::int64_t rate,
                               const std::deque<std::int64_t>& rates, const Look& look) {
    const std::string front = fmt::format("{:<5}{:>12}  ", name, rate_text(rate, look));
    const std::size_t room = look.columns > front.size() ? look.columns - front.size() : 0;
    const std::size_t columns = std::min(room, curve_columns_max);
    if (columns < 8) return cut(front, std::max<std::size_t>(look.columns, 1), look.utf8) + '\n';
    return front +
           paint(curve(rates, columns, look.utf8), name == "down" ? Style::good : Style::busy,
                 look.colours) +
           '\n';
  }

  std::string counts_line(const Look& look) const {
    static constexpr std::array<std::string_view, 6> told = {"downloading", "seeding", "verifying",
                                                             "queued",      "stopped", "error"};
    std::array<std::size_t, told.size()> counts{};
    for (const auto& [id, torrent] : feed_.mirror().torrents())
      for (std::size_t i = 0; i < told.size(); ++i)
        if (is_in_state(torrent, told[i])) ++counts[i];
    std::string out = count_text(feed_.mirror().torrents().size(), "torrent");
    for (std::size_t i = 0; i < told.size(); ++i)
      if (counts[i] > 0) out += fmt::format(", {} {}", counts[i], told[i]);
    return cut(out, std::max<std::size_t>(look.columns, 1), look.utf8) + '\n';
  }

  std::string keys_line(std::size_t rows, const Look& look) const {
    const std::string_view order = sorted_ ? std::string_view("as asked") : orders[order_];
    std::string out;
    if (rows > visible_)
      out = fmt::format("{}-{} of {}  ", from_ + 1, std::min(from_ + visible_, rows), rows);
    out += fmt::format("q quit  s order: {}  r reverse  a {}  arrows scroll", order,
                       active_ ? "show all" : "active only");
    return paint(cut(out, std::max<std::size_t>(look.columns, 1), look.utf8), Style::dim,
                 look.colours) +
           '\n';
  }

  Query query_;
  const Feed& feed_;
  const Terminal& terminal_;
  const Schema& schema_;
  bool sorted_;  ///< by --sort
  std::size_t order_ = 0;
  bool active_ = false;
  std::size_t from_ = 0;
  std::size_t last_ = 0;  ///< what from_ may be at most
  std::size_t visible_ = 1;
  std::int64_t down_ = 0;
  std::int64_t up_ = 0;
  std::deque<std::int64_t> downs_;
  std::deque<std::int64_t> ups_;
  std::int64_t noted_ = 0;
};

/// What s can order by has to be among the fields.
std::vector<std::string> fields_for(const Query& query, const Schema& schema) {
  std::vector<std::string> out = fields_of(query);
  for (const std::string_view order : orders) {
    const auto columns = parse_columns(order.substr(order.starts_with('-') ? 1 : 0), schema);
    if (columns && std::ranges::find(out, columns->front().field) == out.end())
      out.push_back(columns->front().field);
  }
  return out;
}

Outcome<void> run_top(Context& context, const Arguments& arguments) {
  SEED_TRY_VOID(check_live(context, "top"));
  Arguments wanted = arguments;
  if (!wanted.has("columns")) wanted.flags["columns"] = {std::string(first_columns)};
  SEED_TRY(Query query, parse_query(wanted, context.schema, context.look()));
  if (!query.format.empty()) return misused("--format and top do not go together.");
  query.chosen = arguments.has("columns");
  if (!arguments.has("sort") && !arguments.has("reverse")) query.sort.clear();
  Feed feed(context.daemon, fields_for(query, context.schema));
  SEED_TRY_VOID(feed.begin(context.terminal.unix_now()));
  Top top(std::move(query), feed, context.terminal, context.schema);
  Picture picture;
  picture.draw = [&](const Look& look) { return top.draw(look); };
  picture.on_key = [&](char key) { top.on_key(key); };
  picture.on_change = [&] { top.on_change(); };
  picture.moves = [&] { return top.moves(); };
  return run_live(context, feed, picture);
}

constexpr std::string_view details =
    "Rates with their last minute, counts, and the torrents, those that move most first. Keys: q "
    "quits, s and S change the order, r turns it round, a shows only what moves, arrows and pages "
    "scroll. It takes the options of list.";

}  // namespace

// A span of a function's static array is no constant: the row is made when the program starts.
const Command top_command{
    "top",      "[WORD...]",        0,
    any_number, Completes::nothing, "Watch rates and torrents on the whole screen.",
    details,    listing_flags(),    &run_top};

}  // namespace seed::ctl
