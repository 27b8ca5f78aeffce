// A disk in memory with the file system on it, as the simulation mounts it under the production store: file_seam.cpp
// is platform/file on it, vfs.cpp is SQLite's way to it.
//
// Of each file it knows what the processes see and what is durable. A write is durable after the file's sync, a name
// (created, renamed, removed) after its folder's sync; until then a power cut may take it. Every operation that
// changes something is counted, and the n-th from now can be made to fail or to be the one before which all ends.
//
// Deterministic: equal calls with equal seeds leave equal bytes. One thread; a disk for each thread that wants one.
#pragma once

#include "tests/sim/disk/names.hpp"
#include "tests/sim/disk/stored_file.hpp"
#include "tests/sim/random.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace noodstop::sim {

// What is on a disk at one moment, all of it durable. Paths are absolute; a folder has no bytes.
struct Image {
    struct Entry {
        std::string path;
        bool is_folder = false;
        Bytes bytes;
    };
    std::vector<Entry> entries;
};

// All off by default: then a power cut takes nothing, like the death of a process.
struct DiskFaults {
    CutFaults cut;                          // what a power cut does to unsynced writes and names
    bool lies_about_sync = false;           // a sync returns well and does nothing
    bool failed_write_leaves_part = false;  // of a write that fails a first part may be there, in whole sectors
};

enum class Operation { write, truncate, sync, create, rename, remove, make_folder, sync_folder };
inline constexpr std::size_t operation_kinds = 8;
const char* to_text(Operation operation);

// A file opened by the present process.
struct FileHandle {
    std::uint32_t file = 0;
    std::uint64_t process = 0;  // handles of dead processes are stale: they change and read nothing
};

class Disk {
public:
    explicit Disk(std::uint64_t seed = 0);
    ~Disk();
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    // On which disk platform/file and SQLite work in this thread from now on; nullptr: on none, everything fails with
    // ENODEV. Also makes SQLite's own random numbers begin anew from the disk's seed.
    static void mount(Disk* disk);
    static Disk* mounted();
    // For a life with several disks: from now on on this one, and nothing begins anew. Files of one disk are used, and
    // closed, only while it is turned to.
    static void turn_to(Disk* disk);

    // Empty, in order, powered, no faults: as newly made, but keeps its memory.
    void format(std::uint64_t seed);
    DiskFaults faults;

    // ---- failures. `error` is an errno ----
    // From now on, until work_again(). EIO: everything fails, reading too. ENOSPC: what grows fails, overwriting and
    // removing work. EROFS: what changes fails.
    void fail_all(int error) { failing_ = error; }
    void work_again();  // also forgets what was to fail once and has not yet
    bool is_failing() const { return failing_ != 0; }
    // What grows fails with ENOSPC while the files' sizes together would be above; 0: no limit.
    void limit_size(std::uint64_t bytes_max) { bytes_max_ = bytes_max; }
    std::uint64_t free_bytes() const;  // as the system tells it
    // The n-th changing operation from now (1: the next), or the n-th of one kind; one of each can be waiting.
    void fail_operation(std::uint64_t n, int error) { plans_.any = {operations_ + n, error}; }
    void fail_operation(Operation kind, std::uint64_t n, int error);
    void fail_read(std::uint64_t n, int error) { plans_.read = {reads_ + n, error}; }

    // ---- ends of the process and of the power ----
    // Just before the n-th changing operation from now (1: the next) everything stops: from then on every operation
    // and every read fails with EIO and changes nothing, and is_cut() is true, until power_on(). Whether that was a
    // death of the process or a power cut is said by calling one of the two below before power_on(); neither: a death.
    void cut_after(std::uint64_t n) { cut_at_ = operations_ + n; }
    bool is_cut() const { return cut_; }
    // kill -9, now: what was written survives whole, synced or not; handles and locks are gone. Cut until power_on().
    void process_death();
    // Power is lost, now: of what is not durable survives what the faults and the draw leave. Cut until power_on().
    void power_cut(Random& random);
    // The next process begins.
    void power_on();

    std::uint64_t operations() const { return operations_; }
    std::uint64_t syncs() const { return syncs_; }  // of files and folders, with those that were lied about
    std::uint64_t reads() const { return reads_; }

    // ---- images. Both want no file open: what is open becomes stale ----
    Image image() const;               // what a process sees
    void restore(const Image& image);  // replaces everything by it; a snapshot from long ago, or a prepared folder

    // ---- damage and help from outside, neither counted nor subject to faults, durable at once ----
    bool has(std::string_view path) const;
    Bytes* bytes_at(std::string_view path);                   // to be damaged in place; nullptr without such a file
    void put(std::string_view path, std::string_view bytes);  // also makes the folders above it
    void lose(std::string_view path);
    std::vector<std::string> files_in(std::string_view folder) const;  // whole paths, sorted

    // ---- time for stamps (platform::wall_seconds and SQLite's) ----
    void set_wall_seconds(std::int64_t seconds) { wall_seconds_ = seconds; }
    std::int64_t wall_seconds() const { return wall_seconds_; }

    // ---- for a person who reads a life ----
    void set_tracing(bool on) { tracing_ = on; }
    // The changing operations since the last call, at most the last 2,000: "17 write /state/noodstop.db-wal 0+24".
    std::vector<std::string> take_trace();

    // ---- what file_seam.cpp and vfs.cpp call: each returns 0 or an errno ----
    enum class Creation { no, if_missing };
    enum class Access { read, change };
    int open(std::string_view path, Creation creation, Access access, FileHandle& handle);
    int open_unnamed(FileHandle& handle);  // gone with its process
    // Fewer bytes than asked for at the end of the file.
    int read(FileHandle handle, std::uint64_t offset, char* to, std::size_t size, std::size_t& count);
    int write(FileHandle handle, std::uint64_t offset, const char* from, std::size_t size);
    int truncate(FileHandle handle, std::uint64_t size);
    int sync(FileHandle handle);
    int size(FileHandle handle, std::uint64_t& bytes);
    int rename(std::string_view from, std::string_view to);
    int remove(std::string_view path);
    int make_folder(std::string_view path);
    int remove_folder(std::string_view path);  // counted as a removal; ENOTEMPTY if something is in it
    int sync_folder(std::string_view path);
    int list(std::string_view path, std::vector<std::string>& names);
    int status(std::string_view path, bool& is_folder, std::uint64_t& bytes);
    // A lock for as long as the process lives or until unlock(); EWOULDBLOCK if another handle has it.
    int lock(FileHandle handle);
    void unlock(FileHandle handle);
    // A descriptor's number for what is locked, above all numbers of the real system, and its way back.
    static constexpr int first_number = 1 << 24;
    int number_for(FileHandle handle);
    void close_number(int number);
    std::uint64_t random_number() { return random_.next(); }

private:
    struct Planned {
        std::uint64_t at = 0;  // 0: nothing planned
        int error = 0;
    };
    struct Plans {
        Planned any;
        Planned read;
        Planned of_kind[operation_kinds];
        std::uint64_t kind_counts[operation_kinds] = {};
    };
    int begin(Operation kind, std::uint64_t growth);
    int begin_read();
    int planned_error(Operation kind);
    int standing_error(std::uint64_t growth) const;
    int create(std::string_view path, FileHandle& handle);
    bool is_stale(FileHandle handle) const { return handle.process != process_; }
    std::uint64_t bytes_used() const;
    void note(Operation operation, std::string_view path, std::string_view what, int error);
    std::string_view name_of(std::uint32_t file) const;
    std::uint32_t new_file();
    void drop_unnamed_files();

    std::vector<StoredFile> files_;  // by FileHandle::file; the first files_used_ are in use
    std::uint32_t files_used_ = 0;
    NameTable names_;
    std::vector<std::uint32_t> locked_;
    std::vector<FileHandle> numbered_;
    Random random_;
    std::uint64_t process_ = 1;
    bool cut_ = false;
    int failing_ = 0;
    std::uint64_t bytes_max_ = 0;
    std::uint64_t cut_at_ = 0;
    Plans plans_;
    std::uint64_t operations_ = 0;
    std::uint64_t reads_ = 0;
    std::uint64_t syncs_ = 0;
    std::int64_t wall_seconds_ = 0;
    bool tracing_ = false;
    std::deque<std::string> trace_;
};

}  // namespace noodstop::sim
