#include "tools/hub/store.hpp"

#include "platform/file/file.hpp"
#include "platform/sqlite/database.hpp"
#include "tools/hub/schema.hpp"
#include "tools/hub/take.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <iterator>

namespace noodstop::hub {

using platform::Database;
using platform::Done;
using platform::Error;
using platform::Result;
using platform::Status;

namespace {

constexpr int log_pages_max = 1'000;  // some 4 MB

Result<Database> open_database(const std::string& path) {
    if (const Status anew = platform::write_log_anew(path); !anew)
        return anew.error();
    Result<Database> database = Database::open(path, Database::Mode::create);
    if (!database)
        return database;
    if (const Status current = bring_up_to_date(*database); !current)
        return current.error();
    if (const Status named = platform::sync_folder_of(path); !named)
        return named.error();
    const Result<std::string> check = database->text("PRAGMA quick_check(1)");
    if (!check)
        return check.error();
    if (check.value() != "ok")
        return Error{EUCLEAN, fmt::format("cannot use {}: {}", path, check.value())};
    return database;
}

// The log first: beside another database SQLite would delete it.
Result<std::string> set_aside(const std::string& path) {
    std::string name;
    for (int number = 1; name.empty() || platform::exists(name); ++number)
        name = fmt::format("{}.damaged-{}-{}", path, platform::wall_seconds(), number);
    for (const char* suffix : {"-wal", "-shm", "-journal", ""}) {
        if (!platform::exists(path + suffix))
            continue;
        if (const Status renamed = platform::rename_durably(path + suffix, name + suffix); !renamed)
            return renamed.error();
    }
    return name;
}

}  // namespace

struct Store::Impl {
    std::string path;
    std::optional<Database> database;
    std::string problem;
    bool dead = false;

    ~Impl() {
        if (database && !dead)
            (void)database->close_in_order();
    }

    Status open();
    Result<core::HubAnswer> take(const codec::Push& push, core::WallTime now);
    Result<AgentState> agent(const std::string& id, core::WallTime now);
    Result<core::HubAnswer> take_into(AgentState& agent, const codec::Push& push, core::WallTime now);
    Result<std::uint64_t> forget_before(core::WallTime before);
    template <class Answer, class Read>
    Result<Answer> of_agent(const std::string& id, Read read);
    template <class T>
    Result<T> minding_death(Result<T> result);
};

Status Store::Impl::open() {
    database.reset();
    Result<Database> opened = open_database(path);
    // A disk that fails now is no damage: it may answer again.
    if (!opened && opened.error().number == EUCLEAN) {
        const Result<std::string> aside = set_aside(path);
        if (!aside)
            return aside.error();
        problem = fmt::format("{}; it is kept as {}, and agents send again what they still have",
                              opened.error().message, aside.value());
        opened = open_database(path);
    }
    if (!opened)
        return opened.error();
    database = std::move(*opened);
    dead = false;
    return Done{};
}

// What fails may have changed the file in ways that this connection does not know.
template <class T>
Result<T> Store::Impl::minding_death(Result<T> result) {
    dead = dead || !result;
    return result;
}

Result<core::HubAnswer> Store::Impl::take(const codec::Push& push, core::WallTime now) {
    if (dead)
        return Error{EIO, "nothing is written after a failure"};
    if (const Status begun = database->begin(); !begun)
        return minding_death(Result<core::HubAnswer>(begun.error()));
    Result<AgentState> state = agent(push.agent, now);
    const bool refused = !state && state.error().number == EDQUOT;
    Result<core::HubAnswer> answer = state ? take_into(*state, push, now) : Result<core::HubAnswer>(state.error());
    if (!answer) {
        const Status back = database->roll_back();
        return refused && back ? answer : minding_death(std::move(answer));
    }
    if (const Status committed = database->commit(); !committed)
        return minding_death(Result<core::HubAnswer>(committed.error()));
    if (database->log_pages() >= log_pages_max)
        dead = !database->checkpoint();  // what was taken is durable all the same
    return answer;
}

Result<AgentState> Store::Impl::agent(const std::string& id, core::WallTime now) {
    const Result<std::optional<AgentState>> found = find_agent(*database, id);
    if (!found)
        return found.error();
    if (found.value())
        return *found.value();
    const Result<std::int64_t> count = database->number("SELECT count(*) FROM agent");
    if (!count)
        return count.error();
    if (count.value() >= static_cast<std::int64_t>(agents_max))
        return Error{EDQUOT, fmt::format("there are {} agents already", agents_max)};
    Result<AgentState> added = add_agent(*database, id, now);
    if (added) {
        if (const Status told = add_event(*database, added->number, {{}, now, EventKind::first_seen, {}}); !told)
            return told.error();
    }
    return added;
}

Result<core::HubAnswer> Store::Impl::take_into(AgentState& state, const codec::Push& push, core::WallTime now) {
    Taking taking(*database, state, now);
    const Result<core::LaneAnswer> facts = taking.take(push.batch.facts);
    if (!facts)
        return facts.error();
    const Result<core::LaneAnswer> samples = taking.take(push.batch.samples);
    if (!samples)
        return samples.error();
    if (const Status claimed = taking.take_claims(push.batch); !claimed)
        return claimed.error();
    if (push.status) {
        if (const Status written = write_status(*database, state.number, *push.status, now); !written)
            return written.error();
    }
    if (const Status written = write_agent(*database, state, now); !written)
        return written.error();
    return core::HubAnswer{facts.value(), samples.value()};
}

template <class Answer, class Read>
Result<Answer> Store::Impl::of_agent(const std::string& id, Read read) {
    if (dead)
        return Error{EIO, "the store waits for its disk"};
    const Result<std::optional<AgentState>> found = find_agent(*database, id);
    if (!found)
        return found.error();
    if (!found.value())
        return Error{ENOENT, fmt::format("no agent has the name {}", id)};
    return read(*found.value());
}

Result<std::uint64_t> Store::Impl::forget_before(core::WallTime before) {
    if (dead)
        return Error{EIO, "nothing is deleted after a failure"};
    const auto wall = before.since_epoch.count();
    const Status facts = database->execute(fmt::format("DELETE FROM fact WHERE wall < {}", wall));
    if (!facts)
        return minding_death(Result<std::uint64_t>(facts.error()));
    const auto forgotten = static_cast<std::uint64_t>(database->rows_changed());
    const Status events = database->execute(fmt::format("DELETE FROM event WHERE at < {}", wall));
    return events ? Result<std::uint64_t>(forgotten) : minding_death(Result<std::uint64_t>(events.error()));
}

const char* to_text(EventKind kind) {
    static constexpr std::array names{"first_seen", "diverged", "began_anew", "lost", "totals_anew"};
    const auto index = static_cast<std::size_t>(kind);
    return index < names.size() ? names[index] : "invalid";
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;

Result<Store> Store::open(const std::string& path) {
    auto impl = std::make_unique<Impl>();
    impl->path = path;
    if (const Status opened = impl->open(); !opened)
        return opened.error();
    return Store(std::move(impl));
}

const std::string& Store::problem() const {
    return impl_->problem;
}

bool Store::dead() const {
    return impl_->dead;
}

Status Store::revive() {
    impl_->dead = true;
    return impl_->open();
}

Result<core::HubAnswer> Store::take(const codec::Push& push, core::WallTime now) {
    return impl_->take(push, now);
}

Result<std::vector<AgentRow>> Store::agents() {
    if (impl_->dead)
        return Error{EIO, "the store waits for its disk"};
    return read_agents(*impl_->database);
}

Result<std::vector<HeldFact>> Store::facts(const FactQuery& query) {
    return impl_->of_agent<std::vector<HeldFact>>(
        query.agent, [&](const AgentState& agent) { return read_facts(*impl_->database, agent.number, query); });
}

Result<std::vector<core::Counter>> Store::totals(const std::string& agent) {
    return impl_->of_agent<std::vector<core::Counter>>(
        agent, [&](const AgentState& state) { return read_totals(*impl_->database, state); });
}

Result<std::vector<core::Gap>> Store::gaps(const std::string& agent) {
    return impl_->of_agent<std::vector<core::Gap>>(
        agent, [&](const AgentState& state) { return read_gaps(*impl_->database, state.number); });
}

Result<std::vector<Event>> Store::events(const std::string& agent) {
    return impl_->of_agent<std::vector<Event>>(
        agent, [&](const AgentState& state) { return read_events(*impl_->database, state.number); });
}

Result<std::uint64_t> Store::forget_before(core::WallTime before) {
    return impl_->forget_before(before);
}

}  // namespace noodstop::hub
