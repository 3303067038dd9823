package io.github.countersign

import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.net.SocketException
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

/** What accepts every connection, and never answers. */
class SilentAuthority : AutoCloseable {
    private val server = ServerSocket(0, 50, InetAddress.getLoopbackAddress())
    private val asked = LinkedBlockingQueue<Socket>()

    val url = "http://127.0.0.1:${server.localPort}"

    init {
        thread(isDaemon = true, name = "silent authority") {
            try {
                while (true) asked.put(server.accept())
            } catch (_: SocketException) {
                // It was closed.
            }
        }
    }

    /** Waits until a request has come on a new connection. */
    fun awaitRequest(): Socket {
        val socket = checkNotNull(asked.poll(120, TimeUnit.SECONDS)) { "nobody asks" }
        socket.soTimeout = 120_000
        check(socket.getInputStream().read() >= 0)
        return socket
    }

    /** Waits until who asked has let go of the connection. */
    fun awaitEnd(socket: Socket) = socket.use {
        try {
            it.getInputStream().readAllBytes()
        } catch (_: SocketException) {
            // Reset is as good an end.
        }
    }

    override fun close() = server.close()
}
