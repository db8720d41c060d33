#include "tests/support/fake_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace seed::test {
namespace {

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

bool is_below(const std::string& path, const std::string& folder) {
  if (folder == "/") return path != "/";
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

std::unexpected<Fault> refuse(int system_error, const std::string& doing) {
  return std::unexpected(fault_from_errno(system_error, doing));
}

bool changes_something(FileOp op) {
  switch (op) {
    case FileOp::write:
    case FileOp::resize:
    case FileOp::reserve:
    case FileOp::make_folders:
    case FileOp::rename:
    case FileOp::remove_file:
    case FileOp::remove_folder:
    case FileOp::sync:
    case FileOp::sync_folder:
    case FileOp::save:
      return true;
    default:
      return false;
  }
}

}  // namespace

class FakeFiles::OpenFile final : public io::File {
 public:
  OpenFile(FakeFiles& files, NodePointer node, std::string path, bool writable)
      : files_(files),
        node_(std::move(node)),
        path_(std::move(path)),
        writable_(writable),
        generation_(files.generation_),
        open_now_(files.open_now_) {
    files.counts_.open_most = std::max(files.counts_.open_most, ++*open_now_);
  }
  ~OpenFile() override { --*open_now_; }

  Result<std::size_t> read(std::uint64_t offset, std::span<const MutableBytes> out) override {
    std::uint64_t wanted = 0;
    for (const auto view : out) wanted += view.size();
    SEED_TRY_VOID(check(FileOp::read, wanted));
    std::uint64_t at = offset;
    for (const auto view : out) {
      for (std::size_t i = 0; i < view.size() && at < node_->live.size;) {
        const std::uint64_t in_page = at % page_bytes;
        const std::size_t take = static_cast<std::size_t>(std::min<std::uint64_t>(
            {page_bytes - in_page, view.size() - i, node_->live.size - at}));
        const auto page = node_->live.pages.find(at / page_bytes);
        if (page == node_->live.pages.end()) {
          std::memset(view.data() + i, 0, take);
        } else {
          std::memcpy(view.data() + i, page->second->data() + in_page, take);
        }
        i += take;
        at += take;
      }
    }
    ++files_.counts_.reads;
    files_.counts_.bytes_read += at - std::min(at, offset);
    return static_cast<std::size_t>(at - std::min(at, offset));
  }
  Result<void> write(std::uint64_t offset, std::span<const Bytes> bytes) override {
    if (!writable_) return refuse(EBADF, "cannot write " + path_);
    SEED_TRY_VOID(alive());
    return files_.write(node_, path_, offset, bytes);
  }
  Result<void> sync() override {
    SEED_TRY_VOID(check(FileOp::sync, 0));
    ++files_.counts_.syncs;
    files_.sync(*node_);
    return {};
  }
  Result<void> resize(std::uint64_t size) override {
    SEED_TRY_VOID(check(FileOp::resize, 0));
    files_.set_size(*node_, size);
    node_->modified_ns = ++files_.clock_ns_;
    return {};
  }
  Result<void> reserve(std::uint64_t size) override {
    SEED_TRY_VOID(check(FileOp::reserve, 0));
    if (size > node_->live.size) files_.set_size(*node_, size);
    node_->modified_ns = ++files_.clock_ns_;
    return {};
  }
  void will_need(std::uint64_t, std::uint64_t) override {}
  void not_needed(std::uint64_t, std::uint64_t) override {}
  Result<io::FileStamp> stamp() override {
    SEED_TRY_VOID(check(FileOp::stamp, 0));
    return io::FileStamp{node_->live.size, node_->modified_ns};
  }
  Result<void> set_modified(std::int64_t modified_ns) override {
    SEED_TRY_VOID(check(FileOp::resize, 0));
    node_->modified_ns = modified_ns;
    return {};
  }

 private:
  Result<void> alive() {
    if (generation_ != files_.generation_) return refuse(EIO, path_ + " was open before the crash");
    if (!files_.device_of(path_).mounted) return refuse(EIO, "the device of " + path_ + " is gone");
    return {};
  }
  Result<void> check(FileOp op, std::uint64_t bytes) {
    SEED_TRY_VOID(alive());
    if (auto fault = files_.before(op, path_, bytes)) return std::unexpected(fault->fault);
    return {};
  }

  FakeFiles& files_;
  NodePointer node_;
  std::string path_;
  bool writable_;
  std::uint64_t generation_;
  std::shared_ptr<std::uint64_t> open_now_;
};

FakeFiles::FakeFiles() { mount("/"); }
FakeFiles::~FakeFiles() = default;

// --- what a test arranges ------------------------------------------------------------------------

void FakeFiles::mount(const std::string& folder, std::uint64_t capacity_bytes) {
  if (folder != "/") (void)make_all(folder);
  Device device;
  device.number = ++last_device_;
  device.folder = folder;
  device.capacity = capacity_bytes;
  auto root = std::make_shared<Node>();
  root->folder = true;
  root->inode = ++last_inode_;
  device.names.emplace(folder, root);
  device.durable = device.names;
  devices_.emplace(folder, std::move(device));
}

void FakeFiles::unmount(const std::string& folder) { devices_.at(folder).mounted = false; }
void FakeFiles::remount(const std::string& folder) { devices_.at(folder).mounted = true; }
void FakeFiles::set_capacity(const std::string& folder, std::uint64_t bytes) {
  devices_.at(folder).capacity = bytes;
}

void FakeFiles::crash(Rng* dice) {
  ++generation_;
  for (auto& [folder, device] : devices_) {
    const std::size_t kept =
        dice == nullptr ? 0 : static_cast<std::size_t>(dice->below(device.journal.size() + 1));
    for (std::size_t i = 0; i < kept; ++i)
      for (const auto& [path, node] : device.journal[i].names) {
        if (node) {
          device.durable[path] = node;
        } else {
          device.durable.erase(path);
        }
      }
    device.journal.clear();
    device.names = device.durable;
    for (auto& [path, node] : device.names) {
      if (node->folder) continue;
      Content after = node->durable;
      if (dice != nullptr && !node->dirty.empty()) {
        if (dice->below(2) == 0) after.size = node->live.size;
        for (const auto page : node->dirty) {
          const auto live = node->live.pages.find(page);
          if (dice->below(2) == 0 && live != node->live.pages.end())
            after.pages[page] = live->second;
        }
      }
      if (node->dirty.empty() && node->live.size == node->durable.size) continue;
      node->live = after;
      node->durable = std::move(after);
      node->dirty.clear();
      // Whichever time the inode was written with: not the one it had in memory.
      node->modified_ns = node->durable_modified_ns;
      if (dice != nullptr && dice->below(2) == 0) node->modified_ns = ++clock_ns_;
    }
  }
}

void FakeFiles::touch(const std::string& path) {
  const auto node = find(path);
  node->modified_ns = node->durable_modified_ns = ++clock_ns_;
}

void FakeFiles::corrupt(const std::string& path, std::uint64_t offset) {
  auto& content = find(path)->live;
  auto& page = content.pages[offset / page_bytes];
  auto changed = page ? *page : std::array<std::uint8_t, page_bytes>{};
  changed[offset % page_bytes] ^= 1;
  page = std::make_shared<const std::array<std::uint8_t, page_bytes>>(changed);
}

void FakeFiles::put(const std::string& path, Bytes content) {
  (void)make_all(parent_of(path));
  auto node = find(path);
  if (!node) node = make(path, false);
  set_size(*node, 0);
  (void)write(node, path, 0, {&content, 1});
  sync(*node);
  auto& device = device_of(path);
  device.durable = device.names;
  device.journal.clear();
}

// --- what a test looks at ------------------------------------------------------------------------

std::optional<Buffer> FakeFiles::content(const std::string& path) const {
  const auto node = find(path);
  if (!node || node->folder) return std::nullopt;
  Buffer out(node->live.size);
  for (const auto& [number, page] : node->live.pages) {
    const std::uint64_t at = number * page_bytes;
    if (at >= out.size()) break;
    std::memcpy(out.data() + at, page->data(),
                std::min<std::uint64_t>(page_bytes, out.size() - at));
  }
  return out;
}

bool FakeFiles::is_there(const std::string& path) const { return find(path) != nullptr; }

std::vector<std::string> FakeFiles::paths() const {
  std::vector<std::string> out;
  for (const auto& [folder, device] : devices_) {
    if (!device.mounted) continue;
    for (const auto& [path, node] : device.names)
      if (!node->folder) out.push_back(path);
  }
  std::ranges::sort(out);
  return out;
}

std::uint64_t FakeFiles::used(const std::string& folder) const { return used(devices_.at(folder)); }

std::uint64_t FakeFiles::used(const Device& device) const {
  std::uint64_t pages = 0;
  for (const auto& [path, node] : device.names) pages += node->live.pages.size();
  return pages * page_bytes;
}

// --- inside --------------------------------------------------------------------------------------

std::optional<FileFault> FakeFiles::before(FileOp op, const std::string& path,
                                           std::uint64_t bytes) {
  elapsed_ += speed_.per_operation;
  if (op == FileOp::sync || op == FileOp::sync_folder) elapsed_ += speed_.per_sync;
  if (speed_.bytes_per_second > 0)
    elapsed_ += Duration(static_cast<std::int64_t>(1e9 * static_cast<double>(bytes) /
                                                   static_cast<double>(speed_.bytes_per_second)));
  if (kill_after_) {
    if (*kill_after_ == 0) return FileFault{{FaultCode::io, 0, "killed"}, 0};
    if (changes_something(op)) --*kill_after_;
  }
  return hook_ ? hook_(op, path) : std::nullopt;
}

FakeFiles::Device& FakeFiles::device_of(const std::string& path) {
  Device* best = nullptr;
  for (auto& [folder, device] : devices_)
    if (device.mounted && (path == folder || is_below(path, folder)) &&
        (best == nullptr || folder.size() > best->folder.size()))
      best = &device;
  return *best;
}

const FakeFiles::Device& FakeFiles::device_of(const std::string& path) const {
  return const_cast<FakeFiles*>(this)->device_of(path);
}

FakeFiles::NodePointer FakeFiles::find(const std::string& path) const {
  const auto& names = device_of(path).names;
  const auto found = names.find(path);
  return found == names.end() ? nullptr : found->second;
}

void FakeFiles::change(Device& device, std::vector<std::pair<std::string, NodePointer>> names) {
  Device::Change change;
  for (const auto& [path, node] : names) {
    change.folders.insert(parent_of(path));
    if (node) {
      device.names[path] = node;
    } else {
      device.names.erase(path);
    }
  }
  change.names = std::move(names);
  device.journal.push_back(std::move(change));
}

FakeFiles::NodePointer FakeFiles::make(const std::string& path, bool folder) {
  auto node = std::make_shared<Node>();
  node->folder = folder;
  node->inode = ++last_inode_;
  node->modified_ns = ++clock_ns_;
  change(device_of(path), {{path, node}});
  return node;
}

std::unexpected<Fault> FakeFiles::absent(const SafePath& path) const {
  Fault fault = fault_from_errno(ENOENT, "cannot use " + path.full());
  if (!find(path.root_path())) fault.code = FaultCode::root_missing;
  return std::unexpected(std::move(fault));
}

Result<void> FakeFiles::make_all(const std::string& path) {
  if (const auto there = find(path)) {
    if (!there->folder) return refuse(ENOTDIR, "cannot make " + path);
    return {};
  }
  SEED_TRY_VOID(make_all(parent_of(path)));
  make(path, true);
  return {};
}

Result<void> FakeFiles::write(const NodePointer& node, const std::string& path,
                              std::uint64_t offset, std::span<const Bytes> bytes) {
  std::uint64_t total = 0;
  for (const auto view : bytes) total += view.size();
  const auto fault = before(FileOp::write, path, total);
  std::uint64_t left = fault ? std::min(fault->bytes_done, total) : total;
  auto& device = device_of(path);
  std::uint64_t room = device.capacity - std::min(device.capacity, used(device));
  ++counts_.writes;
  node->modified_ns = ++clock_ns_;
  std::uint64_t at = offset;
  for (auto view : bytes) {
    while (!view.empty() && left > 0) {
      const std::uint64_t in_page = at % page_bytes;
      const std::size_t take = static_cast<std::size_t>(
          std::min<std::uint64_t>({page_bytes - in_page, view.size(), left}));
      auto& page = node->live.pages[at / page_bytes];
      if (!page && room < page_bytes) {
        node->live.pages.erase(at / page_bytes);
        return refuse(ENOSPC, "cannot write " + path);
      }
      if (!page) room -= page_bytes;
      auto changed = page ? std::make_shared<std::array<std::uint8_t, page_bytes>>(*page)
                          : std::make_shared<std::array<std::uint8_t, page_bytes>>();
      std::memcpy(changed->data() + in_page, view.data(), take);
      page = std::move(changed);
      node->dirty.insert(at / page_bytes);
      at += take;
      left -= take;
      view = view.subspan(take);
      node->live.size = std::max(node->live.size, at);
      counts_.bytes_written += take;
    }
  }
  if (fault) return std::unexpected(fault->fault);
  return {};
}

void FakeFiles::set_size(Node& node, std::uint64_t size) {
  auto& pages = node.live.pages;
  const std::uint64_t last = (size + page_bytes - 1) / page_bytes;
  for (auto at = pages.lower_bound(last); at != pages.end(); at = pages.erase(at))
    node.dirty.insert(at->first);
  if (size < node.live.size && size % page_bytes != 0) {
    const auto cut = pages.find(size / page_bytes);
    if (cut != pages.end()) {
      auto changed = std::make_shared<std::array<std::uint8_t, page_bytes>>(*cut->second);
      std::fill(changed->begin() + static_cast<std::ptrdiff_t>(size % page_bytes), changed->end(),
                std::uint8_t{0});
      cut->second = std::move(changed);
      node.dirty.insert(cut->first);
    }
  }
  node.live.size = size;
}

void FakeFiles::sync(Node& node) {
  node.durable = node.live;
  node.dirty.clear();
  node.durable_modified_ns = node.modified_ns;
}

// --- io::Files -----------------------------------------------------------------------------------

Result<std::shared_ptr<io::File>> FakeFiles::open(const SafePath& path, io::OpenMode mode) {
  const std::string full = path.full();
  if (auto fault = before(FileOp::open, full)) return std::unexpected(fault->fault);
  auto node = find(full);
  if (!node && mode == io::OpenMode::create) {
    if (!find(path.root_path())) return absent(path);
    if (killed()) return fail(FaultCode::io, "killed");
    SEED_TRY_VOID(make_all(parent_of(full)));
    node = make(full, false);
  }
  if (!node) return absent(path);
  if (node->folder) return refuse(EISDIR, "cannot open " + full);
  ++counts_.opens;
  return std::make_shared<OpenFile>(*this, node, full, mode != io::OpenMode::read);
}

Result<io::FileStamp> FakeFiles::stamp(const SafePath& path) {
  const std::string full = path.full();
  if (auto fault = before(FileOp::stamp, full)) return std::unexpected(fault->fault);
  const auto node = find(full);
  if (!node) return absent(path);
  return io::FileStamp{node->live.size, node->modified_ns};
}

Result<io::FileKind> FakeFiles::kind(const SafePath& path) {
  const std::string full = path.full();
  if (auto fault = before(FileOp::kind, full)) return std::unexpected(fault->fault);
  const auto node = find(full);
  if (!node) return absent(path);
  return node->folder ? io::FileKind::folder : io::FileKind::regular;
}

Result<void> FakeFiles::make_folders(const SafePath& path, bool root_too) {
  const std::string full = path.full();
  if (auto fault = before(FileOp::make_folders, full)) return std::unexpected(fault->fault);
  if (!root_too && !find(path.root_path())) return absent(path);
  return make_all(full);
}

Result<void> FakeFiles::rename(const SafePath& from, const SafePath& to) {
  const std::string old_path = from.full();
  const std::string new_path = to.full();
  if (auto fault = before(FileOp::rename, old_path)) return std::unexpected(fault->fault);
  const auto node = find(old_path);
  if (!node) return absent(from);
  if (find(new_path)) return refuse(EEXIST, "cannot rename to " + new_path);
  auto& device = device_of(old_path);
  if (&device != &device_of(new_path))
    return fail(FaultCode::unsupported, "cannot rename to another file system: " + new_path);
  SEED_TRY_VOID(make_all(parent_of(new_path)));
  std::vector<std::pair<std::string, NodePointer>> names;
  for (const auto& [path, one] : device.names) {
    if (path != old_path && !is_below(path, old_path)) continue;
    names.emplace_back(path, nullptr);
    names.emplace_back(new_path + path.substr(old_path.size()), one);
  }
  change(device, std::move(names));
  return {};
}

Result<void> FakeFiles::remove_file(const SafePath& path) {
  const std::string full = path.full();
  if (auto fault = before(FileOp::remove_file, full)) return std::unexpected(fault->fault);
  const auto node = find(full);
  if (!node) return absent(path);
  if (node->folder) return refuse(EISDIR, "cannot remove " + full);
  change(device_of(full), {{full, nullptr}});
  return {};
}

Result<void> FakeFiles::remove_folder(const SafePath& path) {
  const std::string full = path.full();
  if (auto fault = before(FileOp::remove_folder, full)) return std::unexpected(fault->fault);
  auto& device = device_of(full);
  const auto node = find(full);
  if (!node) return absent(path);
  if (!node->folder) return refuse(ENOTDIR, "cannot remove " + full);
  for (const auto& [other, unused] : device.names)
    if (is_below(other, full)) return fail(FaultCode::exists, full + " is not empty");
  change(device, {{full, nullptr}});
  return {};
}

Result<std::vector<io::FolderEntry>> FakeFiles::list(const SafePath& folder) {
  const std::string full = folder.full();
  if (auto fault = before(FileOp::list, full)) return std::unexpected(fault->fault);
  if (!find(full)) return absent(folder);
  std::vector<io::FolderEntry> out;
  for (const auto& [path, node] : device_of(full).names)
    if (is_below(path, full) && parent_of(path) == full)
      out.push_back({path.substr(path.rfind('/') + 1),
                     node->folder ? io::FileKind::folder : io::FileKind::regular});
  return out;
}

Result<void> FakeFiles::sync_folder(const SafePath& folder) {
  const std::string full = folder.full();
  if (auto fault = before(FileOp::sync_folder, full)) return std::unexpected(fault->fault);
  if (!find(full)) return absent(folder);
  ++counts_.syncs;
  auto& device = device_of(full);
  std::size_t upto = 0;
  for (std::size_t i = 0; i < device.journal.size(); ++i)
    if (device.journal[i].folders.contains(full)) upto = i + 1;
  for (std::size_t i = 0; i < upto; ++i)
    for (const auto& [path, node] : device.journal[i].names) {
      if (node) {
        device.durable[path] = node;
      } else {
        device.durable.erase(path);
      }
    }
  device.journal.erase(device.journal.begin(),
                       device.journal.begin() + static_cast<std::ptrdiff_t>(upto));
  return {};
}

Result<io::RootIdentity> FakeFiles::identity(const SafePath& root) {
  const std::string full = root.full();
  if (auto fault = before(FileOp::identity, full)) return std::unexpected(fault->fault);
  const auto node = find(full);
  if (!node) return absent(root);
  const auto number = device_of(full).number;
  return io::RootIdentity{number, number + 1000, node->inode};
}

Result<io::DiskSpace> FakeFiles::space(const SafePath& path) {
  const std::string full = path.full();
  if (auto fault = before(FileOp::space, full)) return std::unexpected(fault->fault);
  const auto& device = device_of(full);
  return io::DiskSpace{device.capacity - std::min(device.capacity, used(device)), device.capacity};
}

Result<Buffer> FakeFiles::load(const SafePath& path, std::size_t bytes_max) {
  std::string full = path.full();
  if (auto fault = before(FileOp::load, full)) return std::unexpected(fault->fault);
  if (const auto link = links_.find(full); link != links_.end()) {
    if (!path.is_root()) return refuse(ELOOP, "cannot open " + full);
    full = link->second;
  }
  auto found = content(full);
  if (!found) return absent(path);
  if (found->size() > bytes_max) return fail(FaultCode::too_large, full + " is too large");
  return *std::move(found);
}

Result<void> FakeFiles::save(const SafePath& path, Bytes bytes) {
  const std::string full = path.full();
  if (auto fault = before(FileOp::save, full)) return std::unexpected(fault->fault);
  if (!find(path.root_path())) return absent(path);
  SEED_TRY_VOID(make_all(parent_of(full)));
  auto node = std::make_shared<Node>();
  node->inode = ++last_inode_;
  const auto& device = device_of(full);
  if (used(device) + bytes.size() > device.capacity) return refuse(ENOSPC, "cannot write " + full);
  for (std::uint64_t at = 0; at < bytes.size(); at += page_bytes) {
    std::array<std::uint8_t, page_bytes> page{};
    const auto part = bytes.subspan(at, std::min<std::size_t>(page_bytes, bytes.size() - at));
    std::memcpy(page.data(), part.data(), part.size());
    node->live.pages[at / page_bytes] =
        std::make_shared<const std::array<std::uint8_t, page_bytes>>(page);
  }
  node->live.size = bytes.size();
  node->modified_ns = ++clock_ns_;
  sync(*node);
  change(device_of(full), {{full, node}});
  auto& target = device_of(full);
  for (const auto& one : target.journal)
    for (const auto& [name, kept] : one.names) {
      if (kept) {
        target.durable[name] = kept;
      } else {
        target.durable.erase(name);
      }
    }
  target.journal.clear();
  return {};
}

Result<std::uint64_t> FakeFiles::device(const SafePath& path) {
  const std::string full = path.full();
  if (auto fault = before(FileOp::device, full)) return std::unexpected(fault->fault);
  return device_of(full).number;
}

}  // namespace seed::test
