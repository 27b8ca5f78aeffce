// Collects what is wrong and what is only worth knowing, with the place of each.
#pragma once

#include "agent/config/load.hpp"

#include <cstddef>

namespace noodstop::config {

// A place in one of the files that were read.
struct Spot {
    std::size_t file = 0;  // the number that Report::add_file gave
    int line = 0;
};

struct Finding {
    std::string key;
    std::string problem;
    std::string cure;
};

class Report {
public:
    std::size_t add_file(std::string name);
    void mistake(const Spot& spot, Finding finding);
    void remark(const Spot& spot, Finding finding);
    std::size_t mistake_count() const { return mistake_count_; }

    // In order of file and line; at most mistakes_max of them and one line that counts the rest.
    std::vector<Mistake> mistakes() const;
    std::vector<Mistake> remarks() const;

private:
    struct Entry {
        Spot spot;
        Finding finding;
    };
    std::vector<Mistake> sorted(std::vector<Entry> entries) const;

    std::vector<std::string> files_;
    std::vector<Entry> mistakes_;
    std::vector<Entry> remarks_;
    std::size_t mistake_count_ = 0;
};

}  // namespace noodstop::config
