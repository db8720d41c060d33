#include "core/uv/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <utility>

#include "core/base/check.h"

namespace seed::uv {
namespace {

/// The system wants pointers to characters that may be written; it does not write them.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// In the child, before the exec. Closing all but the three also meets what libraries have opened
/// without close-on-exec.
class Actions {
 public:
  Actions() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawn_file_actions_addchdir_np(&actions_, "/");
  }
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// We ignore SIGPIPE, and workers block signals; a program finds all as they were made.
class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

}  // namespace

/// What a worker needs, and what comes of it.
struct ChildProcess::Launch {
  uv_work_t request{};
  ChildProcess* owner = nullptr;
  Program program;
  pid_t pid = 0;
  int error = 0;

  static Launch& of(uv_work_t* request) { return *static_cast<Launch*>(request->data); }
  void run() noexcept {
    std::vector<std::string> words{program.path};
    const auto arguments = pointers_to(words);
    const auto variables = pointers_to(program.environment);
    error = posix_spawn(&pid, program.path.c_str(), Actions().get(), Attributes().get(),
                        arguments.data(), variables.data());
  }
};

ChildProcess::ChildProcess(Loop& loop, Program program, OnEnd on_end)
    : loop_(loop), on_end_(std::move(on_end)) {
  SEED_CHECK(ended_.open(*this, [&](uv_signal_t* uv) { return uv_signal_init(loop.uv(), uv); }) ==
             0);
  SEED_CHECK(uv_signal_start(ended_.uv(), &on_signal, SIGCHLD) == 0);
  auto launch = std::make_unique<Launch>();
  launch->owner = this;
  launch->program = std::move(program);
  launch->request.data = launch.get();
  launch_ = launch.release();
  SEED_CHECK(uv_queue_work(
                 loop.uv(), &launch_->request,
                 [](uv_work_t* request) noexcept { Launch::of(request).run(); },
                 &on_launched) == 0);
}

ChildProcess::~ChildProcess() {
  if (launch_ == nullptr) return;
  launch_->owner = nullptr;
  uv_cancel(reinterpret_cast<uv_req_t*>(&launch_->request));
}

void ChildProcess::on_launched(uv_work_t* request, int) noexcept {
  const std::unique_ptr<Launch> launch(&Launch::of(request));
  auto* owner = launch->owner;
  if (owner == nullptr) return;
  const Loop::Entry entry(owner->loop_, Work::job);
  owner->launch_ = nullptr;
  if (launch->error != 0)
    return owner->end(std::unexpected(
        fault_from_errno(launch->error, fmt::format("cannot run {}", launch->program.path))));
  owner->pid_ = launch->pid;
  // It may have ended already, and its signal come too early.
  owner->look();
}

void ChildProcess::on_signal(uv_signal_t* signal, int) noexcept {
  auto* owner = Handle<ChildProcess, uv_signal_t>::box_of(signal).owner;
  if (owner == nullptr || owner->pid_ == 0) return;
  const Loop::Entry entry(owner->loop_, Work::signal);
  owner->look();
}

void ChildProcess::look() {
  int status = 0;
  const pid_t found = ::waitpid(pid_, &status, WNOHANG);
  if (found == 0 || (found < 0 && errno == EINTR)) return;
  if (found < 0) return end(std::unexpected(fault_from_errno(errno, "cannot wait for a program")));
  if (WIFSIGNALED(status)) return end(ProgramEnd{.status = 0, .signal = WTERMSIG(status)});
  end(ProgramEnd{.status = WEXITSTATUS(status), .signal = 0});
}

void ChildProcess::end(Result<ProgramEnd> how) {
  pid_ = 0;
  ended_.close();
  auto on_end = std::move(on_end_);
  on_end(std::move(how));
}

}  // namespace seed::uv
