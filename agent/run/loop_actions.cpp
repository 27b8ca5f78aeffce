// What the loop does for each kind of action.
#include "agent/run/log.hpp"
#include "agent/run/loop.hpp"

#include <utility>

namespace noodstop::run {

void Loop::carry_out(KeepLatch&& action) {
    latches_.keep(std::move(action.latch));
}

void Loop::carry_out(Persist&& action) {
    journal_.write(std::move(action));
}

void Loop::carry_out(StartStep&& action) {
    ProviderDesk* provider = desk(action.order.provider);
    if (!provider)
        return collect(core::StepReport{action.order.id, false, "there is no such provider"});
    provider->carry_out(action.order);
    watch_acts();
}

void Loop::carry_out(StartLook&& action) {
    if (ProviderDesk* provider = desk(action.provider))
        return provider->look(action.number);
    core::Look absent{.provider = action.provider};
    absent.problem = "there is no such provider";
    cycle_.collect_look(action.number, std::move(absent));
    wake();
}

void Loop::carry_out(StartObservation&& action) {
    ProviderDesk* provider = desk(action.order.provider);
    if (!provider)
        return collect(core::Observation{action.order.provider, action.order.resource, core::Observed::unknown,
                                         "there is no such provider"});
    provider->observe(action.order);
    watch_acts();
}

void Loop::carry_out(StartRehearsal&& action) {
    ProviderDesk* provider = desk(action.order.provider);
    if (!provider)
        return;  // the engine notices that nobody answered
    provider->rehearse(action.order);
    watch_acts();
}

void Loop::carry_out(Reply&& action) {
    doors_.answer(action.reply);
}

void Loop::carry_out(Notify&& action) {
    notifier_.notify(action.notification, action.fact);
}

void Loop::carry_out(PublishFacts&& action) {
    for (const core::RecordedFact& fact : action.facts)
        log_alert(fact);
    if (hooks_.recorded)
        hooks_.recorded(action.facts);
    doors_.publish(action.facts);
}

void Loop::carry_out(PublishSnapshot&& action) {
    if (hooks_.published)
        hooks_.published(action.snapshot);
    doors_.publish(action.snapshot);
}

}  // namespace noodstop::run
