#include "agent/config/source_file.hpp"

#include "agent/config/schema.hpp"
#include "platform/file/file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace noodstop::config {

platform::Result<SourceFile> read_source(const std::string& path) {
    // Without waiting: a named pipe must not hang the agent's start.
    const platform::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file.valid())
        return platform::system_error(errno, "open " + path);
    struct stat about {};
    if (::fstat(file.number(), &about) != 0)
        return platform::system_error(errno, "examine " + path);
    if (!S_ISREG(about.st_mode))
        return platform::Error{EINVAL, fmt::format("{} is not a regular file", path)};
    auto text = platform::read_file(fmt::format("/proc/self/fd/{}", file.number()), file_size_max);
    if (!text && text.error().number == EFBIG)
        return platform::Error{EFBIG, fmt::format("{} is longer than {} bytes", path, file_size_max)};
    if (!text)
        return text.error();
    return SourceFile{std::move(text.value()), about.st_uid, about.st_mode & 07777U};
}

}  // namespace noodstop::config
