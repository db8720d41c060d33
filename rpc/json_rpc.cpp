#include "rpc/json_rpc.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "rpc/json_text.h"
#include "rpc/json_writer.h"
#include "rpc/methods.h"

namespace seed::rpc {

namespace {

/// What carries the calls of one request out, and for whom.
struct Desk {
  const Caller& caller;
  const Calling& call;
};

/// The answer of one call within the envelope; nothing for a notification.
using Said = std::optional<std::string>;

CallError error_of(int code, std::string text) { return {code, std::move(text), {}, false}; }

/// The id as it came: integers of up to 64 bits exactly.
std::string id_text(const Json& id) {
  return id.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string encode_modern(const Outcome& outcome, std::string_view id) {
  JsonWriter out;
  out.begin_object();
  out.key("jsonrpc");
  out.text("2.0");
  if (outcome) {
    out.key("result");
    out.raw(*outcome);
  } else {
    const CallError& error = outcome.error();
    out.key("error");
    out.begin_object();
    out.key("code");
    out.integer(error.code);
    out.key("message");
    out.text(message_of(error.code));
    if (!error.text.empty() || !error.data.empty()) {
      out.key("data");
      out.begin_object();
      if (!error.text.empty()) {
        out.key("error_string");
        out.text(error.text);
      }
      if (!error.data.empty()) {
        out.key("result");
        out.raw(error.data);
      }
      out.end_object();
    }
    out.end_object();
  }
  out.key("id");
  out.raw(id);
  out.end_object();
  return out.take();
}

Said refuse_modern(int code, std::string text, std::string_view id = "null") {
  return encode_modern(std::unexpected(error_of(code, std::move(text))), id);
}

bool is_id(const Json& id) { return id.is_string() || id.is_number() || id.is_null(); }

/// A call that says `"jsonrpc": "2.0"`. When the answers before it are `full` it is not carried out
/// unless nobody waits for its answer.
Said answer_modern(const Json& request, const Desk& desk, bool full = false) {
  const auto id = request.find("id");
  const bool notification = id == request.end();
  if (!notification && !is_id(*id))
    return refuse_modern(invalid_request, "id type must be String, Number, or Null");
  const std::string shown = notification ? "null" : id_text(*id);
  const auto name = request.find("method");
  if (name == request.end() || !name->is_string()) {
    if (notification) return std::nullopt;
    return refuse_modern(invalid_request, "method must be a String", shown);
  }
  const Method* method = find_method(name->get_ref<const std::string&>(), Dialect::modern);
  if (method == nullptr) {
    if (notification) return std::nullopt;
    return refuse_modern(method_not_found, {}, shown);
  }
  if (notification && method->notified == Notified::ignored) return std::nullopt;
  if (full && !notification)
    return refuse_modern(internal_error,
                         "not carried out: the answers to the calls before it are too long for one "
                         "batch",
                         shown);
  const auto params = request.find("params");
  const Outcome outcome = desk.call(
      *method, Params(params == request.end() ? nullptr : &*params, Dialect::modern, desk.caller));
  if (notification) return std::nullopt;
  return encode_modern(outcome, shown);
}

std::string encode_legacy(const Outcome& outcome, const Json* tag) {
  JsonWriter out;
  out.begin_object();
  out.key("arguments");
  if (outcome)
    out.raw(*outcome);
  else
    out.raw(outcome.error().data.empty() ? "{}" : std::string_view(outcome.error().data));
  out.key("result");
  if (outcome)
    out.text("success");
  else if (outcome.error().text.empty())
    out.text(message_of(outcome.error().code));
  else
    out.text(outcome.error().text);
  if (tag != nullptr) {
    out.key("tag");
    out.raw(id_text(*tag));
  }
  out.end_object();
  return out.take();
}

const Json* legacy_tag(const Json& request) {
  for (const char* key : {"tag", "id"}) {
    const auto found = request.find(key);
    if (found != request.end() && found->is_number_integer()) return &*found;
  }
  return nullptr;
}

Said answer_legacy(const Json& request, const Desk& desk) {
  const Json* tag = legacy_tag(request);
  const auto name = request.find("method");
  const Method* method = nullptr;
  if (name != request.end() && name->is_string())
    method = find_method(name->get_ref<const std::string&>(), Dialect::legacy);
  if (method == nullptr)
    return encode_legacy(std::unexpected(error_of(method_not_found, "no method name")), tag);
  auto arguments = request.find("arguments");
  if (arguments == request.end()) arguments = request.find("params");
  const Outcome outcome = desk.call(
      *method,
      Params(arguments == request.end() ? nullptr : &*arguments, Dialect::legacy, desk.caller));
  return encode_legacy(outcome, tag);
}

bool says_two(const Json& request) {
  const auto version = request.find("jsonrpc");
  return version != request.end() && version->is_string() &&
         version->get_ref<const std::string&>() == "2.0";
}

Said answer_single(const Json& request, const Desk& desk) {
  if (!request.is_object())
    return refuse_modern(invalid_request, "request must be an Array or Object");
  const auto version = request.find("jsonrpc");
  if (version == request.end() || !version->is_string()) return answer_legacy(request, desk);
  if (says_two(request)) return answer_modern(request, desk);
  return refuse_modern(invalid_request, "JSON-RPC version is not 2.0");
}

Said answer_batch(const Json& requests, const Desk& desk) {
  if (requests.empty()) return refuse_modern(invalid_request, "the batch is empty");
  if (requests.size() > limits::batch_max)
    return refuse_modern(invalid_request,
                         fmt::format("a batch may hold {} calls", limits::batch_max));
  JsonWriter out;
  out.begin_array();
  bool anything = false;
  std::size_t bytes = 0;
  for (const Json& request : requests) {
    Said said;
    if (!request.is_object())
      said = refuse_modern(invalid_request, "request must be an Object");
    else if (!says_two(request))
      said = refuse_modern(invalid_request, "JSON-RPC version is not 2.0");
    else
      said = answer_modern(request, desk, bytes >= limits::batch_answer_bytes_max);
    if (!said) continue;
    bytes += said->size();
    out.raw(*said);
    anything = true;
  }
  out.end_array();
  if (!anything) return std::nullopt;
  return out.take();
}

}  // namespace

RpcAnswer answer_request(std::string_view body, const Caller& caller, const Calling& call) {
  const Desk desk{caller, call};
  const auto request = read_json(body);
  Said said;
  if (!request)
    said = refuse_modern(parse_error, request.error());
  else if (request->is_array())
    said = answer_batch(*request, desk);
  else
    said = answer_single(*request, desk);
  if (!said) return {204, {}};
  return {200, *std::move(said)};
}

}  // namespace seed::rpc
