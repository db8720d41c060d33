#include "core/webseed/answer_head.h"

#include "tests/support/catch.h"

namespace seed::webseed {
namespace {

using Verdict = Judgement::Verdict;

constexpr Asked asked{1000, 500, 10'000};

AnswerHead part(std::string range) {
  AnswerHead out;
  out.status = 206;
  out.content_range = std::move(range);
  return out;
}

TEST_CASE("a content range is taken to pieces") {
  CHECK(parse_content_range("bytes 0-99/1000") == ContentRange{0, 99, 1000});
  CHECK(parse_content_range("BYTES 5-5/*") == ContentRange{5, 5, std::nullopt});
  for (const char* text :
       {"", "bytes", "bytes ", "bytes */10", "bytes 1-/10", "bytes -1/10", "bytes 5-4/10",
        "bytes 0-10/10", "bytes 0-9/10 ", "bytes 0-9", "bytes 0-9/", "bytes 0-9/x", "items 0-9/10",
        "bytes 0-18446744073709551615/*", "bytes 0-99999999999999999999/*", "bytes +1-2/3",
        "bytes  0-9/10", "bytes 0-9/10,20-29/30"})
    CHECK_FALSE(parse_content_range(text));
}

TEST_CASE("how long to wait is seconds") {
  CHECK(parse_retry_after("120") == Duration(120s));
  CHECK(parse_retry_after("0") == Duration(0s));
  CHECK(parse_retry_after("18446744073709551615") == Duration(std::chrono::hours(365 * 24)));
  for (const char* text :
       {"", "-1", "1.5", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT"})
    CHECK_FALSE(parse_retry_after(text));
}

TEST_CASE("a part is taken when it is the one that was asked for, or its beginning") {
  const auto whole = judge(part("bytes 1000-1499/10000"), asked);
  CHECK(whole.verdict == Verdict::take);
  CHECK(whole.skip == 0);
  CHECK(whole.ends_there);
  const auto less = judge(part("bytes 1000-1099/*"), asked);
  CHECK(less.verdict == Verdict::take);
  CHECK_FALSE(less.ends_there);
  for (const char* range :
       {"bytes 1000-1500/10000", "bytes 999-1499/10000", "bytes 0-499/10000", "nonsense", ""})
    CHECK(judge(part(range), asked).verdict == Verdict::failed);
  auto head = part("bytes 1000-1499/10000");
  head.content_length = 499;
  CHECK(judge(head, asked).verdict == Verdict::failed);
  head = part("bytes 1000-1499/10000");
  head.content_type = "Multipart/byteranges; boundary=x";
  CHECK(judge(head, asked).verdict == Verdict::failed);
}

TEST_CASE("a file of another length is not the torrent's") {
  const auto other = judge(part("bytes 1000-1499/10001"), asked);
  CHECK(other.verdict == Verdict::absent);
  CHECK(other.why == "its file has 10001 bytes, the torrent's 10000");
  AnswerHead past;
  past.status = 416;
  past.content_range = "bytes */700";
  CHECK(judge(past, asked).verdict == Verdict::absent);
  CHECK(judge(past, asked).why == "its file has 700 bytes, the torrent's 10000");
  past.content_range = "bytes */x";
  CHECK(judge(past, asked).why == "its file is shorter than the torrent's");
  AnswerHead whole;
  whole.status = 200;
  whole.content_length = 9999;
  CHECK(judge(whole, asked).verdict == Verdict::absent);
}

TEST_CASE("all of a file is taken when what is in front is little") {
  AnswerHead head;
  head.status = 200;
  head.content_length = 10'000;
  const auto taken = judge(head, asked);
  CHECK(taken.verdict == Verdict::take);
  CHECK(taken.skip == 1000);
  CHECK_FALSE(taken.ends_there);
  CHECK(judge(head, {9500, 500, 10'000}).ends_there);
  head.content_length = std::nullopt;
  CHECK(judge(head, asked).verdict == Verdict::take);
  const Asked far{skip_bytes_max + 1, 500, 1u << 30};
  const auto refused = judge(head, far);
  CHECK(refused.verdict == Verdict::absent);
  CHECK(refused.why == "serves no parts of files, and this one has 1073741824 bytes");
  CHECK(judge(head, {skip_bytes_max, 500, 1u << 30}).verdict == Verdict::take);
}

TEST_CASE("what is encoded is not the file's octets") {
  auto head = part("bytes 1000-1499/10000");
  head.content_encoding = "gzip";
  CHECK(judge(head, asked).verdict == Verdict::absent);
  head.content_encoding = "Identity";
  CHECK(judge(head, asked).verdict == Verdict::take);
}

TEST_CASE("what is not there stays away, and anything else may be better later") {
  for (const int status : {404, 410, 451}) {
    AnswerHead head;
    head.status = status;
    CHECK(judge(head, asked).verdict == Verdict::absent);
  }
  for (const int status : {0, 100, 203, 204, 301, 304, 400, 401, 403, 429, 500, 503, 999}) {
    AnswerHead head;
    head.status = status;
    head.retry_after = "60";
    const auto out = judge(head, asked);
    CHECK(out.verdict == Verdict::failed);
    CHECK(out.retry_after == Duration(60s));
  }
  AnswerHead busy;
  busy.status = 503;
  CHECK(judge(busy, asked).why == "answers 503 Service Unavailable");
}

}  // namespace
}  // namespace seed::webseed
