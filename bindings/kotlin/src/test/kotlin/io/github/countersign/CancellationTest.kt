package io.github.countersign

import io.github.countersign.internal.uniffiContinuationHandleMap
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.TestInstance
import java.net.Socket
import java.time.Duration
import java.time.Instant
import java.util.concurrent.CompletableFuture

/** What is cancelled while nobody answers ends at once, lets go of all it held, and locks nobody out. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CancellationTest {
    private val silence = SilentAuthority()
    private lateinit var authority: Authority
    private lateinit var trust: TrustStore
    private lateinit var client: Client
    private lateinit var silent: Client

    @BeforeAll
    fun start() {
        authority = Authority()
        trust = authority.trust()
        client = Client(authority.url, trust)
        // One attempt that outlasts the test, so that only the cancellation can end it.
        silent = Client(silence.url, trust, ClientSettings(attempts = 1, giveUpAfter = Duration.ofMinutes(10)))
    }

    @AfterAll
    fun stop() {
        authority.close()
        silence.close()
    }

    /** Each question, as coroutine and as future. */
    private class Question(val name: String, val ask: suspend () -> Any?, val future: () -> CompletableFuture<*>)

    @TestFactory
    fun `a question of a client ends`(): List<DynamicTest> {
        val claimant = Claimant("acme/editor", authority.sell(seats = 1), Instance.Machine("m-1"))
        val activation = client.activateBlocking(claimant)
        val lease = activation.lease!!
        // Its list is asked for at the address of the client.
        val listed = Signer.license(
            "status" to mapOf("status_list" to mapOf("idx" to 0, "uri" to "https://licenses.example/status/1")),
        )
        val request = Session.open("acme/editor", trust, MemoryStorage()).use {
            it.activationRequest(authority.sell(seats = 1))
        }
        val questions = listOf(
            Question("activate", { silent.activate(claimant) }, { silent.activateAsync(claimant) }),
            Question("renew", { silent.renew(lease) }, { silent.renewAsync(lease) }),
            Question("standing", { silent.standing(claimant) }, { silent.standingAsync(claimant) }),
            Question("deactivate", { silent.deactivate(lease) }, { silent.deactivateAsync(lease) }),
            Question("statuses", { silent.statuses(listed) }, { silent.statusesAsync(listed) }),
            Question("answer", { silent.answer(request) }, { silent.answerAsync(request) }),
        )
        return questions.flatMap { ends(it) }
    }

    @TestFactory
    fun `a question of a session ends, and the session asks again`(): List<DynamicTest> =
        listOf("activate", "refresh", "refreshNow", "deactivate", "background").flatMap { name ->
            val key = authority.sell(seats = 1)
            val clock = FixedClock(Instant.now())
            val session = Session.open("acme/editor", trust, MemoryStorage(), SessionOptions(clock = clock))
            if (name != "activate") session.activateBlocking(client, key)
            // Past the end of the lease, so that there is something to ask.
            clock.advance(Duration.ofDays(100))
            val question = when (name) {
                "activate" -> Question(name, { session.activate(silent, key) }, { session.activateAsync(silent, key) })
                "refresh" -> Question(name, { session.refresh(silent) }, { session.refreshAsync(silent) })
                "refreshNow" -> Question(name, { session.refreshNow(silent) }, { session.refreshNowAsync(silent) })
                "deactivate" -> Question(name, { session.deactivate(silent) }, { session.deactivateAsync(silent) })
                else -> Question(name, { session.background(silent) }, { session.backgroundAsync(silent) })
            }
            val goesOn = {
                session.tick()
                session.save()
                assertEquals(name == "activate", session.license == null)
                assertFalse(session.decide(session.run()).isAllowed)
            }
            ends(question, goesOn) + DynamicTest.dynamicTest("$name again") {
                when (name) {
                    "activate" -> assertTrue(session.activateBlocking(client, key).activated)
                    "deactivate" -> {
                        session.deactivateBlocking(client)
                        val claimant = Claimant("acme/editor", key, session.instance)
                        assertFalse(client.standingBlocking(claimant).isActivated)
                    }
                    else -> assertTrue(session.refreshBlocking(client).renewed)
                }
                assertEquals(name != "deactivate", session.decide(session.run()).isAllowed)
                session.close()
            }
        }

    /** It ends, in both forms; while it waits and once it has ended, the rest goes on. */
    private fun ends(question: Question, goesOn: () -> Unit = {}) = listOf(
        DynamicTest.dynamicTest("${question.name}, a coroutine") {
            coroutineEnds(question.ask, goesOn)
            goesOn()
        },
        DynamicTest.dynamicTest("${question.name}, a future") {
            futureEnds(question.future, goesOn)
            goesOn()
        },
    )

    @OptIn(ExperimentalCoroutinesApi::class)
    private fun coroutineEnds(ask: suspend () -> Any?, meanwhile: () -> Unit) = runBlocking {
        val asking = async(Dispatchers.Default) { runCatching { ask() } }
        val socket = silence.awaitRequest()
        meanwhile()
        asking.cancel()
        withTimeout(PROMPT.toMillis()) { asking.join() }
        assertThrows(CancellationException::class.java) { asking.getCompleted() }
        letGo(socket)
    }

    private fun futureEnds(ask: () -> CompletableFuture<*>, meanwhile: () -> Unit) {
        val future = ask()
        val socket = silence.awaitRequest()
        meanwhile()
        assertTrue(future.cancel(true))
        assertThrows(CancellationException::class.java) { future.get() }
        letGo(socket)
    }

    /** The connection ends, and nothing waits for an answer any more. */
    private fun letGo(socket: Socket) {
        val deadline = System.nanoTime() + PROMPT.toNanos()
        silence.awaitEnd(socket)
        while (uniffiContinuationHandleMap.size > 0) {
            assertTrue(System.nanoTime() < deadline, "what was cancelled is still waited for")
            Thread.onSpinWait()
        }
    }

    private companion object {
        val PROMPT: Duration = Duration.ofSeconds(60)
    }
}
