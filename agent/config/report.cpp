#include "agent/config/report.hpp"

#include "agent/config/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace noodstop::config {

std::string to_text(const Mistake& mistake) {
    std::string text = mistake.file;
    if (mistake.line > 0)
        text += fmt::format(":{}", mistake.line);
    if (!mistake.key.empty())
        text += ": " + mistake.key;
    text += ": " + mistake.problem;
    if (!mistake.cure.empty())
        text += " Cure: " + mistake.cure;
    return text;
}

std::size_t Report::add_file(std::string name) {
    files_.push_back(std::move(name));
    return files_.size() - 1;
}

void Report::mistake(const Spot& spot, Finding finding) {
    ++mistake_count_;
    if (mistakes_.size() < mistakes_max)
        mistakes_.push_back({spot, std::move(finding)});
}

void Report::remark(const Spot& spot, Finding finding) {
    if (remarks_.size() < mistakes_max)
        remarks_.push_back({spot, std::move(finding)});
}

std::vector<Mistake> Report::sorted(std::vector<Entry> entries) const {
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& left, const Entry& right) {
        return std::tie(left.spot.file, left.spot.line) < std::tie(right.spot.file, right.spot.line);
    });
    std::vector<Mistake> list;
    for (auto& entry : entries) {
        auto& finding = entry.finding;
        list.push_back({files_[entry.spot.file], entry.spot.line, std::move(finding.key), std::move(finding.problem),
                        std::move(finding.cure)});
    }
    return list;
}

std::vector<Mistake> Report::mistakes() const {
    auto list = sorted(mistakes_);
    if (mistake_count_ > mistakes_.size())
        list.push_back({files_[0], 0, "", fmt::format("has {} more mistakes.", mistake_count_ - mistakes_.size()),
                        "Correct these first."});
    return list;
}

std::vector<Mistake> Report::remarks() const {
    return sorted(remarks_);
}

}  // namespace noodstop::config
