// Limits: every bound of seedd with its unit, its reason and what happens when it is reached
// (design, section 11).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/instant.h"

namespace seed::limits {

// --- bencode and metainfo ---------------------------------------------------------------------
/// Nesting of lists and dictionaries. Real torrents need 8. Beyond: malformed.
inline constexpr int bencode_depth_max = 64;
/// Strings, integers, lists and dictionaries in one document. 100,000 files need under 1 M.
/// Beyond: malformed.
inline constexpr std::size_t bencode_tokens_max = 4'000'000;
/// Metadata from peers (BEP 9). Beyond: refused.
inline constexpr std::size_t metadata_bytes_max = 16u << 20;
/// A .torrent from a file, the RPC or a URL. Beyond: refused.
inline constexpr std::size_t torrent_file_bytes_max = 64u << 20;
/// Files in one torrent. Beyond: refused.
inline constexpr std::size_t files_max = 1'000'000;
/// Octets in one piece. 1 GiB: larger ones cannot be hashed in reasonable memory. Beyond: refused.
inline constexpr std::uint32_t piece_bytes_max = 1u << 30;
/// Pieces in one torrent: as many SHA-1 digests as fit into a 64 MiB file. Beyond: refused.
inline constexpr std::uint32_t pieces_max = 4'000'000;
/// Announce URLs kept of one torrent. Beyond: the rest is left out.
inline constexpr std::size_t trackers_per_torrent_max = 256;

// --- peer wire --------------------------------------------------------------------------------
/// One message, unless the bitfield is larger. Beyond: violation.
inline constexpr std::size_t message_bytes_max = 128 * 1024;
/// Longest block a peer may ask of us: what others allow, above the customary 16 KiB.
/// Beyond: violation.
inline constexpr std::uint32_t request_bytes_max = 128 * 1024;
/// Most requests a peer may queue on us, whatever the setting reqq says; told to it as reqq
/// (BEP 10). Beyond: rejected or ignored.
inline constexpr std::size_t peer_requests_max = 512;
/// Pieces a peer may take back (BEP 54) beyond each of its torrent once: whose disk went away loses
/// all of them, and nobody loses what it has just told us again and again. Beyond: violation.
inline constexpr std::size_t lost_pieces_spare = 256;
/// Requests we queue on a peer: at least, and at most by bandwidth x delay.
inline constexpr std::size_t our_requests_min = 4;
inline constexpr std::size_t our_requests_max = 512;
/// Unsent octets per link. Reached: no more blocks are read from disk for it.
inline constexpr std::size_t link_unsent_bytes_max = 1u << 20;
/// A link with nothing sent for this long sends a keepalive; BEP 3 says two minutes.
inline constexpr Duration keepalive_interval = 100s;
/// A link with nothing received for this long is closed.
inline constexpr Duration link_idle_max = 180s;
/// A handshake not done by then: closed.
inline constexpr Duration handshake_timeout = 20s;
/// A dial not connected by then: given up.
inline constexpr Duration dial_timeout = 15s;
/// Peers that have connected and not shaken hands, apart from peer_limit_global. Beyond: the oldest
/// gives way.
inline constexpr std::size_t handshakes_max = 256;
/// Of these from one address, or one public IPv6 /64. Many behind one router shake hands one after
/// the other; those of our own network may be many at a time. Beyond: the newest is refused.
inline constexpr std::size_t handshakes_per_address_max = 8;
inline constexpr std::size_t handshakes_per_private_address_max = 64;
/// Links of one torrent to one address, or one public IPv6 /64: some peers behind one router, and
/// not all places for one of them; in our own network nobody need be kept off. Beyond: refused, not
/// dialled.
inline constexpr std::size_t links_per_address_max = 8;
inline constexpr std::size_t links_per_private_address_max = 64;

// --- swarm ------------------------------------------------------------------------------------
/// Addresses known and not connected, per torrent. Beyond: the worst is evicted.
inline constexpr std::size_t candidates_max = 2000;
/// Dials not yet connected, in all. Beyond: queued.
inline constexpr std::size_t half_open_max = 64;

// --- trackers ---------------------------------------------------------------------------------
/// HTTP exchanges under way at once. Beyond: queued.
inline constexpr std::size_t http_exchanges_max = 32;
/// Announces under way to one tracker host. Beyond: queued.
inline constexpr std::size_t announces_per_host_max = 4;
/// An HTTP tracker's answer. Beyond: cut off, an error.
inline constexpr std::size_t tracker_answer_bytes_max = 1u << 20;
/// Peers taken of one answer. Beyond: left out.
inline constexpr std::size_t peers_per_answer_max = 2000;
/// An announce without an answer for this long has failed.
inline constexpr Duration announce_timeout = 30s;
/// Intervals a tracker may ask for: never 0 or negative, never longer than a day.
inline constexpr Duration announce_interval_min = 1s;
inline constexpr Duration announce_interval_max = 24h;
/// Used when a tracker names none.
inline constexpr Duration announce_interval_default = 30min;

// --- bandwidth groups -------------------------------------------------------------------------
/// Groups there may be: they cannot be deleted. Beyond: refused.
inline constexpr std::size_t groups_max = 1000;
/// Octets of a group's name. Beyond: refused.
inline constexpr std::size_t group_name_bytes_max = 255;

// --- jobs, memory, loop -----------------------------------------------------------------------
/// Jobs waiting or running. Reached: links pause.
inline constexpr std::size_t jobs_max = 1024;
/// Orders waiting for the loop. Reached: an error that says so.
inline constexpr std::size_t mailbox_max = 256;
/// Datagrams taken at one wake, and time given to due work in one turn; the rest: next turn.
inline constexpr std::size_t datagrams_per_wake_max = 64;
inline constexpr Duration due_work_max = 8ms;
/// A turn longer than this is logged with what ran.
inline constexpr Duration slow_turn = 50ms;
/// The buffer all TCP reads share.
inline constexpr std::size_t read_buffer_bytes = 256 * 1024;

// --- RPC --------------------------------------------------------------------------------------
inline constexpr std::size_t http_body_bytes_max = 96u << 20;  ///< 64 MiB of torrent as base64; 413
/// What has come of bodies, at once: two of the largest. Beyond: they wait.
inline constexpr std::size_t http_bodies_bytes_max = 2 * http_body_bytes_max;
/// What is taken of a body before its client is known to be one that may ask. Beyond: its head is
/// asked about first.
inline constexpr std::size_t http_unasked_body_bytes_max = 16 * 1024;
/// A body up to this size need not wait for others; one of each thread is still little.
inline constexpr std::size_t http_small_body_bytes_max = 64 * 1024;
/// Bodies that wait for others at each of the two rooms, and how long. Beyond: 503.
inline constexpr std::size_t http_bodies_waiting_max = 16;
inline constexpr Duration http_body_wait_max = 10s;
inline constexpr int json_depth_max = 64;  ///< beyond: parse error
/// Values in one request: a list of all files of the largest torrent, and some. Beyond: parse
/// error.
inline constexpr std::size_t json_values_max = 1'100'000;
/// Memory that one takes as a tree, besides the text in it.
inline constexpr std::size_t json_value_bytes = 100;
/// What is made of bodies, at once: one of the largest. Beyond: they wait.
inline constexpr std::size_t json_trees_bytes_max =
    http_body_bytes_max + json_values_max * json_value_bytes;
inline constexpr Duration rpc_deadline = 30s;  ///< an order unanswered by then: timeout
inline constexpr std::size_t batch_max = 100;  ///< calls in one JSON-RPC batch
/// The text of their answers, without the last. Beyond: those that are left are not carried out,
/// and each is answered with an error.
inline constexpr std::size_t batch_answer_bytes_max = 64u << 20;
/// Members of a list that is carried out for each of many torrents (trackers, labels), and names of
/// fields: more than any torrent has. Beyond: invalid params.
inline constexpr std::size_t rpc_list_members_max = 1000;
/// Octets of the text or list of texts that is carried out so: trackers_per_torrent_max URLs of 256
/// octets. Beyond: invalid params.
inline constexpr std::size_t rpc_text_bytes_max = 64 * 1024;
/// Calls at once whose answers wait for a disk, or for somebody else's server. Beyond: they wait.
inline constexpr std::size_t rpc_waiting_calls_max = 16;
/// Of these, for a server on the web, which may be dead; the others are for the disks. Beyond: they
/// wait.
inline constexpr std::size_t rpc_fetching_calls_max = 8;
/// Calls that wait for such a place; of these, for one of a server on the web. Beyond: busy.
inline constexpr std::size_t rpc_queued_calls_max = 32;
inline constexpr std::size_t rpc_queued_fetches_max = 24;
/// How long they do: with torrent_fetch_timeout as long as rpc_deadline. Beyond: busy.
inline constexpr Duration rpc_place_wait_max = 10s;
/// Logins that wait for the hash of another: that costs a core 0.2 s. Beyond: 503.
inline constexpr std::size_t logins_waiting_max = 4;
/// Requests that wait for the verdict on a login that another has brought too: a few browsers, with
/// six connections each. Beyond: 503.
inline constexpr std::size_t logins_joined_max = 16;
/// Refused requests whose clients may take their time to send the rest. Beyond: cut off sooner.
inline constexpr std::size_t http_refused_max = 8;
/// Files of rpc_web_dir that are read at once; their disk may hang. Beyond: 503.
inline constexpr std::size_t web_reads_max = 8;
/// Requests answered at once: eight threads are left when as many calls, trees, logins and files
/// wait as may. (Bodies wait for their room without a thread.) Beyond: they wait.
inline constexpr std::size_t http_threads = rpc_waiting_calls_max + rpc_queued_calls_max +
                                            http_bodies_waiting_max + logins_waiting_max +
                                            logins_joined_max + web_reads_max + 8;
/// Connections at once from addresses that rpc_whitelist does not name: they are told so. Beyond:
/// closed without a word.
inline constexpr std::size_t http_strangers_max = 4;
/// A .torrent that is fetched by URL, less than rpc_deadline so that the caller hears what went
/// wrong. Beyond: an error.
inline constexpr Duration torrent_fetch_timeout = 20s;
/// Torrents whose files a list asks for are waited for this long. Beyond: listed without.
inline constexpr Duration listing_wait_max = 5s;
/// The free space of a folder. Beyond: what was measured last, or an error.
inline constexpr Duration space_wait_max = 2s;
/// Torrents of which one call may ask why they do not move: 5 us each on the loop. Beyond: refused.
inline constexpr std::size_t why_torrents_max = 1000;
/// Torrents that were removed, remembered for who asks what changed. Beyond: who asks for more than
/// that gets a full answer. At least those of a minute are wanted; 100,000 may be removed at once.
inline constexpr std::size_t removals_max = 100'000;
/// Fields of torrents whose changes are followed for those who ask for them, 16 octets each:
/// 100,000 torrents of 20 fields. Beyond: all is followed anew, and who asks gets more than
/// changed.
inline constexpr std::size_t changes_cells_max = 2'000'000;
/// Nobody has asked for changes or lists for this long: with the next call of any kind, or look at
/// /metrics or the health, nothing is followed and the copy of the list is given up.
inline constexpr Duration changes_idle_max = 10min;
/// Folders of torrents that /metrics names, and whose free space it has measured. Beyond: one
/// series for all others, which is 1 while all of them are there.
inline constexpr std::size_t roots_told_max = 64;
/// Troubles that /readyz tells one by one. Beyond: one more that says how many.
inline constexpr std::size_t troubles_told_max = 10;
/// What happened, kept for who asks. Beyond: the oldest is forgotten.
inline constexpr std::size_t events_max = 1024;

// --- connections of the RPC -------------------------------------------------------------------
/// Connections at once, idle ones too: ten browsers of six are few, and each costs a descriptor and
/// some 20 KiB, with TLS 50. Before a login one holds at most its longest head twice and
/// http_unasked_body_bytes_max twice, for http_head_within: all together 200 MiB. Beyond: the one
/// that has been idle for longest gives way, else the newest is closed.
inline constexpr std::size_t http_connections_max = 1024;
/// Of these, of one address, or one public IPv6 /64, that is not this machine's. Beyond: the same
/// among those of that address.
inline constexpr std::size_t http_connections_per_address_max = 256;
/// Memory of answers that clients have not taken all of: some of the longest lists. Beyond: who has
/// taken longest is cut off.
inline constexpr std::size_t http_unsent_bytes_max = 256u << 20;
/// The same with what has been made since that was looked at last. Beyond: a long answer is a 503,
/// unless it is the only one.
inline constexpr std::size_t http_answers_bytes_max = 2 * http_unsent_bytes_max;
/// A line of a request's head, with its end; customary. Beyond: 414 or 431.
inline constexpr std::size_t http_head_line_bytes_max = 8192;
/// Request line and fields together: eight of the longest. Beyond: 431.
inline constexpr std::size_t http_head_bytes_max = 8 * http_head_line_bytes_max;
/// A handshake, or a head, that is not there after this long is not waited for: nobody has logged
/// in yet. Beyond: closed.
inline constexpr Duration http_head_within = 10s;
/// Who sends or takes less than that on average, in any stretch of that length, keeps a place for
/// nothing. Beyond: cut off.
inline constexpr std::uint64_t http_bytes_per_second_min = 1024;
inline constexpr Duration http_rate_grace = 15s;
/// Sent to one client in one go. Beyond: the others' turn is first.
inline constexpr std::size_t http_turn_sent_bytes_max = 256 * 1024;
/// Time for handshakes in one turn, but for the one that is begun last: some take milliseconds, and
/// anybody may ask for them. Beyond: the requests' turn is first.
inline constexpr Duration http_turn_handshakes_max = 4ms;
/// A connection without a request, as clients are told: web pages ask again every few seconds.
/// Beyond: closed.
inline constexpr Duration http_idle_max = 10s;
/// Requests on one connection, as clients are told. Beyond: closed.
inline constexpr std::size_t http_requests_max = 1000;
/// A refused body up to this size is read and thrown away, so that the connection can stay: if it
/// has come already, or its client may ask. Beyond: closed.
inline constexpr std::uint64_t http_drained_bytes_max = 1u << 20;
/// How long what a client still sends is read before its connection is closed: many send all before
/// they read, and a close would cost them the answer. Beyond: cut off.
inline constexpr Duration http_linger_max = 2s;
/// The same for those that owe nothing.
inline constexpr Duration http_short_linger_max = 250ms;
/// The same for clients that may ask, and may be on slow lines: the largest body at 2.5 Mbit/s.
inline constexpr Duration http_patience_max = 5min;
/// Answers without an end (events) at once; each has a thread to itself. Beyond: 503.
inline constexpr std::size_t http_streams_max = 16;
/// Of these, of one address: a browser window or two and some programs. Beyond: 503.
inline constexpr std::size_t http_streams_per_address_max = 8;
/// What a stream has to tell at once is kept until its client has taken it; who is slower may begin
/// anew where it was. Beyond: cut off.
inline constexpr Duration event_batch_taken_within = 15s;
/// And as long again as it lasts at that rate: a list of all torrents is long. Slower: cut off.
inline constexpr std::size_t event_bytes_per_second_min = 32 * 1024;
/// A file of rpc_web_dir: larger than any page's; it is in memory while it is sent. Beyond: not
/// found.
inline constexpr std::size_t web_file_bytes_max = 32u << 20;

// --- logins of the RPC ------------------------------------------------------------------------
/// The first failed login of an address that a delay follows: the two before it, a typing mistake
/// or two, cost nothing.
inline constexpr std::uint32_t login_failures_free = 3;
/// The delay after that one; it doubles with each. A person waits a minute at most; a list of a
/// million passwords takes two years.
inline constexpr Duration login_delay_min = 1s;
inline constexpr Duration login_delay_max = 60s;
/// After as many as a setting says: refused for this long.
inline constexpr Duration login_locked_for = 15min;
/// Without another: forgotten.
inline constexpr Duration login_forgotten_after = 60min;
/// Addresses that have failed, 1 MiB of them. Beyond: the mildest is forgotten, and who is new has
/// no failures free.
inline constexpr std::size_t login_addresses_max = 4096;
/// Wrong logins of an address that are known again: its programs with old passwords. Beyond: the
/// oldest is hashed again, and counts.
inline constexpr std::size_t login_wrong_kept = 4;
/// A household's programs, many times. Beyond: no more are made.
inline constexpr std::size_t rpc_tokens_max = 100;
/// Labels that one is kept to, and octets of its name. Beyond: refused.
inline constexpr std::size_t token_labels_max = 16;
inline constexpr std::size_t token_name_bytes_max = 64;

// --- fetched from the web on order -------------------------------------------------------------
/// A blocklist as it comes, or is in a file: 500,000 rules in plain text are 30 MiB. Beyond:
/// refused.
inline constexpr std::size_t blocklist_bytes_max = 128u << 20;
/// What one inflates to, read part by part. Beyond: refused.
inline constexpr std::size_t blocklist_text_bytes_max = 512u << 20;
/// One line of it; names are shorter. Beyond: passed over as unreadable.
inline constexpr std::size_t blocklist_line_bytes_max = 4096;
/// Rules, twice what long lists have; of IPv6 they take 31 MiB. With the list in use, the largest
/// text and what grows or is sorted an update takes up to 224 MiB for a while. Beyond: refused.
inline constexpr std::size_t blocklist_rules_max = 1'000'000;
/// A blocklist, also on a slow line. Beyond: an error.
inline constexpr Duration blocklist_fetch_timeout = 5min;
/// How long the caller waits for that, less than rpc_deadline. Beyond: an error says that it goes
/// on.
inline constexpr Duration blocklist_wait_max = 18s;
/// From the beginning of an update to its end: a fetch, and as long for reading and keeping.
/// Beyond, as on a disk that hangs: given up, so that the next can begin.
inline constexpr Duration blocklist_update_max = 2 * blocklist_fetch_timeout;
/// Jobs of updates that read a file, and as many that parse and keep a list, with those that were
/// given up and have not ended. Beyond, as on disks that hang: an error.
inline constexpr std::size_t blocklist_jobs_max = 2;
/// After an update in the background that failed, the next.
inline constexpr Duration blocklist_retry = 1h;
/// The answer of a port checker is one digit. Beyond: an error.
inline constexpr std::size_t port_test_answer_bytes_max = 4096;
/// It dials us first. Beyond: an error.
inline constexpr Duration port_test_timeout = 18s;
/// Who waits for port tests at once: half of the places that such calls have, for who may only read
/// may ask. Beyond: an error.
inline constexpr std::size_t port_tests_waiting_max = rpc_fetching_calls_max / 2;
/// What the user asks of the DHT at once: as many searches as a node runs at a time. Beyond: an
/// error.
inline constexpr std::size_t dht_orders_max = 16;
/// Of these, those that only ask, for who may only read may do so: with port tests they leave a
/// place of such calls to others. Beyond: an error.
inline constexpr std::size_t dht_asks_max = rpc_fetching_calls_max - port_tests_waiting_max - 1;
/// A search takes 2 to 10 s, and a mutable item is looked for before it is stored; with
/// rpc_place_wait_max less than rpc_deadline. Beyond: what was found by then, or an error.
inline constexpr Duration dht_order_timeout = 18s;

// --- programs of the user ---------------------------------------------------------------------
/// Programs run for torrents at once. Beyond: they wait.
inline constexpr std::size_t scripts_running_max = 8;
/// Programs that wait to be run. Beyond: left out, with a line in the log.
inline constexpr std::size_t scripts_waiting_max = 1024;
/// One variable of such a program; Linux takes 128 KiB. Beyond: a list ends early.
inline constexpr std::size_t script_variable_bytes_max = 16 * 1024;

// --- stopping ---------------------------------------------------------------------------------
/// How long trackers are waited for when the session stops.
inline constexpr Duration stop_announces_max = 5s;
/// From the session's order to stop: what is not durable by then is verified at the next start.
/// Leaves time to save the rest before stop_saves_max.
inline constexpr Duration stop_flushes_max = 6500ms;
/// What clients of the RPC have for the calls they are in. The session is told to stop after that.
inline constexpr Duration stop_calls_max = 1s;
/// From then on: a state that is not saved by then stays as it was saved last. Leaves
/// stop_calls_max before it and stop_jobs_max after it within ten seconds.
inline constexpr Duration stop_saves_max = 7500ms;
/// How long jobs that still run are waited for at the very end.
inline constexpr Duration stop_jobs_max = 1s;

}  // namespace seed::limits
