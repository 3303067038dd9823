package io.github.countersign

import com.sun.jna.Function
import com.sun.jna.Memory
import com.sun.jna.NativeLong
import io.github.countersign.internal.UniffiLib
import java.io.File
import java.lang.management.ManagementFactory
import java.lang.ref.ReferenceQueue
import java.util.concurrent.CountDownLatch
import com.sun.jna.internal.Cleaner as JnaCleaner

/**
 * What this process takes once garbage is collected: in the Java heap, and outside it. In bytes.
 *
 * The pages of the heap are all resident from the start, as pom.xml starts the JVM for tests of memory. So
 * what is resident says nothing of the objects in it, and the rest of it is what is outside.
 */
internal class Footprint private constructor(private val heap: Long, private val outside: Long) {
    /** Whether neither is more than 2 % above what it was. */
    fun isLevelWith(before: Footprint): Boolean =
        heap <= before.heap * MOST_GROWTH && outside <= before.outside * MOST_GROWTH

    override fun toString(): String = "${heap / 1024} kB in the heap and ${outside / 1024} kB outside"

    companion object {
        private const val MOST_GROWTH = 1.02
        private val heap = ManagementFactory.getMemoryMXBean()

        fun now(): Footprint {
            val held = leastHeap()
            // Of what was freed the C library keeps as much as the cleaners once lagged behind, which says
            // nothing of what is held.
            Function.getFunction("c", "malloc_trim").invokeInt(arrayOf(NativeLong(0)))
            return Footprint(held, resident() - heap.heapMemoryUsage.committed)
        }

        /** Collects, and frees the memory that JNA allocated for what was collected. */
        fun collect() {
            // When something is freed that the second collection found, all is queued that the first found.
            repeat(2) {
                val freed = CountDownLatch(1)
                UniffiLib.CLEANER.register(Any(), freed::countDown)
                System.gc()
                freed.await()
            }
            while (true) {
                val found = jnaQueue.poll() ?: return
                (found as JnaCleaner.Cleanable).clean()
            }
        }

        /** What is in the heap when collecting makes it no less. */
        private fun leastHeap(): Long {
            var least = Long.MAX_VALUE
            var since = 0
            while (since < 3) {
                collect()
                // Of four collections in a row one leaves no gaps between the objects.
                val used = List(4) {
                    System.gc()
                    heap.heapMemoryUsage.used
                }.min()
                since = if (used < least - SOME) 0 else since + 1
                least = minOf(least, used)
            }
            return least
        }

        /** What JNA's cleaner takes from: on a busy machine it lags behind, without end. */
        private val jnaQueue: ReferenceQueue<*> =
            JnaCleaner::class.java.getDeclaredField("referenceQueue").run {
                isAccessible = true
                get(JnaCleaner.getCleaner()) as ReferenceQueue<*>
            }

        private fun resident(): Long {
            val line = File("/proc/self/status").readLines().single { it.startsWith("VmRSS:") }
            return line.filter(Char::isDigit).toLong() * 1024
        }

        private const val SOME = 8 * 1024
    }
}

/** What is taken after each half of the turns, once as many as make the JVM warm are over. */
internal class Halves(warmUp: Int, private val half: Int, private val ask: (Int) -> Unit) {
    private val taken = ArrayList<Footprint>()

    init {
        // JNA's table of all memory that it allocated never shrinks: as large as it can become, at once.
        List(10 * SPAN) { Memory(1) }
        repeat(warmUp)
        repeat(half)
        taken += Footprint.now()
    }

    /** What is left behind shows half after half: a thread more on a busy machine takes its memory once. */
    val isLevel: Boolean by lazy {
        (1..HALVES).any {
            repeat(half)
            taken += Footprint.now()
            taken.last().isLevelWith(taken[taken.size - 2])
        }
    }

    override fun toString(): String = "after each half ${taken.joinToString()}"

    private fun repeat(turns: Int) {
        for (turn in 0 until turns) {
            ask(turn)
            if (turn % SPAN == 0) Footprint.collect()
        }
    }

    private companion object {
        const val SPAN = 10_000

        /** In how many halves a leak is to show. */
        const val HALVES = 3
    }
}
