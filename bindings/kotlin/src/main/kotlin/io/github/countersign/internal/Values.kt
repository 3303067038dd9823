package io.github.countersign.internal

import io.github.countersign.InvalidValueException
import java.time.Duration
import java.time.Instant
import java.util.Collections
import io.github.countersign.ActivationTerms as PublicActivationTerms
import io.github.countersign.Entitlement as PublicEntitlement
import io.github.countersign.Instance as PublicInstance
import io.github.countersign.Run as PublicRun
import io.github.countersign.SeatRule as PublicSeatRule
import io.github.countersign.StatusTerms as PublicStatusTerms
import io.github.countersign.TrustedKey as PublicTrustedKey
import io.github.countersign.Window as PublicWindow

/** What a value holds of what it was made of, which is the caller's to change. */
internal fun <T> own(values: List<T>): List<T> = Collections.unmodifiableList(values.toMutableList())

internal fun <T> own(values: Set<T>): Set<T> = Collections.unmodifiableSet(LinkedHashSet(values))

internal fun <K, V> own(values: Map<K, V>): Map<K, V> = Collections.unmodifiableMap(LinkedHashMap(values))

// Moments cross as seconds since 1970, which the library checks; lengths of time are never negative
// there, and crossing them would fail halfway through an argument.

internal fun instant(moment: Long): Instant = Instant.ofEpochSecond(moment)

internal fun length(length: Duration): Duration =
    if (length.isNegative) throw InvalidValueException("invalid_length", "a length of time is negative") else length

/**
 * The text, unless it holds half of a character, which no UTF-8 has. Generated code finds that out after it
 * has taken hold of what it calls, and would not let go.
 */
internal fun whole(text: String): String {
    var at = 0
    while (at < text.length) {
        val unit = text[at++]
        if (!unit.isSurrogate()) continue
        if (!unit.isHighSurrogate() || at == text.length || !text[at++].isLowSurrogate()) {
            throw InvalidValueException("invalid_text", "a text holds half of a character")
        }
    }
    return text
}

internal fun native(run: PublicRun): Run = Run(
    whole(run.product),
    same(run.purpose),
    run.domain?.let(::whole),
    run.address?.let(::whole),
    run.instance?.let(::native),
    run.requires.map(::whole),
    run.counts.mapKeys { whole(it.key) },
    run.releasedAt?.epochSecond,
)

internal fun native(instance: PublicInstance): Instance = when (instance) {
    is PublicInstance.Domain -> Instance.Domain(whole(instance.value))
    is PublicInstance.Host -> Instance.Host(whole(instance.value))
    is PublicInstance.Machine -> Instance.Machine(whole(instance.value))
}

internal fun public(instance: Instance): PublicInstance = when (instance) {
    is Instance.Domain -> PublicInstance.Domain(instance.v1)
    is Instance.Host -> PublicInstance.Host(instance.v1)
    is Instance.Machine -> PublicInstance.Machine(instance.v1)
}

/** The constant of the same name. A test compares the names. */
internal inline fun <reified T : Enum<T>> same(value: Enum<*>): T = enumValueOf<T>(value.name)

internal fun public(run: Run): PublicRun = PublicRun(
    run.product,
    same(run.purpose),
    run.domain,
    run.address,
    run.instance?.let(::public),
    run.requires.toSet(),
    run.counts,
    run.releasedAt?.let(::instant),
)

internal fun public(window: Window): PublicWindow =
    PublicWindow(window.startsAt?.let(::instant), window.endsAt?.let(::instant), window.grace)

internal fun public(rule: SeatRule): PublicSeatRule =
    PublicSeatRule(rule.limit, same(rule.onFull), same(rule.hold), rule.handovers)

internal fun public(terms: ActivationTerms): PublicActivationTerms = PublicActivationTerms(terms.lease, terms.renew)

internal fun public(right: Entitlement): PublicEntitlement =
    PublicEntitlement(right.until?.let(::instant), right.value)

internal fun public(terms: StatusTerms): PublicStatusTerms =
    PublicStatusTerms(terms.index, terms.uri, terms.freshness)

internal fun public(key: TrustedKey): PublicTrustedKey = PublicTrustedKey(
    key.id,
    key.pem,
    key.documents?.map { same(it) },
    key.brands,
    key.products,
    key.notBefore?.let(::instant),
    key.endsAt?.let(::instant),
    same(key.state),
)
