#include "agent/providers/cgroup/look.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace noodstop::providers {
namespace {

using core::Activity;
using core::Metric;
using platform::Error;
using platform::Result;

using Parse = std::optional<std::int64_t> (*)(std::string_view);

Activity activity_of(const GroupEvents& events) {
    if (!events.populated)
        return Activity::stopped;
    return events.frozen ? Activity::frozen : Activity::running;
}

Result<std::int64_t> read_figure(const Group& group, const char* file, Parse parse) {
    const Result<std::string> text = group.read(file);
    if (!text)
        return text.error();
    const std::optional<std::int64_t> figure = parse(*text);
    if (!figure)
        return Error{
            0, fmt::format("cannot read {} of {}: it is not in the form of this kernel interface", file, group.name())};
    return *figure;
}

bool contains(const std::vector<Metric>& metrics, Metric metric) {
    return std::find(metrics.begin(), metrics.end(), metric) != metrics.end();
}

// One resource while it is read, with what went wrong.
struct Draft {
    core::Reading reading;
    std::vector<std::string> problems;
    bool may_be_gone = false;  // something was not found: the group itself may not be there any more
};

Draft draft_of(const std::string& id) {
    Draft draft;
    draft.reading.id = {id};
    draft.reading.sku = cgroup_kind;
    draft.reading.family = cgroup_kind;
    draft.reading.region = local_region;
    draft.reading.kind = cgroup_kind;
    return draft;
}

void add_problem(Draft& draft, const Error& error) {
    draft.problems.push_back(error.message);
    draft.may_be_gone = draft.may_be_gone || group_is_gone(error);
}

void read_activity(const Group& group, Draft& draft) {
    if (const Result<GroupEvents> events = group.events())
        draft.reading.activity = activity_of(*events);
    else
        add_problem(draft, events.error());
}

void read_cpu(const Group& group, Draft& draft) {
    const Result<std::int64_t> usage = read_figure(group, "cpu.stat", parse_cpu_usage);
    draft.reading.measures.push_back({Metric::cpu, usage ? *usage : 0, usage.ok()});
    if (!usage)
        add_problem(draft, usage.error());
}

// Without the memory controller there is no file. That is no fault, but where memory has a price it is not zero.
void read_memory(const Group& group, const std::vector<Metric>& priced, Draft& draft) {
    const Result<std::int64_t> size = read_figure(group, "memory.current", parse_amount);
    const bool is_priced = contains(priced, Metric::memory);
    if (size || is_priced)
        draft.reading.measures.push_back({Metric::memory, size ? *size : 0, size.ok()});
    if (size)
        return;
    draft.may_be_gone = draft.may_be_gone || is_priced;
    if (!group_is_gone(size.error()))
        add_problem(draft, size.error());
}

// What has a price and can't be measured per control group.
void add_unmeasured(const std::vector<Metric>& priced, Draft& draft) {
    for (const Metric metric : {Metric::gpu, Metric::transfer}) {
        if (contains(priced, metric))
            draft.reading.measures.push_back({metric, 0, false});
    }
}

class Looker {
public:
    Looker(const CgroupOptions& options, const Group& root) : options_(options), root_(root) {}

    core::Look look() {
        look_.provider = options_.name;
        const Result<GroupListing> listing = root_.children(options_.resources_max);
        if (!listing)
            return absent(listing.error().message);
        if (!listing->complete)
            add_problem(
                fmt::format("{} has more than {} children (resources_max)", root_.name(), options_.resources_max));
        for (const std::string& name : listing->names)
            add_child(name);
        add_root_processes();
        add_totals();
        if (!root_is_there())
            return absent("control group " + root_.name() + " was removed while it was read");
        look_.quality = problem_count_ == 0 ? core::LookQuality::good : core::LookQuality::partial;
        if (problem_count_ > 1)
            look_.problem += fmt::format(" (and {} more problems)", problem_count_ - 1);
        std::sort(look_.readings.begin(), look_.readings.end(),
                  [](const core::Reading& left, const core::Reading& right) { return left.id < right.id; });
        return std::move(look_);
    }

private:
    core::Look absent(const std::string& problem) const {
        core::Look nothing;
        nothing.provider = options_.name;
        nothing.problem = problem;
        return nothing;
    }

    bool root_is_there() const {
        const Result<Group> now = Group::open_root(options_.root);
        return now && now->is_same_as(root_);
    }

    void add_problem(const std::string& problem) {
        if (problem_count_++ == 0)
            look_.problem = problem;
    }

    void keep(Draft draft) {
        for (const std::string& problem : draft.problems)
            add_problem(problem);
        look_.readings.push_back(std::move(draft.reading));
    }

    // A child that isn't there any more, or that was made anew under its name while it was read, is not listed: the
    // root's own counter prices what it used.
    void add_child(const std::string& name) {
        const Result<Group> group = root_.open_below(name);
        Draft draft = draft_of(name);
        if (group)
            read_child(*group, draft);
        else
            providers::add_problem(draft, group.error());
        if (draft.may_be_gone && child_vanished(name, group))
            return;
        keep(std::move(draft));
    }

    void read_child(const Group& group, Draft& draft) const {
        read_activity(group, draft);
        read_cpu(group, draft);
        read_memory(group, options_.priced, draft);
        add_unmeasured(options_.priced, draft);
    }

    bool child_vanished(const std::string& name, const Result<Group>& group) const {
        const Result<Group> now = root_.open_below(name);
        return now ? !group || !now->is_same_as(*group) : group_is_gone(now.error());
    }

    void add_root_processes() {
        Draft draft = draft_of(root_resource);
        const Result<bool> any = root_.has_processes();
        if (any && !*any)
            return;
        if (any)
            draft.reading.activity = root_activity();
        else
            providers::add_problem(draft, any.error());
        // Memory in the root is only its own as long as no child is accounted apart, and then children show none.
        read_memory(root_, options_.priced, draft);
        add_unmeasured(options_.priced, draft);
        keep(std::move(draft));
    }

    // The top of the hierarchy has no cgroup.events and can't be frozen.
    Activity root_activity() const {
        const Result<GroupEvents> events = root_.events();
        return events && events->frozen ? Activity::frozen : Activity::running;
    }

    void add_totals() {
        const Result<std::int64_t> usage = read_figure(root_, "cpu.stat", parse_cpu_usage);
        look_.totals.push_back({Metric::cpu, usage ? *usage : 0, usage.ok()});
        if (!usage)
            add_problem(usage.error().message);
    }

    core::Look look_;
    const CgroupOptions& options_;
    const Group& root_;
    std::size_t problem_count_ = 0;
};

}  // namespace

core::Look look_at_children(const CgroupOptions& options, const Group& root) {
    return Looker(options, root).look();
}

core::Look look_at_groups(const CgroupOptions& options) {
    const Result<Group> root = Group::open_root(options.root);
    if (root)
        return look_at_children(options, *root);
    core::Look nothing;
    nothing.provider = options.name;
    nothing.problem = root.error().message;
    return nothing;
}

}  // namespace noodstop::providers
