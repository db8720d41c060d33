// FakeFiles: io::Files in memory, with the faults that disks have: what was not synced is lost at
// crash(), devices fill up, mounts go away, writes tear, reads corrupt, everything may be slow.
//
// Names and contents are modelled apart. Contents: pages, each live and durable; sync() makes an
// inode's pages and length durable. Names: a journal in order; sync_folder(f) makes durable all up
// to the last change in f, as journalling file systems do (a change before it is never lost while a
// later one is kept). crash() goes back to what is durable; with dice, some of the rest survives:
// any of the dirty pages, any first part of the journal. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/io/files.h"

namespace seed::test {

enum class FileOp : std::uint8_t {
  open,
  read,
  write,
  sync,
  resize,
  reserve,
  stamp,
  kind,
  make_folders,
  rename,
  remove_file,
  remove_folder,
  list,
  sync_folder,
  identity,
  space,
  load,
  save,
  device,
};

/// What a hook has an operation do instead.
struct FileFault {
  Fault fault;
  std::uint64_t bytes_done = 0;  ///< of a write: so much lands before the fault (torn)
};

class FakeFiles final : public io::Files {
 public:
  /// Called before every operation with the full path; nothing lets it pass.
  using Hook = std::function<std::optional<FileFault>(FileOp, const std::string& path)>;
  struct Speed {
    Duration per_operation{0};
    std::uint64_t bytes_per_second = 0;  ///< 0: no limit
    Duration per_sync{0};
  };
  struct Counts {
    std::uint64_t opens = 0, reads = 0, writes = 0, syncs = 0;
    std::uint64_t bytes_read = 0, bytes_written = 0;
    std::uint64_t open_most = 0;  ///< handles at once
  };

  FakeFiles();
  ~FakeFiles() override;

  // --- what a test arranges
  /// Makes a device hold everything at and below `folder`, which need not exist as a folder yet:
  /// it is made. Devices may be mounted within others.
  void mount(const std::string& folder, std::uint64_t capacity_bytes = ~std::uint64_t{0});
  /// The device goes away: an empty folder of the device above is in its place. Open handles give
  /// I/O errors.
  void unmount(const std::string& folder);
  /// And is back as it was.
  void remount(const std::string& folder);
  void set_capacity(const std::string& folder, std::uint64_t bytes);
  void set_hook(Hook hook) { hook_ = std::move(hook); }
  /// After so many more operations that change something, all fail (the process was killed) until
  /// revive().
  void kill_after(std::uint64_t changes) { kill_after_ = changes; }
  bool killed() const { return kill_after_ && *kill_after_ == 0; }
  void revive() { kill_after_.reset(); }
  /// The power goes: handles open before are dead, what was not durable is gone; or, with dice,
  /// some of it.
  void crash(Rng* dice = nullptr);
  void set_speed(Speed speed) { speed_ = speed; }
  /// Time that operations took since the last call, for whoever plays the clock.
  Duration take_elapsed() { return std::exchange(elapsed_, Duration{0}); }
  /// Each change gives files a later time.
  void touch(const std::string& path);
  /// Flips one bit on disk, its time unchanged.
  void corrupt(const std::string& path, std::uint64_t offset);
  void put(const std::string& path, Bytes content);
  /// A symbolic link that only load() knows: as a root it is followed, below one it leads out.
  void link(const std::string& path, std::string target) { links_[path] = std::move(target); }

  // --- what a test looks at
  std::optional<Buffer> content(const std::string& path) const;
  bool is_there(const std::string& path) const;
  /// Full paths of all files, sorted.
  std::vector<std::string> paths() const;
  std::uint64_t used(const std::string& folder) const;
  const Counts& counts() const { return counts_; }

  // --- io::Files
  Result<std::shared_ptr<io::File>> open(const SafePath& path, io::OpenMode mode) override;
  Result<io::FileStamp> stamp(const SafePath& path) override;
  Result<io::FileKind> kind(const SafePath& path) override;
  Result<void> make_folders(const SafePath& path, bool root_too) override;
  Result<void> rename(const SafePath& from, const SafePath& to) override;
  Result<void> remove_file(const SafePath& path) override;
  Result<void> remove_folder(const SafePath& path) override;
  Result<std::vector<io::FolderEntry>> list(const SafePath& folder) override;
  Result<void> sync_folder(const SafePath& folder) override;
  Result<io::RootIdentity> identity(const SafePath& root) override;
  Result<io::DiskSpace> space(const SafePath& path) override;
  Result<Buffer> load(const SafePath& path, std::size_t bytes_max) override;
  Result<void> save(const SafePath& path, Bytes bytes) override;
  Result<std::uint64_t> device(const SafePath& path) override;

 private:
  class OpenFile;
  static constexpr std::uint64_t page_bytes = 4096;
  using Page = std::shared_ptr<const std::array<std::uint8_t, page_bytes>>;
  struct Content {
    std::map<std::uint64_t, Page> pages;  ///< holes are not there
    std::uint64_t size = 0;
  };
  struct Node {
    bool folder = false;
    std::uint64_t inode = 0;
    std::int64_t modified_ns = 0;
    Content live;
    Content durable;
    std::set<std::uint64_t> dirty;
    std::int64_t durable_modified_ns = 0;
  };
  using NodePointer = std::shared_ptr<Node>;
  using Names = std::map<std::string, NodePointer>;  ///< full path to node
  struct Device {
    std::uint64_t number = 0;
    std::string folder;
    std::uint64_t capacity = 0;
    std::uint64_t reserved = 0;
    bool mounted = true;
    Names names;    ///< as seen
    Names durable;  ///< after a crash
    /// One change each: the folders it is in, and the names as they are after it.
    struct Change {
      std::set<std::string> folders;
      std::vector<std::pair<std::string, NodePointer>> names;  ///< nullptr: gone
    };
    std::vector<Change> journal;
  };

  std::optional<FileFault> before(FileOp op, const std::string& path, std::uint64_t bytes = 0);
  Device& device_of(const std::string& path);
  const Device& device_of(const std::string& path) const;
  NodePointer find(const std::string& path) const;
  void change(Device& device, std::vector<std::pair<std::string, NodePointer>> names);
  NodePointer make(const std::string& path, bool folder);
  /// not_found, or root_missing when it is the root that is not there: as the real one tells.
  std::unexpected<Fault> absent(const SafePath& path) const;
  Result<void> make_all(const std::string& path);
  std::uint64_t used(const Device& device) const;
  Result<void> write(const NodePointer& node, const std::string& path, std::uint64_t offset,
                     std::span<const Bytes> bytes);
  void set_size(Node& node, std::uint64_t size);
  void sync(Node& node);

  std::map<std::string, std::string> links_;
  std::map<std::string, Device> devices_;  ///< by folder; "" is the root device, "/"
  Hook hook_;
  std::optional<std::uint64_t> kill_after_;
  Speed speed_;
  Duration elapsed_{0};
  Counts counts_;
  /// Handles there are now; they may outlive this.
  std::shared_ptr<std::uint64_t> open_now_ = std::make_shared<std::uint64_t>(0);
  std::uint64_t last_inode_ = 1;
  std::uint64_t last_device_ = 0;
  std::int64_t clock_ns_ = 1'000'000'000;
  std::uint64_t generation_ = 0;  ///< goes up with every crash
};

}  // namespace seed::test
