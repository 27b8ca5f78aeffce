// Files as the path needs them: small ones read whole within a bound, replaced durably, locked.
//
// All that the journal asks of a file system beside SQLite goes through these functions, so that the simulation can
// link a file system of its own in their place. No switch and no virtual call is spent on that.
#pragma once

#include "platform/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace noodstop::platform {

// Owns a file descriptor.
class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int number) : number_(number) {}
    ~FileDescriptor() { close(); }
    FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    int number() const { return number_; }
    bool valid() const { return number_ >= 0; }
    int release() { return std::exchange(number_, -1); }
    void close();

private:
    int number_ = -1;
};

// The whole content; an error if it is longer than size_max. Works for files of /proc and cgroupfs (no size known).
Result<std::string> read_file(const std::string& path, std::size_t size_max);
Result<std::string> read_file_at(int folder, const char* name, std::size_t size_max);

// One write(2) of the whole text, as kernel files want it.
Status write_kernel_file_at(int folder, const char* name, const std::string& text);

// Replaces `path` so that after a crash either the old or the new content is there, whole: temporary file in the
// same folder, fsync, rename, fsync of the folder.
Status replace_file_durably(const std::string& path, const std::string& content, unsigned mode);

Status make_folders(const std::string& path, unsigned mode);

// Durable only after sync_folder_of(to); rename_durably does both.
Status rename_file(const std::string& from, const std::string& to);
Status rename_durably(const std::string& from, const std::string& to);

// Of a file or a folder. One that is missing can't be synced.
Status sync_file(const std::string& path);
// The folder that holds `path`: makes its names durable.
Status sync_folder_of(const std::string& path);

// Ok if there was none. Durable only after sync_folder_of().
Status remove_file(const std::string& path);
Status remove_folder(const std::string& path);  // an empty one
Status set_mode(const std::string& path, unsigned mode);

bool exists(const std::string& path);  // a symbolic link counts, wherever it leads
Result<std::uint64_t> file_size(const std::string& path);
Result<std::uint64_t> free_bytes(const std::string& path);  // of the disk that holds it, as far as we may use them

// Names in a folder, sorted, without "." and "..".
Result<std::vector<std::string>> list_folder(const std::string& path);

// An exclusive lock for the life of the descriptor; the error says who else holds it where that is known.
Result<FileDescriptor> lock_file(const std::string& path);
// Likewise of a file that is there already, also on a read-only disk.
Result<FileDescriptor> lock_existing_file(const std::string& path);

// Seconds since 1970 by the wall clock, for stamps. It may be wrong, and be set: nothing is ordered by it.
std::int64_t wall_seconds();

}  // namespace noodstop::platform
