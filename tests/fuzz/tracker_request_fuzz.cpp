// LINK: seed::trackerd
// A connection over which a tracker is asked by HTTP, of whatever octets: cut anywhere it gives the
// same requests, each within its bounds, or a status it is refused with.
#include <algorithm>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/trackerd/http_request.h"
#include "core/trackerd/http_response.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

struct Heard {
  std::vector<std::string> requests;
  int status = 0;
  bool operator==(const Heard&) const = default;
};

Heard hear(Bytes octets, std::size_t step) {
  using State = HttpRequestReader::State;
  Heard out;
  HttpRequestReader reader;
  while (!octets.empty() && reader.state() != State::refused) {
    const std::size_t taken = reader.on_bytes(octets.first(std::min(step, octets.size())));
    SEED_CHECK(taken > 0);
    octets = octets.subspan(taken);
    if (reader.state() != State::complete) continue;
    SEED_CHECK(reader.path().starts_with('/'));
    SEED_CHECK(reader.path().size() + reader.query().size() <= http_line_bytes_max);
    SEED_CHECK(reader.on_bytes(octets) == 0);
    out.requests.push_back(std::string(reader.path()) + " " + std::string(reader.query()) +
                           (reader.lasts() ? " lasts" : ""));
    reader.next();
  }
  out.status = reader.status();
  SEED_CHECK((reader.state() == State::refused) == (out.status >= 400 && out.status <= 505));
  if (out.status != 0) SEED_CHECK(!encode_refusal(out.status, reader.reason()).empty());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes octets{data, size};
  const Heard whole = hear(octets, std::max<std::size_t>(size, 1));
  SEED_CHECK(hear(octets, 1) == whole);
  SEED_CHECK(hear(octets, 7) == whole);
  return 0;
}
