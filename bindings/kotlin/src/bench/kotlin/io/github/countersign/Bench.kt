package io.github.countersign

import io.github.countersign.internal.UniffiLib
import io.github.countersign.internal.lowered
import io.github.countersign.internal.native
import io.github.countersign.internal.outcome
import io.github.countersign.internal.takeDecisionArguments
import io.github.countersign.internal.takeNothing
import io.github.countersign.internal.takeText
import java.time.Instant
import java.util.Locale
import io.github.countersign.internal.Context as NativeContext
import io.github.countersign.internal.Run as NativeRun

/**
 * What a call costs, beside empty ones through the same binding, which the library has with the feature
 * `bench`: `make bench-kotlin`.
 */
object Bench {
    private val license = Signer.license("valid_until" to Instant.now().epochSecond + 100L * 24 * 60 * 60)
    private val text = license.text()
    private val run = Run("acme/editor", domain = "shop.example.com", instance = Instance.Machine("m-1"))
    private val check = license.prepare(run)
    private val context = Context(ClockReading.trusted())

    /** Keeps the compiler from leaving out what nobody asks for. */
    @Volatile
    private var sink: Any? = null

    @JvmStatic
    fun main(arguments: Array<String>) {
        val empty = row("empty call") { takeNothing() }
        val generated = row("generated call that takes a run and a context") { takeDecisionArguments(native(run), context.native) }
        val taken = row("cheapest call that takes a run and a context") { take(native(run), context.native) }
        val decision = row("one decision") { license.evaluate(run, context).close() }
        val full = row("one decision with its report") { license.report(run, context) }
        val read = row("call that takes a text") { takeText(text, Signer.trust.native) }
        val verified = row("verification from text") { License.verify(text, Signer.trust).close() }
        val rows = listOf(
            empty,
            row("prepared check, allowed") { check.allowed() },
            row("prepared check, entitled") { check.entitled("export") },
            row("prepared check, decided anew") { check.decide().use { it.isAllowed } },
            generated, taken, decision, full, read, verified,
        )
        rows.forEach(Row::warmUp)
        // In turn, so that whatever else the machine does falls on all of them.
        repeat(BURSTS) { rows.forEach(Row::measure) }

        println("%-46s %12s %14s".format("Kotlin on JDK ${System.getProperty("java.version")}", "ns", "x empty call"))
        for (row in rows) {
            println("%-46s %12s %14s".format(row.name, shown(row.best), shown(row.best / empty.best)))
        }
        println("beside the cheapest call that takes the same: one decision with its report ${shown(full.best / taken.best)}, which is to be 1.5 at most")
        println("beside it as well: one decision ${shown(decision.best / taken.best)}; beside the call that takes a text: verification ${shown(verified.best / read.best)}")
    }

    /** As a decision passes them. */
    private fun take(run: NativeRun, context: NativeContext) =
        outcome { UniffiLib.uniffi_countersign_fn_func_take_decision_arguments(lowered(run), lowered(context), it) }

    private inline fun row(name: String, crossinline call: () -> Any) = Row(name) { calls ->
        var left = calls
        while (left-- > 0) sink = call()
    }

    /**
     * A call by its name, and what it costs once the compiler has seen enough of it: the best of many bursts,
     * in nanoseconds, each burst so short that seldom anything interrupts it.
     */
    private class Row(val name: String, private val burst: (Long) -> Unit) {
        var best = Double.MAX_VALUE
            private set
        private var calls = 1L

        fun warmUp() {
            val seen = System.nanoTime() + WARM_UP
            var fewest = FEWEST
            while (fewest-- > 0 || System.nanoTime() < seen) burst(1)
        }

        fun measure() {
            val started = System.nanoTime()
            burst(calls)
            best = minOf(best, (System.nanoTime() - started).toDouble() / calls)
            calls = maxOf(1, (BURST / best).toLong())
        }
    }

    private fun shown(value: Double): String = "%.${if (value < 10) 3 else 0}f".format(Locale.ROOT, value)

    private const val WARM_UP = 500_000_000L
    private const val FEWEST = 20_000L
    private const val BURSTS = 5_000
    private const val BURST = 100_000.0
}
