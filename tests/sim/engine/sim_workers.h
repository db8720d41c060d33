// SimWorkers: io::Workers in virtual time, on the one thread.
//
// A job does its work at the instant at which it begins, takes as long as its file operations cost
// (FakeFiles::Speed) and a drawn rest, and is delivered then. Lanes, urgency and the number of
// threads are as core/io/workers.h and core/uv have them. Destroyed: nothing is delivered.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "core/io/workers.h"
#include "tests/sim/engine/sim_host.h"
#include "tests/support/fake_files.h"

namespace seed::sim {

class SimWorkers final : public io::Workers {
 public:
  /// `killed` is called when the files were killed within a job: the process is gone.
  SimWorkers(SimHost& host, test::FakeFiles& files, io::Store& store, std::size_t threads,
             std::function<void()> killed);
  ~SimWorkers() override { *alive_ = false; }

  void submit(std::unique_ptr<io::Job> job, io::Lane lane, io::Urgency urgency) override;
  std::size_t pending() const override { return pending_; }
  std::size_t threads() const override { return threads_; }
  std::size_t pending_most() const { return pending_most_; }

 private:
  struct Waiting {
    std::unique_ptr<io::Job> job;
    io::Lane lane = io::Lane::none;
    io::Urgency urgency = io::Urgency::transfer;
  };
  void make_ready(Waiting waiting);
  void start_some();
  void start(Waiting waiting);
  void finish(Waiting& done);
  Duration draw_rest();

  SimHost& host_;
  test::FakeFiles& files_;
  io::JobTools tools_;
  std::size_t threads_;
  std::function<void()> killed_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::deque<Waiting> ready_[2];
  std::map<io::Lane, std::deque<Waiting>> lanes_;
  std::size_t running_ = 0;
  std::size_t running_background_ = 0;
  std::size_t pending_ = 0;
  std::size_t pending_most_ = 0;
  std::size_t transfers_in_a_row_ = 0;
};

}  // namespace seed::sim
