// Orders about a torrent's files: what is wanted of them, and their names.
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/engine/sim_world.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;
using session::OrderErrorCode;

namespace {

/// One machine with one stopped torrent of four files, complete.
class FourFiles {
 public:
  using Files = std::vector<session::FileSnapshot>;

  FourFiles() {
    content_.put(machine_.files(), SimMachine::downloads);
    boot();
    machine_.add(content_, true);
    world_.run(60s, [] { return false; });
  }
  void restart() {
    machine_.crash(Crash::power);
    boot();
  }
  /// What went wrong, if anything did.
  std::optional<session::OrderError> set(const session::FileChoice& choice) {
    session::SetOrder order;
    order.files = choice;
    bool answered = false;
    std::optional<session::OrderError> error;
    machine_.with_session([&](session::Session& session) {
      session.set(std::move(order), [&](const session::OrderResult<void>& done) {
        answered = true;
        if (!done) error = done.error();
      });
    });
    REQUIRE(world_.run(30s, [&] { return answered; }));
    return error;
  }
  std::optional<session::OrderError> rename(const std::string& path, const std::string& name) {
    bool answered = false;
    std::optional<session::OrderError> error;
    machine_.with_session([&](session::Session& session) {
      session.rename_path({.which = {}, .path = path, .name = name},
                          [&](const session::OrderResult<session::RenameReply>& done) {
                            answered = true;
                            if (!done) error = done.error();
                          });
    });
    REQUIRE(world_.run(30s, [&] { return answered; }));
    return error;
  }
  Files files() {
    std::optional<Files> out;
    machine_.with_session([&](session::Session& session) {
      session.list({.which = {}, .groups = {.files = true}, .since = 0},
                   [&](const session::OrderResult<session::ListReply>& reply) {
                     REQUIRE(reply);
                     out = reply->torrents.at(0).files;
                   });
    });
    REQUIRE(world_.run(30s, [&] { return out.has_value(); }));
    REQUIRE(out->size() == 4);
    return *out;
  }
  std::string name_of(std::uint32_t file) const {
    return content_.metainfo().layout.path(FileIndex{file});
  }
  SimMachine& machine() { return machine_; }

 private:
  void boot() {
    bool ready = false;
    machine_.boot([&] { ready = true; });
    REQUIRE(world_.run(30s, [&] { return ready; }));
  }

  SimWorld world_{7};
  SimMachine& machine_ = world_.add_machine({});
  KnownContent content_{
      ContentPlan{.name = "content", .total_size = 1u << 20, .files = 4, .trackers = {}},
      world_.dice().fork()};
};

}  // namespace

TEST_CASE("a file keeps its priority while it is not wanted, over a restart too") {
  FourFiles four;
  session::FileChoice choice;
  choice.low = {0};
  choice.high = {1};
  CHECK_FALSE(four.set(choice));
  choice = {};
  choice.all_unwanted = true;
  CHECK_FALSE(four.set(choice));
  const auto check = [&](bool wanted) {
    const auto files = four.files();
    for (const auto& file : files) CHECK(file.wanted == wanted);
    CHECK(files[0].priority == Priority::low);
    CHECK(files[1].priority == Priority::high);
    CHECK(files[2].priority == Priority::normal);
  };
  check(false);
  four.restart();
  check(false);
  choice = {};
  choice.all_wanted = true;
  CHECK_FALSE(four.set(choice));
  check(true);
}

TEST_CASE("a priority can be set while the file is not wanted") {
  FourFiles four;
  session::FileChoice choice;
  choice.unwanted = {0, 1};
  choice.high = {0};
  CHECK_FALSE(four.set(choice));
  choice = {};
  choice.low = {1};
  CHECK_FALSE(four.set(choice));
  auto files = four.files();
  CHECK_FALSE(files[0].wanted);
  CHECK(files[0].priority == Priority::high);
  CHECK_FALSE(files[1].wanted);
  CHECK(files[1].priority == Priority::low);
  choice = {};
  choice.wanted = {0, 1};
  CHECK_FALSE(four.set(choice));
  files = four.files();
  CHECK(files[0].wanted);
  CHECK(files[0].priority == Priority::high);
  CHECK(files[1].priority == Priority::low);
}

TEST_CASE("a list of files with an index beyond them is left out, the other lists are not") {
  FourFiles four;
  session::FileChoice choice;
  choice.unwanted = {2};
  choice.high = {1, 99};
  choice.low = {3};
  const auto error = four.set(choice);
  REQUIRE(error);
  CHECK(error->code == OrderErrorCode::file_index_out_of_range);
  const auto files = four.files();
  CHECK(files[1].priority == Priority::normal);
  CHECK_FALSE(files[2].wanted);
  CHECK(files[3].priority == Priority::low);
}

TEST_CASE("a name that cannot be is an invalid argument") {
  FourFiles four;
  const std::string first = four.name_of(0);
  const std::string second = four.name_of(2);
  for (const auto& [path, name] : std::vector<std::pair<std::string, std::string>>{
           {first, ""},
           {first, ".."},
           {first, "a/b"},
           {"content/nothing", "a"},
           {"", "a"},
           {first, second.substr(second.rfind('/') + 1)}}) {
    CAPTURE(path, name);
    const auto error = four.rename(path, name);
    REQUIRE(error);
    CHECK(error->code == OrderErrorCode::system_error);
    CHECK(error->text == "Invalid argument");
  }
}

TEST_CASE("a rename that fails for another reason than its name says that reason") {
  FourFiles four;
  const std::string first = four.name_of(0);
  SECTION("the disk is gone") {
    four.machine().take_disk();
    const auto error = four.rename(first, "other");
    REQUIRE(error);
    CHECK(error->code == OrderErrorCode::system_error);
    CHECK(error->text.find("/disk/downloads") != std::string::npos);
  }
  SECTION("the system does not let us") {
    four.machine().set_disk_hook(
        [](seed::test::FileOp op, const std::string&) -> std::optional<seed::test::FileFault> {
          if (op != seed::test::FileOp::rename) return std::nullopt;
          return seed::test::FileFault{{FaultCode::permission, 13, "read only"}};
        });
    const auto error = four.rename(first, "other");
    REQUIRE(error);
    CHECK(error->code == OrderErrorCode::system_error);
    CHECK(error->text == "read only");
  }
  SECTION("it cannot be saved") {
    four.machine().store().hook = [] { return Fault{FaultCode::disk_full, 28, "no room"}; };
    const auto error = four.rename(first, "other");
    REQUIRE(error);
    CHECK(error->code == OrderErrorCode::system_error);
    CHECK(error->text.find("no room") != std::string::npos);
  }
}
