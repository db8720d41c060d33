// Feed: the daemon's torrents, kept as they are there: by its event stream, which costs nothing
// while nothing changes; where there is none, or no room in it, by asking once a second what has
// changed; of a daemon that knows no changes, by asking for everything.
//
//   begin() --> listening --stream refused--> asking
//                 ^ |                          | |
//                 | +-----daemon gone or busy--+ |
//                 |                 v            |
//                 |              waiting --------|-- again with a full list, after 1 to 5 s or what
//                 +------------------------------+   the daemon says; a stream that had no room is
//                                                    tried again every 10 s
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/daemon.h"
#include "ctl/json.h"
#include "ctl/outcome.h"

namespace seed::ctl {

/// Torrents by id, kept by full lists and by changes.
class Mirror {
 public:
  /// Takes in a result of torrent_get, or an event of changes. Without a mark it is a full list.
  void apply(const Json& changes);

  const std::map<std::int64_t, Json>& torrents() const { return torrents_; }
  /// The number that changes can be asked for since; -1 when the daemon has none.
  std::int64_t sequence() const { return sequence_; }

 private:
  std::map<std::int64_t, Json> torrents_;
  std::int64_t sequence_ = -1;
};

class Feed {
 public:
  /// `daemon` outlives it.
  Feed(Daemon& daemon, std::vector<std::string> fields);

  /// Fetches the first list. A failure here is one for the user.
  Outcome<void> begin(std::int64_t now);
  /// Takes in what has come. True when there is something new to show. A daemon that does not
  /// answer, or not now, is no failure: it is tried again. `now` is in seconds.
  Outcome<bool> advance(std::int64_t now);

  const Mirror& mirror() const { return mirror_; }
  /// Why what is shown may be old; "" when it is not.
  const std::string& trouble() const { return trouble_; }
  /// For Terminal::pause.
  std::vector<Descriptor> descriptors() const;
  std::chrono::milliseconds patience() const;

 private:
  Outcome<bool> drain(std::int64_t now);
  Outcome<bool> ask(std::int64_t now);
  Outcome<bool> stream_failed(Failure failure, std::int64_t now);
  Outcome<bool> call_failed(Failure failure, std::int64_t now);
  void open_stream();

  Daemon& daemon_;
  std::vector<std::string> fields_;
  Mirror mirror_;
  std::unique_ptr<EventStream> stream_;
  bool streams_ = true;           ///< a stream has not been refused for good
  std::int64_t next_stream_ = 0;  ///< not before this
  std::string trouble_;
  std::int64_t next_try_ = 0;
  std::int64_t wait_ = 1;  ///< seconds until the next try
};

}  // namespace seed::ctl
