// stall_fs: a FUSE file system that passes everything on to a folder, and stands still while a
// control file is there.
//
// Usage: stall_fs FOLDER CONTROL_FILE MOUNT_POINT [options of FUSE]
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <fcntl.h>
#include <fuse.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace {

std::string behind;
std::string control;

void stand_still() {
  while (access(control.c_str(), F_OK) == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

std::string real(const char* path) {
  stand_still();
  return behind + path;
}

int answer(std::int64_t result) { return result < 0 ? -errno : static_cast<int>(result); }

int handle_of(const fuse_file_info* info) { return static_cast<int>(info->fh); }

int get_attributes(const char* path, struct stat* out, fuse_file_info*) {
  return answer(lstat(real(path).c_str(), out));
}

int read_folder(const char* path, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*,
                fuse_readdir_flags) {
  DIR* folder = opendir(real(path).c_str());
  if (folder == nullptr) return -errno;
  while (const dirent* entry = readdir(folder))
    fill(buffer, entry->d_name, nullptr, 0, fuse_fill_dir_flags{});
  closedir(folder);
  return 0;
}

int open_file(const char* path, fuse_file_info* info) {
  const int fd = open(real(path).c_str(), info->flags & ~O_NOFOLLOW);
  if (fd >= 0) info->fh = static_cast<std::uint64_t>(fd);
  return fd < 0 ? -errno : 0;
}

int create_file(const char* path, mode_t mode, fuse_file_info* info) {
  const int fd = open(real(path).c_str(), info->flags | O_CREAT, mode);
  if (fd >= 0) info->fh = static_cast<std::uint64_t>(fd);
  return fd < 0 ? -errno : 0;
}

int read_file(const char*, char* out, std::size_t size, off_t at, fuse_file_info* info) {
  stand_still();
  return answer(pread(handle_of(info), out, size, at));
}

int write_file(const char*, const char* from, std::size_t size, off_t at, fuse_file_info* info) {
  stand_still();
  return answer(pwrite(handle_of(info), from, size, at));
}

int sync_file(const char*, int, fuse_file_info* info) {
  stand_still();
  return answer(fdatasync(handle_of(info)));
}

int close_file(const char*, fuse_file_info* info) { return answer(close(handle_of(info))); }

int cut_file(const char* path, off_t size, fuse_file_info*) {
  return answer(truncate(real(path).c_str(), size));
}

int set_aside(const char*, int mode, off_t at, off_t size, fuse_file_info* info) {
  stand_still();
  return answer(fallocate(handle_of(info), mode, at, size));
}

int set_times(const char* path, const timespec times[2], fuse_file_info*) {
  return answer(utimensat(AT_FDCWD, real(path).c_str(), times, AT_SYMLINK_NOFOLLOW));
}

int set_mode(const char* path, mode_t mode, fuse_file_info*) {
  return answer(chmod(real(path).c_str(), mode));
}

int remove_file(const char* path) { return answer(unlink(real(path).c_str())); }
int make_folder(const char* path, mode_t mode) { return answer(mkdir(real(path).c_str(), mode)); }
int remove_folder(const char* path) { return answer(rmdir(real(path).c_str())); }

int rename_file(const char* from, const char* to, unsigned flags) {
  return answer(renameat2(AT_FDCWD, real(from).c_str(), AT_FDCWD, real(to).c_str(), flags));
}

int facts_of_disk(const char* path, struct statvfs* out) {
  return answer(statvfs(real(path).c_str(), out));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: stall_fs FOLDER CONTROL_FILE MOUNT_POINT [options]\n", stderr);
    return 2;
  }
  behind = argv[1];
  control = argv[2];
  fuse_operations operations{};
  operations.getattr = get_attributes;
  operations.readdir = read_folder;
  operations.open = open_file;
  operations.create = create_file;
  operations.read = read_file;
  operations.write = write_file;
  operations.fsync = sync_file;
  operations.release = close_file;
  operations.truncate = cut_file;
  operations.fallocate = set_aside;
  operations.utimens = set_times;
  operations.chmod = set_mode;
  operations.unlink = remove_file;
  operations.mkdir = make_folder;
  operations.rmdir = remove_folder;
  operations.rename = rename_file;
  operations.statfs = facts_of_disk;
  std::vector<char*> rest{argv[0]};
  for (int i = 3; i < argc; ++i) rest.push_back(argv[i]);
  return fuse_main(static_cast<int>(rest.size()), rest.data(), &operations, nullptr);
}
