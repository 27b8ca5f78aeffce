#include "agent/run/policy_file.hpp"

#include "agent/core/archive_policy.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace noodstop::run {

using platform::FileDescriptor;
using platform::Result;

Result<FileDescriptor> make_policy_file(const core::Policy& policy) {
    core::Policy copy = policy;
    core::Writer writer;
    writer(copy);
    const std::string bytes = writer.take();
    FileDescriptor file(::memfd_create("policy", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file.valid())
        return platform::system_error(errno, "create a file in memory");
    std::size_t written = 0;
    while (written < bytes.size()) {
        const ssize_t count = ::write(file.number(), bytes.data() + written, bytes.size() - written);
        if (count < 0 && errno != EINTR)
            return platform::system_error(errno, "write a file in memory");
        written += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    if (::fcntl(file.number(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
        return platform::system_error(errno, "seal a file in memory");
    return file;
}

Result<core::Policy> read_policy_file(int file) {
    struct stat status {};
    if (::fstat(file, &status) != 0)
        return platform::system_error(errno, "read the policy that was handed on");
    if (status.st_size > static_cast<off_t>(policy_bytes_max))
        return platform::Error{EFBIG, "cannot read the policy that was handed on: it is too long"};
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    const ssize_t count = ::pread(file, bytes.data(), bytes.size(), 0);
    if (count != status.st_size)
        return platform::system_error(count < 0 ? errno : EIO, "read the policy that was handed on");
    core::Policy policy;
    core::Reader reader(bytes);
    reader(policy);
    if (!reader.complete())
        return platform::Error{EUCLEAN, "cannot read the policy that was handed on: it is not whole"};
    return policy;
}

}  // namespace noodstop::run
