// Decides on a license file: `mvn -q exec:java`, after `make kotlin` has installed the package. With
// arguments: the license file, the keys, and the domain to decide about.

import io.github.countersign.License
import io.github.countersign.Run
import io.github.countersign.TrustStore
import java.io.File
import kotlin.system.exitProcess

fun main(arguments: Array<String>) {
    val file = File(arguments.getOrElse(0) { "../editor.license" })
    val trust = TrustStore(File(arguments.getOrElse(1) { "../trust.jwks" }).readText())
    val domain = arguments.getOrElse(2) { "https://shop.example.com/cart" }

    val license = License.verify(file.readBytes(), trust)
    val check = license.prepare(Run("acme/editor", domain = domain))
    check.decide().use { decision ->
        println("${license.id} for ${license.product}: ${if (decision.isAllowed) "allowed" else "denied"}")
        decision.denials.forEach { println("  ${it.code}: ${it.text}") }
        decision.notices.forEach { println("  ${it.code}: ${it.text}") }
        println(decision.report())
    }

    // On every use: no disk, no network, some nanoseconds.
    if (!check.allowed()) exitProcess(1)
    println("export is ${if (check.entitled("export")) "on" else "off"}")
}
