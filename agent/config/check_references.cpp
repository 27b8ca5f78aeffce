#include "agent/config/checks.hpp"
#include "agent/config/nearest.hpp"

#include <fmt/format.h>

namespace noodstop::config {
namespace {

class ReferenceCheck {
public:
    ReferenceCheck(const Draft& names, Report& report) : names_(names), report_(report) {}

    // Whether all names in the table and in the tables within it exist.
    bool run(Entry& entry) {
        bool good = true;
        for (const auto& key : entry.section().keys) {
            auto* value = entry.find_to_change(key.name);
            if (value == nullptr)
                continue;
            for (auto& table : value->tables)
                good = run(table) && good;
            if (!key.refers.empty())
                good = resolve_all(entry, key, *value) && good;
        }
        if (!good)
            entry.mark_unsound();
        return good;
    }

private:
    bool resolve_all(const Entry& entry, const Key& key, const Value& value) {
        if (key.type == Type::name)
            return resolve(key, entry.path_of(key.name), {value.text, value.given ? value.spot : entry.spot()});
        bool good = true;
        for (const auto& word : value.words)
            good = resolve(key, entry.path_of(key.name), word) && good;
        return good;
    }

    bool resolve(const Key& key, const std::string& path, const Word& word) {
        if (names_.find(key.refers, word.text) != nullptr)
            return true;
        if (names_.unclear.count(key.refers) > 0)
            return false;
        report_.mistake(word.spot,
                        {path, fmt::format("{} is not one of the {}.", in_quotes(word.text), spoken(key.refers)),
                         did_you_mean(word.text, names_.names(key.refers), spoken(key.refers))});
        return false;
    }

    static std::string spoken(const std::string& section) { return section == "price_lists" ? "price lists" : section; }

    const Draft& names_;
    Report& report_;
};

}  // namespace

void check_references(Draft& draft, Report& report) {
    ReferenceCheck check(draft, report);
    for (auto& [name, entries] : draft.sections) {
        for (auto& entry : entries)
            check.run(entry);
    }
}

}  // namespace noodstop::config
