#include "tests/sim/disk/vfs.hpp"

#include "tests/sim/disk/disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace noodstop::sim {
namespace {

constexpr int path_bytes_max = 512;
constexpr int sector_size = 4096;  // as SQLite has it for unix

// SQLite gives the memory and knows only that it begins with an sqlite3_file.
struct OpenFile {
    sqlite3_file base;
    FileHandle handle;
    const char* path;  // lives as long as the file is open; nullptr: unnamed
    bool delete_on_close;
    bool sync_folder_too;  // of a log or journal, with its first sync: it may be new
};

thread_local int last_error = 0;

OpenFile& open_file(sqlite3_file* file) {
    return *reinterpret_cast<OpenFile*>(file);
}

// What SQLite shall hear: `code` if the disk said an error, which is kept for xGetLastError.
int code_of(int error, int code) {
    if (error != 0)
        last_error = error;
    return error == 0 ? SQLITE_OK : code;
}

template <class Call>
int on_disk(Call&& call) {
    Disk* disk = Disk::mounted();
    return disk == nullptr ? ENODEV : call(*disk);
}

int sync_folder_of(const char* path) {
    return on_disk([&](Disk& disk) { return disk.sync_folder(folder_of(path)); });
}

// ---- a file ----

int close_file(sqlite3_file* file) {
    const OpenFile& opened = open_file(file);
    if (opened.delete_on_close && opened.path != nullptr)
        on_disk([&](Disk& disk) { return disk.remove(opened.path); });
    return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
    const std::size_t wanted = static_cast<std::size_t>(size);
    std::size_t count = 0;
    const int error = on_disk([&](Disk& disk) {
        return disk.read(open_file(file).handle, static_cast<std::uint64_t>(offset), static_cast<char*>(to), wanted,
                         count);
    });
    if (error != 0)
        return code_of(error, SQLITE_IOERR_READ);
    if (count == wanted)
        return SQLITE_OK;
    std::memset(static_cast<char*>(to) + count, 0, wanted - count);
    return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    const int error = on_disk([&](Disk& disk) {
        return disk.write(open_file(file).handle, static_cast<std::uint64_t>(offset), static_cast<const char*>(from),
                          static_cast<std::size_t>(size));
    });
    return code_of(error, error == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    const int error =
        on_disk([&](Disk& disk) { return disk.truncate(open_file(file).handle, static_cast<std::uint64_t>(size)); });
    return code_of(error, SQLITE_IOERR_TRUNCATE);
}

int sync_file(sqlite3_file* file, int) {
    OpenFile& opened = open_file(file);
    const int error = on_disk([&](Disk& disk) { return disk.sync(opened.handle); });
    if (error != 0)
        return code_of(error, SQLITE_IOERR_FSYNC);
    if (!opened.sync_folder_too)
        return SQLITE_OK;
    opened.sync_folder_too = false;
    return code_of(sync_folder_of(opened.path), SQLITE_IOERR_DIR_FSYNC);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    std::uint64_t bytes = 0;
    const int error = on_disk([&](Disk& disk) { return disk.size(open_file(file).handle, bytes); });
    *size = static_cast<sqlite3_int64>(bytes);
    return code_of(error, SQLITE_IOERR_FSTAT);
}

int lock_file(sqlite3_file*, int) {
    return SQLITE_OK;
}

int is_reserved(sqlite3_file*, int* reserved) {
    *reserved = 0;
    return SQLITE_OK;
}

int control_file(sqlite3_file*, int, void*) {
    return SQLITE_NOTFOUND;
}

int file_sector_size(sqlite3_file*) {
    return sector_size;
}

// As on unix: a write that is cut harms nothing beside it.
int characteristics(sqlite3_file*) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

// Version 1: no shared memory, no mapping.
const sqlite3_io_methods file_methods = {
    1,         close_file, read_file,   write_file,   truncate_file,    sync_file,       file_size,
    lock_file, lock_file,  is_reserved, control_file, file_sector_size, characteristics, nullptr,
    nullptr,   nullptr,    nullptr,     nullptr,      nullptr,
};

// ---- the file system ----

int open_named(Disk& disk, const char* path, int flags, OpenFile& opened, int& out_flags) {
    const auto creation = (flags & SQLITE_OPEN_CREATE) != 0 ? Disk::Creation::if_missing : Disk::Creation::no;
    const auto access = (flags & SQLITE_OPEN_READWRITE) != 0 ? Disk::Access::change : Disk::Access::read;
    int error = disk.open(path, creation, access, opened.handle);
    if (error != 0 && error != EISDIR && access == Disk::Access::change) {  // what can't be written can still be read
        out_flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
        error = disk.open(path, Disk::Creation::no, Disk::Access::read, opened.handle);
    }
    constexpr int companions = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
    opened.sync_folder_too = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & companions) != 0;
    return error;
}

int open_in_vfs(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    OpenFile& opened = open_file(file);
    opened = OpenFile{{nullptr}, {}, path, (flags & SQLITE_OPEN_DELETEONCLOSE) != 0, false};
    int granted = flags;
    const int error = on_disk([&](Disk& disk) {
        return path == nullptr ? disk.open_unnamed(opened.handle) : open_named(disk, path, flags, opened, granted);
    });
    if (error != 0)
        return code_of(error, SQLITE_CANTOPEN);
    if (out_flags != nullptr)
        *out_flags = granted;
    opened.base.pMethods = &file_methods;
    return SQLITE_OK;
}

int delete_in_vfs(sqlite3_vfs*, const char* path, int sync_folder) {
    const int error = on_disk([&](Disk& disk) { return disk.remove(path); });
    if (error != 0)
        return code_of(error, error == ENOENT ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE);
    return (sync_folder & 1) != 0 ? code_of(sync_folder_of(path), SQLITE_IOERR_DIR_FSYNC) : SQLITE_OK;
}

// As on unix an empty file does not exist: a journal without content is none.
int access_in_vfs(sqlite3_vfs*, const char* path, int, int* yes) {
    bool is_folder = false;
    std::uint64_t size = 0;
    const int error = on_disk([&](Disk& disk) { return disk.status(path, is_folder, size); });
    *yes = error == 0 && (is_folder || size > 0) ? 1 : 0;
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int size, char* full) {
    const std::size_t length = std::strlen(path);
    if (length + 1 > static_cast<std::size_t>(size))
        return SQLITE_CANTOPEN;
    std::memcpy(full, path, length + 1);
    return SQLITE_OK;
}

int random_bytes(sqlite3_vfs*, int size, char* bytes) {
    Disk* disk = Disk::mounted();
    for (int at = 0; at < size; ++at)
        bytes[at] = disk == nullptr ? '\0' : static_cast<char>(disk->random_number());
    return size;
}

int sleep_not(sqlite3_vfs*, int microseconds) {
    return microseconds;
}

int current_milliseconds(sqlite3_vfs*, sqlite3_int64* julian) {
    constexpr sqlite3_int64 julian_of_1970 = 210'866'760'000'000;
    const Disk* disk = Disk::mounted();
    *julian = julian_of_1970 + (disk == nullptr ? 0 : disk->wall_seconds() * 1'000);
    return SQLITE_OK;
}

int error_of_last_call(sqlite3_vfs*, int, char*) {
    return last_error;
}

sqlite3_vfs make_vfs(const char* name) {
    sqlite3_vfs vfs{};
    vfs.iVersion = 2;
    vfs.szOsFile = sizeof(OpenFile);
    vfs.mxPathname = path_bytes_max;
    vfs.zName = name;
    vfs.xOpen = open_in_vfs;
    vfs.xDelete = delete_in_vfs;
    vfs.xAccess = access_in_vfs;
    vfs.xFullPathname = full_path;
    vfs.xRandomness = random_bytes;
    vfs.xSleep = sleep_not;
    vfs.xGetLastError = error_of_last_call;
    vfs.xCurrentTimeInt64 = current_milliseconds;
    return vfs;
}

bool register_both() {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // a counter behind a lock at every allocation
    static sqlite3_vfs usual = make_vfs("noodstop-sim");
    static sqlite3_vfs lockless = make_vfs("noodstop-sim-none");
    return sqlite3_vfs_register(&usual, 1) == SQLITE_OK && sqlite3_vfs_register(&lockless, 0) == SQLITE_OK;
}

}  // namespace

void use_simulated_database_files() {
    static const bool registered = register_both();
    (void)registered;
}

void begin_random_numbers_of_sqlite() {
    sqlite3_randomness(0, nullptr);
}

}  // namespace noodstop::sim
