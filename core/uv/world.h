// RealWorld: everything outside, made of libuv, libcurl, SQLite and system calls, and owned here.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "core/io/world.h"
#include "core/uv/clock.h"
#include "core/uv/entropy.h"
#include "core/uv/files.h"
#include "core/uv/gateway.h"
#include "core/uv/http.h"
#include "core/uv/loop.h"
#include "core/uv/net.h"
#include "core/uv/resolver.h"
#include "core/uv/store_sqlite.h"
#include "core/uv/uplink.h"
#include "core/uv/workers.h"

namespace seed::uv {

/// main calls size_thread_pool(job_threads) first, and takes a StateLock on the folder of
/// `state_file`. Whoever holds a World goes before the RealWorld; then the jobs that run are waited
/// for, and the loop runs dry. `ca_bundle`: as Http has it.
struct RealWorld {
  RealWorld(const std::string& state_file, std::size_t job_threads, std::string ca_bundle = {})
      : uplink(loop),
        net(loop, &uplink),
        resolver(loop, &uplink),
        http(loop, std::move(ca_bundle), &is_public, {&uplink, &resolver}),
        gateway(loop, &uplink),
        store(state_file),
        workers(loop, job_threads, files, store) {}
  RealWorld(const RealWorld&) = delete;
  RealWorld& operator=(const RealWorld&) = delete;

  io::World interfaces() {
    return {clock, loop, entropy, net, resolver, http, gateway, workers, files, store, uplink};
  }

  /// What could not be waited for.
  enum class End : std::uint8_t { dry, disk_hangs, network_hangs };
  /// Whoever holds a World is gone. A job or a call to a router that still runs after `at_most`, as
  /// on a disk that hangs, or a name server that does not answer within `names_at_most`, is not
  /// waited for: then the state file is closed, and the process must end without destructors.
  End end(Duration at_most) {
    constexpr Duration names_at_most = 100ms;
    resolver.end();
    const Instant until = Loop::now() + at_most;
    const bool jobs_ended = workers.end(at_most);
    const bool calls_ended = gateway.end(std::max(Duration(0), until - Loop::now()));
    const bool names_ended =
        loop.run_until([this] { return !resolver.is_waiting(); }, names_at_most);
    if (jobs_ended && calls_ended && names_ended) return End::dry;
    if (!workers.store_runs()) store.close();
    return jobs_ended ? End::network_hangs : End::disk_hangs;
  }

  Loop loop;
  Clock clock;
  Entropy entropy;
  Uplink uplink;
  Net net;
  Resolver resolver;
  Http http;
  Gateway gateway;
  Files files;
  StoreSqlite store;
  Workers workers;
};

}  // namespace seed::uv
