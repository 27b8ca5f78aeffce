#include "agent/config/load.hpp"

#include "agent/config/build_policy.hpp"
#include "agent/config/checks.hpp"
#include "agent/config/nearest.hpp"
#include "agent/config/read_draft.hpp"
#include "agent/config/source_file.hpp"
#include "agent/config/toml_reader.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace noodstop::config {
namespace {

class Loading {
public:
    Loading(const std::string& name, const Machine& machine) : name_(name), machine_(machine) {
        report_.add_file(name);
    }

    Loaded file() {
        const auto source = read_source(name_);
        if (!source) {
            report_.mistake({}, {"", source.error().message + ".", "Give the path of a readable configuration file."});
            return finish({});
        }
        return text(source->text, source->is_roots());
    }

    Loaded text(const std::string& text, bool is_roots) {
        auto document = parse(text, 0);
        if (!document)
            return finish({});
        Draft draft = read_draft(*document, opener(), report_);
        check(draft, is_roots);
        return finish(std::move(draft));
    }

private:
    std::optional<Document> parse(const std::string& text, std::size_t file) {
        if (text.size() > file_size_max) {
            report_.mistake({file, 0},
                            {"", fmt::format("is longer than {} bytes.", file_size_max), "Leave something out."});
            return std::nullopt;
        }
        auto parsed = parse_toml(text);
        if (auto* root = std::get_if<Node>(&parsed))
            return Document{std::move(*root), file};
        const auto& error = std::get<SyntaxError>(parsed);
        report_.mistake({file, error.line},
                        {"", fmt::format("is not TOML at column {}: {}.", error.column, printable(error.description)),
                         "Correct this place first: nothing after it could be read. A line is `key = value` or "
                         "`[section.NAME]`; texts stand in double quotes; no key or section stands twice."});
        return std::nullopt;
    }

    OpenDocument opener() {
        return [this](const std::string& path, const Spot& from, const std::string& key) -> std::optional<Document> {
            const auto full = (std::filesystem::path(name_).parent_path() / path).string();
            const auto source = path.find('\0') == std::string::npos ? read_source(full)
                                                                     : platform::Error{0, "the path has a zero byte"};
            if (!source) {
                report_.mistake(from, {key, printable(source.error().message) + ".",
                                       "Give the path of a readable file, relative to this one."});
                return std::nullopt;
            }
            const auto file = report_.add_file(full);
            check_owner(full, file, source->is_roots());
            return parse(source->text, file);
        };
    }

    void check(Draft& draft, bool is_roots) {
        // A mandate speaks of providers by name: whoever writes the file that defines them decides what it permits.
        if (!draft.all("mandates").empty())
            check_owner(name_, 0, is_roots);
        check_references(draft, report_);
        const Scene scene{draft, machine_, report_};
        check_agent(scene);
        check_price_lists(scene);
        check_providers(scene);
        check_control_groups(scene);
        check_zones(scene);
        check_limits(scene);
        check_limit_authority(scene);
        check_actions(scene);
        check_mandates(scene);
        check_notifications(scene);
        check_channel(scene);
        remark_channel_files(scene);
        remark_unused(scene);
    }

    void check_owner(const std::string& path, std::size_t file, bool is_roots) {
        if (is_roots || !machine_.check_ownership)
            return;
        report_.mistake(
            {file, 0},
            {"mandates", "others than root can write this file, so that its unsigned mandate proves nothing.",
             fmt::format("Run: chown root:root {0} && chmod 0644 {0}", path)});
    }

    Loaded finish(std::optional<Draft> draft) {
        Loaded loaded;
        loaded.mistakes = report_.mistakes();
        loaded.remarks = report_.remarks();
        if (loaded.ok() && draft)
            loaded.policy = build_policy(*draft, machine_);
        return loaded;
    }

    std::string name_;
    const Machine& machine_;
    Report report_;
};

}  // namespace

Loaded load_file(const std::string& path, const Machine& machine) {
    return Loading(path, machine).file();
}

Loaded load_text(const std::string& text, const std::string& file_name, const Machine& machine) {
    return Loading(file_name, machine).text(text, true);
}

}  // namespace noodstop::config
