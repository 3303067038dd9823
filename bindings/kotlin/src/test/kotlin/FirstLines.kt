import io.github.countersign.License
import io.github.countersign.Run
import io.github.countersign.TrustStore
import java.io.File

fun main() {
    val trust = TrustStore(File("trust.jwks").readText())
    val license = License.verify(File("editor.license").readBytes(), trust)
    val check = license.prepare(Run("acme/editor", domain = "https://shop.example.com/cart"))

    if (!check.allowed()) {
        check.decide().denials.forEach { println("${it.code}: ${it.text}") }
    }
    if (check.entitled("export")) {
        println("exports")
    }
}
