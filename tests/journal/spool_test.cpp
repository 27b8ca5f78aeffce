#include "agent/journal/schema.hpp"
#include "tests/journal/spool_support.hpp"

using namespace noodstop;
using namespace noodstop::journal;
using namespace noodstop::journal::testing;

namespace {

std::int64_t number_in(const std::string& folder, const std::string& sql) {
    platform::Result<Database> database = Database::open(folder + "/noodstop.db", Database::Mode::write);
    REQUIRE(database.ok());
    const platform::Result<std::int64_t> number = database->number(sql);
    REQUIRE_MESSAGE(number.ok(), (number ? "" : number.error().message));
    return number.value();
}

void change(const std::string& folder, const std::string& sql) {
    platform::Result<Database> database = Database::open(folder + "/noodstop.db", Database::Mode::write);
    REQUIRE(database.ok());
    must(database->execute(sql));
    must(database->close_in_order());
}

std::set<std::uint64_t> numbers(const HonestHub& hub) {
    std::set<std::uint64_t> sequences;
    for (const auto& [epoch, sequence] : hub.facts)
        sequences.insert(sequence);
    return sequences;
}

}  // namespace

TEST_CASE("a database that nobody follows has no spool in it and stays at its first version") {
    TemporaryFolder folder;
    { must(open_store(folder.state()).write(make_batch(1, 3))); }
    CHECK(number_in(folder.state(), "PRAGMA user_version") == first_schema);
    {
        Store store = open_store(folder.state());
        must(store.follow({}));
        CHECK_FALSE(store.next_batch("hub", {}).ok());
    }
    CHECK(number_in(folder.state(), "PRAGMA user_version") == first_schema);
}

TEST_CASE("a database of version 1 opens and goes on, and what it had recorded goes out first") {
    TemporaryFolder folder;
    { must(open_store(folder.state()).write(make_batch(1, 5))); }
    HonestHub hub;
    Store store = open_followed(folder.state());
    CHECK(store.recovered().last_sequence == 5);
    must(store.write(make_batch(6, 8)));
    const core::SpoolBatch first = take_some(store, hub);
    CHECK(first.facts.epoch == 0);
    CHECK(first.facts.last == 5);
    const core::SpoolBatch second = take_some(store, hub);
    CHECK(second.facts.epoch != 0);
    CHECK(second.facts.after == core::Position{0, 5});
    CHECK(second.facts.last == 8);
    CHECK(numbers(hub).size() == 8);
}

TEST_CASE("facts go out in order, within limits, and once acknowledged not again") {
    TemporaryFolder folder;
    HonestHub hub;
    Store store = open_followed(folder.state());
    must(store.write(make_batch(1, 25)));
    const core::SpoolBatch batch = next(store, {.facts_max = 10});
    CHECK(batch.facts.facts.size() == 10);
    CHECK_FALSE(batch.facts.after);
    CHECK(next(store, {.facts_max = 10}).facts.last == 10);  // not acknowledged: the same again
    CHECK(drain(store, hub, {.facts_max = 10}) == 3);
    CHECK(numbers(hub) == std::set<std::uint64_t>{1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13,
                                                  14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25});
    CHECK(next(store).empty());
    CHECK(store.spool_state("hub").facts_waiting == 0);
    const core::SpoolBatch small = [&] {
        must(store.write(make_batch(26, 40)));
        return next(store, {.bytes_max = 1});
    }();
    CHECK(small.facts.facts.size() == 1);  // one alone always fits
}

TEST_CASE("an empty batch says where the spool stands and how far it is") {
    TemporaryFolder folder;
    HonestHub hub;
    Store store = open_followed(folder.state());
    must(store.write(make_batch(1, 4)));
    must(store.write(sample_batch(1, 3, 10, 5)));
    drain(store, hub);
    must(store.write(make_batch(5, 6)));
    const core::SpoolBatch batch = next(store, {.facts_max = 0, .counters_max = 0, .bytes_max = 0});
    CHECK(batch.empty());
    REQUIRE(batch.facts.after);
    CHECK(batch.facts.after->sequence == 4);
    REQUIRE(batch.newest_fact);
    CHECK(batch.newest_fact->sequence == 6);
    REQUIRE(batch.newest_sample);
    CHECK(batch.newest_sample->sequence == 1);
}

TEST_CASE("each process begins an epoch; what a process recorded keeps the epoch that it had") {
    TemporaryFolder folder;
    HonestHub hub;
    std::set<std::uint64_t> epochs;
    for (std::uint64_t life = 0; life < 3; ++life) {
        Store store = open_followed(folder.state());
        must(store.write(make_batch(4 * life + 1, 4 * life + 4)));
    }
    Store store = open_followed(folder.state());
    for (std::uint64_t life = 0; life < 3; ++life) {
        const core::SpoolBatch batch = take_some(store, hub);
        CHECK(batch.facts.last == 4 * life + 4);
        CHECK(batch.facts.facts.size() == 4);
        epochs.insert(batch.facts.epoch);
    }
    CHECK(epochs.size() == 3);
    CHECK(next(store).empty());
}

TEST_CASE("a cursor comes to the disk with the next batch; until then a crash only means sending again") {
    TemporaryFolder folder;
    HonestHub hub;
    {
        Store store = open_followed(folder.state());
        must(store.write(make_batch(1, 5)));
        drain(store, hub);
        must(store.write(make_batch(6, 6)));
        drain(store, hub);
    }
    Store store = open_followed(folder.state());
    const core::SpoolBatch batch = next(store);
    REQUIRE(batch.facts.after);
    CHECK(batch.facts.after->sequence == 5);
    CHECK(batch.facts.facts.front().sequence == 6);
    drain(store, hub);
    CHECK(numbers(hub).size() == 6);
    CHECK(hub.facts.size() == 6);
}

TEST_CASE("facts overtake samples") {
    TemporaryFolder folder;
    Store store = open_followed(folder.state());
    must(store.write(sample_batch(1, 3, 10, 5)));
    must(store.write(make_batch(1, 30)));
    const core::SpoolBatch batch = next(store, {.facts_max = 10});
    CHECK(batch.facts.facts.size() == 10);
    CHECK(batch.samples.empty());
    HonestHub hub;
    (void)take_some(store, hub, {.facts_max = 20});
    CHECK_FALSE(next(store, {.facts_max = 20}).samples.empty());
}

TEST_CASE("samples arrive as they were taken, with the time of each and names of any bytes") {
    TemporaryFolder folder;
    Store store = open_followed(folder.state());
    core::RecordBatch batch;
    core::CounterName limit;
    limit.kind = core::CounterKind::limit_used;
    limit.tenant.text = std::string("a\0b", 3);
    limit.limit.text = "daily";
    limit.currency = "EUR";
    const core::WallTime at{std::chrono::hours(9)};
    batch.counters = {{limit, {-5}, core::WallTime{std::chrono::hours(2)}, at},
                      {machine(1), core::money_max, std::nullopt, at}};
    must(store.write(batch));
    const core::SpoolBatch found = next(store);
    REQUIRE(found.samples.samples.size() == 1);
    CHECK(found.samples.samples[0].at == at);
    CHECK(found.samples.samples[0].counters == batch.counters);
}

TEST_CASE("all moments at which a counter was sampled go out while there is room for them") {
    TemporaryFolder folder;
    Store store = open_followed(folder.state());
    for (std::int64_t moment = 1; moment <= 5; ++moment)
        must(store.write(sample_batch(1, 2, 10 * moment, moment)));
    const core::SpoolBatch found = next(store);
    REQUIRE(found.samples.samples.size() == 5);
    for (std::size_t at = 0; at < 5; ++at)
        CHECK(found.samples.samples[at].counters[0].value.micros == static_cast<std::int64_t>(10 * (at + 1)));
}

TEST_CASE("more counters than a sample holds become several, and none is left out") {
    TemporaryFolder folder(Medium::memory);
    HonestHub hub;
    Store store = open_followed(folder.state());
    const int many = 2 * static_cast<int>(counters_per_sample_max) + 1;
    must(store.write(sample_batch(1, many, 7, 1)));
    CHECK(next(store, {.counters_max = 1}).samples.samples.size() == 1);
    drain(store, hub, {.counters_max = 1});
    CHECK(hub.totals.size() == static_cast<std::size_t>(many));
}

TEST_CASE("a counter that has ended keeps its last value, whatever samples are thinned") {
    TemporaryFolder folder(Medium::memory);
    HonestHub hub;
    // Room for some two hundred samples; with each another machine ends.
    constexpr std::uint64_t bytes_max = 1 << 20;
    Store store = open_followed(folder.state(), followed_by_hub(bytes_max));
    std::map<core::CounterName, std::int64_t> truth;
    for (int moment = 1; moment <= 500; ++moment) {
        must(store.write(sample_batch(moment, moment + 20, 1'000 + moment, moment)));
        for (int number = moment; number <= moment + 20; ++number)
            truth[machine(number)] = 1'000 + moment;
    }
    const core::SpoolState state = store.spool_state("hub");
    CHECK(state.thinned > 200);
    CHECK(state.bytes <= bytes_max);
    CHECK(told(store) == std::vector{core::FactKind::spool_thinned});
    drain(store, hub);
    CHECK(hub.totals == truth);
}

TEST_CASE("where thinning leaves a counter out between two samples, its last value comes before the later one") {
    TemporaryFolder folder;
    HonestHub hub;
    Store store = open_followed(folder.state());
    must(store.write(sample_batch(1, 1, 10, 1)));
    drain(store, hub);
    must(store.write(sample_batch(1, 2, 20, 2)));
    must(store.write(sample_batch(2, 2, 30, 3)));
    store = Store(open_store(folder.path() + "/other"));  // closed in order
    change(folder.state(), "DELETE FROM sample WHERE sequence = 2");
    store = open_followed(folder.state());
    const core::SpoolBatch found = next(store);
    REQUIRE(found.samples.samples.size() == 2);
    CHECK(found.samples.samples[0].counters.at(0).name == machine(1));
    CHECK(found.samples.samples[0].counters.at(0).value.micros == 20);
    CHECK(found.samples.samples[1].counters.at(0).value.micros == 30);
}

TEST_CASE("the past gets coarser the further it lies back; the oldest and the newest sample stay") {
    TemporaryFolder folder(Medium::memory);
    Store store = open_followed(folder.state(), followed_by_hub(512 << 10));
    for (int moment = 1; moment <= 1'000; ++moment)
        must(store.write(sample_batch(1, 5, moment, moment)));
    std::vector<std::uint64_t> kept;
    HonestHub hub;
    for (bool more = true; more;) {
        const core::SpoolBatch batch = take_some(store, hub);
        more = !batch.empty();
        for (const core::Sample& sample : batch.samples.samples)
            kept.push_back(sample.sequence);
    }
    CHECK(kept.size() > 60);
    CHECK(kept.front() == 1);
    CHECK(kept.back() == 1'000);
    std::size_t older = 0;
    for (const std::uint64_t sequence : kept)
        older += sequence <= 500 ? 1 : 0;
    CHECK(older > kept.size() / 20);
    CHECK(older < kept.size() / 3);
}

TEST_CASE("on a disk that is nearly full no history is kept, and totals are") {
    TemporaryFolder folder;
    HonestHub hub;
    SpoolOptions options = followed_by_hub();
    options.free_bytes_min = std::uint64_t{1} << 60;
    Store store = open_followed(folder.state(), options);
    for (int moment = 1; moment <= 5; ++moment)
        must(store.write(sample_batch(1, 3, 10 * moment, moment)));
    CHECK(store.spool_state("hub").thinned == 5);
    CHECK(told(store) == std::vector{core::FactKind::spool_thinned});
    CHECK(next(store).samples.samples.size() == 1);
    drain(store, hub);
    CHECK(hub.totals[machine(2)] == 50);
}

TEST_CASE("what all have acknowledged goes from the disk, what one has not stays for it") {
    TemporaryFolder folder;
    HonestHub hub;
    SpoolOptions options = followed_by_hub();
    options.consumers.push_back({"metrics", false, true, false});
    {
        Store store = open_followed(folder.state(), options);
        for (int moment = 1; moment <= 6; ++moment)
            must(store.write(sample_batch(1, 2, moment, moment)));
        drain(store, hub);
        const core::SpoolBatch part = next(store, {.counters_max = 4}, "metrics");
        CHECK(part.facts.empty());
        REQUIRE(part.samples.last > 0);
        REQUIRE(part.samples.last < 6);
        CHECK(store.acknowledged("metrics", part.number));
        must(store.write(sample_batch(1, 2, 7, 7)));  // the cursors are durable
        must(store.write(sample_batch(1, 2, 8, 8)));  // what lies behind them goes
    }
    CHECK(number_in(folder.state(), "SELECT count(*) FROM sample") > 2);
    CHECK(number_in(folder.state(), "SELECT count(*) FROM sample") < 8);
    Store store = open_followed(folder.state(), options);
    CHECK(next(store, {}, "metrics").samples.samples.back().counters[0].value.micros == 8);
    CHECK_FALSE(store.next_batch("nobody", {}).ok());
}

TEST_CASE("facts past their retention stay until the hub has them") {
    TemporaryFolder folder;
    HonestHub hub;
    Store store = open_followed(folder.state());
    must(store.write(make_batch(1, 20)));
    const core::WallTime late{std::chrono::hours(1'000)};
    must(platform::Status(store.forget_before(late).ok() ? platform::Status(platform::Done{})
                                                         : platform::Status(platform::Error{1, "failed"})));
    CHECK(sequences(store).size() == 20);
    drain(store, hub);
    CHECK(store.forget_before(late).ok());
    CHECK(sequences(store).size() == 20);  // the cursor is not durable yet
    must(store.write(make_batch(21, 21)));
    CHECK(store.forget_before(late).ok());
    CHECK(sequences(store) == range(21, 21));
}

TEST_CASE("when others follow, what was acknowledged stays so, and what is out is given again") {
    TemporaryFolder folder;
    Store store = open_followed(folder.state());
    HonestHub hub;
    must(store.write(make_batch(1, 5)));
    (void)take_some(store, hub);
    must(store.write(make_batch(6, 8)));
    const core::SpoolBatch out = next(store);
    REQUIRE(out.facts.last == 8);

    SpoolOptions options = followed_by_hub();
    options.consumers.push_back({"exporter/lab", false, true, false});
    must(store.follow(options));
    const platform::Result<bool> late = store.answered("hub", out.number, hub.take(out));
    CHECK((late.ok() && !late.value()));
    must(store.write(sample_batch(1, 3, 100, 10)));
    CHECK(drain(store, hub) > 0);
    CHECK(numbers(hub) == std::set<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8});
    CHECK(next(store, {}, "exporter/lab").samples.samples.size() == 1);

    options.consumers.clear();
    must(store.follow(options));
    CHECK_FALSE(store.next_batch("hub", {}).ok());
    must(store.write(make_batch(9, 9)));
}

TEST_CASE("who begins to follow a store at work gets what it recorded before") {
    TemporaryFolder folder;
    Store store = open_store(folder.state());
    must(store.write(make_batch(1, 5)));
    must(store.follow(followed_by_hub()));
    must(store.write(make_batch(6, 7)));
    HonestHub hub;
    CHECK(drain(store, hub) > 0);
    CHECK(numbers(hub) == std::set<std::uint64_t>{1, 2, 3, 4, 5, 6, 7});
    CHECK(told(store).empty());
}
