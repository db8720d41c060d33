// OpenFile: io::File over a file descriptor. Safe from several threads: every call names its
// offset.
#pragma once

#include <string>

#include "core/io/files.h"
#include "core/uv/sockets.h"

struct stat;

namespace seed::uv {

class OpenFile final : public io::File {
 public:
  /// `name` is for faults.
  OpenFile(Descriptor descriptor, std::string name)
      : descriptor_(std::move(descriptor)), name_(std::move(name)) {}

  Result<std::size_t> read(std::uint64_t offset, std::span<const MutableBytes> out) override;
  Result<void> write(std::uint64_t offset, std::span<const Bytes> bytes) override;
  Result<void> sync() override;
  Result<void> resize(std::uint64_t size) override;
  Result<void> reserve(std::uint64_t size) override;
  void will_need(std::uint64_t offset, std::uint64_t length) override;
  void not_needed(std::uint64_t offset, std::uint64_t length) override;
  Result<io::FileStamp> stamp() override;
  Result<void> set_modified(std::int64_t modified_ns) override;

 private:
  std::unexpected<Fault> fault(int system_error, std::string_view doing) const;

  Descriptor descriptor_;
  std::string name_;
};

io::FileStamp stamp_of(const struct stat& status);

}  // namespace seed::uv
