package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.inFuture
import io.github.countersign.internal.native
import io.github.countersign.internal.online
import io.github.countersign.internal.public
import io.github.countersign.internal.untilDone
import java.util.concurrent.CompletableFuture
import io.github.countersign.internal.Client as Native

/**
 * Talks to a license authority. Keep one per process: it keeps its connections.
 *
 * Every call, of a client or of a session that asks it, ends within the time that the settings give it, a
 * storage of the host's own aside; documents already held stay good whatever comes of it. Each is there as
 * `suspend` function, as one that blocks the thread, and as one that gives a [CompletableFuture]; each
 * throws [ClientException]. The one that blocks is not ended by an interrupt of its thread, and ends within
 * that time all the same: whoever is to end it before takes one of the others. Any number of threads may share
 * a client.
 *
 * @param url the address of the authority
 * @param trust whose keys are accepted in its answers
 * @throws InvalidValueException where no client can be made of what is set
 */
public class Client @JvmOverloads constructor(
    url: String,
    trust: TrustStore,
    settings: ClientSettings = ClientSettings(),
) : AutoCloseable {
    @get:JvmSynthetic
    internal val native: Native = call { Native(url, trust.native, native(settings)) }

    /**
     * Claims a seat, or confirms the one that the instance holds. Safe to repeat: a second call from the
     * same instance takes no second seat.
     */
    @JvmSynthetic
    public suspend fun activate(claimant: Claimant): Activation = public(online { native.activate(claimant.native) })

    /** As [activate], and waits for it. */
    public fun activateBlocking(claimant: Claimant): Activation =
        public(call { native.activateBlocking(claimant.native) })

    /** As [activate], in the future. */
    public fun activateAsync(claimant: Claimant): CompletableFuture<Activation> = inFuture { activate(claimant) }

    /** Exchanges a lease for one that runs longer. */
    @JvmSynthetic
    public suspend fun renew(lease: Lease): Renewal = public(online { native.renew(lease.native) })

    /** As [renew], and waits for it. */
    public fun renewBlocking(lease: Lease): Renewal = public(call { native.renewBlocking(lease.native) })

    /** As [renew], in the future. */
    public fun renewAsync(lease: Lease): CompletableFuture<Renewal> = inFuture { renew(lease) }

    /**
     * What the authority knows of a license and an instance, without taking a seat. It is signed by
     * nobody: show it, and decide nothing by it.
     */
    @JvmSynthetic
    public suspend fun standing(claimant: Claimant): LicenseStanding =
        public(online { native.standing(claimant.native) })

    /** As [standing], and waits for it. */
    public fun standingBlocking(claimant: Claimant): LicenseStanding =
        public(call { native.standingBlocking(claimant.native) })

    /** As [standing], in the future. */
    public fun standingAsync(claimant: Claimant): CompletableFuture<LicenseStanding> = inFuture { standing(claimant) }

    /** Gives the seat up. Giving up a seat that is not held succeeds. */
    @JvmSynthetic
    public suspend fun deactivate(lease: Lease): Unit = online { native.deactivate(lease.native) }

    /** As [deactivate], and waits for it. */
    public fun deactivateBlocking(lease: Lease): Unit = call { native.deactivateBlocking(lease.native) }

    /** As [deactivate], in the future. */
    public fun deactivateAsync(lease: Lease): CompletableFuture<Void?> = untilDone { deactivate(lease) }

    /** The present status list; null for a license that names none. */
    @JvmSynthetic
    public suspend fun statuses(license: License): StatusList? =
        online { native.statuses(license.native) }?.let(StatusList::of)

    /** As [statuses], and waits for it. */
    public fun statusesBlocking(license: License): StatusList? =
        call { native.statusesBlocking(license.native) }?.let(StatusList::of)

    /** As [statuses], in the future. */
    public fun statusesAsync(license: License): CompletableFuture<StatusList?> = inFuture { statuses(license) }

    /**
     * Has the request of a machine without a network answered, for a person who carries both. The answer
     * is verified by that machine, not here.
     */
    @JvmSynthetic
    public suspend fun answer(request: ActivationRequest): String = online { native.answer(request.native) }

    /** As [answer], and waits for it. */
    public fun answerBlocking(request: ActivationRequest): String = call { native.answerBlocking(request.native) }

    /** As [answer], in the future. */
    public fun answerAsync(request: ActivationRequest): CompletableFuture<String> = inFuture { answer(request) }

    /**
     * Lets its connections go now, and not when it is no longer reachable. From then on it throws
     * [IllegalStateException]. A call that is under way goes on to its end.
     */
    override fun close(): Unit = native.close()

    override fun toString(): String = "Client"
}
