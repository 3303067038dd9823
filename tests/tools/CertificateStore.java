import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;

/** Writes what a JDK trusts when it asks others: the certificates that this system trusts. */
class CertificateStore {
    public static void main(String[] arguments) throws Exception {
        KeyStore store = KeyStore.getInstance("JKS");
        store.load(null, null);
        try (var bundle = Files.newInputStream(Path.of("/etc/ssl/certs/ca-certificates.crt"))) {
            for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(bundle)) {
                store.setCertificateEntry("system-" + store.size(), one);
            }
        }
        // It may be a link to that of a JDK of the system.
        Path kept = Path.of(arguments[0]);
        Files.deleteIfExists(kept);
        try (OutputStream out = new FileOutputStream(kept.toFile())) {
            store.store(out, "changeit".toCharArray());
        }
    }
}
