// What becomes of texts, profiles and events, and who asked.

import Base
import Inference
import Service
import Store

extension Metrics {
    func addScheduler(to text: inout MetricsText) {
        let counters = state.scheduler.counters()
        text.gauge(
            "rankwire_queue_tokens", "Tokens that wait for the encoder.",
            Double(counters.queuedTokens))
        text.gauge(
            "rankwire_queue_requests", "Requests whose texts wait for the encoder.",
            Double(counters.queuedRequests))
        text.gauge(
            "rankwire_queue_slices", "Slices of other work that wait for a worker.",
            Double(counters.queuedSlices))
        text.histograms(
            "rankwire_batch_tokens", "Tokens of the batches that were encoded.", unit: 1,
            [([], state.scheduler.batchTokens)])
        text.gauge(
            "rankwire_batch_target_tokens", "What a batch is filled up to.",
            Double(counters.batchTokens))
        text.gauge(
            "rankwire_encoder_tokens_per_second", "What a worker encodes, from its last batches.",
            counters.tokensPerSecond)
        text.counter(
            "rankwire_encoded_tokens_total", "Tokens that were encoded.",
            Int(counters.encodedTokens))
        text.counters(
            "rankwire_texts_total", "Texts of admitted requests, by where their vector came from.",
            [
                ([("source", "encoder")], Int(counters.encodedTexts)),
                ([("source", "cache")], Int(counters.cachedTexts)),
                ([("source", "same_text")], Int(counters.coalescedTexts)),
            ])
        text.gauge(
            "rankwire_vector_cache_bytes", "Memory of the vectors of texts seen before.",
            Double(counters.vectorCacheBytes))
        addOutcomes(counters, to: &text)
    }

    private func addOutcomes(_ counters: SchedulerCounters, to text: inout MetricsText) {
        text.counter(
            "rankwire_scheduler_offered_total", "Requests and slices brought to the scheduler.",
            Int(counters.offered))
        text.counter(
            "rankwire_scheduler_answered_total", "Those that got their result.",
            Int(counters.answered))
        text.counter(
            "rankwire_scheduler_late_total", "Answered ones that were past their deadline.",
            Int(counters.answeredLate))
        text.counters(
            "rankwire_scheduler_refused_total", "Refused before they waited, by reason.",
            [
                ([("reason", "full")], Int(counters.refusedFull)),
                ([("reason", "late")], Int(counters.refusedLate)),
                ([("reason", "draining")], Int(counters.refusedDraining)),
                ([("reason", "invalid")], Int(counters.refusedInvalid)),
            ])
        text.counters(
            "rankwire_scheduler_dropped_total", "Dropped while they waited, by reason.",
            [
                ([("reason", "expired")], Int(counters.expired)),
                ([("reason", "cancelled")], Int(counters.cancelled)),
                ([("reason", "failed")], Int(counters.failed)),
            ])
        text.counters(
            "rankwire_saved_tokens_total",
            "Tokens that the encoder did not have to see, by reason.",
            [
                ([("reason", "refused")], Int(counters.savedTokensRefused)),
                ([("reason", "expired")], Int(counters.savedTokensExpired)),
                ([("reason", "cancelled")], Int(counters.savedTokensCancelled)),
                ([("reason", "cached")], Int(counters.savedTokensCached)),
                ([("reason", "same_text")], Int(counters.savedTokensCoalesced)),
            ])
        text.counter(
            "rankwire_model_reloads_total", "Models that took over from the one before.",
            Int(counters.reloads))
    }

    func addStore(to text: inout MetricsText) {
        let counters = profiles.counters
        text.counters(
            "rankwire_profile_lookups_total", "Profiles asked for, by where they were looked for.",
            [
                ([("source", "memory")], counters.profileHits.value),
                ([("source", "store")], counters.profileMisses.value),
            ])
        text.gauge(
            "rankwire_profiles_cached", "Profiles in memory.", Double(profiles.cachedProfiles))
        text.counter(
            "rankwire_store_refused_total", "Reads and writes refused because too much waits.",
            counters.refused.value)
        text.counters(
            "rankwire_events_total", "Events that came to the store, by what became of them.",
            [
                ([("result", "stored")], counters.eventsStored.value),
                ([("result", "duplicate")], counters.eventsDuplicate.value),
            ])
        text.histograms(
            "rankwire_event_commit_duration_seconds",
            "Transactions of events, until they were durable.", unit: 1e-9,
            [([], counters.commits.reading)])
        text.counter(
            "rankwire_event_commits_failed_total", "Transactions of events that were rolled back.",
            counters.commitsFailed.value)
        text.counter("rankwire_users_erased_total", "Users erased.", counters.usersErased.value)
    }

    /// Callers that have called, by the names in the file of callers.
    func addCallers(to text: inout MetricsText) {
        guard let callers else { return }
        let all = callers.current.all.sorted { $0.name < $1.name }
        let calling = all.filter {
            $0.counters.requests.value + $0.counters.refused.reduce(0) { $0 + $1.count } > 0
        }
        text.gauge(
            "rankwire_callers_configured", "Callers in the file of callers.", Double(all.count))
        text.counters(
            "rankwire_caller_requests_total", "Requests granted, by caller.",
            calling.map { ([("caller", $0.name)], $0.counters.requests.value) })
        text.counters(
            "rankwire_caller_tokens_total", "Tokens taken before the encoder, by caller.",
            calling.map { ([("caller", $0.name)], $0.counters.tokens.value) })
        text.counters(
            "rankwire_caller_refused_total", "Requests refused, by caller and reason.",
            calling.flatMap { caller in
                caller.counters.refused.map {
                    ([("caller", caller.name), ("reason", $0.reason)], $0.count)
                }
            })
        text.counters(
            "rankwire_unauthenticated_total", "Calls whose caller is not known, by reason.",
            callers.refused.map { ([("reason", $0.reason)], $0.count) })
    }
}
