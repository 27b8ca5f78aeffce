// The newest facts, for watchers: bounded, and honest about what is no longer in it.
#pragma once

#include "proto/codec/service_codec.hpp"

#include <deque>

namespace noodstop::doors {

class FactRing {
public:
    explicit FactRing(std::size_t facts_max) : facts_max_(facts_max) {}

    // Facts that are not newer than what is here begin a new line (another state folder): the old ones go.
    void add(const std::vector<core::RecordedFact>& facts);

    // Of the facts after `query.after` those that the query wants, and how many of any kind are missing between them.
    codec::WatchedFacts after(const codec::FactQuery& query) const;

    std::uint64_t first_sequence() const { return facts_.empty() ? 0 : facts_.front().sequence; }
    std::uint64_t last_sequence() const { return facts_.empty() ? 0 : facts_.back().sequence; }

private:
    std::size_t facts_max_;
    std::deque<core::RecordedFact> facts_;
};

}  // namespace noodstop::doors
