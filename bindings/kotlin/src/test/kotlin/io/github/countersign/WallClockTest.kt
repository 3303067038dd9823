package io.github.countersign

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.condition.EnabledOnOs
import org.junit.jupiter.api.condition.OS
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.nio.file.Path

/** A machine whose clock shows what the library knows no moment of, as one does whose battery is empty. */
@EnabledOnOs(OS.LINUX)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WallClockTest {
    private lateinit var library: File

    /** Any other clock goes on as it does. */
    @BeforeAll
    fun compile(@TempDir folder: Path) {
        val source = folder.resolve("clock.c").toFile()
        source.writeText(SHIFTED)
        library = folder.resolve("libclock.so").toFile()
        val compiler = ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.path, source.path, "-ldl").inheritIO().start()
        assertEquals(0, compiler.waitFor())
    }

    @Test
    fun `a clock before 1970 is the start of 1970`() = assertEquals(
        "[not_yet_valid] false 1970-01-01T00:00:00Z 1970-01-01T00:00:00Z false",
        decided("-2000000000"),
    )

    @Test
    fun `a clock after 9999 is the end of 9999`() = assertEquals(
        "[] true 9999-12-31T23:59:59Z 9999-12-31T23:59:59Z true",
        decided("300000000000"),
    )

    private fun decided(seconds: String): String =
        printed(Decided::class.java.name, environment = mapOf("LD_PRELOAD" to library.path, "SECONDS_AHEAD" to seconds))

    object Decided {
        @JvmStatic
        fun main(arguments: Array<String>) {
            val check = Signer.license("valid_from" to 1775001600).prepare(Run("acme/editor"))
            val allowed = List(3) { check.allowed() }.toSet().single()
            val decision = check.decide()
            check.hold(highestRevision = 1)
            println("${decision.denials.map { it.code }} $allowed ${decision.decidedAt} ${ClockReading.trusted().now} ${check.allowed()}")
        }
    }

    private companion object {
        val SHIFTED = """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <stdlib.h>
            #include <sys/time.h>
            #include <time.h>

            int clock_gettime(clockid_t clock, struct timespec *time) {
                static int (*system_clock)(clockid_t, struct timespec *);
                if (!system_clock) system_clock = dlsym(RTLD_NEXT, "clock_gettime");
                int failed = system_clock(clock, time);
                const char *ahead = getenv("SECONDS_AHEAD");
                if (clock == CLOCK_REALTIME && ahead) time->tv_sec += atoll(ahead);
                return failed;
            }

            int gettimeofday(struct timeval *restrict time, void *restrict zone) {
                struct timespec now;
                int failed = clock_gettime(CLOCK_REALTIME, &now);
                time->tv_sec = now.tv_sec;
                time->tv_usec = now.tv_nsec / 1000;
                return failed;
            }
        """.trimIndent() + "\n"
    }
}
