#include "platform/file/file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

using namespace noodstop::platform;

namespace {

// A folder that goes with the test.
class Folder {
public:
    Folder() { std::filesystem::create_directories(path_); }
    ~Folder() { std::filesystem::remove_all(path_); }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    const std::string& path() const { return path_; }

private:
    std::string path_ = "/tmp/noodstop-file-test-" + std::to_string(::getpid());
};

}  // namespace

TEST_CASE("a replaced file has the whole new content and the wanted mode, and leaves nothing beside it") {
    const Folder folder;
    REQUIRE(replace_file_durably(folder / "latch", "first", 0600));
    REQUIRE(replace_file_durably(folder / "latch", std::string(100'000, 'x'), 0600));
    CHECK(read_file(folder / "latch", 200'000)->size() == 100'000);
    CHECK(list_folder(folder.path())->size() == 1);
    struct stat information {};
    REQUIRE(::stat((folder / "latch").c_str(), &information) == 0);
    CHECK((information.st_mode & 0777) == 0600);
}

TEST_CASE("a file that can't be replaced keeps its content") {
    const Folder folder;
    REQUIRE(replace_file_durably(folder / "latch", "old", 0600));
    std::filesystem::create_directory(folder / "latch.new");  // in the way of the temporary file
    CHECK(!replace_file_durably(folder / "latch", "new", 0600).ok());
    CHECK(*read_file(folder / "latch", 100) == "old");
    CHECK(!replace_file_durably(folder / "missing/latch", "new", 0600).ok());
}

TEST_CASE("reading stops at its bound and errors name the file") {
    const Folder folder;
    REQUIRE(replace_file_durably(folder / "text", "12345", 0600));
    CHECK(*read_file(folder / "text", 5) == "12345");
    CHECK(read_file(folder / "text", 4).error().number == EFBIG);
    CHECK(read_file(folder / "missing", 4).error().number == ENOENT);
    CHECK(read_file(folder / "missing", 4).error().message.find("missing") != std::string::npos);
    CHECK(!read_file(folder.path(), 4).ok());
    CHECK(read_file("/proc/self/stat", 4096)->size() > 20);
}

TEST_CASE("files below an open folder are read and written without their path") {
    const Folder folder;
    REQUIRE(replace_file_durably(folder / "text", "12345", 0600));
    const FileDescriptor opened(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(opened.valid());
    CHECK(write_kernel_file_at(opened.number(), "text", "abcde"));
    CHECK(*read_file_at(opened.number(), "text", 100) == "abcde");
    CHECK(write_kernel_file_at(opened.number(), "missing", "x").error().number == ENOENT);
    CHECK(read_file_at(opened.number(), "missing", 100).error().number == ENOENT);
}

TEST_CASE("folders are made with all above them, and again without complaint") {
    const Folder folder;
    CHECK(make_folders(folder / "a/b/c", 0700));
    CHECK(make_folders(folder / "a/b/c", 0700));
    CHECK(std::filesystem::is_directory(folder / "a/b/c"));
    REQUIRE(replace_file_durably(folder / "file", "x", 0600));
    CHECK(!make_folders(folder / "file/below", 0700).ok());
}

TEST_CASE("a folder's names come sorted") {
    const Folder folder;
    for (const char* name : {"b", "c", "a"})
        REQUIRE(replace_file_durably(folder / name, "", 0600));
    CHECK(*list_folder(folder.path()) == std::vector<std::string>{"a", "b", "c"});
    CHECK(list_folder(folder / "missing").error().number == ENOENT);
}

TEST_CASE("files are looked at, moved, removed and synced by their names") {
    const Folder folder;
    REQUIRE(replace_file_durably(folder / "a", "12345", 0600));
    CHECK(exists(folder / "a"));
    CHECK(*file_size(folder / "a") == 5);
    CHECK(rename_file(folder / "a", folder / "b"));
    CHECK_FALSE(exists(folder / "a"));
    CHECK(file_size(folder / "a").error().number == ENOENT);
    CHECK(rename_file(folder / "a", folder / "c").error().number == ENOENT);
    CHECK(set_mode(folder / "b", 0640));
    CHECK(set_mode(folder / "a", 0640).error().number == ENOENT);
    CHECK(sync_file(folder / "b"));
    CHECK(sync_file(folder.path()));
    CHECK(sync_folder_of(folder / "b"));
    CHECK(sync_file(folder / "a").error().number == ENOENT);
    CHECK_FALSE(remove_folder(folder.path()).ok());
    CHECK(remove_file(folder / "b"));
    CHECK(remove_file(folder / "b"));
    std::filesystem::create_symlink(folder / "nowhere", folder / "link");
    CHECK(exists(folder / "link"));
    CHECK(remove_file(folder / "link"));
    REQUIRE(make_folders(folder / "empty", 0700));
    CHECK_FALSE(remove_file(folder / "empty").ok());
    CHECK(remove_folder(folder / "empty"));
}

TEST_CASE("a file that can't be created can still be locked if it is there") {
    const Folder folder;
    CHECK(lock_existing_file(folder / "lock").error().number == ENOENT);
    auto first = lock_file(folder / "lock");
    REQUIRE(first);
    CHECK_FALSE(lock_existing_file(folder / "lock").ok());
    first->close();
    CHECK(lock_existing_file(folder / "lock").ok());
}

TEST_CASE("a lock keeps a second one out until it is closed") {
    const Folder folder;
    auto first = lock_file(folder / "lock");
    REQUIRE(first);
    const auto second = lock_file(folder / "lock");
    REQUIRE(!second.ok());
    CHECK(second.error().message.find("locked") != std::string::npos);
    first->close();
    CHECK(lock_file(folder / "lock").ok());
}

TEST_CASE("a descriptor is closed once, by its last owner") {
    FileDescriptor first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int number = first.number();
    FileDescriptor second(std::move(first));
    CHECK(!first.valid());
    CHECK(second.number() == number);
    second = FileDescriptor();
    CHECK(::fcntl(number, F_GETFD) == -1);
    FileDescriptor third(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int released = third.release();
    CHECK(!third.valid());
    CHECK(::close(released) == 0);
}
