package io.github.countersign

import org.json.JSONObject
import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers
import java.nio.file.Files
import java.util.concurrent.TimeUnit

/** The program `countersign`, serving on a free loopback port from a temporary folder. */
class Authority : AutoCloseable {
    private val folder: File = Files.createTempDirectory("countersign").toFile()
    private val log = folder.resolve("log")
    private val http = HttpClient.newHttpClient()
    private var process: Process? = null

    lateinit var url: String
        private set

    private val apiKey: String

    init {
        start()
        val operator = folder.resolve("operator.key").readText().trim()
        post("/api/v1/admin/brands", operator, JSONObject().put("name", "ACME").put("slug", "acme"))
        val wanted = JSONObject().put("brand", "acme").put("scopes", listOf("read", "write"))
        apiKey = post("/api/v1/admin/api-keys", operator, wanted).getString("key")
        post("/api/v1/brand/products", apiKey, JSONObject().put("name", "Editor").put("slug", "editor"))
    }

    /** Starts, on the port it had before if it was started already. */
    fun start() {
        val address = if (::url.isInitialized) URI(url).authority else "127.0.0.1:0"
        log.delete()
        val command = listOf(
            System.getProperty("authority"), "serve", "--data", folder.path, "--listen", address,
            "--address-rate", "0", "--license-key-rate", "0", "--api-key-rate", "0", "--log-level", "info",
        )
        val started = ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start()
        process = started
        val deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60)
        while (System.nanoTime() < deadline && started.isAlive) {
            LISTENING.find(log.takeIf(File::exists)?.readText().orEmpty())?.let {
                url = it.groupValues[1]
                return
            }
            started.waitFor(20, TimeUnit.MILLISECONDS)
        }
        throw AssertionError("the authority does not start: ${log.readText()}")
    }

    fun stop() {
        process?.run {
            destroy()
            if (!waitFor(30, TimeUnit.SECONDS)) destroyForcibly().waitFor()
        }
        process = null
    }

    /** Sells the editor: the license key. */
    fun sell(seats: Int): LicenseKey {
        val order = JSONObject().put("products", listOf("editor")).put("customer_email", "ada@example.com")
            .put("max_seats", seats)
        val sold = post("/api/v1/brand/licenses/provision", apiKey, order)
        return LicenseKey.parse(sold.getJSONObject("license_key").getString("key"))
    }

    /** The keys that products are to trust. */
    fun trust(): TrustStore {
        val request = HttpRequest.newBuilder(URI("$url/.well-known/acme/jwks.json")).build()
        return TrustStore(http.send(request, BodyHandlers.ofString()).body())
    }

    override fun close() {
        stop()
        folder.deleteRecursively()
    }

    private fun post(path: String, key: String, body: JSONObject): JSONObject {
        val request = HttpRequest.newBuilder(URI(url + path)).header("X-API-Key", key)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString())).build()
        val answer = http.send(request, BodyHandlers.ofString())
        check(answer.statusCode() in 200..299) { "$path: ${answer.statusCode()} ${answer.body()}" }
        return JSONObject(answer.body())
    }

    private companion object {
        val LISTENING = Regex("listening on (http://\\S+)")
    }
}
