package io.github.countersign.internal

import java.util.concurrent.atomic.AtomicLong
import io.github.countersign.Storage as PublicStorage

/** A host's own storage, as the library calls it. */
internal class StorageBridge(private val storage: PublicStorage) : Storage {
    override fun load(name: String): String? = calling { storage.load(name)?.let(::whole) }

    override fun save(name: String, text: String): Unit = calling { storage.save(name, text) }

    override fun lock(): Unit = calling { storage.lock() }

    override fun unlock(): Unit = calling { storage.unlock() }

    private inline fun <T> calling(block: () -> T): T =
        try {
            block()
        } catch (thrown: Throwable) {
            throw StorageException.Failed(Thrown.keep(thrown), thrown.toString())
        }
}

/** What hosts' storages threw, by number, until the call comes back that it is to come out of. */
internal object Thrown {
    private val numbers = AtomicLong()

    // Some never come out, since the call goes on without storage.
    private val kept = object : LinkedHashMap<Long, Throwable>() {
        override fun removeEldestEntry(eldest: MutableMap.MutableEntry<Long, Throwable>): Boolean = size > MOST
    }

    fun keep(thrown: Throwable): Long {
        val number = numbers.incrementAndGet()
        synchronized(kept) { kept[number] = thrown }
        return number
    }

    fun take(number: Long): Throwable? = synchronized(kept) { kept.remove(number) }

    private const val MOST = 64
}
