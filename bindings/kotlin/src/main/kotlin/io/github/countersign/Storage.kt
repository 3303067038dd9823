package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.userFolder
import java.nio.file.Path
import java.nio.file.Paths
import io.github.countersign.internal.FileStorage as NativeFiles
import io.github.countersign.internal.MemoryStorage as NativeMemory

/**
 * Where a session keeps its state between runs: a few texts, by name. For hosts that keep them in a
 * place of their own; [FileStorage] and [MemoryStorage] are there already.
 *
 * A lease and a license key are secrets, so what is kept is for its owner alone to read. While it is
 * called, a session is being changed: it may ask that session for decisions and for what it holds, and
 * for nothing that changes it. Nor may it wait for another thread that changes it: neither would ever go on.
 * What it throws comes out of the call of the session as it is, where that call throws for storage at all.
 *
 * A call that asks an authority, in any of its forms, calls it on a thread of the library, and
 * [Session.background] also on one of `Dispatchers.IO`: on another one each time, and for a session on one
 * at a time. All else calls it on the thread of the call, and a session that was not closed on the one that
 * frees what is unreachable. So it has to work on any: without variables of one thread, such as a transaction
 * that is bound to it, without the class loader or the coroutine context of the caller, and without a user
 * interface, whose thread may be waiting for that very call.
 */
public interface Storage {
    /** What was last saved under that name; null if nothing was. */
    public fun load(name: String): String?

    /** Replaces what is kept under that name, all of it or nothing. It lasts from then on. */
    public fun save(name: String, text: String)

    /**
     * Waits until this is the only writer among processes. Storage of one process has nothing to wait
     * for.
     */
    public fun lock() {}

    /**
     * Lets the next writer go on. Where it throws, what was saved is kept, and a session that was to be
     * opened is not. What goes on without storage leaves what it throws to the next call that ticks or
     * saves.
     */
    public fun unlock() {}
}

/** Keeps texts as files of one folder, which several processes may share. Files are for their owner alone. */
public class FileStorage(folder: Path) : AutoCloseable {
    @get:JvmSynthetic
    internal val native: NativeFiles = call { NativeFiles(folder.toString()) }

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = "FileStorage"

    public companion object {
        /**
         * Storage in the folder where this platform keeps the state of a product for this user; null
         * where the platform says of no such folder, as for a service without a home.
         *
         * @throws InvalidValueException `invalid_code` where the product is none
         */
        @JvmStatic
        public fun ofUser(product: String): FileStorage? =
            call { userFolder(product) }?.let { folder -> FileStorage(Paths.get(folder)) }
    }
}

/**
 * Keeps texts for as long as it lives: for tests, and for hosts that are started anew each time.
 * Nothing of it outlives the process, and a session says so.
 */
public class MemoryStorage : AutoCloseable {
    @get:JvmSynthetic
    internal val native: NativeMemory = call { NativeMemory() }

    /** Frees what it holds now, and not when it is no longer reachable. */
    override fun close(): Unit = native.close()

    override fun toString(): String = "MemoryStorage"
}
