// ChildProcess: another program run beside us, without a shell; how it ended is told on the loop.
//
//   made -> launched on a worker -> running -> on_end(how); destroyed before that: it goes on alone
//                \--cannot be run--> on_end(fault)
//
// A fork on the loop would hold it longer the more memory we have (60 ms at 500 MiB), and an exec
// as long as the program's disk takes.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/uv/handle.h"
#include "core/uv/loop.h"

namespace seed::uv {

/// What is run. It has no arguments; what it is to know stands in its environment.
struct Program {
  std::string path;                      ///< absolute
  std::vector<std::string> environment;  ///< all of it, each "NAME=value"
};

/// How it ended: by itself with a status, or by a signal.
struct ProgramEnd {
  int status = 0;
  int signal = 0;  ///< 0: none
  bool well() const { return status == 0 && signal == 0; }
};

class ChildProcess {
 public:
  using OnEnd = std::move_only_function<void(Result<ProgramEnd>)>;

  /// Runs it in "/", in a session of its own, with nothing to read, its output discarded and no
  /// descriptor of ours. `on_end` is called once, on the loop and not before this returns, and may
  /// destroy the ChildProcess; a fault says that it was not started.
  ChildProcess(Loop& loop, Program program, OnEnd on_end);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

 private:
  struct Launch;
  static void on_launched(uv_work_t* request, int status) noexcept;
  static void on_signal(uv_signal_t* signal, int number) noexcept;
  void look();
  void end(Result<ProgramEnd> how);

  Loop& loop_;
  OnEnd on_end_;
  Launch* launch_ = nullptr;  ///< while it is on the worker; libuv owns it
  pid_t pid_ = 0;
  Handle<ChildProcess, uv_signal_t> ended_;  ///< SIGCHLD: one of our children has ended
};

}  // namespace seed::uv
