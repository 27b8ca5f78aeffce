// Finds files in a FileDescriptorSet by name and by what they define. The lite runtime of protobuf has no descriptors,
// so this reads them itself.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace noodstop::platform {

class DescriptorIndex {
public:
    // The bytes of the set must outlive the index.
    explicit DescriptorIndex(std::string_view descriptor_set);

    // The file and all that it imports, directly or not, each once and the file first; empty where there is none.
    using Files = std::vector<std::string_view>;
    Files by_name(const std::string& file) const;
    Files by_symbol(const std::string& symbol) const;  // a whole name without a dot before it
    Files by_extension(const std::string& type, std::uint32_t number) const;

    bool has_message(const std::string& type) const;
    std::vector<std::uint32_t> extension_numbers_of(const std::string& type) const;

private:
    struct File {
        std::string_view bytes;
        std::vector<std::string> imports;
    };
    // What a definition is in: its scope's whole name, and the file.
    struct Place {
        std::string scope;
        std::string file;
        std::string member(std::string_view name) const;
    };

    void add_file(std::string_view bytes);
    void add_message(std::string_view bytes, const Place& place);
    void add_enum(std::string_view bytes, const Place& place);
    void add_service(std::string_view bytes, const Place& place);
    void add_named(std::string_view bytes, const Place& place);
    void add_extension(std::string_view bytes, const Place& place);
    Files with_imports(const std::string& file) const;

    std::map<std::string, File> files_;
    std::map<std::string, std::string> symbols_;  // to the name of the file
    std::set<std::string> messages_;
    std::map<std::pair<std::string, std::uint32_t>, std::string> extensions_;
};

}  // namespace noodstop::platform
