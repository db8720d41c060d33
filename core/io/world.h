// World: everything outside, in one struct (design, section 5). core/uv makes the real one,
// tests/sim the simulated one.
#pragma once

#include "core/io/alarm.h"
#include "core/io/clock.h"
#include "core/io/entropy.h"
#include "core/io/files.h"
#include "core/io/gateway.h"
#include "core/io/http.h"
#include "core/io/net.h"
#include "core/io/resolver.h"
#include "core/io/store.h"
#include "core/io/uplink.h"
#include "core/io/workers.h"

namespace seed::io {

/// References to things that outlive whoever holds a World. `files` and `store` are here for the
/// makers of Workers; the engine reaches them only inside a Job.
struct World {
  Clock& clock;
  Alarm& alarm;
  Entropy& entropy;
  Net& net;
  Resolver& resolver;
  Http& http;
  Gateway& gateway;
  Workers& workers;
  Files& files;
  Store& store;
  Uplink& uplink;
};

}  // namespace seed::io
