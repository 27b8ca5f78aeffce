// The story behind a tenant's state, told from recorded facts: what was measured, decided, done and observed, and who
// ordered what.
#pragma once

#include "agent/core/record.hpp"
#include "agent/core/snapshot.hpp"
#include "tools/cli/style.hpp"

#include <vector>

namespace noodstop::cli {

// What a fact tells of.
enum class Aspect : std::uint8_t { measured, decided, done, observed, ordered, agent };

struct Wording {
    Aspect aspect = Aspect::agent;
    const char* phrase = "";
};

Wording wording_of(core::FactKind kind);

// `facts` are the tenant's and those that belong to no tenant, ascending.
std::string story_text(const Style& style, const core::Snapshot& snapshot, const core::TenantName& tenant,
                       const std::vector<core::RecordedFact>& facts);

}  // namespace noodstop::cli
