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
        val empty = measured { takeNothing() }
        val generated = measured { takeDecisionArguments(native(run), context.native) }
        val taken = measured { take(native(run), context.native) }
        val read = measured { takeText(text, Signer.trust.native) }
        val decision = measured { license.evaluate(run, context).close() }
        val full = measured { license.report(run, context) }
        val verified = measured { License.verify(text, Signer.trust).close() }
        val rows = listOf(
            "empty call" to empty,
            "prepared check, allowed" to measured { check.allowed() },
            "prepared check, entitled" to measured { check.entitled("export") },
            "prepared check, decided anew" to measured { check.decide().use { it.isAllowed } },
            "empty call that takes a run and a context" to generated,
            "the same, passed as a decision passes it" to taken,
            "one decision" to decision,
            "one decision with its report" to full,
            "empty call that takes a text" to read,
            "verification from text" to verified,
        )
        println("%-42s %12s %14s".format("Kotlin on JDK ${System.getProperty("java.version")}", "ns", "x empty call"))
        for ((name, time) in rows) {
            println("%-42s %12s %14s".format(name, shown(time), shown(time / empty)))
        }
        println("beside the generated empty call that takes the same: one decision ${shown(decision / generated)}, with its report ${shown(full / generated)}, verification ${shown(verified / read)}")
        println("beside one that passes it as a decision does: one decision ${shown(decision / taken)}, with its report ${shown(full / taken)}")
    }

    /** As a decision passes them. */
    private fun take(run: NativeRun, context: NativeContext) =
        outcome { UniffiLib.uniffi_countersign_fn_func_take_decision_arguments(lowered(run), lowered(context), it) }

    /**
     * Nanoseconds of one call, once the compiler has seen enough of it: the best of many bursts, each so
     * short that seldom anything interrupts it.
     */
    private inline fun measured(call: () -> Any): Double {
        val seen = System.nanoTime() + WARM_UP
        var calls = 0L
        while (calls < FEWEST || System.nanoTime() < seen) {
            sink = call()
            calls++
        }
        var best = Double.MAX_VALUE
        var burst = 1L
        repeat(BURSTS) {
            val started = System.nanoTime()
            var left = burst
            while (left-- > 0) sink = call()
            best = minOf(best, (System.nanoTime() - started).toDouble() / burst)
            burst = maxOf(1, (BURST / best).toLong())
        }
        return best
    }

    private fun shown(value: Double): String = "%.${if (value < 10) 3 else 0}f".format(Locale.ROOT, value)

    private const val WARM_UP = 500_000_000L
    private const val FEWEST = 20_000L
    private const val BURSTS = 5_000
    private const val BURST = 100_000.0
}
