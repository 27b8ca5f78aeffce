// An archive that leaves everything as it is but for the past, which it moves further back: when time tells how long
// the machine was down, all that lies before that lies so much longer ago. What happened since keeps its distance to
// now.
#pragma once

#include "agent/core/ledger.hpp"

namespace noodstop::core {

class MoveBack : public ArchiveWalk<MoveBack> {
public:
    // Moments until `until` move by `by`.
    MoveBack(Instant until, Duration by) : until_(until), by_(by) {}

private:
    friend class ArchiveWalk<MoveBack>;
    friend void describe(MoveBack& archive, Instant& moment) {
        if (moment <= archive.until_)
            moment = moment - archive.by_;
    }
    friend void describe(MoveBack& archive, Window& window) { window.move_back(archive.until_, archive.by_); }

    template <Integral T>
    void integer(T&) {}
    void time(std::int64_t&) {}
    void text(std::string&) {}
    template <class List>
    void sequence(List& list) {
        for (auto&& item : list)
            (*this)(item);
    }
    template <class Key, class Value>
    void keyed(std::map<Key, Value>& container) {
        for (auto& [key, value] : container)
            (*this)(value);
    }
    template <class Key>
    void keyed(std::set<Key>&) {}

    Instant until_;
    Duration by_;
};

}  // namespace noodstop::core
