// Notices reach the path also where it can't take them at once.
#include "agent/doors/notice_post.hpp"

#include "tests/doors/played_path.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace noodstop;
using namespace noodstop::doors;

namespace {

codec::Notice notice_of(core::FactKind kind, const std::string& number) {
    return {kind, {{"number", number}}};
}

// Questions of our own, until the link takes no more of them.
void use_up_allowance(PlayedPath& path) {
    const auto is_used_up = std::make_shared<bool>(false);  // answers come later, too
    for (int count = 0; count < 1000 && !*is_used_up; ++count)
        path.client.ask_own(core::BatchQuery{"hub", 1, 1, 1}, [is_used_up](const PathClient::Answer& answer) {
            const auto* error = std::get_if<platform::RpcError>(&answer);
            *is_used_up = error != nullptr && error->code == platform::RpcCode::resource_exhausted;
        });
    REQUIRE(*is_used_up);
}

}  // namespace

TEST_CASE("notices reach the path in their order, one by one") {
    boost::asio::io_context io;
    PlayedPath path(io);
    NoticePost post(path.client);
    for (const char* number : {"1", "2", "3"})
        post.send(notice_of(core::FactKind::hub_missing, number));
    REQUIRE(run_until(io, [&] { return path.notices.size() == 3; }));
    for (std::size_t index = 0; index < 3; ++index)
        CHECK(path.notices[index].fields[0].value == std::to_string(index + 1));
}

TEST_CASE("a notice for which there is no room now goes later") {
    boost::asio::io_context io;
    PlayedPath path(io);
    NoticePost post(path.client);
    use_up_allowance(path);
    post.send(notice_of(core::FactKind::hub_missing, "1"));
    REQUIRE(run_until(io, [&] {
        post.try_again();
        return !path.notices.empty();
    }));
    CHECK(path.notices.size() == 1);
}

TEST_CASE("a notice that the path never takes does not keep others back") {
    boost::asio::io_context io;
    PlayedPath path(io);
    NoticePost post(path.client);
    post.send(notice_of(core::FactKind::tripped, "1"));
    post.send(notice_of(core::FactKind::hub_returned, "2"));
    REQUIRE(run_until(io, [&] { return !path.notices.empty(); }));
    CHECK(path.notices[0].kind == core::FactKind::hub_returned);
}

TEST_CASE("of too many notices the oldest are lost, but for the one that is under way") {
    boost::asio::io_context io;
    PlayedPath path(io);
    NoticePost post(path.client);
    for (std::size_t number = 1; number <= NoticePost::waiting_max + 2; ++number)
        post.send(notice_of(core::FactKind::hub_missing, std::to_string(number)));
    REQUIRE(run_until(io, [&] { return path.notices.size() == NoticePost::waiting_max; }));
    CHECK(path.notices[0].fields[0].value == "1");
    CHECK(path.notices[1].fields[0].value == "4");
    CHECK(path.notices.back().fields[0].value == std::to_string(NoticePost::waiting_max + 2));
}
