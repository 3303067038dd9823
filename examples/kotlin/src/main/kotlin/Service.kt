// A service of the JDK's own HTTP server that answers only what its license allows:
// `mvn -q exec:java -Dexec.mainClass=ServiceKt`. PORT is where it listens, 0 for any free port.

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import io.github.countersign.Check
import io.github.countersign.License
import io.github.countersign.Run
import io.github.countersign.TrustStore
import java.io.File
import java.net.InetAddress
import java.net.InetSocketAddress
import java.util.concurrent.Executors

fun main() {
    // What is damaged or forged stops the service at its start, and not at the first request.
    val trust = TrustStore(File("../trust.jwks").readText())
    val license = License.verify(File("../editor.license").readBytes(), trust)
    val check = license.prepare(Run("acme/editor", domain = System.getenv("DOMAIN") ?: "shop.example.com"))
    check.decide().use { decision -> decision.notices.forEach { println("${it.code}: ${it.text}") } }

    val port = System.getenv("PORT")?.toInt() ?: 8080
    val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0)
    server.executor = Executors.newFixedThreadPool(4)
    server.createContext("/", licensed(check) { it.answer(200, "hello\n") })
    server.createContext("/export", licensed(check, "export") { it.answer(200, "exported\n") })
    server.createContext("/print", licensed(check, "print") { it.answer(200, "printed\n") })
    Runtime.getRuntime().addShutdownHook(Thread { server.stop(0) })
    server.start()
    println("listening on http://${server.address.hostString}:${server.address.port}")
}

/** Answers where the license allows the run, and the feature if one is named; else says every reason. */
fun licensed(check: Check, feature: String? = null, answer: (HttpExchange) -> Unit): (HttpExchange) -> Unit =
    { exchange ->
        when {
            !check.allowed() -> check.decide().use { exchange.answer(403, it.report() + "\n") }
            feature != null && !check.entitled(feature) -> exchange.answer(403, "the license does not include `$feature`\n")
            else -> answer(exchange)
        }
    }

fun HttpExchange.answer(status: Int, text: String) = use {
    val bytes = text.toByteArray()
    sendResponseHeaders(status, bytes.size.toLong())
    responseBody.write(bytes)
}

fun HttpExchange.use(block: HttpExchange.() -> Unit) = try {
    block()
} finally {
    close()
}
