package io.github.countersign

import io.github.countersign.internal.Source
import io.github.countersign.internal.StorageBridge
import io.github.countersign.internal.call
import io.github.countersign.internal.inFuture
import io.github.countersign.internal.instant
import io.github.countersign.internal.native
import io.github.countersign.internal.online
import io.github.countersign.internal.public
import io.github.countersign.internal.same
import io.github.countersign.internal.untilDone
import io.github.countersign.internal.whole
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.withContext
import java.time.Duration
import java.time.Instant
import java.util.concurrent.CompletableFuture
import java.util.concurrent.atomic.AtomicBoolean
import io.github.countersign.internal.Session as Native
import io.github.countersign.internal.SessionSettings as NativeSettings

/**
 * One product's license on one machine.
 *
 * Decisions read no network and no disk, and any number of threads may ask for them. What is decided
 * from is kept in a storage, and comes from an authority, or by hand. What asks an authority is there as
 * `suspend` function, as one that blocks the thread, and as one that gives a [CompletableFuture]; each
 * throws [ClientException], and whatever comes of it the session goes on with what it holds. The one that
 * blocks is not ended by an interrupt of its thread: it ends within the time that the client's settings give
 * it, and whoever is to end it before that takes one of the others.
 */
public class Session private constructor(
    private val native: Native,
    private val isClockFixed: Boolean,
) : AutoCloseable {
    private val closed = AtomicBoolean()

    /** Another value each time that what is decided from may have changed. */
    private val source = Source(Any())

    /** What takes a seat: stated when the session was opened, or drawn at random. */
    public val instance: Instance get() = call { public(native.instance()) }

    /** The license held; null if there is none that verifies. */
    public val license: License? get() = call { native.license() }?.let(License::of)

    /**
     * Why the document that is kept does not count, where there is one: a newer release of the product
     * may trust other keys. Null where what is kept counts.
     */
    public val refused: CountersignException?
        get() = try {
            call { native.checkDocuments() }
            null
        } catch (refused: CountersignException) {
            refused
        }

    /**
     * Why the status list that was kept is not at hand, in one line for people; null where it is, or none
     * was. The license is held still, what the list said against it stands, and the next refresh fetches
     * another.
     */
    public val lostList: String? get() = call { native.lostList() }

    /**
     * When the authority was last heard of by something it signed, which it answered or which was imported;
     * null if it never was. A refusal is signed by nobody.
     */
    public val lastContactAt: Instant? get() = call { native.lastContactAt() }?.let(::instant)

    /**
     * Whether the state was copied here from another machine: its seat stayed there, and it is the
     * host's to say whether to activate here.
     */
    public val isMoved: Boolean get() = call { native.isMoved() }

    /**
     * Whether what is held outlives this process. Where more than a status list does not, the clock is not
     * guarded.
     */
    public val isKept: Boolean get() = call { native.isKept() }

    /** A run of this product on this instance, of which nothing else is known. Make it once, and keep it. */
    public fun run(): Run = call { public(native.run()) }

    /**
     * Decides whether a run is allowed, from the documents at hand. Without a license it is
     * `not_activated`.
     *
     * @throws InvalidValueException where the run states what is no domain, code or the like
     */
    public fun decide(run: Run): Decision = Decision.of(call { native.decide(native(run)) })

    /**
     * Keeps a run, so that asking about it again costs little.
     *
     * @throws InvalidValueException where the run states what is no domain, code or the like
     */
    public fun prepare(run: Run): SessionCheck =
        SessionCheck.of(call { native.prepare(native(run)) }, source, isClockFixed)

    /**
     * Claims a seat with what the customer typed, or confirms the one held, and keeps license, lease and
     * license key.
     */
    @JvmSynthetic
    public suspend fun activate(client: Client, licenseKey: LicenseKey): Refresh =
        changing { public(online { native.activate(client.native, licenseKey.native) }) }

    /** As [activate], and waits for it. */
    public fun activateBlocking(client: Client, licenseKey: LicenseKey): Refresh =
        changing { public(call { native.activateBlocking(client.native, licenseKey.native) }) }

    /** As [activate], in the future. */
    public fun activateAsync(client: Client, licenseKey: LicenseKey): CompletableFuture<Refresh> =
        inFuture { activate(client, licenseKey) }

    /**
     * Asks for what is due, if anything is: a renewal, a status list, a seat that is to be taken again.
     * To be called now and then, or left to [background].
     */
    @JvmSynthetic
    public suspend fun refresh(client: Client): Refresh =
        changing { public(online { native.refresh(client.native) }) }

    /** As [refresh], and waits for it. */
    public fun refreshBlocking(client: Client): Refresh =
        changing { public(call { native.refreshBlocking(client.native) }) }

    /** As [refresh], in the future. */
    public fun refreshAsync(client: Client): CompletableFuture<Refresh> = inFuture { refresh(client) }

    /** As [refresh], whether it is due or not: for a button that says so. */
    @JvmSynthetic
    public suspend fun refreshNow(client: Client): Refresh =
        changing { public(online { native.refreshNow(client.native) }) }

    /** As [refreshNow], and waits for it. */
    public fun refreshNowBlocking(client: Client): Refresh =
        changing { public(call { native.refreshNowBlocking(client.native) }) }

    /** As [refreshNow], in the future. */
    public fun refreshNowAsync(client: Client): CompletableFuture<Refresh> = inFuture { refreshNow(client) }

    /**
     * Gives the seat up, and forgets the license key and the lease. Where no seat is held nobody is
     * asked.
     */
    @JvmSynthetic
    public suspend fun deactivate(client: Client): Unit = changing { online { native.deactivate(client.native) } }

    /** As [deactivate], and waits for it. */
    public fun deactivateBlocking(client: Client): Unit =
        changing { call { native.deactivateBlocking(client.native) } }

    /** As [deactivate], in the future. */
    public fun deactivateAsync(client: Client): CompletableFuture<Void?> = untilDone { deactivate(client) }

    /**
     * Counts the time, saves and refreshes, until it is cancelled. To be launched once. Once the session is
     * closed it ends by itself, within ten minutes.
     *
     * What fails is asked for again later. It is told where it matters: by [lastContactAt], [isKept],
     * and the notices and denials of decisions. What waits for a storage does so on [Dispatchers.IO].
     *
     * @throws IllegalStateException where the client was closed, within ten minutes: asking again would
     *   change nothing
     */
    @JvmSynthetic
    public suspend fun background(client: Client) {
        while (!closed.get()) {
            try {
                tried { withContext(Dispatchers.IO) { tick() } }
                asked(client)
                delay(withContext(Dispatchers.IO) { nextWait() }.toMillis())
            } catch (ended: IllegalStateException) {
                if (ended is CancellationException || !closed.get()) throw ended
            }
        }
    }

    /** As [background], until the future is cancelled. */
    public fun backgroundAsync(client: Client): CompletableFuture<Void?> = untilDone { background(client) }

    /**
     * Asks for a seat by hand: a text that a person carries to the authority. Its answer is to be
     * imported. Asked again before it was answered, it is the same request.
     */
    public fun activationRequest(licenseKey: LicenseKey): ActivationRequest =
        ActivationRequest.of(changing { call { native.activationRequest(licenseKey.native) } })

    /**
     * Takes a document that a person brought: a license, a lease, a status list, a trust update, or the
     * answer to an activation request. A lease counts only in answer to a request of this installation,
     * once. Where it is refused nothing has changed.
     *
     * @throws DocumentException where it is not genuine
     * @throws ImportException where it is not for this installation
     */
    public fun importText(text: String): Imported = changing { same(call { native.importText(whole(text)) }) }

    /**
     * Counts the time that passed, takes over what other processes were given, and saves the state if it
     * was not for ten minutes. To be called now and then: [nextWait] says when. Where the state cannot
     * be saved, the session goes on with what it holds.
     *
     * @throws SessionException where the state cannot be saved, or what the host's own storage throws
     */
    public fun tick(): Unit = changing { call { native.tick() } }

    /**
     * Saves the state now, as the session does when it is closed.
     *
     * @throws SessionException where the state cannot be saved, or what the host's own storage throws
     */
    public fun save(): Unit = changing { call { native.save() } }

    /**
     * How long nothing needs to be done: until the state is to be saved, or the authority asked. At
     * least a second.
     */
    public fun nextWait(): Duration = call { native.nextWait() }

    /**
     * Saves the state, and frees what it holds. From then on the session and the checks that it prepared
     * throw [IllegalStateException], and its storage is called no more. Decisions and documents that it gave
     * stand on their own. A call that is under way goes on to its end; what it is given is not saved.
     *
     * @throws SessionException where the state cannot be saved, or what the host's own storage throws
     */
    override fun close() {
        if (closed.compareAndSet(false, true)) {
            try {
                native.use { call { it.end() } }
            } finally {
                source.end(Any(), "the session was closed")
            }
        }
    }

    override fun toString(): String = "Session"

    private inline fun tried(attempt: () -> Unit) {
        try {
            attempt()
        } catch (cancelled: CancellationException) {
            throw cancelled
        } catch (_: Exception) {
            // The next time, perhaps.
        }
    }

    private suspend fun asked(client: Client) {
        try {
            refresh(client)
        } catch (_: CountersignException) {
            // The next time, perhaps.
        }
    }

    private inline fun <T> changing(change: () -> T): T =
        try {
            change()
        } finally {
            source.documents = Any()
        }

    public companion object {
        /**
         * Takes up where the last run left off, in files. Waits for no network; where nothing can be
         * written it opens as well, and the notice `clock_unguarded` stands in every decision.
         *
         * @throws SessionException where what is kept is damaged or cannot be read
         * @throws InvalidValueException `invalid_code` where the product is none
         */
        @JvmStatic
        @JvmOverloads
        public fun open(
            product: String,
            trust: TrustStore,
            storage: FileStorage,
            options: SessionOptions = SessionOptions(),
        ): Session = open(product, trust, options) { Native.openFiles(it, storage.native) }

        /** Takes up where the last session of this process left off. */
        @JvmStatic
        @JvmOverloads
        public fun open(
            product: String,
            trust: TrustStore,
            storage: MemoryStorage,
            options: SessionOptions = SessionOptions(),
        ): Session = open(product, trust, options) { Native.openMemory(it, storage.native) }

        /** Takes up where the last run left off, in a storage of the host's own. */
        @JvmStatic
        @JvmOverloads
        public fun open(
            product: String,
            trust: TrustStore,
            storage: Storage,
            options: SessionOptions = SessionOptions(),
        ): Session = open(product, trust, options) { Native.open(it, StorageBridge(storage)) }

        private inline fun open(
            product: String,
            trust: TrustStore,
            options: SessionOptions,
            open: (NativeSettings) -> Native,
        ): Session {
            val native = call { NativeSettings(product, trust.native, native(options)).use(open) }
            return Session(native, options.clock != null)
        }
    }
}

/** What a session was given. */
public class Refresh internal constructor(
    /** Whether a seat was taken, or taken again. */
    public val activated: Boolean,
    /** Whether the lease was renewed. */
    public val renewed: Boolean,
    /** Whether a status list was fetched. */
    public val statuses: Boolean,
    /** Whether something was left to another process or thread that asks the authority just now. */
    public val leftToAnother: Boolean,
) {
    override fun toString(): String =
        "Refresh(activated $activated, renewed $renewed, statuses $statuses, leftToAnother $leftToAnother)"
}

/** What a text that was imported held. */
public enum class Imported {
    /** A license. */
    LICENSE,

    /** A lease, in answer to this installation's request. */
    LEASE,

    /** A status list. */
    STATUSES,

    /** Keys in place of the ones trusted so far. */
    TRUST_UPDATE,

    /** An answer to this installation's request. */
    ACTIVATION,
}
